"""``scipy.special``: functions whose results are complex for real arguments too."""

import numpy as np
from scipy import special

from zygote_nb.rules.complex import HOLOMORPHIC
from zygote_nb.rules.named import named, of_module, several_of
from zygote_nb.rules.placeholders import not_implemented
from zygote_nb.runtime.zeta import faddeeva_slope

rule = of_module(special)
ORDER = "by its order it has no closed form"

rule("lambertw", lambda w, z, k=0, tol=1e-8: (np.exp(-w) / (1.0 + w), None, None))
rule("wofz", lambda w, z: faddeeva_slope(w, z))
rule("hankel1", lambda y, v, z: (not_implemented(ORDER), 0.5 * (special.hankel1(v - 1, z) - special.hankel1(v + 1, z))))
rule("hankel2", lambda y, v, z: (not_implemented(ORDER), 0.5 * (special.hankel2(v - 1, z) - special.hankel2(v + 1, z))))
rule("hankel1e", lambda y, v, z: (
    not_implemented(ORDER), 0.5 * (special.hankel1e(v - 1, z) - special.hankel1e(v + 1, z)) - 1j * y
))  # fmt: skip
rule("hankel2e", lambda y, v, z: (
    not_implemented(ORDER), 0.5 * (special.hankel2e(v - 1, z) - special.hankel2e(v + 1, z)) + 1j * y
))  # fmt: skip
rule("h1vp", lambda y, v, z, n=1: (not_implemented(ORDER), special.h1vp(v, z, n + 1), None))
rule("h2vp", lambda y, v, z, n=1: (not_implemented(ORDER), special.h2vp(v, z, n + 1), None))

# Several results: those of kelvin solve ``x**2 w'' + x w' = 1j x**2 w``
several = several_of(special)
several(
    "kelvin",
    lambda dy, y, x: (
        dy[0] * y[2] + dy[1] * y[3] + dy[2] * (1j * y[0] - y[2] / x) + dy[3] * (1j * y[1] - y[3] / x)
    ),
    lambda t, y, x: (t[0] * y[2], t[0] * y[3], t[0] * (1j * y[0] - y[2] / x), t[0] * (1j * y[1] - y[3] / x)),
)  # fmt: skip
several(
    "modfresnelp",
    lambda dy, y, x: -dy[0] * np.exp(1j * x * x) - dy[1] * (np.exp(-0.25j * np.pi) / np.sqrt(np.pi) + 2j * x * y[1]),
    lambda t, y, x: (
        -t[0] * np.exp(1j * x * x), -t[0] * (np.exp(-0.25j * np.pi) / np.sqrt(np.pi) + 2j * x * y[1])
    ),
)  # fmt: skip
several(
    "modfresnelm",
    lambda dy, y, x: -dy[0] * np.exp(-1j * x * x) - dy[1] * (np.exp(0.25j * np.pi) / np.sqrt(np.pi) - 2j * x * y[1]),
    lambda t, y, x: (
        -t[0] * np.exp(-1j * x * x), -t[0] * (np.exp(0.25j * np.pi) / np.sqrt(np.pi) - 2j * x * y[1])
    ),
)  # fmt: skip
HOLOMORPHIC.update(named(special, """
    erf erfc erfcx erfi exp1 expi gamma loggamma jv yv iv kv jvp yvp ivp kvp hyp0f1 hyp1f1 hyp2f1 spence log1p expm1
    wrightomega spherical_jn spherical_yn spherical_in spherical_kn elliprd elliprf elliprg xlogy xlog1py eval_legendre
    eval_chebyt eval_chebyu eval_jacobi eval_gegenbauer eval_laguerre eval_genlaguerre ndtr log_ndtr sici shichi sinc
    logsumexp airy fresnel lambertw wofz hankel1 hankel2 hankel1e hankel2e h1vp h2vp kelvin modfresnelp modfresnelm
"""))  # fmt: skip
