"""The derivative along each unit vector: several at a time where there are many."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from zygote_nb.driver.bound import Bound
from zygote_nb.driver.ready import Ready
from zygote_nb.driver.run import run
from zygote_nb.higher.blocks import Leaf, Once, size_of, zero_of

WIDTHS = ((64, 8), (12, 4))
"""From so many directions on, so many are taken at once: what takes more is longer, and takes longer to compile."""


def along_units(
    bound: Bound, derivative: Callable[[int], Ready], active: list[Leaf], printed: bool
) -> Iterator[tuple[int, int, tuple[Any, ...]]]:
    """For each entry of the active leaves: the number of the leaf, its number there, and the derivative along it.

    ``derivative`` gives the derivative along so many directions at once, or along one where that can't be had.
    """
    places = [(position, entry) for position, leaf in enumerate(active) for entry in range(size_of(leaf))]
    found = derivative(next((w for fewest, w in WIDTHS if len(places) >= fewest), 1))
    once, width = Once(found, bound, printed), found.facts.width
    for start in range(0, len(places), width):
        chunk = places[start : start + width]
        directions = [t for place in [*chunk, *[None] * (width - len(chunk))] for t in unit(active, place)]
        with once():
            made = run(found, bound, tuple(directions))
        each = len(made) // width
        for k, (position, entry) in enumerate(chunk):
            yield position, entry, made[k * each : (k + 1) * each]


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
