"""Second derivatives of functions that call themselves and change a dict, a list or a linked structure on the way."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import zygote_nb as zg
from tests.oracle import check

X = np.array([1.1, 0.9])


def remembered(x, n):
    known = {0: x[0], 1: x[1]}

    def value(k):
        if k not in known:
            known[k] = value(k - 1) * value(k - 2) + x[0]
        return known[k]

    return value(n)


def collect(log, x, n):
    if n > 0:
        log.append(x[0] * n)
        collect(log, x * x[1], n - 1)


def list_handed_down(x, n):
    log = []
    collect(log, x, n)
    return sum(v * v for v in log) * log[-1]


def pairs_handed_down(x, n):
    def visit(log, v, k):
        log.append((k, v))
        if k > 0:
            visit(log, v * x[1], k - 1)
        return log

    return sum(k * v * v for k, v in visit([], x[0], n))


class Node:
    def __init__(self, value):
        self.value, self.left, self.right = value, None, None


def insert(node, value):
    if node is None:
        return Node(value)
    if value < node.value:
        node.left = insert(node.left, value)
    else:
        node.right = insert(node.right, value * value)
    return node


def total(node):
    return 0.0 if node is None else node.value**2 + total(node.left) + 2.0 * total(node.right)


def tree(x, n):
    root = None
    for i in range(n):
        root = insert(root, x[i % 2] * (i + 1))
    return total(root)


@pytest.mark.parametrize("f", [remembered, list_handed_down, pairs_handed_down, tree], ids=lambda f: f.__name__)
def test_second_derivatives(f: Any) -> None:
    check(f, X, 4, wrt=[0], compiles=False, second=True)
    hessian = zg.hessian(f, X, 4)[0][0]
    np.testing.assert_allclose(hessian, hessian.T)


def test_a_callee_that_catches_what_it_raised_after_a_write() -> None:
    def write(a, x):
        try:
            a[0] = x
            if x > 1.0:
                raise ValueError
            a[0] = a[0] * x
        except ValueError:
            a[0] += x**3

    def f(x):
        a = np.zeros(2)
        write(a, x)
        return a[0] * a[0]

    assert zg.hessian(f, 0.5) == pytest.approx(12 * 0.5**2)
    assert zg.hessian(f, 2.0) == pytest.approx(2 + 24 * 4 + 30 * 16)


def test_what_would_have_to_run_twice_outside_of_the_arguments_is_refused() -> None:
    count = [0.0]

    def f(x, known, k):
        count[0] += 1.0
        if k not in known:
            known[k] = f(x, known, k - 1) * x
        return known[k]

    with pytest.raises(zg.UnsupportedSyntaxError, match="is run again in the backward pass"):
        zg.hvp(lambda x: f(x, {0: x}, 3), (1.5,), (1.0,))
