"""What samples of library functions show is not taken for what they give for arrays of other lengths."""

import numpy as np
import pytest

import zygote_nb as zg
from tests.oracle import check

X, Y = np.random.default_rng(1).standard_normal((2, 6))


def valid_part_of_a_slice(x, y):
    out = np.zeros(9)
    for i in range(4):
        out[i : i + 6] += x[i] * y
    out[2:7] = np.convolve(out[1:8], [0.25, 0.5, 0.25], mode="valid")
    return np.sum(out**3)


def valid_part_of_what_was_picked(x, y):
    u, v = x[x > -9.0], y[y > -9.0][:3]
    return np.sum(np.convolve(u, v, "valid") * x[:4])


def correlated(x, y):
    return np.sum(np.correlate(x[x > -9.0], y[1:5]) * y[:3])


def third_differences(x, y):
    return np.sum(np.diff(x[x > -9.0], n=3) * y[:3])


def differences_of_the_rest(x, y):
    far = np.tile(x, 5)[20:]
    return np.sum(np.diff(far) * np.concatenate([y, y[:3]]))


def derivative_of_a_polynomial(x, y):
    return np.sum(np.polyder(x[x > -9.0], 3) * y[:3])


def far_diagonals(x, y):
    m = np.outer(x[x > -9.0], y)
    return np.sum(np.diagonal(m, 3) * y[:3]) + np.sum(np.diag(m, -3) * x[:3])


def four_parts(x, y):
    parts = np.split(np.concatenate([x[x > -9.0], y[:2]]), 4)
    return np.sum(parts[0] * y[:2] * parts[3])


CASES = [
    valid_part_of_a_slice, valid_part_of_what_was_picked, correlated, third_differences, differences_of_the_rest,
    derivative_of_a_polynomial, far_diagonals, four_parts,
]  # fmt: skip


@pytest.mark.parametrize("f", CASES, ids=lambda f: f.__name__)
def test_a_length_of_one_that_only_the_sample_has(f) -> None:
    """It was taken to be one always, and loops of compiled code read the first entry again and again."""
    check(f, X, Y, written=True)


def test_compiled() -> None:
    check(valid_part_of_a_slice, X, Y, backends=("python", "numba"), modes=False)


def test_how_many_axes_are_left_depends_on_lengths() -> None:
    def f(x, y, k):
        rows = np.stack([x, y])[k : k + 1]
        return np.sum(np.squeeze(rows) * y)

    def named(x, y, k):
        rows = np.stack([x, y])[k : k + 1]
        return np.sum(np.squeeze(rows, axis=0) * y)

    for verb in (zg.gradient, zg.pullback):
        with pytest.raises(zg.UnsupportedSyntaxError, match="how many axes"):
            verb(f, X, Y, 1)
    check(named, X, Y, 1)
    check(lambda x: np.sum(np.squeeze(x[:, None]) * x), X)
