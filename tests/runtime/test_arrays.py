"""The helpers of generated code: what they compute, and that Numba computes the same."""

import math

import numpy as np
import pytest

import zygote_nb.runtime.compiled  # noqa: F401 (makes the helpers callable in compiled code)
from tests.compiling import Compiled
from tests.oracle import COMPILED_SAMPLE, is_sampled
from zygote_nb.runtime import arrays

RNG = np.random.default_rng(5)


def array(*shape):
    return RNG.standard_normal(shape)


CALLERS = {
    "add_shares": lambda d_x, x, y, d_y: arrays.add_shares(d_x, x, y, d_y),
    "add_at": lambda buffer, index, g: arrays.add_at(buffer, index, g),
    "above": lambda a, b: arrays.above(a, b),
    "below": lambda a, b: arrays.below(a, b),
    "cofactors": lambda a: arrays.cofactors(a),
    "count": lambda x, axis: arrays.count(x, axis),
    "cumprod_adjoint": lambda dy, x, axis=None: arrays.cumprod_adjoint(dy, x, axis),
    "cumsum_adjoint": lambda dy, x, axis=None: arrays.cumsum_adjoint(dy, x, axis),
    "damped": lambda y, t: arrays.damped(y, t),
    "deviations": lambda x, axis=None: arrays.deviations(x, axis),
    "diagonal_adjoint": lambda dy, x, k=0: arrays.diagonal_adjoint(dy, x, k),
    "diff_adjoint": lambda dy, x, n=1, axis=-1: arrays.diff_adjoint(dy, x, n, axis),
    "digamma": lambda x: arrays.digamma(x),
    "entries_like": lambda dy, x: arrays.entries_like(dy, x),
    "expand": lambda g, like: arrays.expand(g, like),
    "expit": lambda x: arrays.expit(x),
    "literal": lambda value: arrays.literal(value),
    "power_partial_base": lambda x, p: arrays.power_partial_base(x, p),
    "power_partial_exponent": lambda y, x, p: arrays.power_partial_exponent(y, x, p),
    "products_of_others": lambda x, axis=None: arrays.products_of_others(x, axis),
    "products_of_others_adjoint": lambda dy, x, axis=None: arrays.products_of_others_adjoint(dy, x, axis),
    "quotient": lambda a, b: arrays.quotient(a, b),
    "repeat_adjoint": lambda dy, x, repeats, axis=None: arrays.repeat_adjoint(dy, x, repeats, axis),
    "reshape_like": lambda g, like: arrays.reshape_like(g, like),
    "roll_back": lambda dy, shift, axis=None: arrays.roll_back(dy, shift, axis),
    "share": lambda x, y: arrays.share(x, y),
    "shared": lambda x, y, part: arrays.shared(x, y, part),
    "shares": lambda x, y, axis=None: arrays.shares(x, y, axis),
    "sinc_partial": lambda x: arrays.sinc_partial(x),
    "split_like": lambda dy, parts, axis=0: arrays.split_like(dy, parts, axis),
    "take_adjoint": lambda dy, x, indices, axis=None: arrays.take_adjoint(dy, x, indices, axis),
    "tile_adjoint": lambda dy, x, reps: arrays.tile_adjoint(dy, x, reps),
    "together": lambda a, b: arrays.together(a, b),
    "transpose_back": lambda dy, axes: arrays.transpose_back(dy, axes),
    "trigamma": lambda x: arrays.trigamma(x),
    "unbroadcast": lambda g, like: arrays.unbroadcast(g, like),
    "unstack": lambda dy, parts, axis=0: arrays.unstack(dy, parts, axis),
}
COMPILED = {name: Compiled(caller) for name, caller in CALLERS.items()}


def same(a, b):
    if isinstance(a, (tuple, list)):
        assert len(a) == len(b)
        for p, q in zip(a, b, strict=True):
            same(p, q)
        return
    assert np.shape(a) == np.shape(b)
    single = np.asarray(a).dtype == np.float32
    np.testing.assert_allclose(b, a, rtol=1e-6 if single else 1e-12, atol=1e-14)
    if isinstance(a, np.ndarray):
        assert a.dtype == b.dtype or a.dtype != np.float32, (a.dtype, b.dtype)


