"""`%adjoint f(x)`, and how results are shown."""

import re

import numpy as np
import pytest

from tests.notebook.pages import checked
from zygote_nb.display.document import Beside, Code, Line, Row, Say, Table
from zygote_nb.display.html import LARGEST, to_html
from zygote_nb.display.text import to_text
from zygote_nb.notebook.results import Gradients


@pytest.fixture
def defined(cell):
    cell("def f(x):\n    return 5 * x + 3")
    return cell


def test_source_and_backward_pass(defined):
    shown = repr(defined("%adjoint f(10.0)"))
    assert "return 5 * x + 3" in shown
    assert "5 * d_out" in shown


@pytest.mark.parametrize("option", ["--ir", "--llvm", "--native", "--explain"])
def test_other_stages(defined, option):
    result = defined(f"%adjoint {option} f(10.0)")
    assert len(repr(result).splitlines()) > 1
    assert set(result._repr_mimebundle_()) == {"text/plain", "text/html"}


def test_both_forms_say_the_same():
    document = (
        Say("a < b"),
        Table((Row("d x", "1.0", "float64"),)),
        Beside(Code("f", (Line("y = x", 2, 1),)), Code("g", (Line("d_x = d_y", 1, 1),))),
    )
    html = re.sub(r"<script>.*?</script>", "", to_html(document), flags=re.S)
    words = re.sub(r"<[^>]+>", " ", html).replace("&lt;", "<").split()
    assert words == to_text(document).split()


def test_html_survives_an_untrusted_notebook():
    html = to_html((Code("f", (Line("x = '<script>'", 1, 1),)), Table((Row("d x", "1\n" * 50),))))
    assert not re.search(r"<(script|style|svg|iframe)|\bid=|\bclass=", html)
    assert "<details>" in html


def test_long_code_is_cut():
    html = to_html((Code("f", tuple(Line("x" * 100, n) for n in range(9000))),))
    assert len(html) < LARGEST + 1000
    assert "more lines" in html


def test_gradients_show_shape_and_dtype():
    shown = repr(Gradients({"W": np.zeros((2, 2), np.float32), "n": None, "s": np.float64(2.0)}))
    assert "float32 (2, 2)" in shown
    assert "None" in shown
    assert "s  2.0" in shown


def test_a_long_function_has_a_page_below_the_limit(cell, shell):
    """A listing is cut, and says how many lines are missing."""
    lines = "".join(f"    x = np.tanh(1.{i % 10} * x + 0.{i % 7})\n" for i in range(400))
    cell(f"def long(x):\n{lines}    return x")
    page = checked(cell("%adjoint long(0.5)").document())
    assert "more" in page.words
