"""Derivatives inside of functions that are differentiated: any nesting of the modes, each by its own variables only."""

import functools
import math
from types import SimpleNamespace
from typing import NamedTuple

import numpy as np
import pytest

import zygote_nb as zg
from tests.modes import check_second
from tests.trees import agree

X = np.array([0.6, -0.4, 1.1])


def check(f, x, second=True) -> None:
    """Reverse and forward mode against differences, and the second derivative against differences of the gradient."""
    direction = np.array([0.3, 1.2, -0.7])[: x.size] if isinstance(x, np.ndarray) else 1.0
    step = 1e-5
    expected = (f(x + step * direction) - f(x - step * direction)) / (2.0 * step)
    value, (grad,) = zg.withgradient(f, x)
    agree(f(x), value, "the value", 1e-12)
    assert np.sum(grad * direction) == pytest.approx(expected, rel=1e-6, abs=1e-8)
    assert zg.jvp(f, (x,), (direction,))[1] == pytest.approx(expected, rel=1e-6, abs=1e-8)
    if second:
        check_second(f, (x,), {}, (grad,), False)


# Levels are told apart


def test_perturbations_are_not_confused() -> None:
    assert zg.D(lambda x: x * zg.D(lambda y: x + y)(1.0))(2.0) == 1.0
    assert zg.gradient(lambda x: x * zg.gradient(lambda y: x * y, 3.0)[0], 2.0) == (4.0,)
    assert zg.jvp(lambda x: x * zg.jvp(lambda y: x + y, (1.0,), (1.0,))[1], (2.0,), (1.0,))[1] == 1.0
    assert zg.jvp(lambda x: x * zg.D(lambda y: x + y)(1.0), (2.0,), (1.0,))[1] == 1.0
    assert zg.D(lambda x: x * zg.jvp(lambda y: x + y, (1.0,), (1.0,))[1])(2.0) == 1.0


def test_a_variable_that_is_captured_by_the_inner_of_two_derivatives() -> None:
    check(lambda c: zg.D(zg.D(lambda z: c * z**4))(c), 1.3)
    check(lambda c: zg.D(zg.D(lambda z: c * z**4))(2.0), 1.3)
    check(lambda x: zg.D(lambda y: y * zg.D(lambda z: x * y * z)(y))(x), 1.3)
    assert zg.gradient(lambda c: zg.D(zg.D(lambda z: c * z**4))(c), 1.3)[0] == pytest.approx(36.0 * 1.3**2)


def test_derivatives_of_derivatives() -> None:
    assert zg.D(zg.D(zg.D(lambda x: x**5)))(1.5) == pytest.approx(60.0 * 1.5**2)
    assert zg.D(zg.D(zg.D(zg.D(math.sin))))(0.4) == pytest.approx(math.sin(0.4))
    assert zg.grad(zg.grad(zg.grad(lambda x: x**4)))(2.0) == 48.0
    assert zg.gradient(zg.grad(lambda x, y: x**3 * y), 2.0, 5.0) == (60.0, 12.0)
    assert zg.hessian(zg.D(lambda x: x**4), 2.0) == 48.0
    check(lambda x: zg.D(zg.D(zg.D(lambda z: z**5 * x)))(x), 1.2)


def test_the_gradient_of_a_gradient_is_a_jacobian() -> None:
    with pytest.raises(zg.ScalarOutputError, match=r"1-d float64 array of shape \(3,\)"):
        zg.grad(zg.grad(lambda x: np.sum(x**3)))(X)
    assert zg.jacobian(zg.grad(lambda x: np.sum(x**3)), X)[0] == pytest.approx(np.diag(6.0 * X))


# What people write


def disc(w, x):
    return np.tanh(w @ x) * w[0]


def test_gradient_penalty() -> None:
    def penalty(w):
        (g,) = zg.gradient(lambda x: disc(w, x), X)
        return (np.sqrt(np.sum(g**2)) - 1.0) ** 2

    check(penalty, np.array([0.5, -0.3, 0.8]))


def loss(w, a):
    return (w[0] * a + w[1] - a**2) ** 2


def test_meta_learning() -> None:
    def maml(w):
        s = 0.0
        for a in (0.5, 1.0, 1.7):
            v = w - 0.1 * zg.grad(loss)(w, a)
            s += loss(v, a + 0.1)
        return s

    check(maml, np.array([0.5, -0.3]))


def test_an_inner_optimisation() -> None:
    def trained(w):
        v = np.zeros(3)
        for _ in range(4):
            v = v - 0.1 * zg.gradient(lambda v: np.sum((v - w) ** 2) + np.sum(v**4) * w[0], v)[0]
        return np.sum(v**3)

    check(trained, X)


def test_newton_iterations_while_a_slope_decides() -> None:
    def root(a):
        x = 1.0
        while abs(x * x - a) > 1e-12:
            x = x - (x * x - a) / zg.D(lambda z: z * z - a)(x)
        return x**3

    check(root, 2.0)


# Each verb


