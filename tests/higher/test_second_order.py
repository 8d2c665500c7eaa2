"""Second derivatives: products with the Hessian, the Hessian, its diagonal."""

from types import SimpleNamespace

import numpy as np
import pytest

import zygote_nb as zg
from tests.oracle import check

X = np.array([0.6, -0.4, 1.1])


def rosenbrock(x):
    s = 0.0
    for i in range(x.size - 1):
        s += 100.0 * (x[i + 1] - x[i] ** 2) ** 2 + (1.0 - x[i]) ** 2
    return s


def rosenbrock_hessian(x):
    h = np.zeros((x.size, x.size))
    for i in range(x.size - 1):
        h[i, i] += 1200.0 * x[i] ** 2 - 400.0 * x[i + 1] + 2.0
        h[i, i + 1] = h[i + 1, i] = -400.0 * x[i]
        h[i + 1, i + 1] += 200.0
    return h


@pytest.mark.parametrize("backend", ["python", "numba"])
def test_hessian_of_a_loop(backend) -> None:
    with zg.options(backend=backend):
        assert zg.hessian(rosenbrock, X) == pytest.approx(rosenbrock_hessian(X))
        assert zg.hvp(rosenbrock, (X,), (X * X,)) == pytest.approx(rosenbrock_hessian(X) @ (X * X))
        assert zg.diaghessian(rosenbrock, X)[0] == pytest.approx(np.diag(rosenbrock_hessian(X)))


def test_numbers_give_numbers() -> None:
    made = zg.hessian(lambda x: x**4, 2.0)
    assert made == 48.0
    assert type(made) is float
    assert zg.hvp(lambda x: x**4, (2.0,), (0.5,)) == 24.0
    assert zg.diaghessian(lambda x, y: x**2 * y**3, 2.0, 3.0) == (54.0, 72.0)


def test_several_arguments_give_blocks() -> None:
    def f(a, x):
        return a**2 * np.sum(x**3)

    (aa, ax), (xa, xx) = zg.hessian(f, 2.0, X)
    assert aa == pytest.approx(2.0 * np.sum(X**3))
    assert ax == pytest.approx(12.0 * X**2)
    assert xa == pytest.approx(12.0 * X**2)
    assert xx == pytest.approx(np.diag(24.0 * X))
    da, dx = zg.hvp(f, (2.0, X), (1.0, None))
    assert da == pytest.approx(aa)
    assert dx == pytest.approx(xa)


def test_matrices_have_hessians_of_four_axes() -> None:
    def f(w):
        return np.sum(np.tanh(w @ X) ** 2)

    w = np.array([[0.2, 0.5, -0.3], [0.1, -0.6, 0.4]])
    made = zg.hessian(f, w)
    assert made.shape == (2, 3, 2, 3)
    step = 1e-6
    for i, j in np.ndindex(w.shape):
        e = np.zeros_like(w)
        e[i, j] = step
        difference = (zg.gradient(f, w + e)[0] - zg.gradient(f, w - e)[0]) / (2.0 * step)
        assert made[:, :, i, j] == pytest.approx(difference, abs=1e-8)


def test_containers_have_containers() -> None:
    def f(p):
        return p["a"] ** 2 * np.sum(p["b"] ** 3)

    made = zg.hessian(f, {"a": 2.0, "b": X})
    assert made["a"]["b"] == pytest.approx(12.0 * X**2)
    assert made["b"]["b"] == pytest.approx(np.diag(24.0 * X))
    product = zg.hvp(f, ({"a": 2.0, "b": X},), ({"a": 1.0, "b": np.zeros(3)},))
    assert product["b"] == pytest.approx(12.0 * X**2)
    point = zg.hvp(lambda p: p.x**3, (SimpleNamespace(x=2.0),), (SimpleNamespace(x=1.0),))
    assert point.x == pytest.approx(12.0)


def test_the_value_comes_along() -> None:
    value, h = zg.withhessian(lambda x: x**3, 2.0)
    assert (value, h) == (8.0, 12.0)


def test_what_prints_prints_once(capsys) -> None:
    def f(x):
        print("here")
        return np.sum(x**3)

    for verb in (zg.hessian, zg.diaghessian, zg.withhessian, zg.jacobian):
        verb(f, X)
        assert capsys.readouterr().out == "here\n"
    zg.hvp(f, (X,), (X,))
    assert capsys.readouterr().out == "here\n"


def smooth(x):
    y = x.copy()
    for i in range(1, y.size):
        y[i] = 0.3 * y[i - 1] ** 2 + y[i] * x[0]
    return y[-1] * y[0]


