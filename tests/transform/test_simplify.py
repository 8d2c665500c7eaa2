"""Dead code goes, but not what may raise; sums and copies read as a person writes them."""

import math

import numpy as np
import pytest

import zygote_nb as zg
from tests.lowered import stages
from zygote_nb.analysis.ownership import owned
from zygote_nb.ir.core import ONE, Accumulate, Apply, Assign, Effect, If, Name, Store
from zygote_nb.ir.kinds import BOOL, FLOAT, INT, Array, Scalar
from zygote_nb.ir.text import show_block
from zygote_nb.transform.simplify.simplify import simplify

V = np.array([0.3, -0.5, 1.2])
VECTOR = Array("float64", (2,))
x, y, v = Name("x"), Name("y"), Name("v", VECTOR)


def simplified(*block, results=(), params=("x", "y", "v"), roots=()):
    body, returned = simplify(tuple(block), tuple(results), list(params), list(roots))
    return show_block(body, 0) if body else [], returned


def call(fn, *args, kind=FLOAT):
    return Apply(fn, args, (), kind)


def test_what_nobody_reads_goes() -> None:
    lines, _ = simplified(Assign("a", call(np.sin, x)), Assign("b", call(np.sin, Name("a"))), results=(y,))
    assert lines == []


def test_what_may_raise_stays() -> None:
    import operator

    element = Assign("a", call(operator.getitem, v, Name("k", INT)))
    logarithm = Assign("b", call(math.log, x))
    quotient = Assign("c", call(operator.truediv, ONE, x))
    lines, _ = simplified(element, logarithm, quotient, results=(y,), params=("x", "y", "v", "k"))
    assert lines == ["a = v[k]", "b = math.log(x)", "c = 1.0 / x"]


def test_numpy_numbers_do_not_raise() -> None:
    import operator

    quotient = Assign("c", call(operator.truediv, ONE, Name("x", Scalar("float64", False))))
    assert simplified(quotient, results=(y,))[0] == []


def test_a_store_into_what_nobody_reads_goes() -> None:
    made = Assign("w", call(np.zeros_like, v, kind=VECTOR))
    store = Store(Name("w", VECTOR), Apply(slice, (ONE, ONE, ONE)), x)
    assert simplified(made, store, results=(y,))[0] == []
    assert len(simplified(made, store, results=(Name("w", VECTOR),))[0]) == 2


def test_effects_stay() -> None:
    lines, _ = simplified(Assign("a", call(np.sin, x)), Effect(call(print, Name("a"))), results=(y,))
    assert len(lines) == 2


def test_sums_are_joined() -> None:
    a, b = call(np.sin, x), call(np.cos, x)
    lines, results = simplified(Assign("d_x", a), Accumulate("d_x", b), results=(Name("d_x"),))
    assert lines == []
    assert [str(r.fn.__name__) for r in results] == ["add"]


def test_a_copy_of_a_name_is_that_name() -> None:
    lines, results = simplified(Assign("a", x), Assign("b", Name("a")), results=(Name("b"),))
    assert lines == []
    assert results == (x,)


def test_a_branch_without_a_body_is_turned_around() -> None:
    test = Name("c", BOOL)
    block = (Assign("z", ONE), If(test, (), (Assign("z", x),)))
    lines, _ = simplified(*block, results=(Name("z"),), params=("x", "c"))
    assert lines == ["z = 1.0", "if not c:", "    z = x"]


def test_fresh_memory_is_owned_and_another_name_of_it_is_not() -> None:
    fresh = Assign("d_v", call(np.zeros_like, v, kind=VECTOR))
    assert owned((fresh,), {"v"}) == {"d_v"}
    again = Assign("d_w", Name("d_v", VECTOR))
    assert owned((fresh, again), {"v"}) == set()
    assert owned((Assign("d_v", v),), {"v"}) == set()


@pytest.mark.parametrize(
    ("bad", "error"),
    [
        (lambda x, v: v[7] * 0, IndexError),
        (lambda x, v: math.log(-x), ValueError),
        (lambda x, v: x / (x - x), ZeroDivisionError),
    ],
    ids=["index", "domain", "division"],
)
def test_dead_code_raises_as_the_function_does(bad, error) -> None:
    def f(x, v):
        unused = bad(x, v)
        return x * x

    with zg.options(backend="python"), pytest.raises(error):
        zg.gradient(f, 0.3, V)


def test_scalar_code_needs_no_help_with_shapes() -> None:
    def f(x, y, n):
        s = 0.0
        for i in range(n):
            t = x * i + y
            s += np.sin(t) * np.exp(-t * t) / (1.0 + t**2)
            if s > y:
                s -= max(x, t) * abs(y)
        return s

    text = stages(f, 0.3, 0.4, 3).text
    assert "unbroadcast" not in text
    assert "zeros_like" not in text
    assert "np.sum" not in text


def test_arrays_of_one_shape_need_none_either() -> None:
    def f(v):
        w = np.sin(v) * v
        return np.sum(w * w + v)

    assert "unbroadcast" not in stages(f, V).text


def test_a_sum_has_no_forward_loop_where_only_the_gradient_is_wanted() -> None:
    def f(x, n):
        s = 0.0
        for t in range(n):
            a = x * t
            s += a * a
        return s

    assert stages(f, 0.3, 4).text.count("for ") == 1
