"""``scipy.special``: Mathieu and spheroidal wave functions, associated Legendre functions, spherical harmonics.

Each family has its differential equation, by which the derivative of what is returned as the derivative is known.
"""

import math

import numpy as np
from scipy import special

from zygote_nb.rules.complex import HOLOMORPHIC
from zygote_nb.rules.linearity import by_source
from zygote_nb.rules.named import named, of_module, several_of
from zygote_nb.rules.placeholders import not_implemented
from zygote_nb.rules.registry import pullback_rule, pushforward_rule, scalar_rule
from zygote_nb.runtime.arrays import unbroadcast
from zygote_nb.runtime.legendre import lpmv_slope, sph_legendre_bend, sph_legendre_slope
from zygote_nb.runtime.waves import angular_bend, oblate_bend, oblate_fall, prolate_bend, radial_bend

rule = of_module(special)
ORDER = "by its order it has no closed form"
PARAMETER = "by its parameters it has no closed form"
DEGREE = math.pi / 180.0

# Associated Legendre functions, and what is made of them
rule("lpmv", lambda y, m, v, x: (None, not_implemented(ORDER), lpmv_slope(y, m, v, x)))
by_source(lpmv_slope)
rule("assoc_laguerre", lambda y, x, n, k=0.0: (
    np.where(n == 0, 0.0, -special.eval_genlaguerre(n - 1, k + 1.0, x)),
    not_implemented(ORDER), not_implemented(PARAMETER),
))  # fmt: skip
rule("eval_sh_jacobi", lambda y, n, p, q, x: (
    not_implemented(ORDER), not_implemented(PARAMETER), not_implemented(PARAMETER),
    np.where(n == 0, 0.0, n * special.eval_sh_jacobi(n - 1, p + 2.0, q + 1.0, x)),
))  # fmt: skip
rule("besselpoly", lambda y, a, lmb, nu: (
    special.besselpoly(a, lmb + 1.0, nu - 1.0) - special.besselpoly(a, lmb + 1.0, nu + 1.0),
    not_implemented(PARAMETER), not_implemented(ORDER),
))  # fmt: skip
rule("sph_harm_y", lambda y, n, m, theta, phi: (
    None, None,
    np.where(np.sin(theta) < 0, -0.5, 0.5) * (
        np.sqrt((n - m) * (n + m + 1.0)) * np.exp(-1j * phi) * special.sph_harm_y(n, m + 1, theta, phi)
        - np.sqrt((n + m) * (n - m + 1.0)) * np.exp(1j * phi) * special.sph_harm_y(n, m - 1, theta, phi)
    ),
    1j * m * y,
))  # fmt: skip
HOLOMORPHIC.update(named(special, "sph_harm_y"))


@pullback_rule(special.legendre_p)
def legendre_p_pullback(dy, y, n, z, branch_cut=2, diff_n=0):
    if diff_n:
        raise NotImplementedError("derivatives that scipy.special.legendre_p returns are not differentiated")
    return None, unbroadcast(dy[0] * np.where(n == 0, 0.0, 0.5 * (n + 1.0) * special.eval_jacobi(n - 1, 1, 1, z)), z)


@pushforward_rule(special.legendre_p)
def legendre_p_pushforward(t, y, n, z, branch_cut=2, diff_n=0):
    if diff_n:
        raise NotImplementedError("derivatives that scipy.special.legendre_p returns are not differentiated")
    return np.expand_dims(t[1] * np.where(n == 0, 0.0, 0.5 * (n + 1.0) * special.eval_jacobi(n - 1, 1, 1, z)), 0)


@pullback_rule(special.assoc_legendre_p)
def assoc_legendre_p_pullback(dy, y, n, m, z, branch_cut=2, norm=False, diff_n=0):
    if diff_n or norm or branch_cut != 2:
        raise NotImplementedError("scipy.special.assoc_legendre_p is differentiated without its settings")
    return None, None, unbroadcast(dy[0] * lpmv_slope(y[0], m, n, z), z)


@pushforward_rule(special.assoc_legendre_p)
def assoc_legendre_p_pushforward(t, y, n, m, z, branch_cut=2, norm=False, diff_n=0):
    if diff_n or norm or branch_cut != 2:
        raise NotImplementedError("scipy.special.assoc_legendre_p is differentiated without its settings")
    return np.expand_dims(t[2] * lpmv_slope(y[0], m, n, z), 0)


