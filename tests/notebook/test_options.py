"""Every option of every magic, as it is typed."""

import numpy as np
import pytest
from IPython.core.error import UsageError

from tests.notebook.pages import checked

DEFINITIONS = """def f(x, y=1.0):
    z = x * y
    return z * np.sin(z)
def g(v):
    s = 0.0
    for t in v:
        s += t * t
    return s
"""
LINE = ["grad", "adjoint", "gradgraph", "gradcheck", "gradprof", "nantrace"]


@pytest.fixture
def defined(cell):
    cell(DEFINITIONS)
    return cell


@pytest.mark.parametrize("name", LINE)
def test_wrt_output_silence_and_verbatim_text(defined, shell, name):
    """What each line magic has."""
    shown = defined(f"%{name} -w y -o kept f( 2.0,   -3.0 )")
    assert shell.user_ns["kept"] is shown
    checked(shown.document())
    assert defined(f"%{name} --wrt x --output again f(2.0, -3.0)") is shell.user_ns["again"]
    assert defined(f"%{name} f(2.0);") is None


@pytest.mark.parametrize("name", LINE)
@pytest.mark.parametrize(
    ("rest", "said"),
    [
        ("", "a call is needed"),
        ("-w", "expected one argument"),
        ("-w z f(1.0)", "no argument 'z'"),
        ("f(1.0) -w x", "options come before"),
    ],
)
def test_a_mistake_is_one_line(defined, capsys, name, rest, said):
    with pytest.raises(UsageError, match=said):
        defined(f"%{name} {rest}")
    assert len(capsys.readouterr().err.strip().splitlines()) == 1


@pytest.mark.parametrize("name", LINE)
def test_inside_a_function_its_variables_count(shell, name):
    shell.run_cell(DEFINITIONS)
    shell.run_cell(
        f"def inner(q):\n    return get_ipython().run_line_magic('{name}', 'g(q)')\nfound = inner(np.ones(3))"
    )
    assert {"v", "g"} & set(repr(shell.user_ns["found"]))


@pytest.mark.parametrize(("option", "said"), [("--ir", "z = x * y"), ("--explain", "source transformed"), ("", "d_z")])
def test_stages_of_adjoint(defined, option, said):
    assert said in repr(defined(f"%adjoint {option} f(2.0)"))


def test_two_stages_at_once_show_the_last(defined):
    assert "source transformed" in repr(defined("%adjoint --ir --explain f(2.0)"))


def test_gradgraph_expands(defined):
    folded, open_ = defined("%gradgraph f(2.0)"), defined("%gradgraph -x f(2.0)")
    assert len(open_.scene.boxes) > len(folded.scene.boxes)
    assert len(defined("%gradgraph --expand f(2.0)").scene.boxes) == len(open_.scene.boxes)


def test_gradcheck_takes_step_and_tolerance(defined):
    assert not defined("%gradcheck --rtol 1e-15 f(2.0)")
    assert defined("%gradcheck --rtol 1e-3 --eps 1e-4 f(2.0)")
    with pytest.raises(UsageError, match="invalid float value"):
        defined("%gradcheck --eps small f(2.0)")


@pytest.mark.parametrize(("option", "attribute"), [("-v", "value"), ("--value", "value")])
def test_grad_shows_the_value(defined, option, attribute):
    assert getattr(defined(f"%grad {option} f(2.0)"), attribute) == pytest.approx(2.0 * np.sin(2.0))


def test_grad_checks(defined):
    assert "agrees with finite differences" in repr(defined("%grad --check f(2.0)"))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ("", "more: source and backward pass"),
        ("-c", "backward pass\ndef cell_adjoint"),
        ("--code", "backward pass\ndef cell_adjoint"),
        ("-g", "pullback graph of cell"),
        ("--graph", "pullback graph of cell"),
        ("-g -c", "pullback graph of cell"),
    ],
)
def test_options_of_a_cell(defined, shell, options, said):
    defined("a = 2.0\nb = 3.0")
    shown = defined(f"%%grad {options} a\nc = a * b\nc * c")
    assert said in repr(shown)
    assert shell.user_ns["grads"] == {"a": 36.0}
    checked(shown.document())


@pytest.mark.parametrize("names", ["a b", "a, b", "a,b"])
def test_names_of_a_cell(defined, names):
    defined("a = 2.0\nb = 3.0")
    assert dict(defined(f"%%grad {names}\na * b").by_name) == {"a": 3.0, "b": 2.0}


@pytest.mark.parametrize("rest", ["--nonsense a", "1a", "-o kept a"])
def test_a_mistake_in_the_options_of_a_cell_is_one_line(defined, shell, capsys, rest):
    defined("a = 2.0")
    with pytest.raises(UsageError):
        defined(f"%%grad {rest}\na = a * 2.0\na")
    assert len(capsys.readouterr().err.strip().splitlines()) == 1
    assert shell.user_ns["a"] == 2.0


def test_settings(defined, shell):
    defined("a = 2.0")
    magics = shell.magics_manager.registry["ZygoteMagics"]
    defined("%config ZygoteMagics.picture = False")
    assert magics.picture is False
    assert "|gradient|" not in repr(defined("%%grad a\na * a"))
    defined("%config ZygoteMagics.picture = True")
    assert "|gradient|" in repr(defined("%%grad a\na * a"))


@pytest.mark.parametrize("name", LINE)
def test_looking_changes_nothing_outside_and_a_gradient_once(defined, shell, capsys, name):
    defined(
        "log, counts = [], np.zeros(2)\ndef impure(x):\n    log.append(1.0)\n    counts[0] += 1.0\n    print('ran')\n"
        "    return x * x * counts[0]"
    )
    capsys.readouterr()
    shown = defined(f"%{name} impure(2.0);")
    assert shown is None
    times = 1 if name == "grad" else 0
    assert len(shell.user_ns["log"]) == shell.user_ns["counts"][0] == times
    assert capsys.readouterr().out.count("ran") == times
