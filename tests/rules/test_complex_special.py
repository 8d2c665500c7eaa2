"""Complex arguments of ``scipy.special``, by differences in real and imaginary parts."""

import numpy as np
import pytest
from scipy import special

from tests.rules.test_complex import check

SMALL = np.array([0.4 + 0.3j, 1.2 - 0.5j, -0.7 + 0.6j])
LARGE = np.array([3.4 + 2.3j, -4.2 + 2.5j, 0.02 - 0.01j])
OTHER = np.array([1.1 + 0.2j, 0.6 + 0.5j, 2.0 - 0.3j])
FUNCTIONS = [
    *(
        getattr(special, n)
        for n in """erf erfc erfcx erfi exp1 expi gamma loggamma spence log1p expm1 wrightomega ndtr log_ndtr sinc
        logsumexp lambertw wofz""".split()
    ),
    lambda z: special.airy(z)[0] + 2j * special.airy(z)[3],
    lambda z: special.fresnel(z)[0] * special.fresnel(z)[1],
    lambda z: special.sici(z)[0] + 2j * special.sici(z)[1],
    lambda z: special.shichi(z)[0] + 2j * special.shichi(z)[1],
    *(lambda z, f=f: f(1.5, z) for f in (special.jv, special.yv, special.iv, special.kv, special.hyp0f1)),
    *(lambda z, f=f: f(1, z) for f in (special.jvp, special.yvp, special.ivp, special.kvp)),
    *(
        lambda z, f=f: f(1, z) + f(2, z, True)
        for f in (special.spherical_jn, special.spherical_yn, special.spherical_in, special.spherical_kn)
    ),
    lambda z: special.hyp1f1(1.2, 2.3, z),
    lambda z: special.hyp2f1(1.2, 0.7, 2.3, 0.1 * z),
    lambda z: special.elliprd(z + 6.0, OTHER, 2.0) + special.elliprf(z + 6.0, OTHER, 2.0),
    lambda z: special.elliprg(z + 6.0, OTHER, 2.0),
    lambda z: special.xlogy(z, OTHER + z) + special.xlog1py(OTHER, z),
    lambda z: special.xlogy(z.real, z),
    *(
        lambda z, f=f: f(2, z)
        for f in (special.eval_legendre, special.eval_chebyt, special.eval_chebyu, special.eval_laguerre)
    ),
    lambda z: special.eval_jacobi(2, 0.5, 0.7, z) + special.eval_gegenbauer(2, 0.5, z),
    lambda z: special.eval_genlaguerre(2, 0.5, z),
]


@pytest.mark.parametrize("z", [SMALL, LARGE], ids=["small", "large"])
@pytest.mark.parametrize("fn", FUNCTIONS)
def test_of_complex_numbers(fn, z):
    w = 0.3 - 0.7j
    check(lambda x, y: np.sum(np.real(w * fn(x + 1j * y))), z.real.copy(), z.imag.copy(), variants=False)


@pytest.mark.skipif(not hasattr(special, "sph_harm_y"), reason="this SciPy has another function")
def test_spherical_harmonics_beyond_the_poles():
    """A negative polar angle, or one beyond pi, had the derivative of its mirror image."""
    theta = np.array([-0.7, 0.4, 4.0])
    check(lambda t, p: np.sum(np.real(special.sph_harm_y(2, 1, t, p) * (1 - 2j))), theta, theta * 0.5, variants=False)
