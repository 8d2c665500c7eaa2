"""``place op= value`` puts back what it changed: by the user's methods, where the place has another, or was a copy."""

import numpy as np
import pytest

from tests.oracle import check

X = np.linspace(0.3, 1.7, 6)


class Doubled:
    """What is set is doubled, by each of the ways in which a class can say so."""

    def __init__(self, w):
        self._w = w
        self.entries = {}
        self.count = 0.0

    @property
    def w(self):
        return self._w

    @w.setter
    def w(self, value):
        self._w = value * 2.0
        self.count += value[0]

    def __getitem__(self, key):
        return self.entries[key]

    def __setitem__(self, key, value):
        self.entries[key] = value * 2.0
        self.count += value[1]


class Halved:
    def __init__(self, w):
        self.w = w

    def __setattr__(self, name, value):
        object.__setattr__(self, name, value * 0.5)


class Part:
    def __get__(self, owner, cls):
        return owner.__dict__["q"] * 1.5

    def __set__(self, owner, value):
        owner.__dict__["q"] = value * 2.0


class WithPart:
    w = Part()

    def __init__(self, w):
        self.w = w


class Backed:
    def __init__(self, w):
        self.w = w

    def __getattr__(self, name):
        return self.w * 2.0


def by_a_property(x):
    p = Doubled(x * x)
    p.w += x
    p.w *= 3.0
    return np.sum(p.w**2) * p.count


def by_an_entry(x):
    p = Doubled(x)
    p["a"] = x * x
    p["a"] += x
    p["a"] *= 2.0
    return np.sum(p["a"] ** 2) * p.count


def by_setattr(x):
    p = Halved(x * x)
    p.w += x
    return np.sum(p.w**2)


def by_a_descriptor(x):
    p = WithPart(x * x)
    p.w += x
    return np.sum(p.w**2)


def from_getattr(x):
    p = Backed(x * x)
    p.z += x
    p.z *= x
    return np.sum(p.w**2) * np.sum(p.z)


class State:
    def __init__(self, w):
        self.w, self.u = w, w * 2.0

    def step(self, t, x):
        self.w = self.w * 2.0 + x * t
        self.u += 1.0
        return self.w[1] * 0.1


def attribute_bound_meanwhile(x):
    p = State(x * x)
    first = p.w
    for t in range(3):
        p.w *= p.step(t, x)
        p.u[1:] -= p.w[1:] * p.step(t, x)
        p.w[t] *= p.step(t, x)
        p.w[t:] += p.step(t, x)
    return np.sum(p.w**2) + np.sum(first) + np.sum(p.u)


def variable_bound_meanwhile(x):
    y = x * x
    first = y

    def step():
        nonlocal y
        y = y * 2.0 + x
        return y[1]

    y *= step()
    y[2:] += step()
    return np.sum(y * y) + np.sum(first)


def entry_of_a_dict(x):
    d = {"a": x * x}
    first = d["a"]

    def step():
        d["a"] = d["a"] * 2.0 + x
        return d["a"][1]

    d["a"] += step()
    return np.sum(d["a"] ** 2) + np.sum(first)


def entry_of_a_list(x):
    d = [x * x, x]
    first = d[0]

    def step():
        d[0] = d[0] * 2.0 + x
        return d[0][1]

    for i in range(3):
        d[0] -= step() if x[i] > 0.5 else 2.0
    return np.sum(d[0] ** 2) + np.sum(first)


def entry_of_a_list_that_grew(x):
    arrays = []
    for i in range(3):
        arrays.append(x * x * (i + 1))
    first = arrays[1]

    def step(i):
        arrays[i] = arrays[i] * 2.0 + x
        return arrays[i][1]

    for i in range(2):
        arrays[i] *= step(i)
    return sum(np.sum(a * a) for a in arrays) + np.sum(first)


def tuple_and_list(x):
    t, q = (x[0], x[1]), [x[0]]

    def step():
        nonlocal t, q
        t, q = (x[2], x[3] * x[1]), [x[1], x[2], x[3]]
        return x[4]

    t += (step(),)
    total = t[0] * t[1] + t[2]
    q += [step()]
    return total * q[0] + q[-1] * len(q)


def weighted(items):
    return sum(v * v * (k + 1) for k, v in enumerate(items))


def slices_of_a_list(x):
    items, count = [x[0], x[1], x[2], x[3]], 0

    def counted():
        nonlocal count
        count += 1
        return count

    items[1:] += [x[1] * 2.0, x[2]]
    items[counted() :] += [items[-1] * count]
    items[:2] *= 2
    return weighted(items)


def slices_of_a_list_that_grew(x):
    items = []
    for v in x:
        items.append(v * v)
    items[2:] += [x[0]]
    items[:2] *= 2
    items[1:3] += items
    return weighted(items)


def entry_before_value(x):
    """What is added to has been read before what is added changes it."""
    items, y = [x[0], x[1]], x * x
    for v in x:
        items.append(v)

    def step(i):
        items[i] *= 3.0
        y[i] *= 2.0
        y[i:] += 1.0
        return x[i]

    items[1] += step(1)
    y[1] += step(1)
    y[2:4] *= step(2)
    return weighted(items) + weighted(y)


PUT_BACK = [
    slices_of_a_list, slices_of_a_list_that_grew, entry_before_value,
    by_a_property, by_an_entry, by_setattr, by_a_descriptor, from_getattr, attribute_bound_meanwhile,
    variable_bound_meanwhile, entry_of_a_dict, entry_of_a_list, entry_of_a_list_that_grew, tuple_and_list,
]  # fmt: skip


@pytest.mark.parametrize("f", PUT_BACK, ids=lambda f: f.__name__)
def test_what_was_changed_is_put_back(f) -> None:
    check(f, X)


def lists_by_a_property(x):
    class Items:
        def __init__(self):
            self.kept, self.count = [x[0]], 0.0

        def __getattr__(self, name):
            return self.kept

        def __setattr__(self, name, value):
            object.__setattr__(self, name, value)

    p = Items()
    p.more += [x[1]]
    p.kept = [x[2]]
    return p.more[0] * p.more[1] * len(p.more) * p.kept[0]


def test_lists_are_put_back() -> None:
    check(lists_by_a_property, X)


class Frozen:
    def __init__(self, w):
        self._w = w

    @property
    def w(self):
        return self._w


def without_a_setter(x):
    p = Frozen(x * x)
    try:
        p.w += 1.0
    except AttributeError:
        return np.sum(p.w * p.w)
    return 0.0


def test_what_can_not_be_put_back_has_changed() -> None:
    check(without_a_setter, X)