def test_values_and_gradients() -> None:
    def both(x):
        v, g = zg.value_and_grad(lambda y: np.sin(y * x))(x)
        found = zg.withgradient(lambda y: y**3 * x, x)
        return v * g + found.val * found.grad[0]

    def with_aux(x):
        g, aux = zg.grad(lambda y: (np.sin(y * x), y * x), has_aux=True)(x)
        return g * aux

    def by_second(x):
        return zg.grad(lambda a, b: a**2 * b**3, argnums=1)(x, x) + zg.gradient(lambda a, b=1.0: a**2 * b, x, b=x)[0]

    for f in (both, with_aux, by_second):
        check(f, 0.7)


def test_pullbacks_and_pushforwards() -> None:
    def back_twice(x):
        y, back = zg.pullback(lambda a, b: a * b * b * x, x, 2.0)
        return back(x * y)[0] * back(2.0)[1]

    def push_twice(x):
        push = zg.pushforward(lambda a: a**3 * x, x)
        return push(1.0) * push(x)

    check(back_twice, 0.7)
    check(push_twice, 0.7)


def test_a_pullback_remembers_its_arguments() -> None:
    def f(x):
        y = x.copy()
        _, back = zg.pullback(lambda a: np.sum(a**2), y)
        y[0] = 100.0
        return np.sum(back(1.0)[0] * x)

    check(f, X)


@pytest.mark.parametrize("verb", ["hessian", "diaghessian", "jacobian", "hvp", "jvp"])
def test_jacobians_and_hessians_inside(verb) -> None:
    def cubic(x):
        return np.sum(x**3) * x[0] * x[1]

    made = {
        "hessian": lambda x: zg.hessian(cubic, x),
        "diaghessian": lambda x: zg.diaghessian(cubic, x)[0],
        "jacobian": lambda x: zg.jacobian(lambda a: a**2 * x[0] * a[0], x)[0],
        "hvp": lambda x: zg.hvp(cubic, (x,), (x * 2.0,)),
        "jvp": lambda x: zg.jvp(lambda a: a**2 * x[0], (x,), (x,))[1],
    }[verb]
    check(lambda x: np.sum(made(x) ** 2), X)


def test_gradients_of_structures() -> None:
    def of_dict(x):
        p = {"a": x * 1.0, "b": 2.0}
        g = zg.gradient(lambda p: np.sum(p["a"] ** 3) * p["b"], p)[0]
        return np.sum(g["a"] ** 2) * g["b"]

    def of_list(x):
        both = [x * 1.0, x**2]
        g = zg.gradient(lambda both: np.sum(both[0] * both[1]), both)[0]
        return np.sum(g[0] * g[1] ** 2)

    check(of_dict, X)
    check(of_list, X)


class Power:
    def __init__(self, a):
        self.a = a

    def of(self, x):
        return self.a * x**3

    def __call__(self, x):
        return self.a**2 * x**3


slope_known_before = zg.grad(lambda x: x**3)
curvature_known_before = zg.grad(slope_known_before)


def test_functions_of_every_sort() -> None:
    check(lambda x: zg.D(Power(x).of)(x) * zg.D(Power(x))(x), 0.7)
    check(lambda x: zg.D(functools.partial(lambda a, b: a**2 * b**3, x))(x), 0.7)
    check(lambda x: zg.D(np.sin)(x) * zg.D(math.exp)(x), 0.7)
    check(lambda x: slope_known_before(x) * x + curvature_known_before(x) ** 2, 0.7)


def recursive(x, n):
    return x if n == 0 else x * recursive(x, n - 1)


def test_programs_inside() -> None:
    def writes(x):
        def f(a):
            b = a.copy()
            for i in range(1, 3):
                b[i] += b[i - 1] ** 2 * x[0]
            return b[2] * b[1]

        return np.sum(zg.gradient(f, x)[0] ** 2)

    check(writes, X)
    check(lambda x: zg.D(lambda z: recursive(z, 4))(x) * x, 0.7)


@pytest.mark.parametrize("backend", ["python", "numba"])
def test_compiled_as_interpreted(backend) -> None:
    def f(x):
        s = 0.0
        for i in range(x.size):
            s += zg.D(lambda z: z**3 * x[0])(x[i]) ** 2
        return s

    with zg.options(backend=backend):
        first = np.array([1.0, 0.0, 0.0])
        expected = 36.0 * X[0] ** 2 * X**3 + first * 18.0 * X[0] * np.sum(X**4)
        assert zg.gradient(f, X)[0] == pytest.approx(expected)


def test_by_one_number_in_forward_mode() -> None:
    """No tape is kept, and what has a rule for the way back only is taken in reverse."""

    def wave(a, n):
        for _ in range(n):
            a = np.sin(a) * 1.3 + 0.5 * a
        return a

    def hooked(a):
        return zg.hook(lambda g: 2.0 * g, a) ** 3

    twice = zg.grad(zg.grad(wave))
    source = zg.code_adjoint(zg.call(zg.grad(wave), 0.5, 3, wrt="x0")).source
    assert "append" not in source
    assert "empty" not in source
    assert twice(0.5, 7) == pytest.approx(zg.hvp(lambda a: wave(a, 7), (0.5,), (1.0,)), rel=1e-12)
    check(lambda a: zg.D(zg.D(lambda b: wave(b, 4)))(a) * a, 0.3)
    assert zg.grad(hooked)(0.5) == pytest.approx(6.0 * 0.5**2)
    for verb in (zg.gradient, zg.withgradient):
        with pytest.raises(zg.NoRuleError, match="through"):
            verb(lambda a: zg.D(hooked)(a) * a, 0.5)


