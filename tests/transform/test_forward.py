"""Forward mode: what its code looks like, rules in both directions, what is refused."""

import math
import statistics

import numpy as np
import pytest

import zygote_nb as zg
from tests.oracle import check

X = np.array([0.4, 1.3, -0.7])


def lines(f, *args):
    return [line.split("  #")[0].rstrip() for line in zg.code_adjoint(f, *args, mode="forward").source.splitlines()]


def test_values_and_tangents_stand_side_by_side():
    def newton(a):
        x = a
        while abs(x * x - a) > 1e-10:
            x = 0.5 * (x + a / x)
        return x

    assert lines(newton, 3.0) == [
        "def newton_pushforward(a, a_dot):",
        "    x_dot = a_dot",
        "    x = a",
        "    while abs(x * x - a) > 1e-10:",
        "        x_dot = 0.5 * (x_dot + (a_dot / x - x_dot * (a / x) / x))",
        "        x = 0.5 * (x + a / x)",
        "    return x, x_dot",
    ]
    check(newton, 3.0)


def test_a_value_that_its_tangent_reads_is_computed_once():
    def f(x, s):
        return np.exp(x) * s

    assert lines(f, X, 2.0)[1:] == ["    e = np.exp(x)", "    return e * s, s * x_dot * e + s_dot * e"]


def test_a_variable_that_is_overwritten_by_its_own_exponential():
    def f(x):
        for _ in range(3):
            x = np.exp(-x * x)
        return x

    check(f, 0.3)
    check(f, X)


def test_tangents_share_memory_where_values_do():
    def f(x):
        y = x * 2.0
        v = y[1:]
        v *= x[:-1]
        u, w = y.copy(), y
        u, w = w, u
        u[0] = x[2]
        return np.sum(y * w)

    check(f, X)


def test_a_tangent_that_is_another_ones_memory_is_copied_before_it_is_written_to():
    def f(x, a):
        y = x + a
        y[0] = 2.0 * x[1]
        return np.sum(y * x)

    _, dy = zg.jvp(f, (X, 1.5), (np.ones(3), None))
    assert np.isclose(dy, (f(X + 1e-6, 1.5) - f(X - 1e-6, 1.5)) / 2e-6)
    check(f, X, 1.5)


def test_tangents_have_the_shapes_of_their_values():
    def f(x, b):
        y = np.zeros((2, 3)) + b
        z = x * np.ones((2, 3))
        return np.sum(y, axis=0) @ x + np.mean(z[:, 1:]) * b

    check(f, X, 0.7)


def test_lists_and_calls():
    def square(v, k):
        return v * v + k

    def f(x):
        kept = []
        for t in x:
            kept.append(square(t, 1.0))
        last = kept.pop()
        return last * kept[0]

    check(f, X, compile=True)


def test_a_user_rule_for_a_number_serves_both_modes():
    def total(x):
        return np.einsum("i,i->", x, x)

    @zg.rrule(total)
    def total_rule(x):
        def total_pullback(dy):
            return 2.0 * dy * x

        return total(x), total_pullback

    _, dy = zg.jvp(lambda x: total(x) + x[0], (X,), (np.ones(3),))
    assert np.isclose(dy, 2.0 * X.sum() + 1.0)


def test_a_reverse_rule_alone_is_refused_by_name_where_the_result_is_an_array():
    def doubled(x):
        return np.multiply(x, 2.0)

    @zg.rrule(doubled)
    def doubled_rule(x):
        def doubled_pullback(dy):
            return 2.0 * dy

        return doubled(x), doubled_pullback

    def f(x):
        return np.sum(doubled(x))

    with pytest.raises(zg.NoRuleError, match=r"`doubled` has a reverse rule .*test_forward.py:\d+") as caught:
        zg.jvp(f, (X,), (X,))
    assert caught.value.source_line.strip() == "return np.sum(doubled(x))"

    @zg.frule(doubled)
    def doubled_forward(tangents, x):
        return doubled(x), 2.0 * tangents[0]

    assert zg.jvp(f, (X,), (X,)) == (2.0 * X.sum(), 2.0 * X.sum())


