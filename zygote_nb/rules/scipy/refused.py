"""``scipy.special``: what is constant, and what is refused with its reason."""

import numpy as np
from scipy import special

from zygote_nb.rules.named import constants, named, refusals
from zygote_nb.rules.registry import alias, lookup, only_of_constants

constants(
    special,
    """round gammasgn factorial2 factorialk stirling2 bernoulli euler
    ai_zeros bi_zeros bei_zeros beip_zeros ber_zeros berp_zeros kei_zeros keip_zeros ker_zeros kerp_zeros kelvin_zeros
    jn_zeros jnp_zeros jnyn_zeros jnjnp_zeros yn_zeros ynp_zeros y0_zeros y1_zeros y1p_zeros
    erf_zeros fresnel_zeros fresnelc_zeros fresnels_zeros
    c_roots h_roots he_roots l_roots p_roots ps_roots s_roots t_roots ts_roots
    u_roots us_roots roots_chebyc roots_chebys roots_chebyt roots_chebyu roots_hermite roots_hermitenorm
    roots_laguerre roots_legendre roots_sh_chebyt roots_sh_chebyu roots_sh_legendre
    SpecialFunctionError SpecialFunctionWarning geterr""",
)
refusals(special, "it changes settings or runs tests; call it outside the function", "seterr errstate test")
refusals(
    special,
    "it makes a polynomial object; use the function `eval_...` of that name",
    """legendre chebyt chebyu chebyc chebys jacobi laguerre genlaguerre hermite hermitenorm gegenbauer sh_legendre
    sh_chebyt sh_chebyu sh_jacobi""",
)
refusals(
    special,
    "it computes all orders at once, for numbers; use the function of one order",
    """lmbda lqmn lqn riccati_jn riccati_yn legendre_p_all assoc_legendre_p_all sph_legendre_p_all sph_harm_y_all
    pbdn_seq pbdv_seq pbvv_seq pro_cv_seq obl_cv_seq mathieu_even_coef mathieu_odd_coef""",
)
only_of_constants(
    "nodes and weights depend on its parameters in a way that has no closed form",
    *named(special, "roots_jacobi roots_gegenbauer roots_genlaguerre roots_sh_jacobi"),
)
refusals(
    special,
    "it inverts a distribution by one of its parameters, which has no closed form",
    """bdtri bdtrik bdtrin btdtria btdtrib chdtriv chndtrix chndtridf chndtrinc fdtridfd gdtria gdtrib nbdtri nbdtrik
    nbdtrin ncfdtri ncfdtridfd ncfdtridfn ncfdtrinc nctdtridf nctdtrinc nctdtrit nrdtrimn nrdtrisd pdtri pdtrik
    stdtridf""",
)
refusals(
    special,
    "its derivative is a series that SciPy does not offer",
    """smirnov smirnovi ellip_harm ellip_harm_2 ellip_normal mathieu_a mathieu_b pro_cv obl_cv""",
)
refusals(special, "SciPy computes it to few digits, and another one than its derivative", "pro_rad2")
refusals(
    special,
    "what it returns is a solution for one value of cv only; use the function without it",
    "pro_ang1_cv pro_rad1_cv pro_rad2_cv obl_ang1_cv obl_rad1_cv obl_rad2_cv",
)
refusals(special, "it is scaled by an exponential that is not smooth; use airy", "airye")

if lookup(special.sinc) is None:
    alias(special.sinc, np.sinc)
for _other, _name in (("digamma", "psi"), ("jn", "jv")):
    if hasattr(special, _other) and lookup(getattr(special, _other)) is None:
        alias(getattr(special, _other), getattr(special, _name))
