"""Generators are written out where they are consumed: what they read is read when its turn comes."""

import math

import numpy as np
import pytest

import zygote_nb as zg
from tests.oracle import check

X = np.array([0.7, -1.2, 0.4, 2.1])
SCALE = 3.0


def positive_squares(x, n):
    for i in range(n):
        if x[i] > 0:
            yield x[i] * x[i]


def scaled(x):
    for v in x:
        yield SCALE * v


def numbers():
    a, b = 0, 1
    while True:
        yield a
        a, b = b, a + b


def oscillator(x, v, dt=0.1):
    while True:
        x = x + dt * v
        v = v - dt * x
        yield x, v


def total(items):
    s = 0.0
    for v in items:
        s += v * v
    return s


class Pair:
    def __init__(self, value, rest):
        self.value, self.rest = value, rest


class Tree:
    def __init__(self, value, *kids):
        self.value, self.kids = value, kids

    def __iter__(self):
        yield self.value
        for kid in self.kids:
            yield from kid

    def leaves(self, factor=1.0):
        if not self.kids:
            yield factor * self.value
        for kid in self.kids:
            yield from kid.leaves(2 * factor)


def in_a_loop(x):
    s = 0.0
    for v in positive_squares(x, 3):
        s += v
    return s


def in_sum_and_list(x):
    items = list(positive_squares(x, 4))
    return items[0] * items[1] * sum(positive_squares(x, 3)) + np.sum(np.array([v for v in scaled(x)]) ** 2)


def in_nested_loops_with_every_way_out(x):
    s = 0.0
    for v in positive_squares(x, 4):
        if v < 0.2:
            continue
        for w in positive_squares(x, 3):
            if w > 2:
                break
            if v * w > 100:
                return s
            s += v * w
        else:
            s += v
    else:
        s = s * 2
    return s


def returned_out_of(x):
    for i, (p, v) in enumerate(oscillator(x[0], x[1])):
        if i == 5:
            return p * v
    return 0.0


def endless_beside_an_array(x):
    return sum(f * v * v for f, v in zip(numbers(), x)) + sum(f * v for f, v in zip(x, numbers()))


def inner_with_captures(x):
    def powers(k):
        a = x[0]
        while True:
            yield a
            a = a * k

    for i, v in enumerate(powers(1.5)):
        if v > 3.0:
            return v * i
        if i > 10:
            break
    return 0.0


def of_a_tree(x):
    tree = Tree(x[0], Tree(x[1], Tree(x[2])), Tree(x[3]))
    return sum(v * v for v in tree) + sum(tree.leaves())


def passed_to_a_function(x):
    k = 2.0
    return total(k * v for v in x) * total(positive_squares(x, 3))


def in_batches(x):
    def batches(n):
        for i in range(0, len(x), n):
            yield x[i : i + n]

    return sum(np.prod(b) for b in batches(2))


def with_a_return(x):
    def until_large():
        for v in x:
            if v > 1:
                return
            yield v
            yield v * v

    return sum(until_large())


def left_early_after_items_that_were_passed_over(x):
    """The break kept nothing for the way back."""
    total, p = 0.0, Pair(x[0], x[1])
    old = p

    def items(q):
        for i in range(5):
            if -0.9 < p.value < 0.1 * i:
                continue
            q = np.sin(q + 0.2 * i) * p.rest
            yield q
            x[3] += 0.2 * q

    for k, e in enumerate(items(x[1])):
        old = p
        p = Pair(np.cos(x[2] * e * old.rest), old.value * p.rest)
        if k == 2:
            break
        total += e * old.value
    else:
        total += x[3]
    return total + p.value * old.rest + x[3] * p.rest


PROGRAMS = [
    in_a_loop, in_sum_and_list, in_nested_loops_with_every_way_out, returned_out_of, endless_beside_an_array,
    inner_with_captures, of_a_tree, passed_to_a_function, in_batches, with_a_return,
    left_early_after_items_that_were_passed_over,
]  # fmt: skip


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda f: f.__name__)
def test_generators(program):
    check(program, X)


def test_a_kept_expression_goes_through_what_was_there_and_reads_the_rest_late():
    def f(x):
        y, k = x[:2], 1.0
        g = (k * math.sin(v) for v in y)
        y, k = x * 100, 3.0
        return sum(g) + y[0]

    check(f, X)


def test_recursion_of_known_depth():
    def down(n, x):
        if n > 0:
            yield n * x
            yield from down(n - 1, x * x)

    outer = down

    def f(x):
        return sum(outer(4, x[0]))

    check(f, X)


def endless(x):
    yield x
    yield from endless(x + 1)


def sends(x):
    got = yield x
    yield got


def consumed_twice(x):
    g = positive_squares(x, 3)
    return sum(g) + sum(g)


def begun_by_a_loop(x):
    g = positive_squares(x, 3)
    s = 0.0
    for v in g:
        s += v
        break
    return s + sum(g)


@pytest.mark.parametrize("program", [consumed_twice, begun_by_a_loop])
def test_a_generator_is_consumed_again(program):
    check(program, X, second=False, variants=False)


@pytest.mark.parametrize(
    ("program", "what"),
    [
        (lambda x: next(v for v in endless(x[0]) if v > 3), "how deep the generator `endless` calls itself"),
        (lambda x: sum(sends(x[0])), "the value of a `yield` is used"),
        (positive_squares, "generator functions are not differentiated"),
    ],
)
def test_refusals(program, what):
    with pytest.raises(zg.ZygoteError, match=what):
        zg.gradient(program, X, **({"n": 2} if program is positive_squares else {}))


class Countdown:
    def __init__(self, n):
        self.n = n

    def __iter__(self):
        return self

    def __next__(self):
        if self.n == 0:
            raise StopIteration
        self.n -= 1
        return self.n


class Newton:
    def __init__(self, a):
        self.a, self.x = a, a

    def __iter__(self):
        return self

    def __next__(self):
        self.x = 0.5 * (self.x + self.a / self.x)
        return self.x


def test_objects_that_are_iterators():
    def f(x):
        s = 0.0
        for i in Countdown(4):
            if x[i] < 0:
                continue
            s += x[i] ** 2
        else:
            s *= 2
        for k, v in enumerate(Newton(x[3])):
            if k == 3:
                break
        roots = Newton(x[2])
        return s * v * next(roots) * next(roots) + sum(x[i] * i for i in Countdown(3))

    check(f, X)


def test_what_a_generator_and_its_consumer_change_in_turn():
    def doubled(y):
        for i in range(len(y)):
            y[i] = y[i] * 2
            yield y[i] * y[0]

    def f(x):
        y = x.copy()
        s = 0.0
        for v in doubled(y):
            y[0] += v
            s += v
        return s + y[0]

    check(f, X)
