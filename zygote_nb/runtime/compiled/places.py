"""Compiled forms of the index of a dict whose keys come at run time.

The index is one list of integers: capacity, keys that are there, entries; then the slots, each with where an entry
begins or 0; then the entries, in the order in which keys were added: place (-1 if the key was taken away), length, and
code of the key. Keys that are equal in Python have equal codes.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import types
from numba.extending import register_jitable

from zygote_nb.runtime import places as plain
from zygote_nb.runtime.compiled.registration import overload

FIRST = 3
GONE = -1
INTEGER, NUMBER, SEQUENCE, TEXT, NOTHING = range(5)


def add_code(index: Any, key: Any) -> None:
    """Append the code of a key to the index."""
    raise NotImplementedError("compiled code only")


@overload(add_code)
def _add_code(index: Any, key: Any) -> Any:
    if isinstance(key, (types.Integer, types.Boolean)):
        return add_integer
    if isinstance(key, types.Float):
        return add_number
    if isinstance(key, types.UnicodeType):
        return add_text
    if isinstance(key, types.NoneType):
        return add_nothing
    if isinstance(key, types.BaseTuple):
        return add_sequence
    return None


def add_integer(index: Any, key: Any) -> None:
    index.append(INTEGER)
    index.append(np.int64(key))


def add_number(index: Any, key: Any) -> None:
    if key == np.floor(key) and abs(key) < 2.0**62:
        index.append(INTEGER)
        index.append(np.int64(key))
    elif key == key:
        index.append(NUMBER)
        index.append(np.float64(key).view(np.int64))
    else:
        raise RuntimeError("not a number is told by its identity")


def add_text(index: Any, key: Any) -> None:
    index.append(TEXT)
    index.append(len(key))
    for letter in key:
        index.append(ord(letter))


def add_nothing(index: Any, key: Any) -> None:
    index.append(NOTHING)


def add_sequence(index: Any, key: Any) -> None:
    index.append(SEQUENCE)
    index.append(len(key))
    add_items(index, key)


def add_items(index: Any, key: Any) -> None:
    """Append the codes of the items of a tuple."""
    raise NotImplementedError("compiled code only")


@overload(add_items)
def _add_items(index: Any, key: Any) -> Any:
    if len(key) == 0:
        return lambda index, key: None

    def items(index: Any, key: Any) -> None:
        add_code(index, key[0])
        add_items(index, key[1:])

    return items


@register_jitable
def empty(capacity: int) -> Any:
    index = [0] * (FIRST + capacity)
    index[0] = capacity
    return index


@register_jitable
def slot_of(index: Any, start: int, end: int) -> int:
    """Where the slot of a key is, whose code is at these places of the index."""
    code = np.uint64(end - start)
    for i in range(start, end):
        code = (code ^ np.uint64(index[i])) * np.uint64(0x9E3779B97F4A7C15)
        code ^= code >> np.uint64(29)
    last = index[0] - 1
    slot = np.int64(code & np.uint64(last))
    while True:
        at = index[FIRST + slot]
        if at == 0 or same(index, at, start, end):
            return FIRST + slot
        slot = (slot + 1) & last


@register_jitable
def same(index: Any, at: int, start: int, end: int) -> bool:
    if index[at + 1] != end - start:
        return False
    for i in range(end - start):  # noqa: SIM110 - Numba compiles no generator here
        if index[at + 2 + i] != index[start + i]:
            return False
    return True


@register_jitable
def cut(index: Any, count: int) -> None:
    while len(index) > count:
        index.pop()


@register_jitable
def make_room(index: Any) -> None:
    """Twice as many slots as entries, without those of keys that were taken away."""
    capacity = 8
    while capacity < 4 * (index[1] + 1):
        capacity *= 2
    new = empty(capacity)
    at, end = FIRST + index[0], len(index)
    while at < end:
        width = index[at + 1]
        if index[at] != GONE:
            begin = len(new)
            for i in range(at, at + 2 + width):
                new.append(index[i])
            new[slot_of(new, begin + 2, begin + 2 + width)] = begin
            new[1] += 1
            new[2] += 1
        at += 2 + width
    index.clear()
    index.extend(new)


@overload(plain.no_places)
def _no_places() -> Any:
    return lambda: empty(8)


@overload(plain.place_of)
def _place_of(places: Any, key: Any) -> Any:
    def place_of(places: Any, key: Any) -> int:
        start = len(places)
        add_code(places, key)
        at = places[slot_of(places, start, len(places))]
        cut(places, start)
        return GONE if at == 0 else places[at]

    return place_of


@overload(plain.take_place)
def _take_place(places: Any, key: Any, at: Any) -> Any:
    def take_place(places: Any, key: Any, at: int) -> None:
        if 2 * (places[2] + 1) > places[0]:
            make_room(places)
        begin = len(places)
        places.append(at)
        places.append(0)
        add_code(places, key)
        places[begin + 1] = len(places) - begin - 2
        slot = slot_of(places, begin + 2, len(places))
        known = places[slot]
        if known != 0 and places[known] != GONE:
            places[known] = at
            cut(places, begin)
            return
        places[slot] = begin
        places[1] += 1
        places[2] += 1

    return take_place


@overload(plain.leave_place)
def _leave_place(places: Any, key: Any) -> Any:
    def leave_place(places: Any, key: Any) -> None:
        start = len(places)
        add_code(places, key)
        at = places[slot_of(places, start, len(places))]
        cut(places, start)
        if at == 0 or places[at] == GONE:
            raise KeyError("no such key")
        places[at] = GONE
        places[1] -= 1

    return leave_place


@overload(plain.leave_all)
def _leave_all(places: Any) -> Any:
    def leave_all(places: Any) -> None:
        places.clear()
        places.extend(empty(8))

    return leave_all


@overload(plain.count_places)
def _count_places(places: Any) -> Any:
    return lambda places: places[1]


@overload(plain.in_order)
def _in_order(places: Any) -> Any:
    def in_order(places: Any) -> Any:
        found = np.empty(places[1], np.int64)
        at, count = FIRST + places[0], 0
        while at < len(places):
            if places[at] != GONE:
                found[count] = places[at]
                count += 1
            at += 2 + places[at + 1]
        return found

    return in_order


@overload(plain.still_as_many)
def _still_as_many(places: Any, count: Any) -> Any:
    def still_as_many(places: Any, count: int) -> None:
        if places[1] != count:
            raise RuntimeError("dictionary changed size during iteration")

    return still_as_many
