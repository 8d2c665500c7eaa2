"""The leaves of arguments as a person writes them: `p["W"]`, `model.W`, `Ws[0]`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from zygote_nb.driver.bound import Bound
from zygote_nb.driver.values import entries, leaf_kinds
from zygote_nb.ir.kinds import Kind, ObjectOf, TupleOf

__all__ = ["leaf_paths"]


def leaf_paths(bound: Bound, leaves: tuple[str, ...]) -> dict[str, str]:
    """For the name of each leaf parameter what it stands for; a name of which nothing is known stands for itself."""
    found: list[str] = []
    for name, kind, value in zip(bound.names, bound.kinds, bound.values, strict=True):
        paths = list(_paths(name, kind, value))
        count = len(leaf_kinds(kind))
        found += paths if len(paths) == count else leaves[len(found) : len(found) + count]
    return dict(zip(leaves, [*found, *leaves[len(found) :]], strict=True))


def _paths(name: str, kind: Kind, value: Any) -> Iterator[str]:
    match kind:
        case TupleOf(items=items):
            for i, (inner, part) in enumerate(zip(items, value, strict=True)):
                yield from _paths(f"{name}[{i}]", inner, part)
        case ObjectOf(items=items):
            for (key, part), inner in zip(entries(value), items, strict=True):
                step = f"[{key!r}]" if isinstance(value, Mapping) else f"[{key}]" if isinstance(key, int) else f".{key}"
                yield from _paths(name + step, inner, part)
        case _:
            yield name