# By several arguments, and of trees


def three(x, w, s):
    return np.array([np.sum(w @ x) * s, x[0] * w[0, 1] ** 2, s**3])


@pytest.mark.parametrize(
    "f",
    [
        lambda x, w, s: np.sum(zg.jacobian(three, x, w, s)[1] ** 3) + np.sum(zg.jacobian(three, x, w, s)[2] ** 2),
        lambda x, w, s: np.sum(zg.hessian(lambda *a: np.sum(three(*a) ** 2), x, w, s)[0][1] ** 2),
        lambda x, w, s: np.sum(zg.diaghessian(lambda *a: np.sum(three(*a) ** 2), x, w, s)[1]) * s,
    ],
)
def test_jacobians_and_hessians_by_several_arguments_inside(f) -> None:
    with zg.options(backend="python"):
        zg.check_grads(f, X[:2], np.array([[0.5, -0.7], [1.1, 0.3], [0.2, 0.9]]), 0.7)


def stepped(p, u0):
    u = u0
    for _ in range(3):
        u = u + 0.1 * np.array([p[0] * u[0] * u[1], -p[1] * u[1]])
    return u


def test_what_may_return_its_constant_argument_has_a_shadow_of_its_own() -> None:
    start = np.array([1.0, 0.7])
    for f in (
        lambda p: np.sum(zg.jacobian(lambda u: stepped(p, u), start)[0] ** 2),
        lambda p: np.linalg.det(zg.jacobian(stepped, p, start)[1]),
    ):
        with zg.options(backend="python", inline=False):
            zg.check_grads(f, np.array([1.5, 1.0]))


class Layer(NamedTuple):
    w: np.ndarray
    b: np.ndarray


def test_a_step_in_a_tree_of_parameters() -> None:
    def loss(p):
        return np.sum((p["net"].w @ X[:2] + p["net"].b - p["more"][0]) ** 2) * p["more"][1][0]

    def after_one_step(p):
        return loss(zg.tree_map(lambda a, g: a - 0.1 * g, p, zg.grad(loss)(p)))

    params = {"net": Layer(np.array([[0.5, -0.7], [1.1, 0.3]]), np.array([0.1, 0.2])), "more": [0.5, (1.2, None)]}
    with zg.options(backend="python"):
        zg.check_grads(after_one_step, params, order=2)


def test_a_tree_of_objects_is_refused_inside() -> None:
    point = SimpleNamespace(x=1.0)
    with pytest.raises(zg.UnsupportedSyntaxError, match=r"zg\.tree_map of a SimpleNamespace inside") as info:
        zg.gradient(lambda p: zg.tree_map(lambda a: a * 2.0, p).x, point)
    assert info.value.lineno


# Bad input


def test_refused_inside() -> None:
    def vector(x):
        return np.sum(zg.gradient(lambda y: y * y, x)[0])

    def within_itself(x):
        return x if x < 1.0 else zg.D(within_itself)(x - 1.0)

    def changes(x):
        seen = []

        def f(y):
            seen.append(y)
            return y * y

        return zg.D(f)(x) + seen[0]

    def writes(x):
        y = x.copy()

        def f(z):
            y[0] = z
            return z * z

        return zg.D(f)(x[1]) * y[0]

    for f, at, match in (
        (vector, X, "a gradient is that of a real number"),
        (within_itself, 3.0, "within itself"),
        (changes, 2.0, "writes to an array that it captures|changes an object"),
        (writes, X, "writes to an array that it captures"),
    ):
        with pytest.raises(zg.ZygoteError, match=match) as info:
            zg.gradient(f, at)
        assert info.value.lineno


def cube(x):
    return x**3


def fourth_power(x):
    return x**4


def test_a_gradient_of_a_gradient_is_not_out_of_date() -> None:
    def f(x):
        return x**3

    twice = zg.grad(zg.grad(f))
    assert [twice(2.0), twice(2.0)] == [12.0, 12.0]
    f.__code__ = fourth_power.__code__
    assert [twice(2.0), twice(2.0)] == [48.0, 48.0]


def test_gradients_of_gradients_of_closures() -> None:
    def scaled(c):
        return lambda x: c * x**3

    for _ in range(2):
        assert [zg.grad(zg.grad(scaled(c)))(2.0) for c in (1.0, 2.0, 3.0)] == [12.0, 24.0, 36.0]
        assert [zg.D(zg.D(scaled(c)))(2.0) for c in (1.0, 2.0, 3.0)] == [12.0, 24.0, 36.0]
    value, slope = zg.value_and_grad(zg.grad(cube))(2.0)
    assert (value, slope) == (12.0, 12.0)
