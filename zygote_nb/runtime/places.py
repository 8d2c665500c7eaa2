"""Dicts whose keys are known only when the program runs: the place of each key in a list of values.

The values are in a list of generated code, which the derivative goes through. What these functions do carries none.
"""

from __future__ import annotations

from typing import Any

import numpy as np

Places = dict[Any, int]


def no_places() -> Places:
    """A dict without keys."""
    return {}


def place_of(places: Places, key: Any) -> int:
    """The place of the key; -1 if it isn't there."""
    return places.get(key, -1)


def take_place(places: Places, key: Any, at: int) -> None:
    """Add a key, whose value is at the given place."""
    places[key] = at


def leave_place(places: Places, key: Any) -> None:
    """Take a key away; its place stays empty."""
    del places[key]


def leave_all(places: Places) -> None:
    places.clear()


def count_places(places: Places) -> int:
    return len(places)


def in_order(places: Places) -> Any:
    """The places of all keys, in the order in which the keys were added."""
    return np.fromiter(places.values(), np.int64, len(places))


def still_as_many(places: Places, count: int) -> None:
    """Raise what Python raises when a loop over a dict finds it larger or smaller than it began."""
    if len(places) != count:
        raise RuntimeError("dictionary changed size during iteration")


EFFECTS = {no_places, place_of, take_place, leave_place, leave_all, count_places, in_order, still_as_many}