if hasattr(special, "sph_legendre_p"):

    @pullback_rule(special.sph_legendre_p)
    def sph_legendre_p_pullback(dy, y, n, m, theta, *, diff_n=0):
        if diff_n:
            raise NotImplementedError("derivatives that scipy.special.sph_legendre_p returns are not differentiated")
        return None, None, unbroadcast(dy * sph_legendre_slope(n, m, theta), theta)

    pushforward_rule(special.sph_legendre_p, lambda t, y, n, m, theta, *, diff_n=0: (
        t[2] * sph_legendre_slope(n, m, theta)
    ))  # fmt: skip
    scalar_rule(sph_legendre_slope, lambda y, n, m, theta: (None, None, sph_legendre_bend(n, m, theta)))

# Functions that return a derivative beside the value: its own is that of the differential equation
several = several_of(special)
several(
    "mathieu_cem",
    lambda dy, y, m, q, x: (
        None, not_implemented(PARAMETER),
        unbroadcast(DEGREE * (dy[0] * y[1] + dy[1] * angular_bend(y[0], special.mathieu_a(m, q), q, x)), x),
    ),
    lambda t, y, m, q, x: (DEGREE * t[2] * y[1], DEGREE * t[2] * angular_bend(y[0], special.mathieu_a(m, q), q, x)),
)  # fmt: skip
several(
    "mathieu_sem",
    lambda dy, y, m, q, x: (
        None, not_implemented(PARAMETER),
        unbroadcast(DEGREE * (dy[0] * y[1] + dy[1] * angular_bend(y[0], special.mathieu_b(m, q), q, x)), x),
    ),
    lambda t, y, m, q, x: (DEGREE * t[2] * y[1], DEGREE * t[2] * angular_bend(y[0], special.mathieu_b(m, q), q, x)),
)  # fmt: skip
for _name in ("mathieu_modcem1", "mathieu_modcem2"):
    several(
        _name,
        lambda dy, y, m, q, x: (
            None, not_implemented(PARAMETER),
            unbroadcast(dy[0] * y[1] + dy[1] * radial_bend(y[0], special.mathieu_a(m, q), q, x), x),
        ),
        lambda t, y, m, q, x: (t[2] * y[1], t[2] * radial_bend(y[0], special.mathieu_a(m, q), q, x)),
    )  # fmt: skip
for _name in ("mathieu_modsem1", "mathieu_modsem2"):
    several(
        _name,
        lambda dy, y, m, q, x: (
            None, not_implemented(PARAMETER),
            unbroadcast(dy[0] * y[1] + dy[1] * radial_bend(y[0], special.mathieu_b(m, q), q, x), x),
        ),
        lambda t, y, m, q, x: (t[2] * y[1], t[2] * radial_bend(y[0], special.mathieu_b(m, q), q, x)),
    )  # fmt: skip
for _name in ("pro_ang1", "pro_rad1"):
    several(
        _name,
        lambda dy, y, m, n, c, x: (
            None, None, not_implemented(PARAMETER),
            unbroadcast(dy[0] * y[1] + dy[1] * prolate_bend(y, m, c, special.pro_cv(m, n, c), x), x),
        ),
        lambda t, y, m, n, c, x: (t[3] * y[1], t[3] * prolate_bend(y, m, c, special.pro_cv(m, n, c), x)),
    )  # fmt: skip
several(
    "obl_ang1",
    lambda dy, y, m, n, c, x: (
        None, None, not_implemented(PARAMETER),
        unbroadcast(dy[0] * y[1] + dy[1] * oblate_bend(y, m, c, special.obl_cv(m, n, c), x), x),
    ),
    lambda t, y, m, n, c, x: (t[3] * y[1], t[3] * oblate_bend(y, m, c, special.obl_cv(m, n, c), x)),
)  # fmt: skip
for _name in ("obl_rad1", "obl_rad2"):
    several(
        _name,
        lambda dy, y, m, n, c, x: (
            None, None, not_implemented(PARAMETER),
            unbroadcast(dy[0] * y[1] + dy[1] * oblate_fall(y, m, c, special.obl_cv(m, n, c), x), x),
        ),
        lambda t, y, m, n, c, x: (t[3] * y[1], t[3] * oblate_fall(y, m, c, special.obl_cv(m, n, c), x)),
    )  # fmt: skip
several(
    "pbwa",
    lambda dy, y, a, x: (
        not_implemented(PARAMETER), unbroadcast(dy[0] * y[1] + dy[1] * (a - 0.25 * x * x) * y[0], x)
    ),
    lambda t, y, a, x: (t[1] * y[1], t[1] * (a - 0.25 * x * x) * y[0]),
)  # fmt: skip
by_source(angular_bend, radial_bend, prolate_bend, oblate_bend, oblate_fall)
