"""What a loop iterates over is looked up as Python does: at entry, or, for lists and dicts, when its turn comes."""

import numpy as np

from tests.oracle import check


def test_names_in_a_tuple_are_read_at_entry():
    def f(x):
        s = 0.0
        for v in (x, x, 2 * x):
            x = x * 2
            s += v * x
        return s

    check(f, 1.3)


def test_elements_in_a_tuple_are_read_at_entry():
    def f(x):
        a = np.array([x, 2 * x])
        s = 0.0
        for v in (a[0], a[1]):
            a[1] = 5.0
            s += v
        return s * a[1]

    check(f, 1.3)


def test_a_copy_of_values_is_made_at_entry():
    def f(x):
        d = {"a": x, "b": 2 * x}
        s = 0.0
        for v in list(d.values()):
            d["b"] = 100.0
            s += v
        return s

    check(f, 1.3)


def test_items_of_a_dict_and_entries_of_a_list_are_live():
    def f(x):
        d = {"a": x, "b": 2 * x}
        items = [x, 2 * x, 3 * x]
        s = 0.0
        for _, v in d.items():
            d["b"] = x * 7
            s += v
        for v in items:
            items[2] = x * x
            s += v
        return s

    check(f, 1.3)


def test_zip_of_tuples_is_read_at_entry():
    def f(x):
        s = 0.0
        for a, b in zip((x, 2 * x), (3 * x, x)):
            x = x + 1
            s += a * b * x
        return s

    check(f, 1.3)


def test_slices_of_lists_are_lists_of_their_own():
    def f(x, n):
        grown = []
        for i in range(n):
            grown.append(x * i)
        rest, back, last, first = grown[1:], grown[::-1], grown[-2:], grown[:2]
        grown[1] = 100.0
        return sum(rest) + back[0] * last[0] + first[1] * rest[0]

    def g(x):
        return sum([v * v for v in x][:2])

    check(f, 1.3, 5)
    check(g, np.array([0.5, -1.0, 2.0]))


def test_an_alias_of_a_list_is_the_list():
    def f(x):
        a = [1.0, 2.0]
        b = a
        b[0] = x
        c = a[:]
        a[0] = 7.0
        return a[0] * c[0] * b[0]

    check(f, 1.3)


def test_an_object_that_a_branch_puts_into_the_list_is_met_when_its_turn_comes():
    def f(x, y):
        points = [Pair(0.5, x), Pair(0.2, y)]
        for p in points:
            if p.first > 0.4:
                points[-1] = Pair(p.first * 1.5, p.second * 2.0)
        total = 0.0
        for p in points:
            total += np.sum(p.second**2) * p.first
        return total

    check(f, np.array([0.1, 0.2]), np.array([1.1, 0.7]))


class Pair:
    def __init__(self, first, second):
        self.first, self.second = first, second
