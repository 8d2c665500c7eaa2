"""Series in the bases of ``numpy.polynomial``."""

import numpy as np
import pytest
from numpy.polynomial import chebyshev, hermite, hermite_e, laguerre, legendre, polynomial

import zygote_nb as zg
from tests.oracle import check
from tests.rules.contract import array, case, hold

X, C, D = 0.5 * array(5), array(4), array(4, 3)
GRID = np.outer(X, X)
BASES = [
    (polynomial.polyval, polynomial.polyvander, polynomial.polyder, polynomial.polyint),
    (chebyshev.chebval, chebyshev.chebvander, chebyshev.chebder, chebyshev.chebint),
    (legendre.legval, legendre.legvander, legendre.legder, legendre.legint),
    (hermite.hermval, hermite.hermvander, hermite.hermder, hermite.hermint),
    (hermite_e.hermeval, hermite_e.hermevander, hermite_e.hermeder, hermite_e.hermeint),
    (laguerre.lagval, laguerre.lagvander, laguerre.lagder, laguerre.lagint),
]
CASES = [
    each
    for value, powers, derive, integrate in BASES
    for each in (
        case(value, X, C),
        case(value, X, C[:1]),
        case(value, 0.3, C),
        case(value, X, D),
        case(value, GRID, D),
        case(value, X, C, tensor=False),
        case(powers, X, 3),
        case(powers, GRID, 2),
        case(derive, C),
        case(derive, D, 2, axis=1),
        case(integrate, C),
        case(integrate, D, 2, axis=-1),
    )
]


@pytest.mark.parametrize("call", CASES)
def test_series(call):
    hold(call, second=False)


def test_second_derivatives():
    f = lambda x, c: np.sum(chebyshev.chebval(x, c) ** 2)
    check(f, X, C, compiles=False, variants=False, backends=("python",))


def test_constants_of_integration_bounds_and_scales():
    f = lambda c: np.sum(legendre.legint(c, 2, [1.0], 0.5, 2.0) ** 2)
    check(f, C, compiles=False, variants=False, second=False, backends=("python",))


def test_of_complex_numbers():
    options = {"compiles": False, "variants": False, "second": False, "backends": ("python",)}
    check(lambda x, c: np.sum(np.abs(chebyshev.chebval(x + 1j, c * 2j + 1.0))), X, C, **options)
    check(lambda x: np.sum(np.abs(legendre.legvander(x * 1j + 0.2, 2))), X, **options)


def test_several_series_at_points_of_their_own_are_refused():
    f = lambda x, c: np.sum(polynomial.polyval(x, c, tensor=False))
    for verb in (lambda: zg.gradient(f, X[:3], D), lambda: zg.jvp(f, (X[:3], D), (X[:3], D))):
        with pytest.raises(zg.NoRuleError, match="tensor=False"):
            verb()
