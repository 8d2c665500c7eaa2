"""``scipy.special``: Bessel, Airy, Struve and hypergeometric functions, their integrals, and orthogonal polynomials.

Derivatives by an order or a parameter have no closed form, and most are refused.
"""

import math

import numpy as np
from scipy import special

from zygote_nb.rules.named import of_module, several_of
from zygote_nb.rules.placeholders import not_implemented
from zygote_nb.runtime.arrays import quotient, unbroadcast
from zygote_nb.runtime.incomplete import macdonald_slope
from zygote_nb.runtime.special import bessel_decline, diric_slope, is_far

rule = of_module(special)
ORDER = "by its order it has no closed form"
PARAMETER = "by its parameters it has no closed form"

# Bessel functions of order zero and one
rule("j0", lambda y, x: -special.j1(x))
rule("j1", lambda y, x: 0.5 * (special.j0(x) - special.jv(2, x)))
rule("y0", lambda y, x: -special.y1(x))
rule("y1", lambda y, x: 0.5 * (special.y0(x) - special.yv(2, x)))
rule("i0", lambda y, x: special.i1(x))
rule("i1", lambda y, x: 0.5 * (special.i0(x) + special.iv(2, x)))
rule("i0e", lambda y, x: np.where(
    is_far(0.0, x), bessel_decline(y, 0.0, x, -1.0), special.i1e(x) - np.sign(x) * y
))  # fmt: skip
rule("i1e", lambda y, x: np.where(
    is_far(1.0, x), bessel_decline(y, 1.0, x, -1.0), 0.5 * (special.i0e(x) + special.ive(2, x)) - np.sign(x) * y
))  # fmt: skip
rule("k0", lambda y, x: -special.k1(x))
rule("k1", lambda y, x: -0.5 * (special.k0(x) + special.kv(2, x)))
rule("k0e", lambda y, x: np.where(is_far(0.0, x), bessel_decline(y, 0.0, x, 1.0), y - special.k1e(x)))
rule("k1e", lambda y, x: np.where(
    is_far(1.0, x), bessel_decline(y, 1.0, x, 1.0), y - 0.5 * (special.k0e(x) + special.kve(2, x))
))  # fmt: skip

# Of any order: half the difference, or the sum, of the neighbours
rule("jv", lambda y, v, x: (not_implemented(ORDER), 0.5 * (special.jv(v - 1, x) - special.jv(v + 1, x))))
rule("jve", lambda y, v, x: (not_implemented(ORDER), 0.5 * (special.jve(v - 1, x) - special.jve(v + 1, x))))
rule("yv", lambda y, v, x: (not_implemented(ORDER), 0.5 * (special.yv(v - 1, x) - special.yv(v + 1, x))))
rule("yn", lambda y, n, x: (None, 0.5 * (special.yv(n - 1, x) - special.yv(n + 1, x))))
rule("yve", lambda y, v, x: (not_implemented(ORDER), 0.5 * (special.yve(v - 1, x) - special.yve(v + 1, x))))
rule("iv", lambda y, v, x: (not_implemented(ORDER), 0.5 * (special.iv(v - 1, x) + special.iv(v + 1, x))))
rule("ive", lambda y, v, x: (
    not_implemented(ORDER),
    np.where(
        is_far(v, x), bessel_decline(y, v, x, -1.0),
        0.5 * (special.ive(v - 1, x) + special.ive(v + 1, x)) - np.sign(x) * y,
    ),
))  # fmt: skip
rule("kv", lambda y, v, x: (macdonald_slope(y, v, x), -0.5 * (special.kv(v - 1, x) + special.kv(v + 1, x))))
rule("kn", lambda y, n, x: (None, -0.5 * (special.kv(n - 1, x) + special.kv(n + 1, x))))
rule("kve", lambda y, v, x: (
    macdonald_slope(y, v, x, True),
    np.where(
        is_far(v, x), bessel_decline(y, v, x, 1.0), y - 0.5 * (special.kve(v - 1, x) + special.kve(v + 1, x))
    ),
))  # fmt: skip
rule("jvp", lambda y, v, x, n=1: (not_implemented(ORDER), special.jvp(v, x, n + 1), None))
rule("yvp", lambda y, v, x, n=1: (not_implemented(ORDER), special.yvp(v, x, n + 1), None))
rule("ivp", lambda y, v, x, n=1: (not_implemented(ORDER), special.ivp(v, x, n + 1), None))
rule("kvp", lambda y, v, x, n=1: (not_implemented(ORDER), special.kvp(v, x, n + 1), None))

