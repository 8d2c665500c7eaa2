"""Rules as plain Python: partial derivatives and pullbacks against central differences, without the transformation."""

import ast
import cmath
import inspect
import math
import operator
from pathlib import Path

import numpy as np
import pytest

import zygote_nb as zg
from zygote_nb.ir.callables import Attribute, Method
from zygote_nb.rules import library, registry
from zygote_nb.runtime import arrays as helpers
from zygote_nb.runtime import bessel
from zygote_nb.runtime.arrays import digamma
from zygote_nb.runtime.indexing import as_number
from zygote_nb.runtime.rearranging import joined_like

library.load()
RNG = np.random.default_rng(3)
POSITIVE = np.array([0.2, 0.7, 1.3, 2.4, 3.1])
REAL = np.array([-1.7, -0.6, 0.35, 0.9, 2.3])
UNIT = np.array([-0.9, -0.4, 0.1, 0.5, 0.8])
ABOVE_ONE = np.array([1.2, 1.5, 2.0, 3.3, 4.1])
OTHER = np.array([0.43, -1.12, 1.63, 2.24, -0.31])

UNARY = {
    POSITIVE.tobytes(): (
        POSITIVE,
        [
            np.log,
            np.log2,
            np.log10,
            np.log1p,
            np.sqrt,
            math.sqrt,
            math.log,
            math.log2,
            math.log10,
            math.log1p,
            math.gamma,
            math.lgamma,
            digamma,
        ],
    ),
    REAL.tobytes(): (
        REAL,
        [
            operator.pos,
            operator.neg,
            operator.abs,
            abs,
            np.exp,
            np.exp2,
            np.expm1,
            np.sin,
            np.cos,
            np.tan,
            np.arctan,
            np.sinc,
            np.deg2rad,
            np.radians,
            np.rad2deg,
            np.degrees,
            np.sinh,
            np.cosh,
            np.tanh,
            np.arcsinh,
            np.positive,
            np.negative,
            np.square,
            np.reciprocal,
            np.absolute,
            np.fabs,
            np.conjugate,
            np.real,
            np.real_if_close,
            np.cbrt,
            helpers.sinc_partial,
            math.exp,
            math.exp2,
            math.expm1,
            math.sin,
            math.cos,
            math.tan,
            math.atan,
            math.radians,
            math.degrees,
            math.sinh,
            math.cosh,
            math.tanh,
            math.asinh,
            math.fabs,
            math.erf,
            math.erfc,
            math.cbrt,
        ],
    ),
    UNIT.tobytes(): (UNIT, [np.arcsin, np.arccos, np.arctanh, math.asin, math.acos, math.atanh]),
    ABOVE_ONE.tobytes(): (ABOVE_ONE, [np.arccosh, math.acosh]),
}
BINARY = {
    "positive base": (POSITIVE, OTHER, [operator.pow, pow, math.pow, np.power, np.float_power]),
    "real": (
        REAL,
        OTHER,
        [
            operator.add,
            operator.sub,
            operator.mul,
            operator.truediv,
            operator.mod,
            np.add,
            np.subtract,
            np.multiply,
            np.divide,
            np.remainder,
            np.fmod,
            np.arctan2,
            np.hypot,
            np.logaddexp,
            np.logaddexp2,
            np.maximum,
            np.minimum,
            np.fmax,
            np.fmin,
            np.copysign,
            math.atan2,
            math.hypot,
            math.fmod,
            math.remainder,
            math.copysign,
            max,
            min,
        ],
    ),
    "positive": (POSITIVE, OTHER, [helpers.quotient, helpers.power_partial_base]),
    "base": (POSITIVE, ABOVE_ONE, [math.log]),
}


def label(value):
    return f"{value.__module__}.{value.__name__}" if callable(value) else ""


OF_NUMBERS = {abs, max, min, pow, digamma}


def rule_of(fn):
    rule = registry.lookup(fn)
    assert rule is not None
    assert rule.built_in
    return rule


def takes_arrays(fn):
    return fn not in OF_NUMBERS and getattr(fn, "__module__", "") != "math"


