"""``scipy.special``, through the whole road; what the derivatives are worth is told by ``test_accuracy``."""

import warnings

import numpy as np
import pytest
from scipy import special

import zygote_nb as zg
from tests.oracle import check
from tests.rules.contract import M, X, array, case, hold, positive

POSITIVE = np.array([0.3, 0.9, 1.7, 3.4])
REAL = np.array([-1.7, -0.4, 0.6, 2.3])
UNIT = np.array([0.1, 0.35, 0.6, 0.85])
INNER = 1.8 * UNIT - 0.9
ON = {
    "real": (
        REAL,
        """erf erfc erfcx erfi dawsn ndtr log_ndtr gamma gammaln rgamma psi exp2 exp10 expm1 cbrt exprel cosm1 expit
        log_expit softplus sindg cosdg tandg cotdg wrightomega sinc j0 j1 i0 i1 i0e i1e ber bei berp beip expi""",
    ),
    "positive": (
        POSITIVE,
        """loggamma log1p entr exp1 spence y0 y1 k0 k1 k0e k1e ker kei kerp keip itstruve0 it2struve0 itmodstruve0""",
    ),
    "inner": (INNER, "erfinv ellipk ellipe ndtri_exp"),
    "unit": (UNIT, "erfcinv ndtri logit ellipkm1"),
}
SHIFT = {"ndtri_exp": -1.0}
ORDERS = "jv jve yv yve iv ive kv kve struve modstruve".split()
POLYNOMIALS = "eval_legendre eval_chebyt eval_chebyu eval_chebyc eval_chebys eval_laguerre eval_sh_legendre".split()
POLYNOMIALS += "eval_sh_chebyt eval_sh_chebyu eval_hermite eval_hermitenorm".split()


def there(*cases):
    return [c for c in cases if c is not None]


def of(name, *args, **kwargs):
    return case(getattr(special, name), *args, **kwargs) if hasattr(special, name) else None


