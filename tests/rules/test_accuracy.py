"""Partial derivatives of elementwise functions against 160 digits: large, tiny, negative and boundary arguments.

``tanh`` is differentiated from its result, which costs nothing and has an absolute error of one rounding: in its tails
the relative error is not small, and only the absolute one is held.
"""

import math

import mpmath as mp
import numpy as np
import pytest
from scipy import special

from zygote_nb.rules import library, registry

library.load()
BOUND = 1e-12
mp.mp.dps = 160
TINY = [1e-30, 1e-12, 1e-5]
MIDDLE = [0.013, 0.3, 0.77, 1.0, 1.7, 3.3]
LARGE = [12.5, 33.0]
HUGE = [1e4, 1e10]


def both(points):
    return [*points, *(-p for p in points)]


ANY, POSITIVE = both([*TINY, *MIDDLE, *LARGE]), [*TINY, *MIDDLE, *LARGE, *HUGE]
UNIT = both([*TINY, 0.013, 0.3, 0.77, 0.999, 1 - 2.0**-40])
OPEN = [1e-30, 1e-5, 0.013, 0.3, 0.77, 0.999, 1 - 2.0**-40]
WIDE = both([*TINY, *MIDDLE, *LARGE, *HUGE])
TABLE = [
    (np.exp, mp.exp, ANY), (np.exp2, lambda x: mp.mpf(2) ** x, ANY), (np.expm1, mp.expm1, ANY),
    (np.log, mp.log, POSITIVE), (np.log2, lambda x: mp.log(x, 2), POSITIVE), (np.log10, mp.log10, POSITIVE),
    (np.log1p, mp.log1p, [*POSITIVE, -0.3, -0.999]), (np.sqrt, mp.sqrt, POSITIVE), (np.cbrt, mp.cbrt, POSITIVE),
    (np.square, lambda x: x * x, WIDE), (np.reciprocal, lambda x: 1 / x, both([1e-100, *MIDDLE, *LARGE, *HUGE])),
    (np.sin, mp.sin, WIDE), (np.cos, mp.cos, WIDE), (np.tan, mp.tan, ANY),
    (np.arcsin, mp.asin, UNIT), (np.arccos, mp.acos, UNIT), (np.arctan, mp.atan, WIDE),
    (np.sinh, mp.sinh, ANY), (np.cosh, mp.cosh, ANY), (np.tanh, mp.tanh, both([*TINY, *MIDDLE])),
    (np.arcsinh, mp.asinh, WIDE), (np.arccosh, mp.acosh, [1 + 2.0**-40, 1.3, 33.0, 1e10]), (np.arctanh, mp.atanh, UNIT),
    (np.sinc, lambda x: mp.sincpi(x), both([1e-12, 1e-5, 0.013, 0.3, 0.77, 1.7, 3.3])),
    (np.i0, lambda x: mp.besseli(0, x), both([1e-5, *MIDDLE, *LARGE])),
    (math.erf, mp.erf, both([*TINY, *MIDDLE, 12.5])), (math.erfc, mp.erfc, both([*TINY, *MIDDLE, 12.5])),
    (math.gamma, mp.gamma, [1e-5, 0.3, 1.0, 3.3, 33.0, -0.7, -3.3]),
    (math.lgamma, lambda x: mp.log(abs(mp.gamma(x))), [1e-5, 0.3, 1.0, 3.3, 33.0, 1e10, -0.7, -3.3]),
    (special.erf, mp.erf, both([*TINY, *MIDDLE, 12.5])), (special.erfc, mp.erfc, both([*TINY, *MIDDLE, 12.5])),
    (special.erfcx, lambda x: mp.exp(x * x) * mp.erfc(x), [-3.3, -0.3, *TINY, *MIDDLE, 11.9, 12.1, 33.0, 1e4]),
    (special.dawsn, lambda x: mp.sqrt(mp.pi) / 2 * mp.exp(-x * x) * mp.erfi(x), both([1e-5, 0.3, 1.7, 11.9, 33.0])),
    (special.erfinv, mp.erfinv, both([1e-12, 0.3, 0.77, 0.999])),
    (special.ndtr, mp.ncdf, both([*TINY, *MIDDLE, 12.5])),
    (special.log_ndtr, lambda x: mp.log(mp.ncdf(x)), both([*TINY, *MIDDLE, 12.5])),
    (special.gamma, mp.gamma, [1e-5, 0.3, 1.0, 3.3, 33.0, -0.7, -3.3]), (special.gammaln, mp.loggamma, POSITIVE[1:]),
    (special.rgamma, mp.rgamma, [1e-5, 0.3, 1.0, 3.3, 33.0, -0.7, -2.0, -3.3, 0.0]),
    (special.psi, mp.digamma, [1e-5, 0.3, 1.0, 3.3, 33.0, 1e10, -0.7, -3.3]),
    (special.expit, lambda x: 1 / (1 + mp.exp(-x)), ANY), (special.logit, lambda x: mp.log(x / (1 - x)), OPEN[1:]),
    (special.log_expit, lambda x: -mp.log1p(mp.exp(-x)), ANY),
    (special.exprel, lambda x: mp.expm1(x) / x if x else mp.mpf(1), ANY),
    (special.exp1, mp.e1, [1e-5, *MIDDLE, *LARGE]), (special.expi, mp.ei, both([1e-5, *MIDDLE, *LARGE])),
    (special.j0, mp.j0, both([1e-5, *MIDDLE, 12.5])), (special.j1, mp.j1, both([1e-5, *MIDDLE, 12.5])),
    (special.y0, lambda x: mp.bessely(0, x), [1e-5, *MIDDLE, 12.5]),
    (special.i0, lambda x: mp.besseli(0, x), both([1e-5, *MIDDLE, *LARGE])),
    (special.i1, lambda x: mp.besseli(1, x), both([1e-5, *MIDDLE, *LARGE])),
    (special.k0, lambda x: mp.besselk(0, x), [1e-5, *MIDDLE, *LARGE]),
    (special.k1, lambda x: mp.besselk(1, x), [1e-5, *MIDDLE, *LARGE]),
    (special.ellipk, mp.ellipk, [-3.3, -0.3, -1e-5, 0.0, 1e-30, 1e-5, 9.9e-3, 1.1e-2, 0.3, 0.77, 0.999]),
    (special.ellipe, mp.ellipe, [-3.3, -0.3, -1e-5, 0.0, 1e-30, 1e-5, 9.9e-3, 1.1e-2, 0.3, 0.77, 0.999]),
    (special.spence, lambda x: mp.polylog(2, 1 - x), [0.3, 0.77, 0.999, 1.001, 1.7, 3.3]),
    (special.entr, lambda x: -x * mp.log(x), [*TINY, *MIDDLE, *LARGE]),
    (special.erfi, mp.erfi, both([*TINY, *MIDDLE])), (special.cosm1, lambda x: mp.cos(x) - 1, ANY),
    (special.exp2, lambda x: mp.mpf(2) ** x, ANY), (special.exp10, lambda x: mp.mpf(10) ** x, ANY),
    (special.expm1, mp.expm1, ANY), (special.log1p, mp.log1p, [*POSITIVE, -0.3, -0.999]),
    (special.cbrt, mp.cbrt, POSITIVE), (special.softplus, lambda x: mp.log1p(mp.exp(x)), ANY),
    (special.wrightomega, lambda x: mp.lambertw(mp.exp(x)), both([1e-5, *MIDDLE, 12.5])),
    (special.sindg, lambda x: mp.sin(mp.radians(x)), both([*MIDDLE, *LARGE])),
    (special.cosdg, lambda x: mp.cos(mp.radians(x)), both([*MIDDLE, *LARGE])),
    (special.tandg, lambda x: mp.tan(mp.radians(x)), both([*MIDDLE, *LARGE])),
    (special.ellipkm1, lambda p: mp.ellipk(1 - p), [1e-5, 0.013, 0.3, 0.77, 1.7]),
    (special.i0e, lambda x: mp.exp(-abs(x)) * mp.besseli(0, x), both([0.3, 1.7, 3.3])),
    (special.i1e, lambda x: mp.exp(-abs(x)) * mp.besseli(1, x), both([0.3, 1.7, 3.3])),
    (special.k0e, lambda x: mp.exp(x) * mp.besselk(0, x), [0.3, 1.7, 3.3]),
    (special.y1, lambda x: mp.bessely(1, x), [0.3, 1.7, 3.3, 12.5]),
]  # fmt: skip
EXACT = {name: exact for fn, exact, _ in TABLE if isinstance(fn, np.ufunc) for name in (fn.__name__,)}
TWINS = {
    "exp": "exp", "exp2": "exp2", "expm1": "expm1", "log2": "log2", "log10": "log10", "log1p": "log1p", "sin": "sin",
    "cos": "cos", "tan": "tan", "atan": "arctan", "sinh": "sinh", "cosh": "cosh", "asinh": "arcsinh",
    "atanh": "arctanh",
}  # fmt: skip
"""Functions of ``math``, and those of NumPy whose grids and exact values are theirs."""
POINTS = {fn.__name__: points for fn, _, points in TABLE if isinstance(fn, np.ufunc)}
TABLE += [(getattr(math, m), EXACT[n], POINTS[n]) for m, n in TWINS.items()]
TABLE.append((math.tanh, mp.tanh, both([*TINY, *MIDDLE])))
PIECEWISE_LINEAR = {
    np.deg2rad, np.radians, np.rad2deg, np.degrees, np.positive, np.negative, np.add, np.subtract, np.absolute, np.fabs,
    np.copysign, np.maximum, np.minimum, np.fmax, np.fmin, np.heaviside, np.nan_to_num, np.clip, np.remainder, np.fmod,
    np.ldexp, np.multiply, np.nextafter, math.nextafter, math.radians, math.degrees, math.fmod, math.remainder,
    math.ldexp, math.fabs, math.copysign,
}  # fmt: skip
"""Their slopes are constants, or another argument: there is nothing to round."""
OF_COMPLEX = {np.conjugate, np.real, np.imag, np.angle, np.real_if_close}
PAIRS = [
    (np.power, lambda x, p: x**p, [(0.3, 2.5), (1.7, -3.3), (33.0, 0.013), (1e-5, 1.7), (1e10, 3.0), (0.77, 33.0)]),
    (np.float_power, lambda x, p: x**p, [(0.3, 2.5), (1.7, -3.3), (33.0, 0.013), (0.77, 33.0)]),
    (math.pow, lambda x, p: x**p, [(0.3, 2.5), (1.7, -3.3), (33.0, 0.013), (0.77, 33.0)]),
    (math.hypot, mp.hypot, [(0.3, 1.7), (1e-12, 3.3), (1e10, 1.0), (-0.3, -33.0)]),
    (math.atan2, mp.atan2, [(0.3, 1.7), (1e-12, 3.3), (1e10, 1.0), (-0.3, -33.0)]),
    (np.logaddexp2, lambda a, b: mp.log(mp.mpf(2) ** a + mp.mpf(2) ** b, 2), [(0.3, 1.7), (33.0, -12.5), (700, 701)]),
    (special.xlog1py, lambda x, y: x * mp.log1p(y), [(0.3, 1.7), (1e-12, 33.0), (-3.3, 1e-5)]),
    (special.rel_entr, lambda x, y: x * mp.log(x / y), [(0.3, 1.7), (3.3, 0.77), (1e-5, 33.0)]),
    (special.kl_div, lambda x, y: x * mp.log(x / y) - x + y, [(0.3, 1.7), (3.3, 0.77), (1e-5, 33.0)]),
    (special.boxcox1p, lambda x, p: ((1 + x) ** p - 1) / p, [(0.3, 1.7), (33.0, 1e-5), (1.7, 0.3), (1e-5, 0.3)]),
    (special.inv_boxcox, lambda y, p: (1 + y * p) ** (1 / p), [(0.3, 1.7), (3.3, 0.3), (1.7, 0.77)]),
    (special.powm1, lambda x, p: x**p - 1, [(0.3, 2.5), (1.7, -3.3), (33.0, 0.013)]),
    (special.poch, lambda a, m: mp.gamma(a + m) / mp.gamma(a), [(0.3, 1.7), (3.3, 12.5)]),
    (special.ellipkinc, mp.ellipf, [(0.3, 0.77), (1.0, 0.3), (1.0, -3.3)]),
    (special.ellipeinc, mp.ellipe, [(0.3, 0.77), (1.0, 0.3), (1.0, -3.3)]),
    (special.agm, mp.agm, [(0.3, 1.7), (3.3, 12.5)]),
    (np.hypot, mp.hypot, [(0.3, 1.7), (1e-12, 3.3), (1e10, 1.0), (-0.3, -33.0)]),
    (np.arctan2, mp.atan2, [(0.3, 1.7), (1e-12, 3.3), (1e10, 1.0), (-0.3, -33.0)]),
    (np.logaddexp, lambda a, b: mp.log(mp.exp(a) + mp.exp(b)), [(0.3, 1.7), (33.0, -12.5), (700.0, 701.0)]),
    (np.divide, lambda a, b: a / b, [(0.3, 1.7), (1e10, 3.3), (-1e-12, 33.0)]),
    (math.log, lambda x, b: mp.log(x, b), [(0.3, 1.7), (1e10, 3.3), (1e-12, 33.0)]),
    (special.beta, mp.beta, [(0.3, 1.7), (3.3, 12.5)]),
    (special.betaln, lambda a, b: mp.log(mp.beta(a, b)), [(0.3, 1.7), (3.3, 12.5)]),
    (special.xlogy, lambda x, y: x * mp.log(y), [(0.3, 1.7), (1e-12, 33.0), (-3.3, 1e-5)]),
    (special.boxcox, lambda x, p: (x**p - 1) / p, [(0.3, 1.7), (33.0, 1e-5), (1.7, 0.3), (3.3, -0.77), (1.0, 0.3)]),
    (special.pseudo_huber, lambda d, r: d * d * (mp.sqrt(1 + (r / d) ** 2) - 1), [(0.3, 1.7), (3.3, 0.77)]),
]  # fmt: skip