def slopes(fn, args, i, h=1e-6):
    """Central differences of an elementwise function by argument i."""
    up, down = [list(args) for _ in range(2)]
    up[i], down[i] = args[i] + h, args[i] - h
    return (fn(*up) - fn(*down)) / (2 * h)


def partials(fn, args):
    rule = rule_of(fn)
    if rule.form == "reverse":
        y, pullback = rule.definition(*args)
        result = pullback(1.0 if np.ndim(y) == 0 else np.ones_like(y))
    else:
        result = rule.definition(fn(*args), *args)
    return result if isinstance(result, tuple) else (result,)


def check(fn, args):
    for i, partial in enumerate(partials(fn, args)):
        if partial is not None:
            expected = slopes(fn, args, i)
            np.testing.assert_allclose(np.broadcast_to(partial, np.shape(expected)), expected, rtol=2e-6, atol=2e-8)


@pytest.mark.parametrize(("x", "fn"), [(x, fn) for x, fns in UNARY.values() for fn in fns], ids=label)
def test_unary(x, fn):
    for entry in x:
        check(fn, (float(entry),))
        if takes_arrays(fn):
            check(fn, (np.float64(entry),))
    if takes_arrays(fn):
        check(fn, (x,))


@pytest.mark.parametrize(("a", "b", "fn"), [(a, b, fn) for a, b, fns in BINARY.values() for fn in fns], ids=label)
def test_binary(a, b, fn):
    for pair in zip(a, b, strict=True):
        check(fn, tuple(map(float, pair)))
    if takes_arrays(fn):
        check(fn, (a, b))
        check(fn, (a[:, None], b))
        check(fn, (a, float(b[2])))


FUSED = getattr(math, "fma", None)
"""x * y + z with one rounding, since Python 3.13."""


@pytest.mark.skipif(FUSED is None, reason="Python has no math.fma")
def test_fused_product_and_sum():
    check(FUSED, (1.5, -0.7, 0.3))


def test_every_elementwise_rule_is_checked():
    checked = {fn for _, fns in UNARY.values() for fn in fns} | {fn for *_, fns in BINARY.values() for fn in fns}
    checked.add(FUSED)
    elementwise = {
        rule.fn
        for rule in registry.registered()
        if rule.form == "elementwise" and rule.built_in and ".scipy." not in rule.definition.__module__
    }
    assert elementwise - checked <= {
        np.ldexp,
        math.ldexp,
        np.clip,
        np.heaviside,
        np.imag,
        np.angle,
        helpers.power_partial_exponent,
        bessel.bessel_i1,
        np.i0,
        np.nan_to_num,
        np.nextafter,
        math.nextafter,
    } | {f for f in vars(cmath).values() if callable(f)}  # those of complex numbers have tests of their own


# Points of their own


def test_what_nan_and_infinity_are_replaced_with():
    x = np.array([1.0, np.nan, np.inf, -np.inf, 2.0])
    f = lambda x, n, p, m: np.sum(np.nan_to_num(x, nan=n, posinf=p, neginf=m) ** 2)
    dx, *others = zg.gradient(f, x, 0.5, 3.0, -2.0)
    np.testing.assert_array_equal(dx, [2.0, 0.0, 0.0, 0.0, 4.0])
    assert others == [1.0, 6.0, -4.0]


def test_ldexp():
    assert rule_of(np.ldexp).definition(12.0, 1.5, 3) == (8.0, None)
    assert rule_of(math.ldexp).definition(12.0, 1.5, 3) == (8.0, None)


def test_absolute_value_of_zero_has_derivative_zero():
    for fn in (abs, operator.abs, np.absolute, np.fabs, math.fabs):
        assert partials(fn, (0.0,)) == (0.0,)
    assert partials(math.copysign, (0.0, -2.0))[0] == 0.0


@pytest.mark.parametrize("fn", [np.sqrt, math.sqrt, np.cbrt, math.cbrt])
def test_root_of_zero(fn):
    _, pullback = run(fn, 0.0)
    assert pullback(2.0) == math.inf
    assert pullback(-2.0) == -math.inf
    assert pullback(0.0) == 0.0


