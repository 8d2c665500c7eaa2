"""Integer expressions: worth what they were, with the constants added up."""

import itertools

import pytest

from zygote_nb.ir.core import Const, Name
from zygote_nb.ir.integers import minus, plus, plus_constant
from zygote_nb.ir.kinds import INT
from zygote_nb.ir.text import show

N, M = Name("n", INT), Name("m", INT)
EXPRESSIONS = [
    Const(0, INT), Const(3, INT), Const(-2, INT), N, M, plus(N, Const(2, INT)), minus(N, Const(5, INT)), plus(N, M),
    minus(Const(4, INT), M),
]  # fmt: skip


def value(expr):
    return eval(show(expr), {"n": 17, "m": 5})


@pytest.mark.parametrize(("a", "b"), list(itertools.product(EXPRESSIONS, repeat=2)))
def test_sums_and_differences(a, b):
    assert value(plus(a, b)) == value(a) + value(b)
    assert value(minus(a, b)) == value(a) - value(b)


def test_written_as_by_hand():
    one = Const(1, INT)
    written = [
        plus(Const(-1, INT), one),
        minus(N, Const(0, INT)),
        plus_constant(minus(N, one), 1),
        plus_constant(N, -3),
    ]
    assert list(map(show, written)) == ["0", "n", "n", "n - 3"]
    assert show(plus(plus(N, one), plus(M, Const(2, INT)))) == "n + m + 3"