CASES = there(
    *(of(name, x + SHIFT.get(name, 0.0)) for x, names in ON.values() for name in names.split()),
    of("polygamma", 2, POSITIVE),
    of("multigammaln", POSITIVE + 1.0, 2),
    of("multigammaln", 2.5, 3),
    of("beta", POSITIVE, 1.3),
    of("betaln", POSITIVE, POSITIVE[::-1].copy()),
    of("poch", POSITIVE, 0.7),
    of("binom", POSITIVE + 4.0, 1.5),
    of("comb", POSITIVE + 4.0, 2.0),
    of("perm", POSITIVE + 4.0, 2.0),
    of("factorial", 2.5),
    of("zeta", 3, POSITIVE),
    of("owens_t", REAL, 0.7),
    of("gammainc", 2, POSITIVE),
    of("gammaincc", 2, POSITIVE),
    of("gammaincinv", 2, UNIT),
    of("gammainccinv", 2, UNIT),
    of("betainc", 2, 3, UNIT),
    of("betaincc", 2, 3, UNIT),
    of("betaincinv", 2, 3, UNIT),
    of("betainccinv", 2, 3, UNIT),
    of("powm1", POSITIVE, 1.3),
    of("boxcox", POSITIVE, 0.7),
    of("boxcox", POSITIVE, 1e-3),
    of("boxcox1p", POSITIVE, 0.7),
    of("inv_boxcox", REAL[1:], 0.7),
    of("inv_boxcox", REAL, 1e-3),
    of("inv_boxcox1p", REAL[1:], 0.7),
    of("xlogy", REAL, 1.3),
    of("xlog1py", REAL, 1.3),
    of("rel_entr", POSITIVE, UNIT),
    of("kl_div", POSITIVE, UNIT),
    of("huber", 1.1, REAL),
    of("pseudo_huber", 1.1, REAL),
    of("radian", 1.5, 2.5, REAL),
    of("expn", 2, POSITIVE),
    of("ellipkinc", 0.7, INNER),
    of("ellipeinc", UNIT, 0.4),
    of("ellipeinc", UNIT, 1e-3),
    of("elliprf", POSITIVE, 1.3, 0.7),
    of("elliprc", POSITIVE, 1.3),
    of("elliprd", POSITIVE, 1.3, 0.7),
    of("elliprj", POSITIVE, 1.3, 0.7, 0.9),
    of("agm", POSITIVE, 1.2),
    *(of(name, 2, POSITIVE) for name in ORDERS),
    *(of(name, 1, POSITIVE) for name in ("jvp", "yvp", "ivp", "kvp", "yn", "kn")),
    *(of(f"spherical_{kind}n", 2, POSITIVE) for kind in "jyik"),
    *(of(f"spherical_{kind}n", 2, POSITIVE, derivative=True) for kind in "jyik"),
    *(of(name, n, UNIT) for name in POLYNOMIALS for n in (0, 1, 3) if n or name != "eval_hermite"),
    of("eval_genlaguerre", 3, 1, UNIT),
    of("eval_gegenbauer", 3, 2, UNIT),
    of("eval_jacobi", 3, 1, 2, UNIT),
    of("diric", REAL, 5),
    of("hyp0f1", 2, POSITIVE),
    of("hyp1f1", 2, 3, REAL),
    of("hyperu", 2, 3, POSITIVE),
    of("hyp2f1", 2, 3, 4, INNER),
    of("wright_bessel", 1, 2, POSITIVE),
    of("log_wright_bessel", 1, 2, POSITIVE),
    *(of(name, POSITIVE) for name in "airy fresnel sici shichi itairy itj0y0 iti0k0 it2j0y0 it2i0k0".split()),
    of("ellipj", POSITIVE, 0),
    of("pbdv", 1, REAL),
    of("pbvv", 1, REAL),
    of("stdtr", 3, REAL),
    of("stdtrit", 3, UNIT),
    of("chdtr", 3, POSITIVE),
    of("chdtrc", 3, POSITIVE),
    of("chdtri", 3, UNIT),
    of("gdtr", 1.2, 2, POSITIVE),
    of("gdtrc", 1.2, 2, POSITIVE),
    of("gdtrix", 1.2, 2, UNIT),
    of("fdtr", 3, 5, POSITIVE),
    of("fdtrc", 3, 5, POSITIVE),
    of("fdtri", 3, 5, UNIT),
    of("bdtr", 2, 5, UNIT),
    of("bdtrc", 2, 5, UNIT),
    of("nbdtr", 2, 5, UNIT),
    of("nbdtrc", 2, 5, UNIT),
    of("pdtr", 2, POSITIVE),
    of("pdtrc", 2, POSITIVE),
    of("tklmbda", REAL, 0),
    of("chndtr", POSITIVE, 3, 1.2),
    of("ncfdtr", 3, 5, 1.2, POSITIVE),
    of("nctdtr", 3, 0.7, REAL),
    of("lpmv", 2, 3, INNER),
    of("legendre_p", 3, INNER),
    of("assoc_legendre_p", 3, 2, INNER),
    of("sph_harm_y", 3, 1, UNIT, REAL),
    of("assoc_laguerre", POSITIVE, 3, 1),
    of("eval_sh_jacobi", 3, 3, 2, UNIT),
    of("besselpoly", POSITIVE, 1, 2),
    of("mathieu_cem", 2, 1, 40.0 * REAL),
    of("mathieu_sem", 2, 1, 40.0 * REAL),
    *(of(f"mathieu_mod{parity}em{kind}", 2, 1, UNIT) for parity in "cs" for kind in "12"),
    of("pro_ang1", 1, 3, 2, UNIT),
    of("pro_rad1", 1, 3, 2, UNIT + 1.0),
    of("obl_ang1", 1, 3, 2, UNIT),
    of("obl_rad1", 1, 3, 2, UNIT),
    of("obl_rad2", 1, 3, 2, UNIT),
    of("pbwa", 1, REAL),
    of("voigt_profile", REAL, 0.7, 0.4),
    *(of(name, M, axis=axis) for name in ("softmax", "log_softmax", "logsumexp") for axis in (None, 0, -1)),
    of("logsumexp", M, axis=1, keepdims=True),
    of("logsumexp", M, axis=0, b=positive(3, 4)),
    of("logsumexp", X, 0, array(5) + 3.0),
)
FLAT = {"eval_legendre", "eval_chebyt", "eval_chebyu", "eval_chebyc", "eval_chebys", "eval_laguerre"}


@pytest.mark.parametrize("call", CASES)
def test_special_functions(call):
    fn, args, _ = call
    rough = {"rtol": 1e-3} if fn is special.itairy else {}
    hold(call, flat=fn.__name__.startswith("eval_") and args[0] == 0, **rough)


def test_a_derivative_without_closed_form_is_refused_only_where_it_is_asked_for():
    assert zg.gradient(lambda x: special.jv(1.5, x), 2.0)[0] == pytest.approx(
        0.5 * (special.jv(0.5, 2) - special.jv(2.5, 2))
    )
    with pytest.raises(zg.NoRuleError, match=r"by argument 1 isn't known: by its order it has no closed form"):
        zg.gradient(lambda v, x: special.jv(v, x), 1.5, 2.0)
    with pytest.raises(zg.NoRuleError, match="isn't known"):
        zg.jvp(lambda v: special.jv(v, 1.0), (1.5,), (1.0,))


def test_points_that_need_care():
    for name, at, slope in (
        ("exprel", 0.0, 0.5), ("ellipk", 0.0, np.pi / 8), ("ellipe", 0.0, -np.pi / 8), ("rgamma", -2.0, 2.0),
        ("rgamma", 0.0, 1.0), ("spence", 1.0, -1.0), ("huber", 2.0, 0.0), ("entr", -1.0, 0.0),
    ):  # fmt: skip
        fn = getattr(special, name)
        f = (lambda x, fn=fn: fn(x, 0.5)) if name == "huber" else (lambda x, fn=fn: fn(x))
        assert zg.gradient(f, at)[0] == pytest.approx(slope, abs=1e-12), name
    assert zg.gradient(lambda x: special.xlogy(x, 2.0), 0.0)[0] == pytest.approx(np.log(2.0))
    assert zg.gradient(lambda p: special.boxcox(2.0, p), 0.0)[0] == pytest.approx(np.log(2.0) ** 2 / 2)