@pytest.mark.parametrize("fn", [np.arcsin, np.arccos, np.arccosh, np.sqrt, np.cbrt])
def test_zero_cotangents_stay_zero_where_the_derivative_is_infinite(fn):
    x = np.array([0.0 if fn in (np.sqrt, np.cbrt) else 1.0])
    _, pullback = run(fn, x)
    assert pullback(np.zeros(1)) == 0.0


@pytest.mark.parametrize("fn", [math.asin, math.acos, math.acosh])
def test_ends_of_the_domain_of_math_functions(fn):
    _, pullback = run(fn, 1.0)
    assert abs(pullback(1.0)) == math.inf
    assert pullback(0.0) == 0.0


@pytest.mark.parametrize("fn", [operator.pow, math.pow, np.power, np.float_power])
def test_powers_at_zero(fn):
    def at_zero(p):
        with np.errstate(all="ignore"):
            return partials(fn, (0.0, p))

    assert at_zero(2.0) == (0.0, 0.0)
    assert at_zero(1.0) == (1.0, 0.0)
    assert at_zero(0.5) == (math.inf, 0.0)
    assert at_zero(0.0)[0] == 0.0
    assert math.isnan(at_zero(0.0)[1])


def test_powers_of_arrays_at_zero():
    x, p = np.array([0.0, 0.0, 0.0, 2.0, -2.0]), np.array([2.0, 0.5, 0.0, 3.0, 3.0])
    base, exponent = partials(np.power, (x, p))
    np.testing.assert_array_equal(base, [0.0, np.inf, 0.0, 12.0, 12.0])
    np.testing.assert_allclose(exponent, [0.0, 0.0, np.nan, 8 * np.log(2), -8 * np.log(2)])


def test_power_of_integers():
    for x, p in ((3, 2), (0, 1), (0, 3), (-2, 3), (2, -1), (5, 0)):
        assert partials(operator.pow, (x, p))[0] == (p * float(x) ** (p - 1) if p else 0)


def test_ties_share_equally():
    for fn in (np.maximum, np.minimum, np.fmax, np.fmin):
        assert partials(fn, (1.5, 1.5)) == (0.5, 0.5)
    x = np.array([1.0, 2.0, 3.0])
    np.testing.assert_array_equal(partials(np.maximum, (x, 2.0))[0], [0.0, 0.5, 1.0])
    np.testing.assert_array_equal(partials(np.minimum, (x, 2.0))[0], [1.0, 0.5, 0.0])


def test_python_extrema_follow_the_first():
    assert partials(max, (1.5, 1.5)) == (1.0, 0.0)
    assert partials(min, (1.5, 1.5)) == (1.0, 0.0)


def test_nan_is_passed_over_by_fmax_and_fmin():
    for fn in (np.fmax, np.fmin):
        assert partials(fn, (math.nan, 1.0)) == (0.0, 1.0)
        assert partials(fn, (1.0, math.nan)) == (1.0, 0.0)


def test_clip_passes_on_the_closed_interval():
    x = np.array([-1.0, 0.0, 0.5, 1.0, 2.0])
    for bounds, inside, below, above in (
        ((0.0, 1.0), [0, 1, 1, 1, 0], [1, 0, 0, 0, 0], [0, 0, 0, 0, 1]),
        ((0.0, None), [0, 1, 1, 1, 1], [1, 0, 0, 0, 0], None),
        ((None, 1.0), [1, 1, 1, 1, 0], None, [0, 0, 0, 0, 1]),
    ):
        for got, expected in zip(partials(np.clip, (x, *bounds)), (inside, below, above), strict=False):
            assert (got is None) == (expected is None)
            assert expected is None or np.array_equal(got, expected)


def test_sinc_near_zero():
    for x in (0.0, 1e-9, 1e-4, 0.01, -0.01, 0.02):
        u = math.pi * x
        exact = sum((-1) ** k * 2 * k * u ** (2 * k - 1) / math.factorial(2 * k + 1) for k in range(1, 8)) * math.pi
        assert partials(np.sinc, (x,))[0] == pytest.approx(exact, rel=1e-10, abs=1e-300)


