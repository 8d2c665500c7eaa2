"""Methods and slices of lists, of those that grow as the program runs and of those whose entries are known."""

import numpy as np
import pytest

from tests.oracle import check, fails

X = np.array([0.7, -1.2, 0.4, 2.1])


def queue(x):
    q = [x[0], x[1], x[2]]
    s = 0.0
    while q:
        v = q.pop(0)
        s = s * 0.5 + v * v
        if len(q) < 2 and v < 0:
            q.append(v * 0.3 + 0.5)
    return s


def popped_in_the_middle(x):
    q = list(x)
    s = q.pop(1) * q.pop(-2)
    return s * q.pop(len(q) - 1) + q[0]


def inserted(x):
    kept = []
    for v in x:
        kept.insert(0, v)
    kept.insert(len(kept) - 1, x[0] * x[1])
    return kept[0] * kept[1] + kept[-1] ** 2 + kept[-2] ** 3


def searched(x):
    numbers, names = [1, 5, 3], ["a", "b"]
    grown = [v for v in x if v > 0]
    return x[numbers.index(3)] * x[names.index("b")] * numbers.count(5) + x[grown.index(x[2])] * (1, 2).index(2)


def removed_reversed_copied_cleared(x):
    kept = [v for v in x]
    other = kept.copy()
    kept.remove(x[1])
    kept.reverse()
    s = kept[0] * kept[1] * 2 + kept[-1]
    kept.clear()
    return s * other[1] + len(kept)


def sorted_in_place(x):
    kept = [v for v in x]
    kept.sort(key=lambda v: -v * v)
    s = kept[0] * kept[1] ** 2
    kept.sort(reverse=True)
    return s + kept[0] * 3 + kept[1]


def slices_assigned(x):
    known = [x[0], x[1], x[2], x[3]]
    known[1:3] = [known[2] * 2, known[1] * 3]
    known[:1] = [x[0], x[0] * x[1]]
    del known[2]
    return sum(a * b for a, b in zip(known, known[1:]))  # noqa: RUF007


def of_arrays(x):
    rows = [x, 2 * x]
    for i in range(3):
        rows.append(x * i)
    first = rows.pop(0)
    return np.sum(first * rows[1]) + np.sum(rows.pop(2) ** 2)


def words(x):
    operations = {"+": lambda a, b: a + b, "*": lambda a, b: a * b}
    stack = []
    for word in "0 1 + 2 *".split():
        if word in operations:
            b, a = stack.pop(), stack.pop()
            stack.append(operations[word](a, b))
        else:
            stack.append(x[int(word)])
    return stack.pop()


PROGRAMS = [
    queue, popped_in_the_middle, inserted, sorted_in_place, searched, removed_reversed_copied_cleared, slices_assigned,
    of_arrays, words,
]  # fmt: skip


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda f: f.__name__)
def test_list_methods(program):
    check(program, X)


def test_what_is_not_there():
    def beyond(x):
        q = [v for v in x]
        return q.pop(7)

    def absent(x):
        q = [v for v in x]
        return x[q.index(100.0)]

    fails(beyond, X, error=IndexError)
    fails(absent, X, error=ValueError)


def test_a_slice_of_a_list_that_grows_is_assigned():
    def f(x):
        q = [v for v in x]
        q[1:3] = [x[0]]
        return q[1] * len(q)

    check(f, X)


def test_the_length_at_entry_of_a_list_that_another_name_shortens():
    """The way back once took the length that the list had after the loop."""

    def f(x):
        kept = [v for v in x]
        other = kept
        s = kept[0] ** 2
        for _ in range(len(kept)):
            s = s * other.pop()
        return s

    def shorten(items):
        return items.pop()

    def g(x):
        kept = [v * v for v in x]
        s = kept[0]
        for _ in range(len(kept) - 1):
            s = s * shorten(kept)
        return s

    check(f, X)
    check(g, X)


def push(items, v):
    items.append(v * v)


def pop(items):
    return items.pop()


def test_a_function_that_changes_the_length_of_its_argument():
    """The shadow of the list once kept its length, and cotangents went to other entries."""

    def f(x):
        kept = [v * v for v in x]
        push(kept, x[0] * 2)
        s = kept[0] * kept[-1] + kept[4]
        for i in range(3):
            s = s * pop(kept) + kept[i // 2]
            push(kept, s)
            push(kept, kept[0])
            s += pop(kept) * pop(kept)
        return s

    def drain(items, s):
        if len(items) == 0:
            return s
        v = items.pop()
        return drain(items, s * 0.5 + v * v)

    def g(x):
        kept = [v * v for v in x]
        return drain(kept, x[0]) + len(kept)

    check(f, X)
    check(g, X, second=False)
