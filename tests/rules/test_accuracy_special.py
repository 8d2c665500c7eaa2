"""Slopes of SciPy's special functions against sixty digits, by the arguments that have a closed form."""

import mpmath as mp
import numpy as np
import pytest
from scipy import special

from tests.rules.test_accuracy import BOUND, PAIRS, TABLE, partials
from zygote_nb.rules import library, registry

library.load()
HALF = mp.mpf(1) / 2


def gamma_below(a, x):
    return mp.gammainc(a, 0, x, regularized=True)


def gamma_above(a, x):
    return mp.gammainc(a, x, mp.inf, regularized=True)


def beta_below(a, b, x):
    return mp.betainc(a, b, 0, x, regularized=True)


def spherical(f):
    return lambda n, x: mp.sqrt(mp.pi / (2 * x)) * f(n + HALF, x)


def student(v, t):
    scale = mp.sqrt(mp.pi * v) * mp.gamma(v / 2)
    return HALF + t * mp.gamma((v + 1) / 2) * mp.hyp2f1(HALF, (v + 1) / 2, 3 * HALF, -t * t / v) / scale


def owen(h, a):
    return mp.quad(lambda t: mp.exp(-h * h * (1 + t * t) / 2) / (1 + t * t), [0, a])


def shifted_jacobi(n, p, q, x):
    return mp.factorial(n) * mp.gamma(n + p) / mp.gamma(2 * n + p) * mp.jacobi(n, p - q, q - 1, 2 * x - 1)


def many_gammas(a, d):
    return mp.log(mp.pi) * d * (d - 1) / 4 + sum(mp.loggamma(a - j * HALF) for j in range(int(d)))


def kolmogorov(x):
    """By sixty digits, of which the smallest argument leaves forty."""
    terms = [mp.exp(-((2 * k - 1) ** 2) * mp.pi**2 / (8 * x * x)) for k in range(1, 20)]
    return 1 - mp.sqrt(2 * mp.pi) / x * sum(terms)


def poisson(c, term):
    """The mean of ``term`` over a Poisson distribution of small mean ``c``."""
    return mp.exp(-c) * sum(c**j / mp.factorial(j) * term(j) for j in range(40))


def chi_square(x, v, c):
    return poisson(c / 2, lambda j: gamma_below(v / 2 + j, x / 2))


def fisher(m, n, c, x):
    return poisson(c / 2, lambda j: beta_below(m / 2 + j, n / 2, m * x / (n + m * x)))


def noncentral_student(n, d, t):
    y, c = t * t / (n + t * t), d * d / 2
    odd = poisson(c, lambda j: mp.factorial(j) / mp.gamma(j + 3 * HALF) * beta_below(j + 1, n / 2, y))
    return mp.ncdf(-d) + HALF * (poisson(c, lambda j: beta_below(j + HALF, n / 2, y)) + d / mp.sqrt(2) * odd)


def hankel(kind, scaled=0):
    return lambda v, z: (mp.hankel1, mp.hankel2)[kind - 1](v, z) * mp.exp(scaled * (2j * kind - 3j) * z)


def hankel_slope(kind):
    return lambda v, z: (hankel(kind)(v - 1, z) - hankel(kind)(v + 1, z)) / 2


