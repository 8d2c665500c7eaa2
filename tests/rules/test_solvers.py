"""Integrals, differential equations, roots and minima: functions that SciPy calls are differentiated too."""

from types import SimpleNamespace

import numpy as np
import pytest
from scipy import integrate, optimize
from scipy.integrate import odeint, quad, solve_ivp

import zygote_nb as zg
from tests.oracle import check

W = np.array([0.7, 0.2])
A = np.array([[3.0, 1.0], [1.0, 2.0]])
FINE = {"rtol": 1e-10, "atol": 1e-12}


def held(f, *args, **options):
    return check(f, *args, backends=("python",), variants=False, second=False, **options)


def wave(x, k, w):
    return np.exp(-k * x) * np.sin(w[0] * x) + w[1]


def swing(t, y, k):
    return [y[1], -k * y[0] - 0.1 * y[1] * np.cos(t)]


def swing_with_time_last(y, t, k):
    return [y[1], -k * y[0]]


def cubic(x, k):
    return x**3 + k * x - 5.0


def circle(x, b):
    return [x[0] ** 2 + b[0] * x[1] - 3.0, x[1] - b[1] * x[0]]


class Spring:
    def __init__(self, k):
        self.k = k

    def force(self, x):
        return self.k * x * x


def area(k, b, w):
    return quad(wave, 0.0, b, args=(k, w))[0]


def area_of_closure(k, b):
    return k * quad(lambda x: np.cos(k * x), k, b)[0]


def area_without_end(k):
    return quad(lambda x: np.exp(-k * x * x), -np.inf, np.inf)[0]


def area_in_area(k):
    return quad(lambda x: quad(lambda y: np.exp(-k * x * y), 0.0, x)[0], 0.0, 1.0)[0]


def areas_in_a_loop(k):
    return sum(quad(lambda x: k**i * x, 0.0, 1.0)[0] for i in range(3))


def work_of_method(k):
    return quad(Spring(k).force, 0.0, 1.0)[0]


def median_of_density(k):
    return optimize.brentq(lambda b: quad(lambda x: np.exp(-k * x * x), 0.0, b)[0] - 0.5, 0.0, 2.0)


@pytest.mark.parametrize(
    ("f", "args"),
    [
        (area, (1.3, 2.0, W)),
        (area_of_closure, (1.3, 2.0)),
        (area_without_end, (1.2,)),
        (area_in_area, (1.2,)),
        (areas_in_a_loop, (2.0,)),
        (work_of_method, (2.0,)),
        (median_of_density, (1.2,)),
        (lambda b: quad(np.sin, 0.0, b)[0], (1.2,)),
        (lambda k: quad(lambda x: abs(x - k), 0.0, 1.0, points=[k])[0], (0.3,)),
    ],
)
def test_integrals(f, args):
    held(f, *args)


def test_a_kink_of_the_integrand_is_found():
    (slope,) = zg.gradient(lambda k: quad(lambda x: abs(x - k), 0.0, 1.0)[0], 0.3)
    assert slope == pytest.approx(-0.4, abs=1e-10)


@pytest.mark.parametrize(
    ("f", "args"),
    [
        (lambda k, y0: solve_ivp(swing, (0, 3.0), y0, args=(k,), **FINE).y[0, -1], (1.5, np.array([1.0, 0.2]))),
        (lambda k: np.sum(solve_ivp(swing, (0, 2), [k, 0.2], t_eval=[0, 1, 2], args=(k,), **FINE).y ** 2), (1.5,)),
        (lambda k, t1: solve_ivp(swing, (0, t1), [1.0, k], args=(k,), **FINE).y[0, -1], (1.5, 2.0)),
        (lambda k: solve_ivp(lambda t, y: -50 * k * (y - np.cos(t)), (0, 1), [1], "BDF", **FINE).y[0, -1], (1.5,)),
        (lambda k, t: np.sum(odeint(swing_with_time_last, [1.0, 0.0], t, args=(k,), **FINE) ** 2, (0, 1)),
         (1.5, np.linspace(0, 2, 5))),
    ],
)  # fmt: skip
def test_differential_equations(f, args):
    wrt = (0,) if args[1:] and np.size(args[1]) == 5 else None
    if wrt is None:
        held(f, *args)
    else:
        held(lambda k: f(k, args[1]), args[0])


