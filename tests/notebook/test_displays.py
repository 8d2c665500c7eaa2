"""What results look like, as text and as HTML, kept and read; `pytest --refresh-goldens` writes it anew.

The clock is one that advances by a microsecond whenever it is asked, so that times are always the same.
"""

import difflib
import itertools
import re
from base64 import b64decode
from html import unescape
from pathlib import Path

import numpy as np
import pytest

import zygote_nb as zg
from tests.notebook.pages import checked
from zygote_nb.display.shown import Shows
from zygote_nb.notebook.cell import run as cell_run
from zygote_nb.notebook.diagnosis import profile
from zygote_nb.notebook.replay import observer
from zygote_nb.notebook.replay import run as replay_run

HERE = Path(__file__).parent / "displays"
SETUP = """
def line(a, b, x):
    r = a * x + b
    return np.sum(r * r)

def decay(x, n):
    for i in range(n):
        x = 0.5 * x
    return x

def root(x):
    r = np.sqrt(x)
    return np.sum(r)

def off(x, n):
    return x ** n

@zg.rrule(off)
def wrong(x, n):
    return off(x, n), lambda d: (d, None)

def entries():
    return np.sum(x * x)

x = np.array([1.0, 2.0, 3.0])
a, b = 2.0, -1.0
"""
FAILURE = """
def vector(x):
    return 2.0 * x
try:
    zg.gradient(vector, x)
except zg.ZygoteError as e:
    problem = e
"""
CASES = {
    "grad": "%grad line(a, b, x)",
    "grad_value_check": "%grad -v --check -w b line(a, b, x)",
    "grad_no_influence": "%grad (lambda a, b: a * int(b))(2.0, 3.0)",
    "grad_cell": "%%grad a b\nr = a * x + b\nloss = np.sum(r * r)",
    "grad_cell_code": "%%grad -c a\ns = 0.0\nfor i in range(3):\n    s = s + a * s + 1.0\ns",
    "grad_cell_graph": '%%grad -g a\nprint("before")\nr = a * x + b\nprint("after")\nnp.sum(r * r)',
    "grad_cell_definitions": "%%grad\ndef cube(b):\n    return b ** 3\n",
    "adjoint": "%adjoint line(a, b, x)",
    "adjoint_explain": "%adjoint --explain line(a, b, x)",
    "graph": "%gradgraph line(a, b, x)",
    "check": "%gradcheck line(a, b, x)",
    "check_off": "%gradcheck off(2.0, 3)",
    "profile": "%gradprof line(a, b, x)",
    "nantrace": "%nantrace root(np.array([4.0, 0.0]))",
    "nantrace_nothing": "%nantrace root(x)",
    "explain": "zg.explain(decay, 2.0, 3)",
    "grads": "zg.gradient(entries, zg.Params([x]))",
    "pullback": "zg.pullback(line, a, b, x)[1]",
    "error": "problem",
}


@pytest.fixture
def shown(cell, monkeypatch):
    """Runs a cell; what it returns."""
    ticks = itertools.count()
    for module in (cell_run, profile, observer, replay_run):
        monkeypatch.setattr(module, "perf_counter", lambda: 1e-6 * next(ticks))
    monkeypatch.setattr(profile, "best", lambda run: [run(), 1e-4][1])
    zg.options(backend="python")
    cell(SETUP)
    cell(FAILURE)
    yield cell
    zg.options(backend="auto")


@pytest.mark.parametrize("name", CASES)
def test_display(name, shown, refresh_goldens):
    forms = displayed(shown, CASES[name])
    compared(HERE / f"{name}.txt", steady(forms["text/plain"]), refresh_goldens)
    compared(HERE / f"{name}.html", steady(opened(forms["text/html"])), refresh_goldens)


@pytest.mark.parametrize("name", CASES)
def test_text_and_html_say_the_same(name, shown):
    """Each number and word of the text is in the HTML too."""
    forms = displayed(shown, CASES[name])
    html = unescape(re.sub(r"<[^>]*>", " ", opened(forms["text/html"])))
    words = [w for w in forms["text/plain"].split() if w[0].isalnum()]
    missing = [w for w in words if w not in html and not w.startswith("more:")]
    if "more:" in forms["text/plain"]:
        missing = [w for w in missing if w not in forms["text/plain"].rpartition("more:")[2]]
    assert not missing


def test_every_kept_display_has_a_case():
    assert {p.stem for p in HERE.iterdir()} <= set(CASES)


def test_all_that_is_shown_shows_itself():
    """Numbers in, a result out that has both forms."""

    def f(x):
        return np.sum(x * x)

    x = np.ones(2)
    for value in (zg.explain(f, x), zg.pullback(f, x)[1], zg.gradient(lambda: f(x), zg.Params([x]))):
        assert isinstance(value, Shows)
        assert set(value._repr_mimebundle_()) == {"text/plain", "text/html"}


def displayed(shown, text: str) -> dict[str, str]:
    """Both forms, made while the shell runs a cell: it is the shell that names the cells."""
    checked(shown(text).document())
    return shown("from zygote_nb.display.shown import bundle\nbundle(Out[3].document())")


def steady(text: str) -> str:
    """Without what differs between machines and versions of the rules."""
    text = re.sub(r"(zygote_nb/rules/\w+\.py), line \d+", r"\1, line N", text)
    return text.rstrip() + "\n"


def opened(html: str) -> str:
    """The page with its pictures readable, its script left out, and a line for each element."""
    html = re.sub(r"<script.*?</script>", "", html, flags=re.S)
    html = re.sub(r"data:image/svg\+xml;base64,([\w+/=]+)", lambda m: b64decode(m[1]).decode(), html)
    html = re.sub(r"data:image/png;base64,[\w+/=]+", "(a thumbnail)", html)
    return re.sub(r"(?<=>)(?=<(?:div|tr|details|summary|rect|text|path|g)\b)", "\n", html)


def compared(path: Path, text: str, refresh: bool) -> None:
    if refresh:
        path.write_text(text)
    assert path.exists(), "nothing is kept: pytest --refresh-goldens"
    kept = path.read_text()
    changed = "\n".join(difflib.unified_diff(kept.splitlines(), text.splitlines(), "kept", "shown", lineterm=""))
    assert text == kept, f"{path.name} looks different:\n{changed}"
