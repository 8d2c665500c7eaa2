"""New arrays, and polynomials."""

import numpy as np
import pytest

import zygote_nb as zg
from tests.rules.contract import M, X, array, case, hold, positive

P = np.array([1.5, -0.7, 0.4, 2.2])
CASES = [
    case(np.full, (2, 3), 1.5),
    case(np.full, (2, 3), array(3)),
    case(np.full, (2, 5), array(5)),
    case(np.full, (4, 2, 5), array(2, 1)),
    case(np.full, 5, array(5)),
    case(np.full_like, M, 1.5),
    case(np.linspace, 0.5, 2.5, 5),
    case(np.linspace, 0.5, 2.5, num=4, endpoint=False),
    case(np.linspace, 0.5, 2.5, 4, True, True),
    case(np.linspace, array(3), 2.5, 4),
    case(np.linspace, array(3), array(2, 3), 4, axis=-1),
    case(np.linspace, array(3), array(3), 4, axis=1, retstep=True),
    case(np.logspace, 0.5, 1.5, 4),
    case(np.logspace, 0.5, array(3), 4, base=2.5),
    case(np.logspace, 0.5, 1.5, num=4, endpoint=False, base=3.0, axis=0),
    case(np.geomspace, 0.5, 4.5, 4),
    case(np.geomspace, -0.5, -4.5, 4),
    case(np.geomspace, positive(3), 4.5, 5, axis=1),
    case(np.arange, 0.5, 3.0, 0.7),
    case(np.vander, X),
    case(np.vander, X, 3),
    case(np.vander, X, 4, increasing=True),
    case(np.polyval, P, 0.7),
    case(np.polyval, P, M),
    case(np.polyval, array(1), X),
    case(np.polyadd, P, X),
    case(np.polyadd, X, P),
    case(np.polysub, P, array(2)),
    case(np.polymul, P, array(2)),
    case(np.polydiv, P, np.array([2.0, 0.5])),
    case(np.polydiv, X, np.array([2.0, 0.5, 0.7])),
    case(np.polydiv, X, P),
    case(np.polydiv, np.array([2.0, 0.5]), P),
    case(np.polyder, P),
    case(np.polyder, X, 2),
    case(np.polyder, X, m=3),
    case(np.polyint, P),
    case(np.polyint, P, 2),
    case(np.polyint, P, 2, array(2)),
    case(np.polyint, P, k=1.5),
    case(np.poly, X),
    case(np.polyfit, X, array(5), 2),
    case(np.polyfit, X, array(5, 2), 1),
    case(np.polyfit, X, array(5), 2, w=positive(5)),
]


@pytest.mark.parametrize("call", CASES)
def test_creation(call):
    hold(call)


def test_statistics_of_a_fit_are_refused():
    with pytest.raises(zg.NoRuleError, match="coefficients only"):
        zg.gradient(lambda x, y: np.sum(np.polyfit(x, y, 1, cov=True)[0]), X, array(5))


def test_a_matrix_has_no_rule_for_its_characteristic_polynomial():
    with pytest.raises(zg.NoRuleError, match="eigenvalues first"):
        zg.gradient(lambda x: np.sum(np.poly(x)), array(3, 3))