def test_angles_at_the_origin():
    for fn in (np.arctan2, math.atan2, np.hypot, math.hypot):
        assert partials(fn, (0.0, 0.0)) == (0.0, 0.0)


def test_digamma_at_known_points():
    euler = 0.57721566490153286
    assert digamma(1.0) == pytest.approx(-euler, rel=1e-14)
    assert digamma(0.5) == pytest.approx(-euler - 2 * math.log(2), rel=1e-14)
    assert digamma(-1.5) == pytest.approx(0.70315664064524319, rel=1e-13)
    assert math.isnan(digamma(-2.0))


# Reverse rules


def run(fn, *args, call=None, **kwargs):
    """The value and the pullback that the rule says."""
    rule = rule_of(fn)
    if rule.form == "reverse":
        return rule.definition(*args, **kwargs)
    y = (call or fn)(*args, **kwargs)
    return y, lambda dy: rule.definition(dy, y, *args, **kwargs)


def pulled(fn, args, kwargs, call):
    """The rule's value and cotangents for a random cotangent, with the cotangent."""
    y, pullback = run(fn, *args, call=call, **kwargs)
    dy = RNG.standard_normal(np.shape(y))
    dy = float(dy) if np.ndim(y) == 0 else dy
    cotangents = pullback(dy)
    bare = not isinstance(cotangents, tuple) or isinstance(args[0], (tuple, list))
    return y, dy, (cotangents,) if bare else cotangents


def flattened(x):
    return [leaf for item in x for leaf in flattened(item)] if isinstance(x, (tuple, list)) else [x]


def rebuilt(x, leaves):
    return type(x)(rebuilt(item, leaves) for item in x) if isinstance(x, (tuple, list)) else leaves.pop(0)


def check_rule(fn, *args, call=None, **kwargs):
    """Value and cotangents of the float arguments against the function and its differences."""
    call = call or fn
    y, dy, cotangents = pulled(fn, args, kwargs, call)
    np.testing.assert_allclose(y, call(*args, **kwargs))
    for i, arg in enumerate(args):
        leaves = flattened(arg)
        if i >= len(cotangents) or cotangents[i] is None or not all(is_float(leaf) for leaf in leaves):
            continue
        found = flattened(cotangents[i]) if isinstance(arg, (tuple, list)) else [cotangents[i]]
        assert len(found) == len(leaves)
        for j, leaf in enumerate(leaves):
            expected = differences(lambda *a: call(*a, **kwargs), args, i, j, dy)
            np.testing.assert_allclose(np.broadcast_to(found[j], np.shape(leaf)), expected, rtol=1e-5, atol=1e-7)


def is_float(x):
    return np.asarray(x).dtype.kind == "f" if not isinstance(x, (str, type(None))) else False


def differences(call, args, i, j, dy, h=1e-6):
    leaf = np.asarray(flattened(args[i])[j], float)
    g = np.zeros(leaf.shape)
    for k in np.ndindex(leaf.shape):
        sides = []
        for step in (h, -h):
            moved = leaf.copy()
            moved[k] += step
            leaves = list(flattened(args[i]))
            leaves[j] = moved if leaf.ndim else float(moved)
            replaced = rebuilt(args[i], leaves) if isinstance(args[i], (tuple, list)) else leaves[0]
            sides.append(np.sum(dy * call(*args[:i], replaced, *args[i + 1 :])))
        g[k] = (sides[0] - sides[1]) / (2 * h)
    return g


def array(*shape):
    return RNG.permutation(
        np.linspace(0.4, 2.3, math.prod(shape)) * np.where(np.arange(math.prod(shape)) % 3, 1, -1)
    ).reshape(shape)


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
    ((1, 4), 0),
]


@pytest.mark.parametrize(
    "fn", [np.sum, np.mean, np.prod, np.var, np.std, np.max, np.min, np.ptp], ids=lambda fn: fn.__name__
)
@pytest.mark.parametrize(("shape", "axis"), AXES)
@pytest.mark.parametrize("keepdims", [False, True])
def test_reductions(fn, shape, axis, keepdims):
    if shape == (1, 4) and fn in (np.var, np.std, np.ptp):
        pytest.skip("a single entry has a kink there")
    check_rule(fn, array(*shape), axis=axis, keepdims=keepdims)


