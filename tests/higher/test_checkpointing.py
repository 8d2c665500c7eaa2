"""Callees that keep their arguments only, and loops that end at a fixed point."""

import tracemalloc

import numpy as np
import pytest

import zygote_nb as zg
from tests.oracle import check

X = np.array([0.3, 0.7, -0.2])
NOISE = np.random.default_rng(1)


def smoothed(v, k):
    for i in range(1, v.size):
        v[i] = np.sin(v[i] * k) + v[i - 1]
    return np.sum(v**2)


smoothed_again = zg.checkpoint(smoothed)


def steps(x, n):
    x = x * 1.0
    for _ in range(n):
        x = x + 0.01 * np.sin(x)
    return x


def test_what_is_run_again_gives_the_same() -> None:
    def plain(x):
        y = x * 1.0
        s = 0.0
        for _ in range(3):
            s += smoothed(y, 1.0 + s * 0.1)
        return s * y[0]

    def less(x):
        y = x * 1.0
        s = 0.0
        for _ in range(3):
            s += smoothed_again(y, 1.0 + s * 0.1)
        return s * y[0]

    assert zg.gradient(less, X)[0] == pytest.approx(zg.gradient(plain, X)[0], rel=1e-14)
    check(less, X, second=True)


def test_nested() -> None:
    def inner(x):
        return zg.checkpointed(steps, x, 3) * x

    def f(x):
        return np.sum(zg.checkpointed(inner, zg.checkpointed(steps, x, 2)))

    check(f, X, second=True)


def test_captured_variables_have_gradients() -> None:
    def f(x):
        return np.sum(zg.checkpointed(lambda y: steps(y * x, 3) * x[0], x))

    check(f, X)


def test_only_arguments_are_kept() -> None:
    def f(x):
        for _ in range(20):
            x = zg.checkpointed(steps, x, 50)
        return np.sum(x)

    def keeps_all(x):
        for _ in range(20):
            x = steps(x, 50)
        return np.sum(x)

    x = np.linspace(0.0, 1.0, 2000)
    with zg.options(backend="python"):
        peaks = [peak(lambda f=f: zg.gradient(f, x)) for f in (f, keeps_all)]
    assert zg.gradient(f, x)[0] == pytest.approx(zg.gradient(keeps_all, x)[0], rel=1e-13)
    states = 8 * x.size
    assert peaks[0] < (20 + 2 * 50 + 30) * states
    assert peaks[1] > 20 * 50 * states


def peak(run) -> int:
    run()
    tracemalloc.start()
    run()
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return most


def prints(x):
    print("again")
    return x * x


def draws(x):
    return x * NOISE.normal()


def same_memory(x):
    x *= 2.0
    return x


@pytest.mark.parametrize("f", [prints, draws])
def test_effects_are_not_repeated(f, capsys) -> None:
    with pytest.raises(zg.UnsupportedSyntaxError, match="is run again in the backward pass, and has an effect") as info:
        zg.gradient(lambda x: zg.checkpointed(f, x), 2.0)
    assert info.value.lineno
    assert capsys.readouterr().out == ""


def test_a_result_that_is_an_argument_is_refused() -> None:
    def f(x):
        y = x * 1.0
        return np.sum(zg.checkpointed(same_memory, y))

    with pytest.raises(zg.UnsupportedSyntaxError, match="returns memory of its argument"):
        zg.gradient(f, X)


def test_outside_of_derivatives_it_is_the_function() -> None:
    assert zg.checkpointed(steps, 0.5, 10) == steps(0.5, 10)
    assert zg.checkpoint(steps)(0.5, 10) == steps(0.5, 10)
    assert zg.checkpoint(steps).__name__ == "steps"


# Fixed points

MATRIX = np.array([[0.2, 0.1, 0.0], [0.05, 0.3, -0.1], [0.0, 0.2, 0.1]])


def heron(x, a):
    return 0.5 * (x + a / x)


def test_the_derivative_is_that_of_the_point() -> None:
    assert zg.fixed_point(heron, 1.0, 4.0) == pytest.approx(2.0)
    assert zg.gradient(lambda x0, a: zg.fixed_point(heron, x0, a), 1.0, 4.0) == (0.0, pytest.approx(0.25))
    assert zg.jvp(lambda a: zg.fixed_point(heron, 1.0, a), (4.0,), (1.0,))[1] == pytest.approx(0.25)


def test_of_arrays_by_parameters_and_captured_variables() -> None:
    def f(b, scale):
        point = zg.fixed_point(lambda z, c: np.tanh(MATRIX @ z + c) * scale, np.zeros(3), b)
        return np.sum(point**2)

    check(f, X, 0.8, second=False)


def test_nothing_of_the_iteration_is_kept() -> None:
    source = zg.code_adjoint(lambda a: zg.fixed_point(heron, 1.0, a), 4.0).source
    assert "append" not in source


def root(a):
    return zg.fixed_point(heron, 1.0, a)


def test_higher_derivatives_are_those_of_the_point() -> None:
    a = 2.3
    with zg.options(backend="python"):
        for second in (zg.hvp(root, (a,), (1.0,)), zg.D(zg.D(root))(a), zg.hessian_reverse(root, a)):
            assert second == pytest.approx(-0.25 * a**-1.5, rel=1e-12)
        assert zg.D(zg.D(zg.D(root)))(a) == pytest.approx(0.375 * a**-2.5, rel=1e-12)
        assert zg.D(zg.D(zg.D(zg.D(root))))(a) == pytest.approx(-0.9375 * a**-3.5, rel=1e-12)


def test_of_a_derivative_by_something_else_the_point_has_its_own() -> None:
    with zg.options(backend="python"):
        slope = zg.gradient(lambda a: zg.D(lambda y: y * y * root(a))(1.5), 2.3)
    assert slope == (pytest.approx(1.5 * 2.3**-0.5),)


def test_second_derivatives_by_parameters_of_an_array_of_points() -> None:
    def f(b, scale):
        point = zg.fixed_point(lambda z, c: np.tanh(MATRIX @ z + c) * scale, np.zeros(3), b)
        return np.sum(point**3) * scale

    check(f, X, 0.8, second=True, backends=("python",))


def test_no_fixed_point() -> None:
    def grows(x, a):
        return x + a

    with pytest.raises(RuntimeError, match="no fixed point was reached"):
        zg.fixed_point(grows, 0.0, 1.0)
    with zg.options(backend="python"), pytest.raises(RuntimeError, match="no fixed point was reached"):
        zg.gradient(lambda a: zg.fixed_point(grows, 0.0, a), 1.0)
