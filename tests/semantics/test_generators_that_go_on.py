"""Generators and iterators that are begun, left, and gone on with."""

import itertools

import numpy as np
import pytest

import zygote_nb as zg
from tests.oracle import check


def check_interpreted(f, x):
    """Value and slope, twice; these programs are long, and compiled in one test only."""
    with zg.options(backend="python"):
        for _ in range(2):
            value, (slope,) = zg.withgradient(f, x)
            assert value == pytest.approx(f(x), rel=1e-12)
            assert slope == pytest.approx((f(x + 1e-6) - f(x - 1e-6)) / 2e-6, rel=1e-6)


def halves(x):
    while True:
        yield x
        x = x / 2


def products(x):
    a, b = x, 1.0
    while True:
        yield a
        a, b = b, a * b


def mixed(x, n):
    for i in range(n):
        j = 0
        while j < i:
            if j == 2:
                j += 1
                continue
            yield x * i + j
            j += 1
        else:
            yield x
    yield from [x, 2.0]


def through_another(x):
    yield from mixed(x, 2)
    yield x * x


def differences(xs):
    last = None
    for v in xs:
        if last is not None:
            yield v - last
        last = v * v


def trajectory(rate, y, h):
    while True:
        k1 = rate(y)
        k2 = rate(y + h * k1)
        y = y + 0.5 * h * (k1 + k2)
        yield y


def taken(items):
    return next(items)


class Stream:
    def __init__(self, x):
        self.items = halves(x)

    def take(self):
        return next(self.items)


def after_a_break(x):
    items = halves(x)
    total = 0.0
    for v in items:
        if v < 1:
            break
        total += v
    return total + next(items)


def the_rest_after_next(x):
    items = mixed(x, 4)
    first, second = next(items), next(items)
    total = first * 3 + second
    for v in items:
        total = total + v * total
    return total + next(items, 5.0 * x)


def slices(x):
    items = mixed(x, 5)
    total = sum(itertools.islice(items, 2))
    total = total * sum(itertools.islice(items, 1, 3))
    return total + sum(items)


def in_other_functions(x):
    items, stream = products(x), Stream(x)
    return taken(items) * taken(items) + next(items) * stream.take() * stream.take()


def of_arrays(x):
    states = trajectory(lambda y: -x * y, np.array([1.0, x]), 0.1)
    for _ in range(3):
        y = next(states)
    for y in states:
        if y[0] < 0.4:
            break
    return y @ y


def with_none_at_first(x):
    items = differences(np.array([x, 2 * x, 3.0, x * x]))
    return next(items) * next(items) * next(items) + next(items, x)


def of_another_generator(x):
    items = through_another(x)
    first = next(items)
    rest = list(items)
    return first * sum(rest) * rest[1]


def mapped_and_numbered(x):
    items = map(lambda v: v * x, products(x))
    total = next(items)
    for i, v in enumerate(items):
        total += v * i
        if total > 20:
            break
    return total * next(items)


def side_by_side(x):
    a, b = products(x), halves(x)
    total = 0.0
    for u, v in zip(a, b):
        total += u * v
        if total > 5:
            break
    for u, k in zip(a, range(2)):
        total += u * k
    return total * next(a) * next(b)


def several_of_one_function(x):
    streams = [halves(x), halves(2 * x)]
    total = 0.0
    for _ in range(3):
        for stream in streams:
            total = total + next(stream) * x
    return total


def until_the_first(x):
    items = iter([1.0, 2.0, 3.0, 4.0])
    return next(items) * x if any(v * x > 2 for v in items) else x


def of_a_list(x):
    xs = [x, 2 * x, 3 * x, 4 * x]
    items = iter(xs)
    first = next(items)
    xs[1] = x**3
    total = next(items)
    for v in items:
        xs[3] = xs[3] * v
        total += v
        break
    return first * total * next(items)


def without_an_end(x):
    items, numbers = itertools.cycle([x, 2.0]), itertools.count(1)
    total = next(items) * next(items) + sum(itertools.islice(items, 3)) * next(numbers)
    for k in numbers:
        total += x**k
        if k > 3:
            return total * next(numbers)


def of_numbered_items(x):
    backwards, pairs = reversed([x, x * x, 2.0]), zip([x, 2 * x], [3.0, x], strict=False)
    first, (a, b) = next(backwards), next(pairs)
    c, d = next(pairs)
    return first + sum(v * x for v in backwards) + a * b + c * d * d


@pytest.mark.parametrize(
    "f",
    [
        after_a_break,
        the_rest_after_next,
        slices,
        in_other_functions,
        of_arrays,
        with_none_at_first,
        of_another_generator,
        mapped_and_numbered,
        side_by_side,
        several_of_one_function,
        until_the_first,
        of_a_list,
        of_numbered_items,
        without_an_end,
    ],
)
def test_a_generator_goes_on_where_it_stopped(f):
    check_interpreted(f, 1.7)


def test_a_generator_that_goes_on_is_compiled():
    check(after_a_break, 1.7, compile=True, second=False, variants=False)


def test_a_generator_reads_variables_when_its_turn_comes():
    def f(x):
        def scaled():
            for k in range(4):
                yield x * k * y

        y = x
        items = scaled()
        next(items)
        first = next(items)
        y = x * x
        return first * next(items)

    check_interpreted(f, 1.3)


def test_the_loop_around_a_loop_over_a_generator():
    def f(x):
        total = 0.0
        for k in (1.0, 2.0):
            for v in mixed(x * k, 3):
                if v > 2:
                    break
            else:
                total += 100 * x
            total += v
        return total

    check_interpreted(f, 1.7)


def test_any_stops_at_the_first():
    def is_large(v):
        if v < 0:
            raise ValueError("never asked")
        return v > 1

    def f(x):
        return x * x if any(is_large(v) for v in [x, -1.0]) else x

    check_interpreted(f, 1.7)


def test_a_generator_that_binds_otherwise_is_refused():
    def bound(x):
        while (y := x / 2) > 0.1:
            yield y
            x = y

    def f(x):
        items = bound(x)
        return next(items) * next(items)

    with pytest.raises(zg.ZygoteError, match="bound other than by an assignment or a loop"):
        zg.gradient(f, 1.7)