# Spherical: the second derivative is that of the differential equation
rule("spherical_jn", lambda y, n, z, derivative=False: (
    None,
    (n * (n + 1) / (z * z) - 1.0) * special.spherical_jn(n, z) - 2.0 * y / z
    if derivative else special.spherical_jn(n, z, True),
))  # fmt: skip
rule("spherical_yn", lambda y, n, z, derivative=False: (
    None,
    (n * (n + 1) / (z * z) - 1.0) * special.spherical_yn(n, z) - 2.0 * y / z
    if derivative else special.spherical_yn(n, z, True),
))  # fmt: skip
rule("spherical_in", lambda y, n, z, derivative=False: (
    None,
    (n * (n + 1) / (z * z) + 1.0) * special.spherical_in(n, z) - 2.0 * y / z
    if derivative else special.spherical_in(n, z, True),
))  # fmt: skip
rule("spherical_kn", lambda y, n, z, derivative=False: (
    None,
    (n * (n + 1) / (z * z) + 1.0) * special.spherical_kn(n, z) - 2.0 * y / z
    if derivative else special.spherical_kn(n, z, True),
))  # fmt: skip

# Struve and Kelvin functions
rule("struve", lambda y, v, x: (not_implemented(ORDER), special.struve(v - 1, x) - v * y / x))
rule("modstruve", lambda y, v, x: (not_implemented(ORDER), special.modstruve(v - 1, x) - v * y / x))
rule("ber", lambda y, x: special.berp(x))
rule("bei", lambda y, x: special.beip(x))
rule("ker", lambda y, x: special.kerp(x))
rule("kei", lambda y, x: special.keip(x))
rule("berp", lambda y, x: -y / x - special.bei(x))
rule("beip", lambda y, x: -y / x + special.ber(x))
rule("kerp", lambda y, x: -y / x - special.kei(x))
rule("keip", lambda y, x: -y / x + special.ker(x))
rule("itstruve0", lambda y, x: special.struve(0, x))
rule("it2struve0", lambda y, x: -special.struve(0, x) / x)
rule("itmodstruve0", lambda y, x: special.modstruve(0, x))

# Hypergeometric functions
rule("hyp0f1", lambda y, b, x: (not_implemented(PARAMETER), special.hyp0f1(b + 1.0, x) / b))
rule("hyp1f1", lambda y, a, b, x: (
    not_implemented(PARAMETER), not_implemented(PARAMETER), a / b * special.hyp1f1(a + 1.0, b + 1.0, x)
))  # fmt: skip
rule("hyperu", lambda y, a, b, x: (
    not_implemented(PARAMETER), not_implemented(PARAMETER), -a * special.hyperu(a + 1.0, b + 1.0, x)
))  # fmt: skip
rule("hyp2f1", lambda y, a, b, c, x: (
    not_implemented(PARAMETER), not_implemented(PARAMETER), not_implemented(PARAMETER),
    a * b / c * special.hyp2f1(a + 1.0, b + 1.0, c + 1.0, x),
))  # fmt: skip
rule("wright_bessel", lambda y, a, b, x: (
    not_implemented(PARAMETER), not_implemented(PARAMETER), special.wright_bessel(a, a + b, x)
))  # fmt: skip
rule("log_wright_bessel", lambda y, a, b, x: (
    not_implemented(PARAMETER), not_implemented(PARAMETER), np.exp(special.log_wright_bessel(a, a + b, x) - y)
))  # fmt: skip