def newton(a):
    x = 1.0
    while abs(x * x - a) > 1e-13:
        x = 0.5 * (x + a / x)
    return x * a


def factorial(x, n):
    return 1.0 if n == 0 else (x + n) * factorial(x, n - 1)


def swapped(x):
    u = x * x
    v = np.zeros(x.size)
    for k in range(4):
        v[0] = u[-1] * u[0]
        v[1:] = u[:-1] * x[1:]
        u, v = v, u
    return np.sum(u)


def appended(x):
    kept = []
    for i in range(x.size):
        kept.append(np.sin(x[i]) * x[0])
    return kept[0] * kept[1] + kept[2] ** 2


def branches(x):
    s = 0.0
    for i in range(x.size):
        s += x[i] ** 3 if x[i] > 0.5 else np.exp(x[i]) * x[0]
    return s


@pytest.mark.parametrize("f", [smooth, swapped, appended, branches, rosenbrock])
def test_of_programs_that_write_and_branch(f) -> None:
    check(f, X, second=True)


def test_of_while_loops_and_recursion() -> None:
    check(newton, 2.0, second=True)
    check(factorial, 0.7, 4, wrt=(0,), second=True)


def test_linear_algebra() -> None:
    def f(x):
        a = np.outer(x, x) + 3.0 * np.eye(3)
        return np.log(np.linalg.det(a)) + np.sum(np.linalg.solve(a, x))

    check(f, X, second=True, backends=("python",))


def test_a_product_needs_a_scalar() -> None:
    with pytest.raises(zg.ScalarOutputError, match="1-d float64 array"):
        zg.hvp(lambda x: x * x, (X,), (X,))
    with pytest.raises(zg.ScalarOutputError):
        zg.hessian(lambda x: (x * x).sum(axis=0, keepdims=True), X)


def test_tangents_are_held_against_arguments() -> None:
    with pytest.raises(ValueError, match=r"shape \(2,\), and `x` has shape \(3,\)"):
        zg.hvp(lambda x: np.sum(x**2), (X,), (np.ones(2),))
    with pytest.raises(ValueError, match="1 tangents for 2 arguments"):
        zg.hvp(lambda x, y: x * y, (1.0, 2.0), (1.0,))


def test_a_function_that_changes_what_it_captures_has_no_hessian() -> None:
    seen = np.zeros(1)

    def f(x):
        seen[0] = seen[0] + 1.0
        return np.sum(x**2)

    with pytest.raises(zg.UnsupportedSyntaxError, match="changes what it captures"):
        zg.hessian(f, X)
    assert seen[0] == 0.0


def test_a_rule_without_second_derivative_is_named() -> None:
    def cube(x):
        return x**3

    def slope_of_cube(x):
        return 3.0 * x * x

    @zg.frule(slope_of_cube)
    def slope_rule(tangents, x):
        return slope_of_cube(x), zg.not_implemented("nobody knows how slope_of_cube changes")

    zg.scalar_rule(cube, lambda y, x: slope_of_cube(x))
    assert zg.gradient(lambda x: cube(x) * x, 2.0) == (32.0,)
    with pytest.raises(zg.NoRuleError, match="nobody knows how slope_of_cube changes"):
        zg.hvp(lambda x: cube(x) * x, (2.0,), (1.0,))


def test_a_hook_has_no_second_derivative() -> None:
    with pytest.raises(zg.NoRuleError, match="a hook changes cotangents"):
        zg.hvp(lambda x: zg.hook(lambda g: g, x) * x, (2.0,), (1.0,))


def test_arguments_that_are_collected() -> None:
    def f(*a):
        return a[0] ** 2 * a[1] * a[2]

    assert zg.jvp(f, (1.0, 2.0, 3.0), (1.0, None, 1.0)) == (6.0, 14.0)
    assert zg.pushforward(f, 1.0, 2.0, 3.0)(1.0, None, 1.0) == 14.0
    assert zg.hvp(f, (1.0, 2.0, 3.0), (1.0, None, 0.0)) == (12.0, 6.0, 4.0)


@pytest.mark.parametrize(
    "f",
    [
        lambda x: np.linalg.norm(x) ** 3,
        lambda x: np.sum(np.sin(np.sum(np.outer(x, x), axis=1, keepdims=True))),
        lambda x: np.max(x) ** 3 + np.median(x) ** 2,
        lambda x: np.sum(np.convolve(x, x * x) ** 2),
        lambda x: np.sum(np.tensordot(np.outer(x, x), x, 1) ** 2),
        lambda x: np.sum(np.sort(x) * np.arange(3.0)) ** 2,
        lambda x: np.trace(np.kron(np.outer(x, x), np.outer(x, x))),
    ],
)
def test_of_rules_with_helpers(f) -> None:
    check(f, X, second=True, backends=("python",))


