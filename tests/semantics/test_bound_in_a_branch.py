"""Variables bound in a branch inside a loop, and nowhere before: later iterations and what follows read them."""

import numpy as np
import pytest

from tests.oracle import check

X = np.array([0.5, 1.2, -0.3, 0.9, -0.7])


def read_by_later_iterations(x, n):
    for i in range(n):
        if i == 1:
            a = np.sin(x)
        if i > 1:
            x = a * x
    return x


def the_last_that_fits(x):
    for v in x:
        if v > 0.0:
            y = v * v
    return y * 2.0


def an_array(x, n):
    s = 0.0
    for i in range(n):
        if i == 1:
            a = np.sin(x)
        if i > 1:
            x = a * x
            s += a[0] * x[i]
    return np.sum(x) + s


def an_array_after_the_loop(x, n):
    for i in range(n):
        if i % 2 == 0:
            best = x * i
            best[0] = x[1] ** 2
    return np.sum(best * x)


def an_array_of_changing_length(x, n):
    s = 0.0
    for i in range(n):
        if i == 1:
            a = x[: i + 1] ** 2
        if i == 3:
            a = x**2
        if i > 1:
            s += np.sum(a) * i
    return s


def in_nested_loops(x, n):
    s = 0.0
    for i in range(n):
        for j in range(i):
            if j == 1:
                b = x * i
            if j > 1:
                s += b * b
    return s


def in_a_while_loop(x):
    k = 0
    while k < 5:
        if k % 2 == 1:
            t = np.exp(x) * k
        if k >= 2:
            x = x * t * 0.1
        k += 1
    return x * t


def before_a_break(x):
    for v in x:
        if v < 0.0:
            first = v * v
            break
    return first * x[0]


def by_a_handler(x):
    for v in x:
        try:
            r = 1.0 / int(v > 0.0)
            kept = v * v * r
        except ZeroDivisionError:
            lost = v * v * v
    return kept * lost


def a_pair(x):
    for v in x:
        if v > 0.0:
            pair = (v * v, 2.0 * v)
    return pair[0] * pair[1]


def of_a_loop_in_a_branch(x, flag):
    if flag:
        for v in x:
            if v > 0.5:
                y = np.exp(v)
        return y * y
    return x[0]


CASES = [
    (read_by_later_iterations, 0.7, 4), (the_last_that_fits, X), (an_array, X, 4), (an_array_after_the_loop, X, 4),
    (an_array_of_changing_length, X, 5), (in_nested_loops, 0.7, 5), (in_a_while_loop, 0.4),
    (before_a_break, X), (by_a_handler, X), (a_pair, X), (of_a_loop_in_a_branch, X, True),
]  # fmt: skip


@pytest.mark.parametrize(("f", "args"), [(f, args) for f, *args in CASES], ids=[f.__name__ for f, *_ in CASES])
def test_gradient(f, args):
    check(f, *args, second=True)


def of_integers(x, n):
    s = np.sum(x)
    if n > 2:
        order = n - 1 - np.arange(n)
        for k in range(n):
            s += x[order[k]] * k * s
    return s


def of_truths(x, n):
    s = np.sum(x)
    if n > 2:
        chosen = x > s * 0.1
        for k in range(n):
            s = s * x[k] + 1.0 if chosen[k] else s - x[k] * x[k]
    return s


def merged(a):
    n = len(a)
    if n < 2:
        return a * 1.0
    left = merged(a[: n // 2])
    right = merged(a[n // 2 :])
    out = np.zeros(n)
    i = j = 0
    for k in range(n):
        if j >= len(right) or (i < len(left) and left[i] <= right[j]):
            out[k] = left[i]
            i += 1
        else:
            out[k] = right[j]
            j += 1
    return out


def of_counters_that_run_on(x, n):
    return merged(x) @ np.arange(float(len(x))) * n


@pytest.mark.parametrize("f", [of_integers, of_truths, of_counters_that_run_on], ids=lambda f: f.__name__)
def test_what_is_kept_has_one_type_on_every_path(f):
    check(f, X, 4, compile=True)
    check(f, X, 2, compile=True, variants=False, second=False)


def shifted_sometimes(x):
    v, s = x[:3] * 1.0, 0.0
    for i in range(4):
        s += 0.3 - v[1] * v[1]
        if x[i] > 0.5:
            v = x[1:4] * x[i]
    return s


def made_of_numbers_sometimes(x):
    v, s = x[:3] * 1.0, 0.0
    for i in range(4):
        s += 0.3 - v[1] * v[2]
        if x[i] > 0.5:
            v = np.array([x[i], x[i + 1], 0.3])
    return s + v[0]


def grown_sometimes(x):
    v, s = x[:2] * 1.0, 0.0
    for i in range(4):
        s += v[0] * v[-1]
        if x[i] > 0.5:
            v = x[i : i + 3] * v[1]
    return s


def shifted_where_it_raises(x):
    v, s = x[:3] * 1.0, 0.0
    for i in range(6):
        s += v[1] * v[1]
        try:
            v = x[i : i + 3] * (1.0 + v[i % 4])
        except IndexError:
            v = x[1:4] * v[2]
    return s


def perhaps_never_bound(x):
    s = x[0]
    for i in range(4):
        if x[i] > 0.5:
            s += v[1] * x[i] if i > 1 else 0.0  # noqa: F821
            v = x[i : i + 2 + i % 2] * x[i]
    return s


@pytest.mark.parametrize(
    "f", [shifted_sometimes, made_of_numbers_sometimes, grown_sometimes, shifted_where_it_raises, perhaps_never_bound]
)
def test_an_array_of_which_elements_are_read_is_bound_anew_in_a_branch_perhaps_in_another_shape(f):
    for x in (np.array([0.6, 0.3, 0.8, 0.7, 0.2, 0.9, 0.4, 0.65]), np.full(8, 0.3), np.linspace(0.7, 0.9, 8)):
        check(f, x)
