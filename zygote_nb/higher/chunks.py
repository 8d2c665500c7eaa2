"""The derivative along each unit vector: several at a time where there are many."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from zygote_nb.driver.bound import Bound
from zygote_nb.driver.ready import Ready
from zygote_nb.driver.run import run
from zygote_nb.driver.values import leaf_kinds
from zygote_nb.higher.blocks import Leaf, Once, size_of, zero_of
from zygote_nb.transform.forward.rows import LOCAL, ROWS

FEWEST = 12
"""Fewer directions are taken one after the other: what takes more is compiled anew."""
WIDTHS = ((64, 8), (FEWEST, 4))
"""From so many directions on, so many are taken at once: the code is longer, and takes longer to compile."""
LONGEST = 128
"""So many are taken at once where they are an inner axis."""
Found = Iterator[tuple[int, slice, tuple[Any, ...]]]


def along_units(bound: Bound, derivative: Callable[[int], Ready], active: list[Leaf], printed: bool) -> Found:
    """For entries of the active leaves: the number of the leaf, their place there, and the derivatives along them.

    The derivatives have the entries as last axis. ``derivative`` gives the derivative along so many directions at once,
    or along one where that can't be had.
    """
    count = sum(map(size_of, active))
    if count >= FEWEST:
        found = derivative(ROWS)
        if found.facts.width in (ROWS, LOCAL):
            yield from in_rows(bound, found, active, Once(found, bound, printed))
            return
    places = [(position, entry) for position, leaf in enumerate(active) for entry in range(size_of(leaf))]
    found = derivative(next((w for fewest, w in WIDTHS if count >= fewest), 1))
    once, width = Once(found, bound, printed), found.facts.width
    for start in range(0, len(places), width):
        chunk = places[start : start + width]
        directions = [t for place in [*chunk, *[None] * (width - len(chunk))] for t in unit(active, place)]
        with once():
            made = run(found, bound, tuple(directions))[values_in(found) :]
        each = len(made) // width
        for k, (position, entry) in enumerate(chunk):
            along = tuple(np.asarray(m)[..., None] for m in made[k * each : (k + 1) * each])
            yield position, slice(entry, entry + 1), along


def in_rows(bound: Bound, found: Ready, active: list[Leaf], once: Once) -> Found:
    """All directions along an inner axis, or as many of them as there is room for."""
    sizes = [size_of(leaf) for leaf in active]
    firsts = [sum(sizes[:i]) for i in range(len(sizes))]
    longest = sum(sizes) if found.facts.width == LOCAL else LONGEST
    for start in range(0, sum(sizes), longest):
        stop = min(start + longest, sum(sizes))
        with once():
            made = run(found, bound, (stop - start, *(first - start for first in firsts)))[values_in(found) :]
        for position, (first, size) in enumerate(zip(firsts, sizes, strict=True)):
            low, high = max(first, start), min(first + size, stop)
            if low < high:
                along = tuple(np.asarray(m)[..., low - start : high - start] for m in made)
                yield position, slice(low - first, high - first), along


def values_in(found: Ready) -> int:
    """How many results are values of the function, which come first."""
    return len(leaf_kinds(found.facts.result_kind)) if found.question.value else 0


def unit(active: list[Leaf], place: tuple[int, int] | None) -> list[Any]:
    """A tangent for each leaf: zero, but for one entry of one leaf."""
    tangents = [zero_of(leaf) for leaf in active]
    if place is not None:
        position, entry = place
        if isinstance(tangents[position], float):
            tangents[position] = 1.0
        elif isinstance(tangents[position], list):
            tangents[position][entry] = 1.0
        else:
            tangents[position].reshape(-1)[entry] = 1.0
    return tangents