def test_a_part_of_a_gradient_without_rule_is_named() -> None:
    with pytest.raises(zg.NoRuleError, match="`average_adjoint`, a part of the gradient, has no forward rule") as info:
        zg.hvp(lambda x: np.average(x, weights=x) ** 2, (X,), (X,))
    assert info.value.lineno


JOINED = (
    lambda x: np.concatenate((x, 2 * x)),
    lambda x: np.concatenate((x[:1], x * 2)),
    lambda x: np.concatenate((np.outer(x, x), np.ones((3, 1))), axis=1),
    lambda x: np.append(np.outer(x, x), x[:2]),
    lambda x: np.stack((x, x), axis=1),
    lambda x: np.hstack((x, np.zeros(2))),
    lambda x: np.vstack((x, x[::-1])),
    lambda x: np.column_stack([x, x]),
    lambda x: np.array([x[0], x[1]]),
)


@pytest.mark.parametrize("join", JOINED)
def test_what_is_joined_is_taken_apart_in_second_derivatives(join) -> None:
    def linear(x):
        return np.sum(join(x))

    def cubic(x):
        return np.sum(join(x) ** 3)

    with zg.options(backend="python"):
        check(cubic, X, second=True, backends=("python",), variants=False)
        assert zg.hessian_reverse(cubic, X) == pytest.approx(zg.hessian(cubic, X))
        assert zg.hessian_reverse(linear, X) == pytest.approx(zg.hessian(linear, X))


def newton_root(a):
    x = 1.0
    for _ in range(100):
        x = 0.5 * (x + a / x)
        if abs(x * x - a) < 1e-14:
            break
    return x


def test_a_loop_that_an_inner_derivative_leaves_alone_is_differentiated_by_the_outer_one() -> None:
    slope = zg.gradient(lambda a: zg.D(lambda y: y * y * newton_root(a))(1.5), 2.3)
    assert slope == (pytest.approx(1.5 * 2.3**-0.5),)


@pytest.mark.parametrize(
    ("tangent", "message"),
    [
        (np.ones(4), r"tangent of `x` has shape \(4,\), and `x` has shape \(3,\)"),
        (1j * np.ones(3), "tangent of `x` is complex, and `x` is real"),
    ],
)
def test_a_tangent_and_a_seed_fit_what_they_belong_to(tangent, message) -> None:
    for verb in (zg.jvp, zg.hvp):
        with pytest.raises(ValueError, match=message):
            verb(lambda x: np.sum(x**3), (X,), (tangent,))
    seed = message.replace("tangent of `x`", "seed of the result").replace("`x`", "the result")
    with pytest.raises(ValueError, match=seed):
        zg.pullback(lambda x: x * x, X)[1](tangent)


def test_a_seed_of_a_list_has_as_many_entries() -> None:
    def entries(x):
        found = []
        for i in range(x.size):
            found.append(x[i])
        return found

    with pytest.raises(ValueError, match="seed of the result has 1 entries, and the result has 3"):
        zg.pullback(entries, X)[1]([1.0])


@pytest.mark.parametrize("backend", ["python", "numba"])
def test_a_branch_that_is_not_taken_has_no_second_derivative(backend) -> None:
    """As in a gradient: zero times what is no number is zero."""

    def masked(x):
        s = 0.0
        for i in range(x.size):
            s += np.where(x[i] > 0.0, np.sqrt(x[i]) * x[i], 0.0)
        return s

    x, v = np.array([-1.0, 4.0, 0.25]), np.array([0.7, -0.3, 1.1])
    expected = np.where(x > 0.0, 0.75 / np.sqrt(np.abs(x)) * v, 0.0)
    with zg.options(backend=backend):
        np.testing.assert_allclose(zg.hvp(masked, (x,), (v,)), expected, rtol=1e-12)
        if backend == "python":
            whole = lambda x: np.sum(np.where(x > 0.0, np.sqrt(x), 0.0))
            np.testing.assert_allclose(zg.hvp(whole, (x,), (v,)), [0.0, 0.0375 / 4.0, -2.2], rtol=1e-12)
            assert zg.grad(zg.grad(lambda y: np.where(y > 0.0, np.sqrt(y), 0.0)))(-1.0) == 0.0