def both(name, *args):
    """The interpreted result, after the compiled one was found to be the same.

    Without ZYGOTE_NB_FULL each helper is compiled once, and for a sample of the tests.
    """
    with np.errstate(all="ignore"):
        expected = getattr(arrays, name)(*args)
        if not COMPILED[name].signatures or is_sampled(COMPILED_SAMPLE):
            same(expected, COMPILED[name](*args))
    return expected


def test_every_helper_is_compiled():
    helpers = {
        name for name, f in vars(arrays).items() if callable(f) and getattr(f, "__module__", "") == arrays.__name__
    }
    assert {name for name in helpers if not name.startswith("_")} == set(CALLERS)


# Shapes

BROADCASTS = [
    ((3,), (3,)),
    ((3,), ()),
    ((2, 3), ()),
    ((2, 3), (3,)),
    ((2, 3), (1, 3)),
    ((2, 3), (2, 1)),
    ((2, 3), (1, 1)),
    ((2, 3), (2, 3)),
    ((4, 2, 3), (2, 3)),
    ((4, 2, 3), (3,)),
    ((4, 2, 3), (2, 1)),
    ((4, 2, 3), (4, 1, 3)),
    ((3,), (1,)),
    ((0, 3), (3,)),
    ((0,), ()),
    ((2, 0), (2, 1)),
    ((), ()),
]


@pytest.mark.parametrize(("big", "small"), BROADCASTS)
def test_unbroadcast(big, small):
    g = array(*big)
    like = array(*small) if small else 1.5
    total = both("unbroadcast", g if big else 2.5, like)
    assert np.shape(total) == small
    direction = array(*small)
    np.testing.assert_allclose(np.sum(total * direction), np.sum((g if big else 2.5) * direction))


def test_together():
    assert both("together", array(2, 3), array(3))
    for caller in (arrays.together, COMPILED["together"]):
        with pytest.raises(ValueError):
            caller(array(2, 3), array(2))


@pytest.mark.parametrize("view", [np.transpose, lambda g: g[::-1], lambda g: g[:, ::2]])
def test_unbroadcast_of_views(view):
    g = view(array(4, 6))
    both("unbroadcast", g, array(g.shape[1]))
    both("unbroadcast", g, array(g.shape[0], 1))
    both("unbroadcast", g, 1.0)


def test_unbroadcast_keeps_the_dtype_and_small_cotangents():
    g = array(5, 3).astype(np.float32)
    assert both("unbroadcast", g, np.ones(3, np.float32)).dtype == np.float32
    assert both("unbroadcast", 1.5, array(3)) == 1.5
    assert both("unbroadcast", array(3), array(2, 3)).shape == (3,)


def test_sums_are_accurate():
    g = np.full(1_000_000, 0.1)
    assert abs(COMPILED["unbroadcast"](g, 1.0) - 1e5) < 1e-8
    assert abs(COMPILED["unbroadcast"](g.astype(np.float32), 1.0) - 1e5) < 0.01


@pytest.mark.parametrize(
    ("g", "like"),
    [
        (1.5, 2.0),
        (1.5, array(3)),
        (array(3), array(2, 3)),
        (array(2, 1), array(2, 3)),
        (array(2, 3), array(2, 3)),
        (2, array(2)),
        (1.5, np.zeros(3, int)),
        (1.5, np.zeros(3, np.float32)),
        (0.5, array(0)),
    ],
)
def test_expand(g, like):
    result = both("expand", g, like)
    np.testing.assert_array_equal(result, np.broadcast_to(g, np.shape(like)))
    if np.ndim(like):
        assert not np.shares_memory(result, g)
        assert result.dtype == (like.dtype if like.dtype.kind == "f" else float)
        assert COMPILED["expand"](g, like).dtype == result.dtype