@pytest.mark.parametrize("fn", [np.var, np.std], ids=lambda fn: fn.__name__)
@pytest.mark.parametrize(("shape", "axis"), AXES[:-1])
def test_degrees_of_freedom(fn, shape, axis):
    check_rule(fn, array(*shape), axis=axis, ddof=1)


@pytest.mark.parametrize("fn", [np.cumsum, np.cumprod], ids=lambda fn: fn.__name__)
@pytest.mark.parametrize(("shape", "axis"), [(s, a) for s, a in AXES if not isinstance(a, tuple)])
def test_running_reductions(fn, shape, axis):
    check_rule(fn, array(*shape), axis=axis)


@pytest.mark.parametrize("zeros", [[1], [0, 3], [0, 1, 2]])
def test_products_with_zeros(zeros):
    x = array(5)
    x[zeros] = 0.0
    check_rule(np.prod, x)
    check_rule(np.cumprod, x)
    check_rule(np.prod, np.vstack((x, array(5))), axis=1)


def test_shares_of_equal_extrema():
    x = np.array([[3.0, 3.0, 1.0], [0.0, 2.0, 2.0]])
    _, pullback = run(np.max, x, axis=1)
    np.testing.assert_array_equal(pullback(np.array([1.0, 4.0])), [[0.5, 0.5, 0], [0, 2, 2]])
    _, pullback = run(np.min, np.ones(4))
    np.testing.assert_array_equal(pullback(1.0), np.full(4, 0.25))


@pytest.mark.parametrize("value", [0.0, 0.1, 1e10 / 3])
@pytest.mark.parametrize("n", [3, 7, 10])
def test_standard_deviation_of_equal_values(value, n):
    _, pullback = run(np.std, np.full(n, value))
    np.testing.assert_array_equal(pullback(1.0), np.zeros(n))


@pytest.mark.parametrize(
    ("shape", "n", "axis"), [((5,), 1, -1), ((5,), 2, 0), ((3, 4), 1, 0), ((3, 4), 2, 1), ((1, 3), 1, 0)]
)
def test_differences(shape, n, axis):
    check_rule(np.diff, array(*shape), n=n, axis=axis)


def test_reductions_of_sequences():
    check_rule(math.fsum, array(4))
    check_rule(math.prod, array(4))
    check_rule(math.dist, array(4), array(4))


PRODUCTS = [((4,), (4,)), ((3, 4), (4,)), ((3,), (3, 4)), ((3, 4), (4, 2))]


@pytest.mark.parametrize(("a", "b"), PRODUCTS)
def test_matrix_products(a, b):
    check_rule(operator.matmul, array(*a), array(*b))
    check_rule(np.matmul, array(*a), array(*b))
    check_rule(np.dot, array(*a), array(*b))
    check_rule(np.inner, array(*a), array(*b).T)


def test_stacked_matrix_products():
    check_rule(operator.matmul, array(2, 3, 4), array(2, 4, 2))
    check_rule(operator.matmul, array(3, 4), array(2, 4, 2))
    check_rule(operator.matmul, array(2, 3, 4), array(4, 2))


def test_products_with_numbers():
    for fn in (np.dot, np.inner):
        check_rule(fn, 1.5, array(3))
        check_rule(fn, array(2, 3), 0.5)
        check_rule(fn, 2.0, 0.5)


def test_other_products():
    check_rule(np.vdot, array(4), array(4))
    check_rule(np.vdot, array(2, 3), array(3, 2))
    check_rule(np.outer, array(3), array(4))
    check_rule(np.outer, array(3, 2), array(4))
    check_rule(np.cross, array(3), array(3))
    check_rule(np.cross, array(4, 3), array(3))


@pytest.mark.parametrize("k", [-1, 0, 1])
@pytest.mark.parametrize("shape", [(3, 3), (2, 4), (4, 3)])
def test_diagonals_and_triangles(shape, k):
    for fn in (np.trace, np.diag, np.diagonal, np.triu, np.tril):
        check_rule(fn, array(*shape), k)
    check_rule(np.diag, array(3), k)