def test_times_and_success_of_a_solution():
    def f(k, times):
        found = solve_ivp(swing, (0.0, 2.0), [1.0, 0.0], t_eval=times, args=(k,), **FINE)
        return np.sum(found.y[0] * found.t) if found.success else k

    held(f, 1.5, np.array([0.5, 1.0, 1.7]))


SOLVERS = [optimize.brentq, optimize.brenth, optimize.ridder, optimize.bisect, optimize.toms748]


@pytest.mark.parametrize("solver", SOLVERS)
def test_roots_between_two_numbers(solver):
    held(lambda k: k * solver(cubic, 0.0, 3.0, args=(k,), xtol=1e-14), 1.5)


@pytest.mark.parametrize(
    ("f", "args"),
    [
        (lambda k: optimize.newton(lambda x: x**3 + k * x - 5.0, 1.0), (1.5,)),
        (lambda k: optimize.newton(cubic, 1.0, fprime=lambda x, k: 3 * x * x + k, args=(k,)), (1.5,)),
        (lambda k: optimize.root_scalar(cubic, bracket=[0, 3], args=(k,)).root, (1.5,)),
        (lambda b: optimize.fsolve(circle, [1.0, 1.0], args=(b,)) @ b, (np.array([0.5, 0.3]),)),
        (lambda b: np.sum(optimize.root(lambda x: A @ x + x**3 - b, np.ones(2), tol=1e-12).x * b), (W,)),
        (lambda b: optimize.root(lambda x: x * x - b, 1.0, tol=1e-12).x[0], (2.0,)),
        (lambda b: optimize.minimize_scalar(lambda x: (x - b) ** 2 + np.exp(x), tol=1e-12).fun, (0.5,)),
    ],
)
def test_roots_and_minima(f, args):
    held(f, *args)


def test_minima_by_parameters_captured_and_handed_over():
    def loss(x, a):
        return 0.5 * x @ a @ x + np.sum(x**4)

    def f(b, a):
        slope = lambda x, a: a @ x + 4 * x**3 - b
        total = lambda x, a: loss(x, a) - b @ x
        found = optimize.minimize(total, np.ones(2), args=(a,), jac=slope, tol=1e-12)
        return np.sum(found.x * b) * found.fun

    held(f, W, A)


def test_captured_arrays_are_parameters():
    def loss():
        return quad(lambda x: np.sum(W * x**2), 0.0, 1.0)[0]

    np.testing.assert_allclose(zg.gradient(loss, zg.Params([W]))[W], [1 / 3, 1 / 3])


def test_attributes_of_an_object():
    assert zg.gradient(lambda s: quad(s.force, 0.0, 1.0)[0], Spring(3.0)) == (SimpleNamespace(k=pytest.approx(1 / 3)),)


def shouted(x):
    print(x)
    return x


@pytest.mark.parametrize(
    ("f", "why"),
    [
        (lambda k: quad(lambda x: k * shouted(x), 0, 1)[0], "does more than return a value"),
        (lambda k: quad(lambda x: k * x, 0, 1, weight="cos", wvar=1.0)[0], "`quad` with `weight`"),
        (lambda k: integrate.dblquad(lambda y, x: k * x, 0, 1, 0, 1)[0], "quad inside of quad"),
        (lambda k: solve_ivp(swing, (k, 2), [1.0, 0.0], args=(k,)).y[0, -1], "by the time at which it starts"),
        (lambda k: solve_ivp(swing, (0, 2), [1.0, 0.0], args=(k,), events=swing).y[0, -1], "with `events`"),
        (lambda k: optimize.minimize(lambda x: (x[0] - k) ** 2, [1.0], bounds=[(0, 1)]).x[0], "with `bounds`"),
        (lambda k: optimize.minimize(lambda x: (x[0] - k) ** 4, [9.0], options={"maxiter": 1}).x[0], "not solved"),
        (lambda k: optimize.root(lambda x: [x[0] + x[1] - k] * 2, [1.0, 1.0]).x[0], "does not determine"),
        (lambda k: optimize.least_squares(lambda x: x - k, [1.0]).x[0], "minimize"),
    ],
)
def test_refused_with_the_line(f, why):
    with pytest.raises(zg.ZygoteError, match=why) as caught:
        zg.gradient(f, 1.5)
    assert caught.value.filename == __file__
    assert caught.value.lineno == f.__code__.co_firstlineno