# Orthogonal polynomials: the derivative is one of a lower degree
rule("eval_legendre", lambda y, n, x: (
    not_implemented(ORDER), np.where(n == 0, 0.0, 0.5 * (n + 1.0) * special.eval_jacobi(n - 1, 1.0, 1.0, x))
))  # fmt: skip
rule("eval_chebyt", lambda y, n, x: (
    not_implemented(ORDER), np.where(n == 0, 0.0, n * special.eval_chebyu(n - 1, x))
))  # fmt: skip
rule("eval_chebyu", lambda y, n, x: (
    not_implemented(ORDER), np.where(n == 0, 0.0, 2.0 * special.eval_gegenbauer(n - 1, 2.0, x))
))  # fmt: skip
rule("eval_chebyc", lambda y, n, x: (
    not_implemented(ORDER), np.where(n == 0, 0.0, n * special.eval_chebyu(n - 1, 0.5 * x))
))  # fmt: skip
rule("eval_chebys", lambda y, n, x: (
    not_implemented(ORDER), np.where(n == 0, 0.0, special.eval_gegenbauer(n - 1, 2.0, 0.5 * x))
))  # fmt: skip
rule("eval_hermite", lambda y, n, x: (None, 2.0 * n * special.eval_hermite(np.maximum(n - 1, 0), x)))
rule("eval_hermitenorm", lambda y, n, x: (None, n * special.eval_hermitenorm(np.maximum(n - 1, 0), x)))
rule("eval_laguerre", lambda y, n, x: (
    not_implemented(ORDER), np.where(n == 0, 0.0, -special.eval_genlaguerre(n - 1, 1.0, x))
))  # fmt: skip
rule("eval_genlaguerre", lambda y, n, a, x: (
    not_implemented(ORDER), not_implemented(PARAMETER),
    np.where(n == 0, 0.0, -special.eval_genlaguerre(n - 1, a + 1.0, x)),
))  # fmt: skip
rule("eval_gegenbauer", lambda y, n, a, x: (
    not_implemented(ORDER), not_implemented(PARAMETER),
    np.where(n == 0, 0.0, 2.0 * a * special.eval_gegenbauer(n - 1, a + 1.0, x)),
))  # fmt: skip
rule("eval_jacobi", lambda y, n, a, b, x: (
    not_implemented(ORDER), not_implemented(PARAMETER), not_implemented(PARAMETER),
    np.where(n == 0, 0.0, 0.5 * (n + a + b + 1.0) * special.eval_jacobi(n - 1, a + 1.0, b + 1.0, x)),
))  # fmt: skip
rule("eval_sh_legendre", lambda y, n, x: (
    not_implemented(ORDER), np.where(n == 0, 0.0, (n + 1.0) * special.eval_jacobi(n - 1, 1.0, 1.0, 2.0 * x - 1.0))
))  # fmt: skip
rule("eval_sh_chebyt", lambda y, n, x: (
    not_implemented(ORDER), np.where(n == 0, 0.0, 2.0 * n * special.eval_chebyu(n - 1, 2.0 * x - 1.0))
))  # fmt: skip
rule("eval_sh_chebyu", lambda y, n, x: (
    not_implemented(ORDER), np.where(n == 0, 0.0, 4.0 * special.eval_gegenbauer(n - 1, 2.0, 2.0 * x - 1.0))
))  # fmt: skip
rule("diric", lambda y, x, n: (diric_slope(y, x, n), None))

