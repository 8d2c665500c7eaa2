"""What operations on dicts with keys of run time stand for: ``values`` and ``known`` are lists, ``places`` is an index.

These functions are read, not run; each yields its value once.
"""

from __future__ import annotations

from zygote_nb.runtime.places import count_places, in_order, leave_all, leave_place, place_of, take_place


def get(places, known, values, key):
    i = place_of(places, key)
    if i < 0:
        raise KeyError(key)
    yield values[i]


def get_or(places, known, values, key, default):
    i = place_of(places, key)
    yield values[i] if i >= 0 else default


def get_or_make(places, known, values, key, factory):
    i = place_of(places, key)
    if i < 0:
        i = len(values)
        take_place(places, key, i)
        known.append(key)
        values.append(factory())
    yield values[i]


def put(places, known, values, key, value):
    i = place_of(places, key)
    if i < 0:
        take_place(places, key, len(values))
        known.append(key)
        values.append(value)
    else:
        values[i] = value
    yield None


def set_default(places, known, values, key, default):
    i = place_of(places, key)
    if i < 0:
        i = len(values)
        take_place(places, key, i)
        known.append(key)
        values.append(default)
    yield values[i]


def delete(places, known, values, key):
    i = place_of(places, key)
    if i < 0:
        raise KeyError(key)
    leave_place(places, key)
    yield None


def pop(places, known, values, key):
    i = place_of(places, key)
    if i < 0:
        raise KeyError(key)
    leave_place(places, key)
    yield values[i]


def pop_or(places, known, values, key, default):
    i = place_of(places, key)
    if i >= 0:
        leave_place(places, key)
    yield values[i] if i >= 0 else default


def pop_item(places, known, values):
    if count_places(places) == 0:
        raise KeyError("popitem(): dictionary is empty")
    i = in_order(places)[-1]
    key = known[i]
    leave_place(places, key)
    yield key, values[i]


def clear(places, known, values):
    leave_all(places)
    yield None


def contains(places, known, values, key):
    yield place_of(places, key) >= 0


def update(table, other):
    for key, value in other.items():
        table[key] = value
    yield None


def update_by_pairs(table, pairs):
    for key, value in pairs:
        table[key] = value
    yield None


def add_all(members, items):
    for item in items:
        members.add(item)
    yield None


def discard(places, key):
    if place_of(places, key) >= 0:
        leave_place(places, key)
    yield None


def remove(places, key):
    if place_of(places, key) < 0:
        raise KeyError(key)
    leave_place(places, key)
    yield None


def count_all(table, items):
    for item in items:
        table[item] += 1
    yield None