ORDERS = [(0.5, 0.3), (1.5, 1.7), (2.3, 12.5)]
WHOLE = [(0, 0.3), (2, 1.7), (1, 12.5)]
DEGREES = [(2, 0.3), (5, -0.77), (3, 1.7), (4, 1.0), (40, 0.3)]
FAR = [(0.3,), (1.7,), (33.0,), (1e4,)]
ALL = None
ROWS = [
    ("erfcinv", lambda y: mp.erfinv(1 - y), 0, [(0.01,), (0.3,), (0.77,), (1.3,), (1.9,)]),
    ("ndtri", lambda p: -mp.sqrt(2) * mp.erfinv(1 - 2 * p), 0, [(1e-5,), (0.3,), (0.77,), (0.999,)]),
    ("ndtri_exp", lambda p: -mp.sqrt(2) * mp.erfinv(1 - 2 * mp.exp(p)), 0, [(-11.0,), (-0.3,), (-1e-3,)]),
    ("owens_t", lambda h, a: owen(h, a) / (2 * mp.pi), ALL, [(0.3, 0.7), (1.7, -0.4), (3.3, 2.0)]),
    ("loggamma", mp.loggamma, 0, [(1e-5,), (0.3,), (33.0,), (1e10,)]),
    ("polygamma", lambda n, x: mp.polygamma(int(n), x), 1, [(1, 0.3), (2, 1.7), (1, -0.7), (3, 33.0)]),
    ("multigammaln", many_gammas, 0, [(3.3, 3), (12.5, 2)]),
    ("binom", mp.binomial, ALL, [(5.3, 2.2), (12.5, 3.3)]),
    ("comb", mp.binomial, ALL, [(5.3, 2.2), (12.5, 3.3)]),
    ("factorial", lambda x: mp.gamma(x + 1), 0, [(0.3,), (12.5,)]),
    ("zeta", mp.zeta, ALL, [(2.3, 0.7), (3.3, 1.7), (1.01, 1e-3), (1.7, 1e4), (33.0, 1.0), (0.5, 1.0)]),
    ("zetac", lambda s: mp.zeta(s) - 1, 0, [(0.3,), (1.01,), (2.3,), (33.0,)]),
    ("kolmogorov", kolmogorov, 0, [(0.3,), (0.89,), (0.91,), (1.7,), (3.3,)]),
    ("gammainc", gamma_below, ALL, [(33.0, 31.0), (0.01, 1e-8), (0.3, 0.77), (2.3, 1e-5), (3.3, 12.5), (12.5, 3.3)]),
    ("gammaincc", gamma_above, ALL, [(33.0, 33.0), (5.0, 200.0), (0.3, 0.77), (2.3, 1e-5), (3.3, 12.5), (12.5, 33.0)]),
    ("betainc", beta_below, ALL, [(0.01, 0.02, 0.5), (5.0, 0.3, 0.9999)]),
    ("betainc", beta_below, ALL, [(0.3, 0.77, 0.4), (2.3, 1.7, 1e-5), (3.3, 12.5, 0.9)]),
    ("betaincc", lambda a, b, x: 1 - beta_below(a, b, x), ALL, [(0.3, 0.77, 0.4), (2.3, 1.7, 1e-5), (3.3, 12.5, 0.9)]),
    ("inv_boxcox1p", lambda y, p: (1 + y * p) ** (1 / p) - 1, ALL, [(0.3, 1.7), (3.3, 0.3)]),
    ("inv_boxcox", lambda y, p: (1 + y * p) ** (1 / p), ALL, [(1e-8, 1e-8), (0.3, 1e-7)]),
    ("boxcox", lambda x, p: (x**p - 1) / p, ALL, [(1.0001, 0.3), (1e-5, 1e-8), (33.0, -1e-9), (1e10, 0.5)]),
    ("boxcox1p", lambda x, p: ((1 + x) ** p - 1) / p, ALL, [(1e-12, 0.3), (1e-5, 1e-8), (33.0, -1e-9)]),
    ("huber", lambda d, r: r * r / 2 if abs(r) <= d else d * (abs(r) - d / 2), ALL, [(1.3, -2.7)]),
    ("pseudo_huber", lambda d, r: d * d * (mp.sqrt(1 + (r / d) ** 2) - 1), ALL, [(1e3, 1e-3), (1e-3, 1e3)]),
    ("cotdg", lambda x: mp.cot(mp.radians(x)), 0, [(33.0,), (1.7,), (-77.0,)]),
    ("expn", mp.expint, 1, [(2, 0.3), (3, 1.7), (1, 12.5)]),
    ("exprel", lambda x: mp.expm1(x) / x, 0, [(1e-8,), (-33.0,), (-1e-3,), (700.0,)]),
    ("expit", lambda x: 1 / (1 + mp.exp(-x)), 0, [(-700.0,), (40.0,)]),
    ("log_expit", lambda x: -mp.log1p(mp.exp(-x)), 0, [(700.0,), (-700.0,), (40.0,)]),
    ("erfcx", lambda x: mp.exp(x * x) * mp.erfc(x), 0, [(7.0,), (-7.0,), (26.0,), (1e10,)]),
    ("ndtr", mp.ncdf, 0, [(-37.0,), (8.0,)]),
    ("log_ndtr", lambda x: mp.log(mp.ncdf(x)), 0, [(-1e4,), (-37.0,), (8.0,)]),
    ("gammaln", mp.loggamma, 0, [(1e10,), (1.0,), (2.0,), (1.4616321449683623,)]),
    ("rel_entr", lambda x, y: x * mp.log(x / y), ALL, [(1.0, 1.0001), (1e-5, 1e-5)]),
    ("kl_div", lambda x, y: x * mp.log(x / y) - x + y, ALL, [(1.0, 1.0001), (1e-3, 1e-5)]),
    ("agm", mp.agm, ALL, [(1.0, 1.0001), (1e-5, 1e5)]),
    ("beta", mp.beta, ALL, [(1e-5, 0.3), (33.0, 33.0)]),
    ("betaln", lambda a, b: mp.log(mp.beta(a, b)), ALL, [(1e-5, 0.3), (33.0, 1e5)]),
    ("spence", lambda x: mp.polylog(2, 1 - x), 0, [(1e-5,), (1 + 1e-8,), (1 - 1e-6,)]),
    ("poch", mp.rf, ALL, [(0.3, -0.2), (33.0, 1.7)]),
    ("i0e", lambda x: mp.exp(-abs(x)) * mp.besseli(0, x), 0, FAR),
    ("k0e", lambda x: mp.exp(x) * mp.besselk(0, x), 0, FAR),
    ("i1e", lambda x: mp.exp(-abs(x)) * mp.besseli(1, x), 0, FAR),
    ("k1e", lambda x: mp.exp(x) * mp.besselk(1, x), 0, FAR),
    ("ive", lambda v, x: mp.exp(-x) * mp.besseli(v, x), 1, [*ORDERS, (2.3, 1e4), (4.5, 60.0)]),
    ("kve", lambda v, x: mp.exp(x) * mp.besselk(v, x), ALL, [*ORDERS, (2.3, 1e4), (4.5, 60.0)]),
    ("kv", mp.besselk, ALL, [(10.0, 0.01), (40.0, 40.0), (-1.5, 2.0)]),
    ("jv", mp.besselj, 1, [*ORDERS, (3.0, 1e-3)]), ("jve", mp.besselj, 1, ORDERS), ("yve", mp.bessely, 1, ORDERS),
    ("yv", mp.bessely, 1, ORDERS), ("iv", mp.besseli, 1, ORDERS), ("kv", mp.besselk, ALL, ORDERS),
    ("yn", mp.bessely, 1, WHOLE[1:]), ("kn", mp.besselk, 1, WHOLE),
    ("jvp", lambda v, x: mp.besselj(v, x, 1), 1, ORDERS), ("yvp", lambda v, x: mp.bessely(v, x, 1), 1, ORDERS),
    ("ivp", lambda v, x: mp.besseli(v, x, 1), 1, ORDERS),
    ("kvp", lambda v, x: -(mp.besselk(v - 1, x) + mp.besselk(v + 1, x)) / 2, 1, ORDERS),
    ("spherical_jn", spherical(mp.besselj), 1, WHOLE), ("spherical_yn", spherical(mp.bessely), 1, WHOLE),
    ("spherical_in", spherical(mp.besseli), 1, WHOLE),
    ("spherical_kn", lambda n, x: mp.sqrt(mp.pi / (2 * x)) * mp.besselk(n + HALF, x), 1, WHOLE),
    ("struve", mp.struveh, 1, ORDERS), ("modstruve", mp.struvel, 1, ORDERS[:2]),
    ("ber", lambda x: mp.ber(0, x), 0, [(0.3,), (1.7,), (7.0,)]), ("bei", lambda x: mp.bei(0, x), 0, [(0.3,), (7.0,)]),
    ("ker", lambda x: mp.ker(0, x), 0, [(0.3,), (1.7,)]), ("kei", lambda x: mp.kei(0, x), 0, [(0.3,), (1.7,)]),
    ("hyp0f1", mp.hyp0f1, 1, [(1.3, 0.7), (2.3, -3.3)]),
    ("hyp1f1", mp.hyp1f1, 2, [(1.3, 0.7, 0.4), (0.5, 2.3, -3.3)]),
    ("hyperu", mp.hyperu, 2, [(1.3, 0.7, 0.4), (0.5, 2.3, 3.3)]),
    ("hyp2f1", mp.hyp2f1, 3, [(1.3, 0.7, 1.9, 0.4), (0.5, 2.3, 1.1, -0.8)]),
    ("eval_legendre", mp.legendre, 1, DEGREES), ("eval_chebyt", mp.chebyt, 1, DEGREES),
    ("eval_chebyu", mp.chebyu, 1, DEGREES), ("eval_chebyc", lambda n, x: 2 * mp.chebyt(n, x / 2), 1, DEGREES),
    ("eval_chebys", lambda n, x: mp.chebyu(n, x / 2), 1, DEGREES),
    ("eval_sh_legendre", lambda n, x: mp.legendre(n, 2 * x - 1), 1, DEGREES[:3]),
    ("eval_sh_chebyt", lambda n, x: mp.chebyt(n, 2 * x - 1), 1, DEGREES[:3]),
    ("eval_sh_chebyu", lambda n, x: mp.chebyu(n, 2 * x - 1), 1, DEGREES[:3]),
    ("eval_hermite", mp.hermite, 1, DEGREES[:3]),
    ("eval_hermitenorm", lambda n, x: 2 ** (-n / 2) * mp.hermite(n, x / mp.sqrt(2)), 1, DEGREES[:3]),
    ("eval_laguerre", lambda n, x: mp.laguerre(n, 0, x), 1, [(2, 0.3), (5, 0.77), (10, 1.7)]),
    ("eval_genlaguerre", mp.laguerre, 2, [(2, 0.5, 0.3), (5, 1.5, 0.77)]),
    ("eval_gegenbauer", mp.gegenbauer, 2, [(2, 0.5, 0.3), (5, 1.5, -0.77), (3, 0.7, 1.0)]),
    ("eval_jacobi", mp.jacobi, 3, [(2, 0.5, 0.3, 0.4), (5, 1.5, 0.7, -0.77)]),
    ("stdtr", student, ALL, [(3.3, 0.7), (2.0, -5.0), (33.0, 1.7)]),
    ("chdtr", lambda v, x: gamma_below(v / 2, x / 2), ALL, [(3.3, 0.7), (2.0, 5.0)]),
    ("chdtrc", lambda v, x: gamma_above(v / 2, x / 2), ALL, [(3.3, 0.7), (2.0, 5.0)]),
    ("gdtr", lambda a, b, x: gamma_below(b, a * x), ALL, [(1.3, 2.3, 0.7)]),
    ("gdtrc", lambda a, b, x: gamma_above(b, a * x), ALL, [(1.3, 2.3, 0.7)]),
    ("fdtr", lambda a, b, x: beta_below(a / 2, b / 2, a * x / (a * x + b)), ALL, [(2.3, 3.3, 0.7), (1.3, 5.0, 4.0)]),
    ("fdtrc", lambda a, b, x: beta_below(b / 2, a / 2, b / (a * x + b)), ALL, [(2.3, 3.3, 0.7)]),
    ("bdtr", lambda k, n, p: beta_below(n - k, k + 1, 1 - p), 2, [(2.0, 5, 0.3), (3.0, 9, 0.77)]),
    ("bdtrc", lambda k, n, p: beta_below(k + 1, n - k, p), 2, [(2.0, 5, 0.3)]),
    ("nbdtr", lambda k, n, p: beta_below(n, k + 1, p), 2, [(2, 5, 0.3)]),
    ("nbdtrc", lambda k, n, p: beta_below(k + 1, n, 1 - p), 2, [(2, 5, 0.3)]),
    ("pdtr", lambda k, m: gamma_above(k + 1, m), 1, [(2.0, 0.7), (5.0, 3.3)]),
    ("pdtrc", lambda k, m: gamma_below(k + 1, m), 1, [(2.0, 0.7), (5.0, 3.3)]),
    ("elliprc", mp.elliprc, ALL, [(1.3, 0.7), (0.4, 2.3)]), ("elliprf", mp.elliprf, ALL, [(1.3, 0.7, 0.4)]),
    ("elliprg", mp.elliprg, ALL, [(1.3, 0.7, 0.4), (33.0, 0.7, 1e-5), (1e-3, 1e3, 1.0), (2.0, 2.0, 2.0)]),
    ("ellipkinc", mp.ellipf, ALL, [(1.5, 0.3), (-0.7, 0.5)]), ("ellipeinc", mp.ellipe, ALL, [(1.5, 0.3), (-0.7, 0.5)]),
    ("elliprd", mp.elliprd, ALL, [(1.3, 0.7, 0.4), (1.3, 0.7, 1.3), (1e-5, 1e5, 1.0)]),
    ("elliprj", mp.elliprj, ALL, [(1.3, 0.7, 0.4, 1.3), (1.3, 0.7, 0.4, 0.70001), (2.0, 2.0, 2.0, 2.0)]),
    ("elliprj", mp.elliprj, ALL, [(1e-3, 1e3, 1.0, 5.0), (1.0, 2.0, 3.0, 1e-4)]),
    ("lpmv", lambda m, v, x: mp.legenp(v, m, x), 2, [(1, 3, 0.4), (2, 3.3, -0.7), (0, 5, 0.999), (3, 7, 0.2)]),
    ("assoc_laguerre", lambda x, n, k: mp.laguerre(n, k, x), 0, [(0.3, 4, 2), (1.7, 3, 1)]),
    ("eval_sh_jacobi", shifted_jacobi, 3, [(3, 2.5, 1.5, 0.4)]),
    ("besselpoly", lambda a, p, v: mp.quad(lambda x: x**p * mp.besselj(v, 2 * a * x), [0, 1]), 0, [(0.7, 1.0, 2.0)]),
    ("chndtr", chi_square, 0, [(0.7, 3.3, 1.7), (3.0, 2.0, 0.1)]), ("chndtr", chi_square, 2, [(0.7, 3.3, 1.7)]),
    ("ncfdtr", fisher, 2, [(3.3, 5.0, 1.7, 0.7)]), ("ncfdtr", fisher, 3, [(3.3, 5.0, 1.7, 0.7)]),
    ("nctdtr", noncentral_student, 1, [(3.3, 0.7, 1.2), (3.0, -0.7, 1.2)]),
    ("nctdtr", noncentral_student, 2, [(3.3, 0.7, 1.2), (3.0, -0.7, 1.2)]),
    ("diric", lambda x, n: mp.sin(n * x / 2) / (n * mp.sin(x / 2)), 0, [(0.3, 3), (1.7, 4)]),
]  # fmt: skip
INVERSES = {
    "gammaincinv", "gammainccinv", "betaincinv", "betainccinv", "stdtrit", "chdtri", "gdtrix", "fdtri", "tklmbda",
    "kolmogi",
}  # fmt: skip
"""Their slopes are one over those of the functions that they invert."""
COMPLEX = [
    ("lambertw", mp.lambertw, [(0.3,), (33.0,), (1e-12,), (0.0,), (-0.3,), (0.3 + 2j,)]),
    ("wofz", lambda z: mp.exp(-z * z) * mp.erfc(-1j * z), [(0.3,), (11.9,), (12.1,), (-2 + 3j,), (3 - 1j,)]),
    ("hankel1", hankel(1), [(1.5, 0.3), (2, 12.5), (0.5, 1.7 + 1j)]),
    ("hankel2", hankel(2), [(1.5, 0.3), (2, 12.5), (0.5, 1.7 + 1j)]),
    ("hankel1e", hankel(1, 1), [(1.5, 0.3), (2, 2.5), (0.5, 1.7 + 1j)]),
    ("hankel2e", hankel(2, 1), [(1.5, 0.3), (2, 2.5), (0.5, 1.7 + 1j)]),
    ("h1vp", hankel_slope(1), [(1.5, 0.3), (2, 12.5), (0.5, 1.7 + 1j)]),
    ("h2vp", hankel_slope(2), [(1.5, 0.3), (2, 12.5), (0.5, 1.7 + 1j)]),
]
UNKNOWN = {
    "berp", "beip", "kerp", "keip", "itstruve0", "it2struve0", "itmodstruve0", "wright_bessel", "log_wright_bessel",
    "voigt_profile", "radian", "perm", "sph_harm_y",
}  # fmt: skip
"""What mpmath has no function for."""