def well_conditioned(n):
    return array(n, n) * 0.3 + 3 * np.eye(n)


def test_linear_algebra():
    check_rule(np.linalg.norm, array(4))
    check_rule(np.linalg.norm, array(3, 4))
    check_rule(np.linalg.norm, array(3, 4), axis=1)
    check_rule(np.linalg.norm, array(3, 4), axis=0, keepdims=True)
    check_rule(np.linalg.norm, array(3, 4), "fro")
    check_rule(np.linalg.norm, array(3, 4), 2, 1)
    for order in (1, 2, np.inf):
        check_rule(np.linalg.norm, array(4), ord=order)
    check_rule(np.linalg.solve, well_conditioned(3), array(3))
    check_rule(np.linalg.solve, well_conditioned(3), array(3, 2))
    check_rule(np.linalg.inv, well_conditioned(3))
    check_rule(np.linalg.inv, np.stack((well_conditioned(2), well_conditioned(2))))
    check_rule(np.linalg.det, well_conditioned(3))


def test_norm_of_zero():
    _, pullback = run(np.linalg.norm, np.zeros(3))
    np.testing.assert_array_equal(pullback(1.0), np.zeros(3))


@pytest.mark.parametrize("rank", [1, 2])
def test_determinant_of_singular_matrices(rank):
    a = array(3, rank) @ array(rank, 3)
    check_rule(np.linalg.det, a)


SHAPES = [
    (np.reshape, (array(2, 6), (3, 4)), {}),
    (np.reshape, (array(2, 6), -1), {}),
    (np.reshape, (array(2, 6), (3, 4)), {"order": "F"}),
    (np.ravel, (array(2, 3),), {}),
    (np.ravel, (array(2, 3),), {"order": "F"}),
    (np.squeeze, (array(1, 3, 1),), {}),
    (np.squeeze, (array(1, 3, 1),), {"axis": 0}),
    (np.expand_dims, (array(2, 3), 1), {}),
    (np.expand_dims, (array(2, 3), (0, -1)), {}),
    (np.atleast_1d, (1.5,), {}),
    (np.atleast_1d, (array(3),), {}),
    (np.atleast_2d, (array(3),), {}),
    (np.atleast_3d, (array(3, 2),), {}),
    (np.transpose, (array(2, 3),), {}),
    (np.transpose, (array(2, 3, 4),), {}),
    (np.transpose, (array(2, 3, 4), (1, 2, 0)), {}),
    (np.transpose, (array(2, 3, 4), (-1, 0, 1)), {}),
    (np.matrix_transpose, (array(2, 3, 4),), {}),
    (np.swapaxes, (array(2, 3, 4), 0, -1), {}),
    (np.moveaxis, (array(2, 3, 4), 0, 2), {}),
    (np.moveaxis, (array(2, 3, 4), (0, 1), (2, 0)), {}),
    (np.flip, (array(2, 3),), {}),
    (np.flip, (array(2, 3), 1), {}),
    (np.flip, (array(2, 3, 4), (0, 2)), {}),
    (np.flipud, (array(2, 3),), {}),
    (np.fliplr, (array(2, 3),), {}),
    (np.rot90, (array(2, 3),), {}),
    (np.rot90, (array(2, 3), 3), {}),
    (np.roll, (array(5), 2), {}),
    (np.roll, (array(2, 3), 1), {}),
    (np.roll, (array(2, 3), 1), {"axis": 1}),
    (np.roll, (array(2, 3), (1, 2)), {"axis": (0, 1)}),
    (np.copy, (array(2, 3),), {}),
    (np.array, (array(2, 3),), {}),
    (np.asarray, (array(2, 3),), {}),
    (np.ascontiguousarray, (array(2, 3).T,), {}),
    (np.broadcast_to, (array(3), (2, 3)), {}),
    (np.broadcast_to, (1.5, (2, 3)), {}),
    (np.broadcast_to, (array(2, 1), (4, 2, 3)), {}),
    (np.tile, (array(3), 2), {}),
    (np.tile, (array(2, 3), (2, 1)), {}),
    (np.tile, (array(2, 3), 2), {}),
    (np.tile, (array(3), (2, 3)), {}),
    (np.tile, (array(2, 3, 2), (2, 1)), {}),
    (np.repeat, (array(3), 2), {}),
    (np.repeat, (array(2, 3), 2), {}),
    (np.repeat, (array(2, 3), 2), {"axis": 1}),
    (np.repeat, (array(2, 3), np.array([2, 0, 1])), {"axis": 1}),
    (np.repeat, (array(3), np.array([2, 0, 1])), {}),
    (np.take, (array(5), np.array([0, 3, 3])), {}),
    (np.take, (array(2, 3), np.array([4, 4, 0])), {}),
    (np.take, (array(2, 3), np.array([[0, 0], [1, 2]])), {"axis": 1}),
    (np.take, (array(4), 2), {}),
    (np.take, (array(4, 2), -1), {"axis": 0}),
    (np.concatenate, ((array(2), array(3)),), {}),
    (np.concatenate, ([array(2, 3), array(1, 3)],), {"axis": 0}),
    (np.concatenate, ((array(2, 3), array(2, 1)),), {"axis": -1}),
    (np.concatenate, ((array(2, 3), array(4)),), {"axis": None}),
    (np.stack, ((array(3), array(3)),), {}),
    (np.stack, ([array(2, 3), array(2, 3)],), {"axis": -1}),
    (np.vstack, ((array(3), array(2, 3)),), {}),
    (np.hstack, ((array(3), array(2)),), {}),
    (np.hstack, ((array(2, 3), array(2, 1)),), {}),
    (np.hstack, ((1.5, array(2)),), {}),
    (np.column_stack, ((array(3), array(3, 2)),), {}),
    (np.dstack, ((array(2, 3), array(2, 3)),), {}),
    (np.array, ([1.5, 2.5, -0.5],), {}),
    (np.array, ([[1.5, 2.5], [0.5, -0.5]],), {}),
    (np.array, ([array(3), array(3)],), {}),
    (np.full, ((2, 3), 1.5), {}),
    (np.full, ((2, 3), array(3)), {}),
    (np.full_like, (np.zeros((2, 3), int), 1.5), {"dtype": float}),
    (np.linspace, (0.5, 2.0), {}),
    (np.linspace, (0.5, 2.0, 5), {}),
    (np.linspace, (0.5, 2.0, 5), {"endpoint": False}),
]