def test_a_forward_rule_leaves_out_what_does_not_vary():
    def scaled(x, s):
        return np.multiply(x, s)

    @zg.frule(scaled)
    def scaled_forward(tangents, x, s):
        dx, ds = tangents
        return scaled(x, s), dx * s + x * ds

    def f(x):
        return np.sum(scaled(x, 3.0) * scaled(2.0, x))

    assert lines(f, X)[1:] == [
        "    t = scaled(x, 3.0)",
        "    t1 = scaled(2.0, x)",
        "    return np.sum(t * t1), np.sum(3.0 * x_dot * t1 + 2.0 * x_dot * t)",
    ]


def test_shapes_of_tangents_are_checked():
    with pytest.raises(ValueError, match=r"the tangent of `x` has shape \(2,\), and `x` has shape \(3,\)"):
        zg.jvp(lambda x: x * x, (X,), (np.ones(2),))
    with pytest.raises(ValueError, match=r"the tangent of `p` is a tuple of 1, and `p` has 2 entries"):
        zg.jvp(lambda p: p[0] * p[1], ((1.0, 2.0),), ((1.0,),))
    with pytest.raises(ValueError, match=r"the tangent of entry 1 of `p` has shape \(\), and entry 1 of `p` has shape"):
        zg.jvp(lambda p: p[0] * p[1], ((1.0, X),), ((1.0, 2.0),))
    with pytest.raises(ValueError, match="2 tangents for 1 arguments"):
        zg.jvp(lambda x: x, (1.0,), (1.0, 2.0))


def test_structures_and_keywords():
    def f(pair, scale=1.0):
        a, b = pair
        return a * scale, [b, math.sin(a)]

    y, dy = zg.jvp(f, ((2.0, X),), ((1.0, None),), kwargs={"scale": 3.0})
    assert y[0] == 6.0
    assert dy[0] == 3.0
    assert np.array_equal(dy[1][0], np.zeros(3))
    assert np.isclose(dy[1][1], math.cos(2.0))


def test_a_pushforward_keeps_the_arguments():
    x = X.copy()
    push = zg.pushforward(lambda x: x * x, x)
    x[:] = 100.0
    assert np.allclose(push(np.ones(3)), 2.0 * X)
    assert np.allclose(push(X), 2.0 * X * X)


def test_integers_without_a_path_have_no_tangent():
    def f(x, n):
        return x**n

    assert lines(f, 2.0, 3)[0] == "def f_pushforward(x, n, x_dot):"
    assert zg.jvp(f, (2.0, 3), (1.0, 1.0)) == (8.0, 12.0)


def test_the_mode_is_checked():
    with pytest.raises(ValueError, match='mode is "reverse" or "forward"'):
        zg.code_adjoint(lambda x: x, 1.0, mode="sideways")


def test_the_tangent_of_a_sum_is_not_the_memory_of_an_operand():
    """``t_dot = B_dot`` moved on when ``B`` was written to: forward mode and second derivatives were wrong."""

    def shifted(A):
        B = A * 1.0
        t = B - 1.0
        B[:] = B * t
        u = -t
        t[1:] = 5.0 * B[:-1]
        return np.sum(u * u) + np.sum(B * t)

    def negated(A):
        B = A.copy()
        t = B - 1.0
        B[:] = B - np.cos(t)
        return np.sum(B * B)

    check(shifted, X, second=True)
    check(negated, X, second=True)


def test_a_number_of_a_library_as_the_result_has_no_tangent_of_none():
    with pytest.raises(zg.NoRuleError, match="comes back from a library"):
        zg.jvp(lambda x: statistics.median_low([x, 2.0]), (0.7,), (1.0,))
    assert zg.jvp(lambda x: (x * x, "text"), (3.0,), (1.0,)) == ((9.0, "text"), (6.0, None))
