"""`any`, `all`, `in` and `zip` end where the answer is known: what would come after isn't evaluated.

What items did (bind by `:=`, append, take from an iterator, change an object) was done for all of them.
"""

import pytest

from tests.oracle import check


def walrus_in_any(x):
    if any((found := v * x) > 3.0 for v in [1.0, 2.0, 3.0]):
        return found * found
    return x


def walrus_in_all(x):
    all((found := v * x) < 3.0 for v in (1.0, 2.0, 3.0))
    return found * found


def walrus_among_entries(x):
    items = [x, x * x, x**3]
    any((found := v) > 2.0 for v in items)
    return found * found


def walrus_in_two_loops(x):
    any((found := v * u) > 2.0 for v in (1.0, 2.0) for u in (x, x * x))
    return found * found


def walrus_that_counts(x):
    n = 0
    any((n := n + 1) > 2 for _ in range(5))
    return n * x


def walrus_through_map(x):
    any(map(lambda v: v > 1.0, ((found := q * x) for q in (0.0, 1.0, 2.0))))
    return found * x


def walrus_in_membership(x):
    4.0 in ((found := v * x) * 0.0 + 4.0 for v in (1.0, 2.0))
    return found * found


def walrus_in_a_loop(x):
    for v in ((found := q * x) for q in (1.0, 2.0, 3.0)):
        if v > 2.0:
            break
    return found * found


def walrus_in_next(x):
    next((found := v * x) for v in [1.0, 2.0, 3.0] if v > 1.0)
    return found * found


def walrus_in_zip(x):
    for _ in zip(((found := q * x) for q in (1.0, 2.0, 3.0, 4.0)), (1.0, 2.0)):
        pass
    return found * found


def appended(x):
    seen = []
    any(seen.append(v) or v > 2.0 for v in (x, x * x, x**3))
    return sum(seen) * x


def mapped(x):
    seen = []

    def above(v):
        seen.append(v)
        return v > 2.0

    any(map(above, (x, x * x, x**3)))
    return sum(seen) * x


def taken_from_an_iterator(x):
    rest = iter([1.0, 2.0, 3.0, 4.0])
    any(next(rest) > 1.0 for _ in range(3))
    return sum(rest) * x


def popped(x):
    items = [1.0, 2.0, 3.0, 4.0]
    any(items.pop(0) > 1.0 for _ in range(3))
    return sum(items) * x


def popped_from_a_dict(x):
    d = {0: 5.0, 1: 6.0, 2: 7.0}
    any(d.pop(k) > 5.5 for k in (0, 1, 2))
    return sum(d.values()) * x


class Counter:
    def __init__(self):
        self.n = 0.0

    def above(self, v):
        self.n += 1.0
        return v > 3.0

    def __call__(self, v):
        return self.above(v)

    @property
    def next(self):
        self.n += 1.0
        return self.n > 2.0


def by_a_method(x):
    c = Counter()
    any(c.above(v * x) for v in (1.0, 2.0, 3.0))
    return c.n * x


def by_a_call(x):
    c = Counter()
    all(not c(v * x) for v in (1.0, 2.0, 3.0))
    return c.n * x


def by_a_property(x):
    c = Counter()
    any(c.next for _ in range(5))
    return c.n * x


class Noted:
    def __init__(self, value, seen):
        self.value, self.seen = value, seen

    def __bool__(self):
        self.seen.append(self.value)
        return self.value > 2.0


def by_truth(x):
    seen = []
    any([Noted(v, seen) for v in (x, x * x, x**3)])
    return sum(seen) * x


def of_a_generator(x):
    seen = []

    def items():
        for v in (x, x * x, x**3):
            seen.append(v)
            yield v

    inside = 2.0 * x in items() or x * x in items()
    return sum(seen) * (2.0 if inside else 3.0)


def of_a_generator_in_zip(x):
    seen = []

    def items():
        for v in (x, x * x, x**3, x**4):
            seen.append(v)
            yield v

    s = 0.0
    for v, w in zip(items(), (1.0, 2.0)):
        s += v * w
    for w, v in zip((1.0, 2.0), items()):
        s += v * w
    for u, v, w in zip((1.0, 2.0, 3.0), items(), (1.0, 2.0)):
        s += u * v * w
    return s * sum(seen)


PROGRAMS = (
    walrus_in_any, walrus_in_all, walrus_among_entries, walrus_in_two_loops, walrus_that_counts, walrus_through_map,
    walrus_in_membership, walrus_in_a_loop, walrus_in_next, walrus_in_zip, appended, mapped, taken_from_an_iterator,
    popped, popped_from_a_dict, by_a_method, by_a_call, by_a_property, by_truth, of_a_generator, of_a_generator_in_zip,
)  # fmt: skip


@pytest.mark.parametrize("f", PROGRAMS, ids=lambda f: f.__name__)
def test_nothing_is_evaluated_after_the_answer(f):
    check(f, 1.7)