@pytest.mark.parametrize(
    ("g", "like"),
    [
        (array(6), array(2, 3)),
        (array(2, 3).T, array(6)),
        (array(4, 3)[::2], array(6)),
        (array(1), 1.0),
        (2.0, 1.0),
        (array(1, 1), array(1)),
        (array(0), array(0, 2)),
        (array(3, 2, 2), array(12)),
    ],
)
def test_reshape_like(g, like):
    assert np.shape(both("reshape_like", g, like)) == np.shape(like)


def test_count():
    x = array(2, 3, 4)
    assert [both("count", x, axis) for axis in (None, 1, -1, (0, 2), (1, -1))] == [24, 3, 4, 8, 12]


@pytest.mark.parametrize("axes", [(0,), (1, 0), (1, 2, 0), (-1, 0, 1), (3, 1, 0, 2)])
def test_transpose_back(axes):
    x = array(*range(2, 2 + len(axes)))
    same(both("transpose_back", np.transpose(x, axes), axes), x)


# Arithmetic


def test_damped():
    assert both("damped", 0.0, math.inf) == 0.0
    assert both("damped", 2.0, 3.0) == 6.0
    y, t = np.array([0.0, 2.0, 0.0]), np.array([math.nan, 3.0, -math.inf])
    np.testing.assert_array_equal(both("damped", y, t), [0.0, 6.0, 0.0])
    np.testing.assert_array_equal(both("damped", y, 2.0), [0.0, 4.0, 0.0])
    assert both("damped", y.astype(np.float32), t.astype(np.float32)).dtype == np.float32


def test_quotient():
    for a, b, expected in (
        (1.0, 2.0, 0.5),
        (1.0, 0.0, math.inf),
        (-1.0, 0.0, -math.inf),
        (0.0, 0.0, 0.0),
        (0, 0, 0),
        (1.0, -0.0, -math.inf),
        (0.0, math.nan, 0.0),
        (3, 2, 1.5),
    ):
        assert both("quotient", a, b) == expected
    a, b = np.array([1.0, 0.0, -1.0, 3.0]), np.array([0.0, 0.0, 0.0, 2.0])
    np.testing.assert_array_equal(both("quotient", a, b), [math.inf, 0, -math.inf, 1.5])
    np.testing.assert_array_equal(both("quotient", a, 0.0), [math.inf, 0, -math.inf, math.inf])
    np.testing.assert_array_equal(both("quotient", 0.0, b), np.zeros(4))
    assert both("quotient", array(3, 1), array(4)).shape == (3, 4)
    assert both("quotient", a.astype(np.float32), b.astype(np.float32)).dtype == np.float32


def test_power_partials():
    for x, p in (
        (2.0, 3.0),
        (2.0, 3),
        (0.0, 2),
        (0.0, 1),
        (0.0, 0),
        (0.0, 0.5),
        (0.0, 1.5),
        (-2.0, 3),
        (2, -1),
        (4, 0.5),
    ):
        both("power_partial_base", x, p)
        if x >= 0:
            both("power_partial_exponent", float(x) ** p, x, float(p))
    x, p = np.array([0.0, 0.0, 2.0, 3.0]), np.array([0.5, 0.0, 3.0, -1.0])
    both("power_partial_base", x, p)
    both("power_partial_base", x, 2)
    both("power_partial_base", 2.0, p)
    both("power_partial_exponent", x ** abs(p), x, abs(p))
    both("power_partial_exponent", 2.0**p, 2.0, p)
    both("power_partial_exponent", x[:, None] ** abs(p), x[:, None], abs(p))


def test_above_and_below():
    for a, b in ((1.0, 2.0), (2.0, 1.0), (1.0, 1.0), (math.nan, 1.0), (1.0, math.nan), (1, 2.0)):
        both("above", a, b)
        both("below", a, b)
    x = np.array([1.0, 2.0, np.nan])
    np.testing.assert_array_equal(both("above", x, 2.0), [0, 0.5, 0])
    np.testing.assert_array_equal(both("below", x[:, None], x), [[0.5, 1, 1], [0, 0.5, 1], [0, 0, 1]])


