"""Gradients of directional derivatives, of functions whose forward rules return several tangents."""

import numpy as np
import pytest
from scipy import special

import zygote_nb as zg

A = np.array([[2.0, 1.0], [0.3, 1.0]])


@pytest.mark.parametrize(
    "f",
    [
        lambda k, s: special.sici(k * s)[0] * k,
        lambda k, s: np.linalg.slogdet(k * s * A + np.eye(2))[1],
        lambda k, s: np.modf(k * s + 0.2)[0] ** 2,
        lambda k, s: sum(special.fresnel(k * s)),
        lambda k, s: np.frexp(k * s)[0] * s,
    ],
)
def test_tangents_that_come_as_a_tuple(f):
    """Their cotangents were dropped, and the gradient was zero."""

    def slope(k, s):
        return zg.jvp(f, (k, s), (1.0, 0.5))[1]

    found = zg.gradient(slope, 1.2, 0.7)
    differences = [(slope(1.2 + d, 0.7 + e) - slope(1.2 - d, 0.7 - e)) / 2e-5 for d, e in ((1e-5, 0.0), (0.0, 1e-5))]
    np.testing.assert_allclose(found, differences, rtol=1e-6, atol=1e-8)