@pytest.mark.parametrize(("fn", "args", "kwargs"), SHAPES, ids=lambda v: getattr(v, "__name__", ""))
def test_shapes(fn, args, kwargs):
    check_rule(fn, *args, **kwargs)


def test_arange():
    _, dy, (start, stop, step) = pulled(np.arange, (0.5, 3.0, 0.75), {}, None)
    assert stop is None
    assert start == pytest.approx(np.sum(dy))
    assert step == pytest.approx(np.sum(dy * np.arange(4)))


def test_methods_and_attributes():
    check_rule(Attribute("T"), array(2, 3), call=np.transpose)
    check_rule(Attribute("mT"), array(2, 3, 4), call=np.matrix_transpose)
    check_rule(Method("reshape"), array(2, 6), 3, 4, call=lambda x, *shape: x.reshape(*shape))
    check_rule(Method("reshape"), array(2, 6), (3, 4), order="F", call=np.reshape)
    check_rule(Method("transpose"), array(2, 3), call=np.transpose)
    check_rule(Method("transpose"), array(2, 3, 4), (2, 0, 1), call=np.transpose)
    check_rule(Method("transpose"), array(2, 3, 4), 2, 0, 1, call=lambda x, *axes: x.transpose(*axes))
    check_rule(Method("flatten"), array(2, 3), call=np.ravel)
    check_rule(Method("item"), array(1), call=np.sum)
    check_rule(Method("astype"), array(3), float, call=lambda x, dtype: x.astype(dtype))
    assert registry.lookup(Method("sum")) is registry.lookup(np.sum)
    assert registry.lookup(Attribute("shape")).form == "constant"