def test_special_functions():
    for x in (0.1, 0.5, 1.0, 3.7, 12.0, -0.3, -2.5):
        both("digamma", x)
        both("trigamma", x)
    assert both("trigamma", 1.0) == pytest.approx(math.pi**2 / 6, rel=1e-14)
    assert both("trigamma", -0.5) == pytest.approx(8.9348022005446793, rel=1e-13)
    x = np.array([0.0, 1e-3, 0.4, -1.2])
    both("sinc_partial", x)
    both("expit", x)
    assert both("expit", -800.0) == 0.0
    both("sinc_partial", 0.3)
    assert both("literal", 2) is False


# Reductions

AXES = [
    ((5,), None),
    ((5,), 0),
    ((5,), -1),
    ((3, 4), None),
    ((3, 4), 0),
    ((3, 4), 1),
    ((3, 4), -2),
    ((3, 4), (0, 1)),
    ((2, 3, 4), 1),
    ((2, 3, 4), (0, 2)),
    ((2, 3, 4), (-1, 0)),
    ((2, 3, 4), None),
    ((1,), 0),
    ((0,), None),
]


@pytest.mark.parametrize(("shape", "axis"), AXES)
def test_products_of_others(shape, axis):
    x = array(*shape)
    np.testing.assert_allclose(both("products_of_others", x, axis), np.prod(x, axis=axis, keepdims=True) / x)
    x[(0,) * x.ndim if x.size else ()] = 0.0
    both("products_of_others", x, axis)
    both("products_of_others_adjoint", array(*shape), x, axis)


@pytest.mark.parametrize(("shape", "axis"), AXES[:-1])
def test_deviations_and_shares(shape, axis):
    x = array(*shape).round(0)
    assert abs(both("deviations", x, axis).sum()) < 1e-12
    both("deviations", np.full(shape, 0.1), axis)
    y = np.max(x, axis=axis, keepdims=True)
    shares = both("shares", x, y if axis is not None else np.max(x), axis)
    np.testing.assert_allclose(np.sum(shares, axis=axis), 1.0)
    both("shares", np.where(x > 0, np.nan, x), np.max(np.where(x > 0, np.nan, x), axis=axis, keepdims=True), axis)


@pytest.mark.parametrize("x", [[1.0, 2.0, 2.0], [[-0.0, 0.0], [-1.0, -2.0]], [1.0, np.nan, np.nan], [-np.inf]])
def test_shares_of_all_entries_are_made_entry_by_entry(x):
    x = np.array(x)
    for y in (np.max(x), np.min(x)):
        part = both("share", x, y)
        np.testing.assert_array_equal(both("shared", x, y, part), arrays.shares(x, y))
        np.testing.assert_array_equal(both("shares", x, y), arrays.shares(x, y))
    both("shared", 2.0, 2.0, 0.5)


@pytest.mark.parametrize(("shape", "axis"), [(s, a) for s, a in AXES if not isinstance(a, tuple)])
def test_running_reductions(shape, axis):
    x = array(*shape)
    dy = array(*np.cumsum(x, axis=axis).shape)
    both("cumsum_adjoint", dy, x, axis)
    both("cumprod_adjoint", dy, x, axis)


@pytest.mark.parametrize(
    ("shape", "n", "axis"),
    [((5,), 1, -1), ((5,), 3, 0), ((3, 4), 1, 0), ((3, 4), 2, 1), ((1, 4), 1, 0), ((1, 4), 2, 0)],
)
def test_diff_adjoint(shape, n, axis):
    x = array(*shape)
    both("diff_adjoint", array(*np.diff(x, n=n, axis=axis).shape), x, n, axis)


# Joining, repeating, selecting