def test_every_elementwise_rule_of_scipy_is_in_a_table():
    known = {registry.lookup(fn) for fn, *_ in (*TABLE, *PAIRS)} | {registry.lookup(special.cosm1)}
    known |= {
        registry.lookup(getattr(special, name)) for name in {r[0] for r in (*ROWS, *COMPLEX)} | INVERSES | UNKNOWN
    }
    for rule in registry.registered():
        of_scipy = rule.built_in and ".scipy." in str(getattr(rule.definition, "__module__", ""))
        if rule.form == "elementwise" and of_scipy and getattr(rule.fn, "__name__", "") in dir(special):
            assert rule in known, rule.fn


def taken(point):
    return tuple(np.float64(p) if isinstance(p, float) else p for p in point)


@pytest.mark.parametrize(("name", "exact", "position", "points"), ROWS, ids=[f"{r[0]}-{i}" for i, r in enumerate(ROWS)])
def test_slopes(name, exact, position, points):
    for point in points:
        found = partials(getattr(special, name), *taken(point))
        with mp.workdps(60):
            for i in range(len(point)) if position is ALL else [position]:
                want = slope(exact, [mp.mpf(p) for p in point], i)
                assert abs(float(found[i]) - want) <= BOUND * abs(want), f"{name}{point} by {i}: {found[i]}"


@pytest.mark.parametrize(("name", "exact", "points"), COMPLEX, ids=lambda v: v if isinstance(v, str) else "")
def test_slopes_of_complex_results(name, exact, points):
    """By the last argument, of a function that is holomorphic in it."""
    for point in points:
        given = tuple(np.complex128(p) if isinstance(p, (float, complex)) else p for p in point[-1:])
        found = complex(partials(getattr(special, name), *point[:-1], *given)[len(point) - 1])
        with mp.workdps(60):
            first = [mp.mpf(p) for p in point[:-1]]
            want = mp.diff(lambda z, first=first: exact(*first, z), mp.mpmathify(point[-1]))
            assert abs(found - want) <= BOUND * abs(want), f"{name}{point}: {found}"


def slope(exact, point, i):
    """By differences of fourth order."""
    step = (abs(point[i]) or 1) * mp.mpf(10) ** -14

    def at(k):
        return exact(*(p + k * step if j == i else p for j, p in enumerate(point)))

    return mp.re(8 * (at(1) - at(-1)) - (at(2) - at(-2))) / (12 * step)
