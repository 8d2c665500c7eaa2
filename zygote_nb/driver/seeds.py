"""Seeds: cotangents of a result, checked against it and taken apart as generated code takes them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from zygote_nb.dataclass import dataclass, field
from zygote_nb.driver.columns import is_in_columns, seeds_apart
from zygote_nb.driver.fitting import check_like, list_like
from zygote_nb.driver.values import entries
from zygote_nb.frontend.columns import blank, taken_apart
from zygote_nb.ir.kinds import Given, Kind, ListOf, ObjectOf, Shared, TupleOf, carries_tangent


def seed_leaves(kind: Kind, y: Any, dy: Any, where: str) -> Iterator[Any]:
    """The leaves of a seed that carry a derivative, checked against the result."""
    yield from Seeds().of(kind, y, dy, where)


@dataclass(slots=True)
class Seeds:
    """The leaves of a seed; what an object gets in several places of a result is added up."""

    known: dict[int, tuple[ObjectOf, Any, slice]] = field(default_factory=dict)

    def of(self, kind: Kind, y: Any, dy: Any, where: str) -> list[Any]:
        found: list[Any] = []
        self.take(kind, y, dy, where, found)
        return found

    def take(self, kind: Kind, y: Any, dy: Any, where: str, found: list[Any]) -> None:
        match kind:
            case TupleOf(cls=cls) if cls is Given:
                inner = kind.items[1]
                self.take(inner, blank(inner) if y is None else y, None if y is None else dy, where, found)
            case TupleOf():
                if dy is None:
                    dy = [None] * len(kind.items)
                if not isinstance(dy, (tuple, list)) or len(dy) != len(kind.items):
                    raise ValueError(f"the seed of {where} must be a {kind.cls.__name__} of {len(kind.items)}")
                for i, (k, v, d) in enumerate(zip(kind.items, y, dy, strict=True)):
                    self.take(k, v, d, f"entry {i} of {where}", found)
            case ObjectOf():
                start = len(found)
                self.take_parts(kind, y, dy, where, found)
                self.known[kind.ident] = kind, y, slice(start, len(found))
            case Shared():
                self.add(kind.ident, dy, where, found)
            case _ if carries_tangent(kind):
                found.append(checked_seed(kind, y, dy, where))

    def take_parts(self, kind: ObjectOf, y: Any, dy: Any, where: str, found: list[Any]) -> None:
        if is_in_columns(kind):
            parts = zip(kind.items, taken_apart(kind, y), seeds_apart(kind, y, dy, where), strict=True)
            for k, v, d in parts:
                self.take(k, v, d, where, found)
            return
        for (key, v), k in zip(entries(y), kind.items, strict=True):
            d = None if dy is None else seed_entry(dy, key, where)
            self.take(k, v, d, f"entry {key!r} of {where}", found)

    def add(self, ident: int, dy: Any, where: str, found: list[Any]) -> None:
        """A second way to an object."""
        if dy is None:
            return
        if ident not in self.known:
            raise ValueError(f"{where} leads back to itself, and takes no seed")
        kind, y, place = self.known[ident]
        more: list[Any] = []
        self.take_parts(kind, y, dy, where, more)
        found[place] = [sum_of(a, b) for a, b in zip(found[place], more, strict=True)]


def sum_of(a: Any, b: Any) -> Any:
    return [sum_of(p, q) for p, q in zip(a, b, strict=True)] if isinstance(a, list) else a + b


def seed_entry(dy: Any, key: Any, where: str, word: str = "seed") -> Any:
    """The part of a seed for one entry of an object: a seed mirrors the result, as gradients do."""
    try:
        return dy[key] if isinstance(dy, (dict, list, tuple)) else getattr(dy, key)
    except (KeyError, IndexError, AttributeError):
        raise ValueError(f"the {word} of {where} has no entry {key!r}") from None


def checked_seed(kind: Kind, y: Any, dy: Any, where: str) -> Any:
    if isinstance(kind, ListOf):
        return list_like(y, dy, where, "seed")
    if dy is None:
        return np.zeros(np.shape(y)) if isinstance(y, np.ndarray) else 0.0
    check_like(y, dy, where, "seed")
    if isinstance(y, np.ndarray):
        return np.array(dy, dtype=y.dtype if y.dtype.kind in "fc" else np.float64)
    return complex(dy) if isinstance(y, (complex, np.complexfloating)) else float(dy)