def test_split_like():
    a, b, c = array(2, 3), array(1, 3), array(3)
    for parts in ((a, b), (a, a, b)):
        same(both("split_like", np.concatenate(parts), parts, 0), parts)
    same(both("split_like", np.concatenate((a, array(2, 1)), axis=1), (a, array(2, 1)), -1)[0], a)
    same(both("split_like", np.vstack((a, c)), (a, c), 0), (a, c))
    same(both("split_like", np.concatenate((a, c), axis=None), (a, c), None), (a, c))
    same(both("split_like", np.hstack((1.5, c)), (1.5, c), 0), (1.5, c))
    same(both("split_like", np.column_stack((c, a.T)), (c, a.T), 1), (c, a.T))
    same(both("split_like", np.concatenate((array(0), c)), (array(0), c), 0), (array(0), c))


def test_unstack():
    a, b = array(2, 3), array(2, 3)
    for axis in (0, 1, -1):
        same(both("unstack", np.stack((a, b), axis=axis), (a, b), axis), (a, b))
    dy = array(2)
    same(both("unstack", dy, (1.0, 2.0)), tuple(dy))
    dy = array(2, 2)
    same(both("entries_like", dy, ((1.0, 2.0), (3.0, 4.0))), tuple(map(tuple, dy)))
    same(both("entries_like", dy, (a[0], b[0])), tuple(dy))
    assert both("entries_like", dy, a) is dy


@pytest.mark.parametrize(
    ("shape", "reps"), [((3,), 2), ((2, 3), (2, 1)), ((2, 3), 2), ((3,), (2, 3)), ((2, 3, 2), (2, 1)), ((), 3)]
)
def test_tile_adjoint(shape, reps):
    x = array(*shape) if shape else 1.5
    both("tile_adjoint", array(*np.tile(x, reps).shape), x, reps)


@pytest.mark.parametrize(
    ("shape", "repeats", "axis"),
    [
        ((3,), 2, None),
        ((2, 3), 2, None),
        ((2, 3), 2, 1),
        ((2, 3), 3, 0),
        ((3,), np.array([2, 0, 1]), 0),
        ((2, 3), np.array([2, 0, 1]), -1),
    ],
)
def test_repeat_adjoint(shape, repeats, axis):
    x = array(*shape)
    both("repeat_adjoint", array(*np.repeat(x, repeats, axis).shape), x, repeats, axis)


@pytest.mark.parametrize(
    ("shape", "indices", "axis"),
    [
        ((5,), np.array([0, 3, 3]), None),
        ((2, 3), np.array([4, 4, 0]), None),
        ((2, 3), np.array([[4, 4], [0, 1]]), None),
        ((5,), 2, None),
        ((5,), -1, 0),
        ((4, 2), -1, 0),
        ((4, 2), 1, 1),
        ((4, 2), np.array([1, 1, 0]), 1),
        ((2, 3, 4), np.array([2, 0]), -2),
    ],
)
def test_take_adjoint(shape, indices, axis):
    x = array(*shape)
    dy = array(*np.take(x, indices, axis).shape)
    both("take_adjoint", dy if dy.ndim else float(dy), x, indices, axis)


@pytest.mark.parametrize(
    ("shape", "shift", "axis"), [((5,), 2, None), ((2, 3), 1, None), ((2, 3), 4, 1), ((2, 3), -1, 0)]
)
def test_roll_back(shape, shift, axis):
    x = array(*shape)
    same(both("roll_back", np.roll(x, shift, axis), shift, axis), x)


@pytest.mark.parametrize("k", [-1, 0, 1])
@pytest.mark.parametrize("shape", [(3, 3), (2, 4), (4, 3)])
def test_diagonal_adjoint(shape, k):
    x = array(*shape)
    dy = np.diagonal(x, k).copy()
    np.testing.assert_array_equal(np.diagonal(both("diagonal_adjoint", dy, x, k), k), dy)


def test_cofactors():
    a = array(3, 3)
    np.testing.assert_allclose(both("cofactors", a), np.linalg.det(a) * np.linalg.inv(a).T)
    both("cofactors", array(3, 1) @ array(1, 3))
    np.testing.assert_allclose(both("cofactors", array(3, 2) @ array(2, 3)).shape, (3, 3))


# Scattering