def minimum(b):
    return np.sum(optimize.minimize(lambda x: 0.5 * x @ A @ x + np.sum(x**4) - b @ x, np.ones(2), tol=1e-12).x * b)


def ending(p):
    return solve_ivp(swing, (0.0, p[2]), p[:2], args=(p[3],), **FINE).y[0, -1]


def passing(p):
    return np.sum(solve_ivp(swing, (0, 2), [p[0], 0.2], t_eval=[0, 1, 2], args=(p[1],), **FINE).y ** 2)


def rows(k):
    return np.sum(odeint(swing_with_time_last, [1.0, 0.0], np.linspace(0, 2, 5), args=(k,), **FINE) ** 2)


@pytest.mark.parametrize(
    ("f", "x"),
    [
        (lambda k: k * optimize.brentq(cubic, 0.0, 3.0, args=(k,), xtol=1e-14), 1.5),
        (lambda k: optimize.root_scalar(cubic, bracket=[0, 3], args=(k,)).root, 1.5),
        (lambda b: optimize.fsolve(circle, [1.0, 1.0], args=(b,)) @ b, np.array([0.5, 0.3])),
        (minimum, W),
        (lambda b: optimize.minimize_scalar(lambda x: (x - b) ** 2 + np.exp(x), tol=1e-12).x ** 2, 0.5),
        (lambda p: area(p[0], p[1], p[2:]) ** 2, np.array([1.3, 2.0, 0.7, 0.2])),
        (area_without_end, 1.2),
        (area_in_area, 1.2),
        (lambda p: area_of_closure(p[0], p[1]), np.array([1.3, 2.0])),
        (ending, np.array([1.0, 0.2, 2.0, 1.5])),
        (passing, np.array([0.7, 1.5])),
        (rows, 1.5),
    ],
)
def test_second_derivatives(f, x):
    """By both ways; the argument was written to, where a cotangent was handed on by a helper that changed nothing."""
    before = np.copy(x)
    h = zg.hessian(f, x)
    np.testing.assert_array_equal(x, before)
    np.testing.assert_allclose(zg.hessian_reverse(f, x), h, rtol=1e-6, atol=1e-7)
    units = np.eye(np.size(x)).reshape(np.size(x), *np.shape(x))
    columns = [(zg.gradient(f, x + 1e-4 * u)[0] - zg.gradient(f, x - 1e-4 * u)[0]) / 2e-4 for u in units]
    np.testing.assert_allclose(h, np.reshape(columns, np.shape(h)), atol=1e-4)


def test_a_third_derivative_of_a_root():
    root = lambda k: optimize.brentq(lambda x: x**3 - k, 0.0, 3.0)
    assert zg.D(zg.D(zg.D(root)))(1.0) == pytest.approx(10 / 27)


def test_a_root_that_is_none_is_refused_in_second_derivatives_too():
    f = lambda k: optimize.minimize(lambda x: (x[0] - k) ** 4, [9.0], options={"maxiter": 1}).x[0]
    with pytest.raises(zg.ZygoteError, match="not solved"):
        zg.hessian(f, 1.5)


def test_a_rule_of_the_users_own_comes_first():
    def mean(f, a, b):
        return quad(f, a, b)[0]

    zg.rrule(mean)(lambda f, a, b: (mean(f, a, b), lambda dy: (None, None, 7.0 * dy)))
    assert zg.gradient(lambda b: mean(np.sin, 0.0, b), 1.0) == (7.0,)