def test_every_elementwise_rule_of_numpy_and_math_is_in_a_table():
    """Those of SciPy are as accurate as the functions they are made of; its commonest are in the tables as well."""
    known = {registry.lookup(fn) for fn, *_ in (*TABLE, *PAIRS)}
    known |= {registry.lookup(fn) for fn in PIECEWISE_LINEAR | OF_COMPLEX}
    for rule in registry.registered():
        ours = rule.form == "elementwise" and rule.built_in
        if ours and any(vars(m).get(getattr(rule.fn, "__name__", "")) is rule.fn for m in (np, math)):
            assert rule in known, rule.fn


def partials(fn, *args):
    """What the rule says, as plain Python."""
    rule = registry.lookup(fn)
    with np.errstate(all="ignore"):
        if rule.form == "reverse":
            _, pullback = rule.definition(*args)
            found = pullback(1.0)
        else:
            found = rule.definition(fn(*args), *args)
    return found if isinstance(found, tuple) else (found,)


@pytest.mark.parametrize(("fn", "exact", "points"), TABLE, ids=lambda v: getattr(v, "__name__", "")[:9])
def test_of_one_argument(fn, exact, points):
    for x in points:
        x = np.float64(x) if isinstance(fn, np.ufunc) else float(x)
        at = mp.mpf(float(x))
        step = (abs(at) or 1) * mp.mpf(10) ** -30
        want = (exact(at + step) - exact(at - step)) / (2 * step)
        (got,) = partials(fn, x)
        error = abs(mp.mpf(float(got)) - want)
        allowed = BOUND * abs(want) + mp.mpf(2) ** -1074
        if fn is np.tanh:
            allowed = mp.mpf(2) ** -51
        assert error <= allowed, f"{fn.__name__} at {x}: {got}, exactly {mp.nstr(want, 17)}"


@pytest.mark.parametrize(("fn", "exact", "points"), PAIRS, ids=lambda v: getattr(v, "__name__", "")[:9])
def test_of_two_arguments(fn, exact, points):
    for pair in points:
        pair = tuple(map(np.float64, pair)) if isinstance(fn, np.ufunc) else pair
        for i, got in enumerate(partials(fn, *pair)):
            place = tuple(mp.mpf(float(p)) for p in pair)
            want = mp.diff(exact, place, (1 - i, i))
            assert abs(mp.mpf(float(got)) - want) <= BOUND * abs(want), f"{fn.__name__} at {pair} by {i}: {got}"
