"""`%grad f(x)`."""

import numpy as np
import pytest
from IPython.core.error import UsageError

import zygote_nb as zg

DEFINITIONS = """
def f(x, y=1.0):
    return 5 * x + y * y

def norm(v, *more, scale=1.0):
    return scale * np.sum(v * v)
"""


@pytest.fixture
def defined(cell):
    cell(DEFINITIONS)
    return cell


def test_gradient_of_a_call(defined):
    assert tuple(defined("%grad f(10)")) == (5.0,)
    assert tuple(defined("%grad f(10.0, 3.0)")) == (5.0, 6.0)


def test_result_is_found_by_name_and_by_position(defined):
    result = defined("%grad f(10.0, 3.0)")
    assert len(result) == 2
    assert result["y"] == result[1] == 6.0
    with pytest.raises(KeyError):
        result["z"]


def test_wrt_one_parameter(defined):
    assert defined("%grad -w y f(10.0, 3.0)").by_name == {"y": 6.0}
    assert defined("%grad -w y --wrt x f(10.0, 3.0)").by_name == {"y": 6.0, "x": 5.0}


def test_keywords_are_passed_on(defined):
    np.testing.assert_allclose(defined("%grad norm(np.arange(3.0), scale=0.5)")[0], [0.0, 1.0, 2.0])


def test_value_only_where_asked_for(defined):
    assert defined("%grad f(10.0)").value is None
    assert defined("%grad -v f(10.0)").value == 51.0
    assert "value" in repr(defined("%grad -v f(10.0)"))


def test_output_keeps_the_result(defined, shell):
    result = defined("%grad -o kept f(10.0)")
    assert shell.user_ns["kept"] is result


def test_check(defined):
    assert "agrees with finite differences" in repr(defined("%grad --check f(10.0)"))


def test_expression_is_taken_verbatim(defined):
    assert tuple(defined("%grad f( -2.0,   -3.0 )")) == (5.0, -6.0)
    assert tuple(defined("%grad (lambda t: t * t)( -3.0 )")) == (-6.0,)
    assert tuple(defined("args = (2.0, 4.0)\n%grad f(*args)")) == (5.0, 8.0)


def test_semicolon_silences(defined):
    assert defined("%grad f(10.0);") is None


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("%grad", "a call is needed"),
        ("%grad f", "'f' is not a call"),
        ("%grad f(", "not an expression"),
        ("%grad -w z f(1.0)", "f has no argument 'z'; it is called with x"),
        ("%grad --nonsense f(1.0)", "--nonsense"),
        ("%grad f()", "missing a required argument: 'x'"),
        ("%grad -o 1x f(1.0)", "'1x' is not a name"),
        ("%adjoint", "a call is needed"),
    ],
)
def test_a_mistake_in_the_line_prints_one_line(defined, capsys, line, said):
    with pytest.raises(UsageError, match=said):
        defined(line)
    printed = capsys.readouterr().err
    assert printed.startswith("UsageError")
    assert len(printed.strip().splitlines()) == 1


def test_error_in_an_argument_shows_the_line_of_the_cell(defined, capsys):
    with pytest.raises(NameError):
        defined("%grad f(undefined)")
    out = capsys.readouterr().out
    assert "f(undefined)" in out
    assert "magics.py" not in out


def test_refusal_shows_the_call(defined, capsys):
    with pytest.raises(zg.ZygoteError):
        defined("%grad np.roots([1.0, 2.0])")
    out = capsys.readouterr().out
    assert "np.roots([1.0, 2.0])" in out
    assert "interactiveshell" not in out


def test_unload_takes_the_magics_away(shell):
    shell.run_line_magic("unload_ext", "zygote_nb")
    assert shell.find_line_magic("grad") is None
    assert shell.find_cell_magic("grad") is None
    assert shell.find_line_magic("adjoint") is None