HELPERS = [
    ("unbroadcast", (array(2, 3), array(3)), {}),
    ("unbroadcast", (array(2, 3), 1.5), {}),
    ("unbroadcast", (array(2, 3), array(2, 1)), {}),
    ("expand", (1.5, array(2, 3)), {}),
    ("expand", (array(3), array(2, 3)), {}),
    ("reshape_like", (array(2, 3), array(6)), {}),
    ("deviations", (array(2, 3),), {}),
    ("deviations", (array(2, 3), 1), {}),
    ("products_of_others", (array(5),), {}),
    ("products_of_others", (array(2, 3), 0), {}),
    ("products_of_others", (array(2, 3, 4), (0, -1)), {}),
    ("cumsum_adjoint", (array(6), array(2, 3)), {}),
    ("cumsum_adjoint", (array(2, 3), array(2, 3), 1), {}),
    ("diff_adjoint", (array(2, 3), array(2, 4)), {}),
    ("diff_adjoint", (array(1, 3), array(3, 3), 2, 0), {}),
    ("tile_adjoint", (array(2, 6), array(3), (2, 2)), {}),
    ("repeat_adjoint", (array(2, 6), array(2, 3), 2, 1), {}),
    ("take_adjoint", (array(3), array(5), np.array([0, 3, 3])), {}),
    ("roll_back", (array(5), 2), {}),
    ("diagonal_adjoint", (array(3), array(3, 4), 1), {}),
    ("transpose_back", (array(2, 3, 4), (2, 0, 1)), {}),
]


@pytest.mark.parametrize(("name", "args", "kwargs"), HELPERS, ids=lambda v: v if isinstance(v, str) else "")
def test_derivatives_of_helpers(name, args, kwargs):
    check_rule(getattr(helpers, name), *args, **kwargs)


def test_second_derivative_of_a_product_with_zeros():
    x = np.array([0.0, 1.5, 0.0, 0.7])
    check_rule(helpers.products_of_others, x)


WHERE = [(array(3), array(3)), (array(2, 3), array(3)), (1.5, array(3)), (array(2, 1), 0.5)]


@pytest.mark.parametrize(("a", "b"), WHERE)
def test_where(a, b):
    check_rule(np.where, np.array([True, False, True]), a, b)
    check_rule(np.where, True, a, b)
    check_rule(np.where, np.False_, a, b)


def test_python_functions():
    _, pullback = run(divmod, 7.5, 2.0)
    assert pullback((None, 1.0)) == (1.0, -3.0)
    for kind in (float, np.float64, np.float32, np.float16):
        assert run(kind, 2)[1](1.5) == 1.5
    assert run(as_number, 2.0)[1](1.5) == 1.5
    _, pullback = run(math.modf, 2.25)
    assert pullback((1.5, None)) == 1.5


def is_checked_elsewhere(rule):
    """Hooks, fixed points, solvers, splines and sparse matrices have tests of what they are for."""
    families = ("steering", "implicit", "optimize", "integrate", "interpolate", "sparse")
    return rule.definition.__module__.endswith(families)


FIRST_USED = (float, sum, divmod, helpers.unstack, helpers.entries_like, helpers.split_like, joined_like, as_number)


def test_every_reverse_rule_is_checked():
    tree = list(ast.walk(ast.parse(Path(__file__).read_text())))
    named = {n.attr for n in tree if isinstance(n, ast.Attribute)} | {
        n.value for n in tree if isinstance(n, ast.Constant)
    }
    for rule in registry.registered():
        if rule.form == "reverse" and rule.built_in and not is_checked_elsewhere(rule):
            name = getattr(rule.fn, "__name__", None) or rule.fn.name
            assert name in named or rule.fn in FIRST_USED, name


@pytest.mark.parametrize("family", library.FAMILIES)
def test_pullbacks_are_named_after_their_rules(family):
    for rule in registry.registered():
        if rule.form == "reverse" and rule.definition.__module__ == f"zygote_nb.rules.{family}":
            source = inspect.getsource(rule.definition)
            assert f"def {rule.definition.__name__.removesuffix('_rule')}_pullback(dy)" in source