MASK = np.array([True, False, True, False])
SCATTERS = [
    ((4,), 1, 2.5),
    ((4,), -1, 2.5),
    ((4, 3), 1, array(3)),
    ((4, 3), 1, 0.5),
    ((4, 3), (1, 2), 2.5),
    ((4, 3), (1,), array(3)),
    ((4,), slice(1, 3), array(2)),
    ((4,), slice(None, None, -1), array(4)),
    ((4, 3), slice(1, 3), array(3)),
    ((4, 3), (slice(None), 1), array(4)),
    ((4, 3), (slice(1, 3), slice(0, 2)), array(2, 2)),
    ((4, 3), (slice(1, 3), slice(0, 2)), 1.5),
    ((4, 3, 2), (1, slice(None), 0), array(3)),
    ((4, 3, 2), (slice(None), 1), array(4, 2)),
    ((4,), np.array([0, 0, 2, -1]), array(4)),
    ((4,), np.array([0, 0, 2]), 1.5),
    ((4,), np.array([[0, 0], [2, 0]]), array(2, 2)),
    ((4,), np.array([[0, 0], [2, 0]]), array(2)),
    ((4, 3), np.array([1, 1, 0]), array(3, 3)),
    ((4, 3), np.array([1, 1, 0]), array(3)),
    ((4, 3), np.array([[1, 1], [0, 1]]), array(2, 2, 3)),
    ((4, 3), np.array([1, 1, 0]), 0.5),
    ((4,), MASK, array(2)),
    ((4,), MASK, 1.5),
    ((4, 3), MASK, array(2, 3)),
    ((4, 3), MASK, array(3)),
    ((2, 2), np.array([[True, False], [True, True]]), array(3)),
    ((4, 3), (np.array([1, 1, 0]), np.array([2, 2, 0])), array(3)),
    ((4, 3), (np.array([1, 1, 0]), np.array([2, 2, 0])), 1.5),
    ((4, 3), (np.array([1, 1, 0]), 2), array(3)),
    ((4, 3), (2, np.array([1, 1, 0])), array(3)),
    ((4, 3), (slice(None), np.array([1, 1, 0])), array(4, 3)),
    ((4, 3), (np.array([1, 1, 0]), slice(0, 2)), array(3, 2)),
    ((4, 3, 2), (slice(None), np.array([1, 1]), np.array([0, 0])), array(4, 2)),
    ((4, 3, 2), (np.array([1, 1]), slice(None), np.array([0, 0])), array(2, 3)),
    ((4, 3, 2), (np.array([1, 1]), np.array([2, 2])), array(2, 2)),
    ((4, 3, 2), (slice(None), slice(None), np.array([1, 1, 0])), array(4, 3, 3)),
]


@pytest.mark.parametrize(("shape", "index", "g"), SCATTERS)
def test_add_at(shape, index, g):
    start = array(*shape)
    expected, interpreted, compiled = start.copy(), start.copy(), start.copy()
    np.add.at(expected, index, np.broadcast_to(g, start[index].shape))
    arrays.add_at(interpreted, index, g)
    np.testing.assert_allclose(interpreted, expected)
    if is_sampled(6):  # each index is compiled for its own types
        COMPILED["add_at"](compiled, index, g)
        np.testing.assert_allclose(compiled, expected)


@pytest.mark.parametrize("x", [array(7), np.array([1.0, 3.0, -2.0, 3.0]), np.array([0.5, np.nan, 2.0]), array(600)])
def test_add_shares(x):
    start, y = array(len(x)), np.max(x)
    interpreted, compiled = start.copy(), start.copy()
    arrays.add_shares(interpreted, x, y, 1.5)
    COMPILED["add_shares"](compiled, x, y, 1.5)
    np.testing.assert_allclose(interpreted, start + 1.5 * arrays.shares(x, y), rtol=1e-13)
    np.testing.assert_allclose(compiled, interpreted, rtol=1e-13)


def test_add_at_with_lists():
    buffer = np.zeros(3)
    arrays.add_at(buffer, [0, 0, 2], 1.0)
    np.testing.assert_array_equal(buffer, [2, 0, 1])
