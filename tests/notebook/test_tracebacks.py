"""What a person sees when something goes wrong: their own line first, ours only when they ask."""

import re
import sys
import traceback

import pytest

import zygote_nb as zg
from tests.notebook.pages import checked

DEFINITIONS = """def checked_root(x):
    if x > 1.0:
        raise ValueError("too big")
    return x ** 0.5
def scaled(x):
    return x * np.ones(2)
def talking(x):
    y = 2.0 * x
    print("here")
    return checked_root(y)
"""


@pytest.fixture
def shown(shell, capsys):
    """What a cell prints, without the boxes of the mode."""
    shell.run_cell(DEFINITIONS, store_history=True)
    shell.run_cell("a = 3.0")

    def run(text, mode="Context"):
        shell.InteractiveTB.set_mode(mode)
        capsys.readouterr()
        shell.run_cell(text, store_history=True)
        return "".join(capsys.readouterr())

    return run


@pytest.mark.parametrize(
    "text",
    [
        "zg.gradient(checked_root, 3.0)",
        "%grad checked_root(3.0)",
        "%%grad\nloss = checked_root(a)",
        "%grad talking(3.0)",
        "%gradcheck checked_root(3.0)",
        "%gradprof checked_root(3.0)",
        "%nantrace checked_root(3.0)",
    ],
)
def test_an_exception_of_the_users_shows_their_lines_only(shown, text):
    out = shown(text)
    assert '---> 3         raise ValueError("too big")' in out
    assert out.rstrip().endswith("ValueError: too big")
    assert "zygote_nb/" not in out
    assert "adjoint" not in out


def test_an_exception_in_a_cell_shows_the_cell_as_it_was_typed(shown):
    out = shown("%%grad\nprint('start')\nb = 2.0\nraise_if = checked_root(b * a)\nb * raise_if")
    assert "----> 4 raise_if = checked_root(b * a)" in out
    assert "return" not in out.split("raise_if = checked_root")[1].split("checked_root(x)")[0]


@pytest.mark.usefixtures("shell")
def test_a_debugger_finds_the_values_behind_a_line(shown):
    shown("%grad talking(3.0)")
    frames = [frame for frame, _ in traceback.walk_tb(sys.last_traceback) if frame.f_code.co_name == "talking"]
    assert [frame.f_globals["y"] for frame in frames] == [6.0]


def test_a_refusal_in_the_last_line_of_a_cell_shows_that_line(shown):
    out = shown("%%grad\nb = 1.0\na * np.bmat([a, b])[0]")
    line, carets = re.search(r"line 3\n(    .*)\n( +\^+)\n", out).groups()
    assert line == "    a * np.bmat([a, b])[0]"
    assert line[carets.index("^") : len(carets)].startswith("np.bmat([a, b])")


def test_a_cell_that_is_not_python(shown):
    assert shown("%%grad\nb = 1.0\nloss = a +") == (
        "  Cell In[2], line 3\n    loss = a +\n              ^\nCellSyntaxError: invalid syntax\n"
    )


def test_a_name_that_is_not_defined_is_a_name_error_too(shell, shown):
    assert "UndefinedNameError: name 'b' is not defined" in shown("%%grad\nloss = a * b")
    with pytest.raises(NameError):
        zg.gradient(lambda x: x * undefined, 1.0)  # noqa: F821


@pytest.mark.parametrize("mode", ["Plain", "Context", "Minimal"])
def test_a_refusal_is_short_in_every_mode(shown, mode):
    assert shown("zg.gradient(scaled, 3.0)", mode) == (
        "  Cell In[1], line 6\n"
        "    return x * np.ones(2)\n"
        "    ^^^^^^^^^^^^^^^^^^^^^\n"
        "ScalarOutputError: scaled returns a 1-d float64 array, and a gradient is that of a real number\n"
        "return a float, or use zg.jacobian or zg.pullback\n"
    )


def test_verbose_shows_all(shown):
    out = shown("zg.gradient(scaled, 3.0)", "Verbose")
    assert "zygote_nb/" in out
    assert "ScalarOutputError" in out
    assert "return a float, or use zg.jacobian or zg.pullback" in out


def test_an_error_that_was_caught_displays_itself(shell, shown):
    shown("try:\n    zg.gradient(scaled, 3.0)\nexcept zg.ZygoteError as problem:\n    caught = problem")
    page = checked(shell.user_ns["caught"].document())
    words = " ".join(page.words)
    assert "ScalarOutputError: scaled returns" in words
    assert "return x * np.ones(2) ^^^^" in words
    assert "return a float, or use zg.jacobian" in words


@pytest.mark.parametrize("text", ["%%grad\nassert a > 4, 'small'\nloss = a", "%gradcheck checked_root(nothing)"])
def test_the_line_of_the_magic_is_left_out(shown, text):
    out = shown(text)
    assert "run_" not in out
    assert out.count("Cell In") == 1


def test_lines_of_a_cell_are_shown_where_a_kernel_gave_it_the_name_of_a_file(shell, shown):
    compiler = pytest.importorskip("ipykernel.compiler")
    shell.compile = compiler.XCachingCompiler()
    out = shown("%%grad\nb = 2.0\nassert a > 4, 'small'\nloss = a * b")
    assert "----> 3 assert a > 4, 'small'" in out
    assert "Cell In[2], line 3" in out
    assert "Cell In[3], line 2\n    loss = a * c" in shown("%%grad\nloss = a * c")
