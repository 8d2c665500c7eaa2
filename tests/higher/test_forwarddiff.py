"""Forward mode within a gradient, by arguments and captured values."""

import numpy as np
import pytest

import zygote_nb as zg
from tests.oracle import check

X = np.linspace(-0.5, 0.9, 11)


def orbit(z, c, n):
    for _ in range(n):
        z = np.sin(z) * c + 0.1
    return z


@pytest.mark.parametrize("backend", ["python", "numba"])
def test_arguments_and_captured_values_have_gradients(backend) -> None:
    def f(x, c, n):
        k = 2.0 * c
        return np.sum(zg.forwarddiff(lambda z: orbit(z * k, c, n), x) ** 2) * c

    def plain(x, c, n):
        k = 2.0 * c
        return np.sum(orbit(x * k, c, n) ** 2) * c

    with zg.options(backend=backend):
        for found, expected in zip(zg.gradient(f, X, 0.7, 5)[:2], zg.gradient(plain, X, 0.7, 5)[:2], strict=True):
            assert found == pytest.approx(expected, rel=1e-13)


def test_in_all_modes_and_orders() -> None:
    def f(x, c):
        k = x[0] * c
        return np.sum(zg.forwarddiff(lambda z: orbit(z * k, c, 3), x) ** 2)

    check(f, X, 0.7, second=True, backends=("python",))


def test_numbers_matrices_and_several_results() -> None:
    def parts(a, m):
        s = a
        for i in range(m.shape[0]):
            s = s * 0.5 + np.sin(m[i, 0] * a)
        return s, m @ m.T * a, a * m[0, 1]

    def f(a, m):
        s, w, t = zg.forwarddiff(parts, a, m)
        return s * t + np.sum(w**2)

    check(f, 0.4, np.reshape(X[:6], (3, 2)), backends=("python",))


def test_nothing_but_the_jacobian_is_kept() -> None:
    source = zg.code_adjoint(lambda a: zg.forwarddiff(lambda b: orbit(b, 0.5, 100), a) ** 2, 0.3).source
    assert "append" not in source


def test_in_loops_and_branches_with_lists_and_exceptions() -> None:
    def careful(a, n):
        seen = [a]
        for i in range(n):
            try:
                seen.append(seen[-1] * a + 1.0 / (i - 1 if i > 1 else 1))
            except ZeroDivisionError:
                seen.append(0.0)
        return seen[-1]

    def f(a):
        s = 0.0
        for n in range(1, 4):
            s += zg.forwarddiff(careful, a + s, n) if s < 5.0 else s
        return s

    check(f, 0.6, backends=("python",))


def prints(x):
    print(x)
    return x * x


def overwrites(x):
    x[0] = x[0] ** 2
    return np.sum(x)


@pytest.mark.parametrize(
    ("f", "x", "message"), [(prints, 0.5, "has an effect"), (overwrites, X, "writes to its argument")]
)
def test_what_can_not_run_several_times_is_refused(f, x, message) -> None:
    with pytest.raises(zg.UnsupportedSyntaxError, match=message) as info:
        zg.gradient(lambda x: zg.forwarddiff(f, x * 1.0), x)
    assert info.value.lineno


def test_outside_of_derivatives_it_is_the_function() -> None:
    assert zg.forwarddiff(orbit, 0.5, 0.3, 2) == orbit(0.5, 0.3, 2)
