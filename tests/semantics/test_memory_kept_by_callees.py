"""What a callee keeps for the way back may be memory of its arguments or results: the caller changes it before then."""

import math

import numpy as np
import pytest

import zygote_nb as zg
from tests.oracle import check

W = np.array([0.4, -0.7, 1.1, 0.2])
X = np.array([0.3, 0.8, -0.4, 1.2])


def view(x):
    w = x[1:]
    return np.sum(w * np.sin(w))


def views_of_a_loop(x):
    total = 0.0
    for k in range(3):
        w = x[k:]
        total += np.sum(w * np.sin(w))
    return total


def rows(a):
    total = 0.0
    for row in a:
        total += np.sum(row * np.sin(row))
    return total


def one_of_two(x, c):
    w = x if c > 0 else x * 2
    while c < 4:
        w = np.sin(w) * w
        c += 2
    return np.sum(w * w)


def two_results(p):
    u = W * p
    w = u * np.sin(u)
    return u, np.sum(w)


def on_two_paths(p):
    u = W * p
    if u[3] > 0.05:
        return u, u[3] * 2
    return 2.0 * u, u[0] * p


def through_another(p):
    u, s = two_results(p)
    return u, s * 2


def list_and_number(p):
    items = [p, p * 2]
    for _ in range(2):
        items.append(items[-1] * p)
    total = 0.0
    for v in items:
        total += math.sin(v) * items[0]
    return items, total


def recursive(x, n):
    if n == 0:
        return x * np.sin(x)
    y = recursive(x * 0.9, n - 1)
    y[n % 2] = 0.5
    return y * np.sin(y)


def argument(callee):
    def f(x, n):
        y = x * 2
        s = callee(y)
        y[n] = 5.0
        return np.sum(y) * s

    return f


def result(callee):
    def f(x, n):
        u, s = callee(x[0])
        u[n] = -5.0
        u *= 2
        return np.sum(u * u) * s

    return f


def matrix_argument(x, n):
    a = np.outer(x, x)
    s = rows(a)
    a[n] = 5.0
    return np.sum(a) * s


def argument_on_two_paths(x, n):
    y = x * 2
    s = one_of_two(y, n)
    y[n] = 5.0
    return np.sum(y) * s


def changed_in_a_loop(x, n):
    total = 0.0
    y = x * 1.0
    for k in range(n):
        total += one_of_two(y, k)
        total += 0.1 * view(y)
        y[k] = 0.1 * total
    return total


def handed_on(x, n):
    u, s = two_results(x[0])

    def write(a):
        a[n] = 3.0
        a *= 2

    write(u)
    return np.sum(u) * s


def list_result(x, n):
    items, s = list_and_number(x[0])
    items[1] = 3.0
    items.append(s)
    return sum(items) * s * n


def recursion(x, n):
    y = recursive(x, n)
    y[0] = 2.0
    y[1:] *= 1.5
    return np.sum(y * y)


PROGRAMS = {
    "view": argument(view), "views": argument(views_of_a_loop), "rows": matrix_argument, "paths": argument_on_two_paths,
    "result": result(two_results), "result on two paths": result(on_two_paths),
    "result passed on": result(through_another),
    "loop": changed_in_a_loop, "handed on": handed_on, "list": list_result, "recursion": recursion,
}  # fmt: skip


@pytest.mark.parametrize("inline", [True, False])
@pytest.mark.parametrize("name", PROGRAMS)
def test_memory_kept_by_a_callee(name: str, inline: bool) -> None:
    with zg.options(inline=inline):
        check(PROGRAMS[name], X, 3, variants=inline)
