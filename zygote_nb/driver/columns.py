"""Containers of run-time structure on either side of generated code, which holds them as columns.

A list whose entries have a structure is one list for each leaf of an entry; a dict is its keys and its values. What is
returned is put together from these, and seeds and tangents are taken apart in the same way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from zygote_nb.dataclass import dataclass, field
from zygote_nb.driver.values import blank as blank_object
from zygote_nb.frontend.columns import blank
from zygote_nb.frontend.oneof import OneOf, number_of
from zygote_nb.frontend.records import Record
from zygote_nb.frontend.templates import Members, Rows, Table
from zygote_nb.ir.kinds import Given, Kind, ObjectOf, Reference, Static, TupleOf

Leaf = Callable[[], Any]


def is_in_columns(kind: Kind) -> bool:
    return isinstance(kind, ObjectOf) and kind.cls in (Rows, Table, Members)


# Putting together


@dataclass(slots=True)
class Pool:
    """The objects of a class, in columns; ``others`` are the pools that it refers to."""

    template: ObjectOf
    columns: list[list[Any]] = field(default_factory=list)
    others: dict[type, Pool] = field(default_factory=dict)
    made: dict[int, Any] = field(default_factory=dict)

    def at(self, index: int) -> Any:
        if index not in self.made:
            cls = self.template.cls
            made: Any = {} if issubclass(cls, Record) else blank_object(cls)
            self.made[index], found = made, row(self.columns, index)
            for name, item in zip(self.template.keys, self.template.items, strict=True):
                value = entry(item, found, self.others)
                if isinstance(made, dict):
                    made[name] = value
                else:
                    object.__setattr__(made, name, value)
        return self.made[index]


Pools = dict[type, Pool]


def row(columns: list[list[Any]], index: int) -> Leaf:
    values = (column[index] for column in columns)
    return lambda: next(values)


def entry(template: Kind, leaf: Leaf, pools: Pools) -> Any:
    """An entry from its leaves, all of which are taken."""
    match template:
        case TupleOf(cls=cls) if cls is Given:
            test = leaf()
            value = entry(template.items[1], leaf, pools) if test else skipped(template.items[1], leaf)
            return value if test else None
        case TupleOf(cls=cls) if cls is OneOf:
            number, index = leaf(), leaf()
            return one_of(template.items[0].value, number, pools).at(index)  # type: ignore[union-attr]
        case TupleOf():
            items = [entry(item, leaf, pools) for item in template.items]
            return template.cls(*items) if hasattr(template.cls, "_fields") else tuple(items)
        case Static():
            return template.value
        case ObjectOf():
            return listed(template, [leaf() for _ in template.items], pools)
        case Reference():
            return pools[template.cls].at(leaf())
    return leaf()


def one_of(classes: tuple[type, ...], number: int, pools: Pools) -> Pool:
    """The pool of the class that has the number."""
    return next(pools[cls] for cls in classes if number_of(cls) == number)


def skipped(template: Kind, leaf: Leaf) -> None:
    """The leaves of a value that isn't there."""
    match template:
        case TupleOf():
            for item in template.items:
                skipped(item, leaf)
        case ObjectOf():
            for _ in template.items:
                leaf()
        case Static():
            return
        case _:
            leaf()


def listed(kind: ObjectOf, columns: list[list[Any]], pools: Pools) -> list[Any]:
    """A list from its columns."""
    template = kind.note[1]
    return [entry(template, row(columns, i), pools) for i in range(len(columns[0]))]


# Taking apart


def seeds_apart(kind: ObjectOf, value: Any, seed: Any, where: str) -> list[Any]:
    """The same of a seed, None where there is none."""
    if kind.cls is Members or seed is None:
        return [None] * len(kind.items)
    if kind.cls is Table:
        missing = [k for k in value if k not in seed]
        if missing:
            raise ValueError(f"the seed of {where} has no entry {missing[0]!r}")
        return [None, [seed[k] for k in value]]
    if not isinstance(seed, (list, tuple)) or len(seed) != len(value):
        raise ValueError(f"the seed of {where} must be a list of {len(value)}")
    rows = [list(seed_leaves(kind.note[1], v, d)) for v, d in zip(value, seed, strict=True)]
    return [list(column) for column in zip(*rows, strict=True)] if rows else [[] for _ in kind.items]


def seed_leaves(template: Kind, value: Any, seed: Any) -> Iterator[Any]:
    match template:
        case TupleOf(cls=cls) if cls is Given:
            yield None
            inner = template.items[1]
            yield from seed_leaves(inner, blank(inner) if value is None else value, None if value is None else seed)
        case TupleOf():
            parts = [None] * len(template.items) if seed is None else seed
            if len(parts) != len(template.items):
                raise ValueError(f"the seed of an entry must be a tuple of {len(template.items)}")
            for item, part, d in zip(template.items, value, parts, strict=True):
                yield from seed_leaves(item, part, d)
        case ObjectOf():
            yield from seeds_apart(template, value, seed, "a list in it")
        case Static():
            return
        case _:
            yield seed


# Tangents


def tangents(kind: ObjectOf, value: Any, parts: list[Any], fit: Callable[[Any, Any], Any]) -> Any:
    """The tangent of such a container from those of its parts, None where there is none."""
    if kind.cls is Members:
        return None
    if kind.cls is Table:
        return dict(zip(value, parts[1], strict=True))
    columns = [[None] * len(value) if part is None else part for part in parts]
    return [tangent(kind.note[1], v, row(columns, i), fit) for i, v in enumerate(value)]


def tangent(template: Kind, value: Any, leaf: Leaf, fit: Callable[[Any, Any], Any]) -> Any:
    match template:
        case TupleOf(cls=cls) if cls is Given:
            leaf()
            if value is not None:
                return tangent(template.items[1], value, leaf, fit)
            return skipped(template.items[1], leaf)
        case TupleOf():
            items = [tangent(item, v, leaf, fit) for item, v in zip(template.items, value, strict=True)]
            return template.cls(*items) if hasattr(template.cls, "_fields") else tuple(items)
        case Static():
            return None
        case ObjectOf():
            return tangents(template, value, [leaf() for _ in template.items], fit)
    found = leaf()
    return None if found is None or isinstance(value, str) else fit(value, found)
