"""What the methods of lists that grow stand for, as loops over their entries.

These functions are read, not run; each yields its value once. An entry may be a tuple.
"""

from __future__ import annotations

import numpy as np


def pop_first(items):
    if len(items) == 0:
        raise IndexError("pop from empty list")
    value = items[0]
    for k in range(len(items) - 1):
        items[k] = items[k + 1]
    items.pop()
    yield value


def pop_at(items, at):
    if len(items) == 0:
        raise IndexError("pop from empty list")
    i = at + len(items) if at < 0 else at
    if i < 0 or i >= len(items):
        raise IndexError("pop index out of range")
    value = items[i]
    for k in range(i, len(items) - 1):
        items[k] = items[k + 1]
    items.pop()
    yield value


def pop_first_above(items, limit):
    if len(items) > limit:
        for k in range(len(items) - 1):
            items[k] = items[k + 1]
        items.pop()
    yield None


def pop_if_full(items, limit):
    if len(items) == limit:
        items.pop()
    yield None


def append_each(items, values):
    for value in values:
        items.append(value)
    yield None


def repeated(items, count):
    made = []
    for _ in range(count):
        made.extend(items)
    yield made


def repeat(items, count):
    """``items *= count``."""
    length = len(items)
    for _ in range(count - 1):
        for k in range(length):
            items.append(items[k])
    if count <= 0:
        for _ in range(length):
            items.pop()
    yield None


def insert(items, at, value):
    i = at + len(items) if at < 0 else at
    i = min(max(i, 0), len(items))
    items.append(value)
    for k in range(len(items) - 1, i, -1):
        items[k] = items[k - 1]
    items[i] = value
    yield None


def index_of(items, value):
    for i in range(len(items)):
        if items[i] == value:
            yield i
            return
    raise ValueError("the value is not in the list")


def arrays_of(items):
    yield [np.array(item) for item in items]


def assign_slice(items, start, stop, values):
    """``items[start:stop] = values``."""
    added = list(values)
    after = [items[k] for k in range(max(start, stop), len(items))]
    for _ in range(len(items) - start):
        items.pop()
    for value in added:
        items.append(value)
    for value in after:
        items.append(value)
    yield None


def assign_steps(items, start, stop, step, values):
    """``items[start:stop:step] = values``."""
    added = list(values)
    places = range(start, stop, step)
    if len(added) != len(places):
        raise ValueError("attempt to assign sequence of another size to extended slice")
    for i in range(len(added)):
        items[start + i * step] = added[i]
    yield None


def delete_slice(items, start, stop, step):
    """``del items[start:stop:step]``, for a step above zero."""
    kept = [items[k] for k in range(len(items)) if k < start or k >= stop or (k - start) % step > 0]
    for _ in range(len(items)):
        items.pop()
    for value in kept:
        items.append(value)
    yield None


def is_in(items, value):
    found = False
    for i in range(len(items)):
        if items[i] == value:
            found = True
            break
    yield found


def count_of(items, value):
    found = 0
    for i in range(len(items)):
        if items[i] == value:
            found += 1
    yield found


def remove(items, value):
    at = -1
    for i in range(len(items)):
        if items[i] == value:
            at = i
            break
    if at < 0:
        raise ValueError("list.remove(x): x not in list")
    for k in range(at, len(items) - 1):
        items[k] = items[k + 1]
    items.pop()
    yield None


def reverse(items):
    for i in range(len(items) // 2):
        k = len(items) - 1 - i
        first = items[i]
        items[i] = items[k]
        items[k] = first
    yield None


def replace_all(items, values):
    for i in range(len(items)):
        items[i] = values[i]
    yield None


def clear(items):
    for _ in range(len(items)):
        items.pop()
    yield None


def equal(items, others):
    same = len(items) == len(others)
    if same:
        for i in range(len(items)):
            if items[i] != others[i]:
                same = False
                break
    yield same