# Functions with several results, each with its own derivative
several = several_of(special)
several(
    "airy",
    lambda dy, y, x: dy[0] * y[1] + dy[1] * x * y[0] + dy[2] * y[3] + dy[3] * x * y[2],
    lambda t, y, x: (t[0] * y[1], t[0] * x * y[0], t[0] * y[3], t[0] * x * y[2]),
)
several(
    "fresnel",
    lambda dy, y, x: dy[0] * np.sin(0.5 * math.pi * x * x) + dy[1] * np.cos(0.5 * math.pi * x * x),
    lambda t, y, x: (t[0] * np.sin(0.5 * math.pi * x * x), t[0] * np.cos(0.5 * math.pi * x * x)),
)
several(
    "sici",
    lambda dy, y, x: dy[0] * np.sinc(x / math.pi) + quotient(dy[1] * np.cos(x), x),
    lambda t, y, x: (t[0] * np.sinc(x / math.pi), quotient(t[0] * np.cos(x), x)),
)
several(
    "shichi",
    lambda dy, y, x: quotient(dy[0] * np.sinh(x) + dy[0] * (x == 0), x + (x == 0)) + quotient(dy[1] * np.cosh(x), x),
    lambda t, y, x: (
        quotient(t[0] * np.sinh(x) + t[0] * (x == 0), x + (x == 0)),
        quotient(t[0] * np.cosh(x), x),
    ),
)
several(
    "itairy",
    lambda dy, y, x: (
        dy[0] * special.airy(x)[0] + dy[1] * special.airy(x)[2] + dy[2] * special.airy(-x)[0]
        + dy[3] * special.airy(-x)[2]
    ),
    lambda t, y, x: (
        t[0] * special.airy(x)[0], t[0] * special.airy(x)[2], t[0] * special.airy(-x)[0], t[0] * special.airy(-x)[2],
    ),
)  # fmt: skip
several(
    "itj0y0",
    lambda dy, y, x: dy[0] * special.j0(x) + dy[1] * special.y0(x),
    lambda t, y, x: (t[0] * special.j0(x), t[0] * special.y0(x)),
)
several(
    "iti0k0",
    lambda dy, y, x: dy[0] * special.i0(x) + dy[1] * special.k0(x),
    lambda t, y, x: (t[0] * special.i0(x), t[0] * special.k0(x)),
)
several(
    "it2j0y0",
    lambda dy, y, x: (dy[0] * (1.0 - special.j0(x)) - dy[1] * special.y0(x)) / x,
    lambda t, y, x: (t[0] * (1.0 - special.j0(x)) / x, -t[0] * special.y0(x) / x),
)
several(
    "it2i0k0",
    lambda dy, y, x: (dy[0] * (special.i0(x) - 1.0) - dy[1] * special.k0(x)) / x,
    lambda t, y, x: (t[0] * (special.i0(x) - 1.0) / x, -t[0] * special.k0(x) / x),
)
several(
    "ellipj",
    lambda dy, y, u, m: (
        unbroadcast(dy[0] * y[1] * y[2] - dy[1] * y[0] * y[2] - dy[2] * m * y[0] * y[1] + dy[3] * y[2], u),
        not_implemented(PARAMETER),
    ),
    lambda t, y, u, m: (
        t[0] * y[1] * y[2], -t[0] * y[0] * y[2], -t[0] * m * y[0] * y[1], t[0] * y[2],
    ),
)  # fmt: skip
several(
    "pbdv",
    lambda dy, y, v, x: (not_implemented(ORDER), dy[0] * y[1] + dy[1] * (0.25 * x * x - v - 0.5) * y[0]),
    lambda t, y, v, x: (t[1] * y[1], t[1] * (0.25 * x * x - v - 0.5) * y[0]),
)
several(
    "pbvv",
    lambda dy, y, v, x: (not_implemented(ORDER), dy[0] * y[1] + dy[1] * (0.25 * x * x - v - 0.5) * y[0]),
    lambda t, y, v, x: (t[1] * y[1], t[1] * (0.25 * x * x - v - 0.5) * y[0]),
)
