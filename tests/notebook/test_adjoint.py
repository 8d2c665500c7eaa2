"""`%adjoint f(x)`, and how results are shown."""

import re
from collections import namedtuple
from types import SimpleNamespace

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


@pytest.mark.parametrize("option", ["--llvm", "--native"])
def test_compiled_code_of_arrays_has_the_name_of_the_function(defined, option):
    defined("import numpy as np\ndef total(x):\n    return np.sum(x * x)")
    shown = repr(defined(f"%adjoint {option} total(np.ones(3))"))
    assert "total_gradient" in shown
    assert "_ZN" not in shown.split("total_gradient")[0]


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


def test_gradients_of_containers_have_a_row_for_each_entry():
    gradient = {"W": np.zeros((2, 2)), "layers": [np.ones(2), SimpleNamespace(b=1.5)]}
    lines = repr(Gradients({"p": gradient, "t": (1.0, 2.0)})).splitlines()
    names = [line.split("  ")[0] for line in lines if line.startswith("d ")]
    assert names == ["d p['W']", "d p['layers'][0]", "d p['layers'][1].b", "d t"]
    point = namedtuple("Point", "x y")(1.0, np.ones(2))
    assert [line.split("  ")[0] for line in repr(Gradients({"p": point})).splitlines()] == ["d p.x", "d p.y"]
    many = repr(Gradients({"p": [np.zeros(1)] * 100}))
    assert many.count("d p") == 1