def test_a_variable_named_like_a_function_of_the_derivative():
    def f(psi):
        return special.gammaln(psi) * psi

    assert zg.gradient(f, 2.0)[0] == pytest.approx(2.0 * special.psi(2.0))


Z = np.array([0.3, 1.7, 2.5])


@pytest.mark.parametrize(
    "f",
    [
        lambda x: np.sum(np.real(special.lambertw(x)) ** 2),
        lambda x: np.sum(np.real(special.wofz(x) * (1 + 2j))),
        lambda x: np.sum(np.abs(special.wofz(x + 0.5j)) ** 2),
        lambda x: np.sum(np.imag(special.hankel2e(2, x)) ** 2),
        lambda x: np.sum(np.abs(special.hankel1(1.5, x)) ** 2),
    ],
)
def test_complex_results_of_real_arguments(f):
    zg.check_grads(f, Z)


def test_the_zeta_function_left_of_zero():
    with pytest.raises(zg.ZygoteError, match="exponents that are not negative"):
        zg.gradient(lambda s: special.zeta(s), -1.5)


@pytest.mark.parametrize(
    "f",
    [
        lambda a: special.gammaincinv(a[0], 0.3) + special.gammainccinv(a[1], 0.9),
        lambda a: special.betaincinv(a[0], a[1], 0.3) + special.betainccinv(a[1], a[2], 0.8),
        lambda a: special.chdtri(a[0], 0.4) + special.gdtrix(a[1], a[2], 0.7) + special.stdtrit(a[1], 0.8),
        lambda a: special.fdtri(a[1], 4.0, 0.3) + special.kve(a[0], a[2]),
        lambda a: np.sum(special.gammainc(a, np.array([[0.5], [3.0]])) ** 2),
        lambda a: np.sum(special.betainc(a[:2], a[2], np.array([[0.2], [0.9]])) ** 2),
    ],
)
def test_slopes_by_parameters(f):
    zg.check_grads(f, np.array([0.7, 2.3, 5.0]))


@pytest.mark.parametrize("name", ["mathieu_cem", "mathieu_modsem2", "pro_ang1", "obl_rad1", "pbwa", "pbdv", "pbvv"])
def test_what_the_reverse_rule_does_not_know_no_forward_rule_passes_over(name):
    """By the parameter before the argument, of functions that return a derivative beside the value."""
    fn = getattr(special, name)
    args = {"pbwa": (0.7, 0.9), "pbdv": (0.7, 0.9), "pbvv": (0.7, 0.9)}.get(name, (2.0, 1.5, 0.5))
    args = (1.0, *args) if name.startswith(("pro", "obl")) else args

    def f(parameter):
        return fn(*args[:-2], parameter, args[-1])[0]

    for take in (zg.gradient, lambda f, a: zg.jvp(f, (a,), (1.0,))):
        with pytest.raises(zg.NoRuleError, match="isn't known"):
            take(f, args[-2])


def in_parts(f):
    """A function with complex results, as one with a real one."""
    return lambda x: sum(np.sum(np.real(w * (k + 1 - 2j))) for k, w in enumerate(f(x)))


@pytest.mark.parametrize(
    "f",
    [
        *(in_parts(getattr(special, n)) for n in ("kelvin", "modfresnelp", "modfresnelm")),
        in_parts(lambda x: (special.h1vp(2, x), special.h2vp(1.5, x, 2))),
        lambda x: special.elliprc(x, np.array([-1.3, 0.4, -2.0, 0.9])),
        *([lambda x: special.sph_legendre_p(3, 1, x)] if hasattr(special, "sph_legendre_p") else []),
    ],
)
def test_what_was_refused_or_not_a_number(f):
    check(f, POSITIVE, variants=False, compiles=False, second=False, backends=("python",))


@pytest.mark.parametrize("n", [0, 1, 7, 0.5, 2.5, -0.5, np.array([0, 1, 3]), np.array([0.0, 0.9, 3.5])])
def test_exponential_integrals_of_an_order_that_scipy_cuts(n):
    backend = "numba" if np.ndim(n) else "python"
    x = np.array([0.7, 0.9, 1.3])
    with warnings.catch_warnings(), zg.options(backend=backend):
        warnings.simplefilter("ignore")
        found = zg.gradient(zg.call(lambda n, x: np.sum(special.expn(n, x)), n, x, wrt="x"))[0]
        slope = (special.expn(n, x + 1e-5) - special.expn(n, x - 1e-5)) / 2e-5
    np.testing.assert_allclose(found, slope, rtol=1e-8)
