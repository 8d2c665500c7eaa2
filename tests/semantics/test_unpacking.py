"""Several targets bound at once: the right side is read before any of them."""

import contextlib

import numpy as np
import pytest

from tests.oracle import check


def nested(x):
    a, b = x, 2.0
    (a, b), c = (b, a), [a * 2, b]
    [a, b], d = [b, a], a
    return a + 10 * b + 100 * c[0] + 1000 * c[1] + d


def starred(x):
    a, b = x, [x * x, 2.0]
    a, *b = b[0], a, 3.0
    c = a * x
    for _ in range(3):
        (a, c), *d = (c, a + x), a * b[0]
    return a + 100 * b[0] + 1000 * b[1] + c * d[0]


def an_element_and_its_list(x):
    a = [x, 2.0]
    a[0], a = a[1], [a[0], x * x]
    a[0], (a[1], t) = a[1], (a[0], a[0])
    return a[0] + 10 * a[1] + 100 * t


def loops(x):
    a, b = x, 2.0
    total = 0.0
    for a, b in [(b, a), (a * b, a)]:
        total += a + 10 * b
    for _i, (a, b) in enumerate([(b, a)]):
        total += a + 10 * b

    def swapped():
        yield b, a
        yield b, a

    for a, b in swapped():
        total += a + 10 * b
    for i, (a, *c) in enumerate([(x, 1.0, 2.0), (2.0, x), (3.0,)]):
        total += a * i + sum(c) * x
    return total


def managers(x):
    a, b = x, 2.0
    with contextlib.nullcontext((b, a)) as (a, b):
        return a + 10 * b


def arrays(x):
    a, b = np.array([x, 2.0]), np.array([x * x, x])
    (a, b), s = (b, a), a[0]
    a[0] = 5.0
    return a.sum() + 10 * b.sum() + s


@pytest.mark.parametrize("f", [nested, starred, an_element_and_its_list, loops, managers, arrays])
def test_the_right_side_is_read_first(f):
    check(f, 1.3, backends=("python",), second=False, variants=False)
