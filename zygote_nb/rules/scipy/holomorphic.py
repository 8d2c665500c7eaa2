"""``scipy.special``: functions whose results are complex for real arguments too."""

import numpy as np
from scipy import special

from zygote_nb.rules.complex import HOLOMORPHIC
from zygote_nb.rules.named import named, of_module
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
HOLOMORPHIC.update(named(special, "lambertw wofz hankel1 hankel2 hankel1e hankel2e"))
