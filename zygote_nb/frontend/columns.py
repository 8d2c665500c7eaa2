"""Values of Python's containers as generated code holds them: one list for each leaf of an entry."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import reduce
from typing import Any

import numpy as np

from zygote_nb.dataclass import dataclass
from zygote_nb.frontend.templates import Members, Table, join_templates
from zygote_nb.ir.kinds import Array, Bottom, Given, Kind, ListOf, ObjectOf, Opaque, Scalar, Static, TupleOf, join

KindOf = Callable[[Any], Kind]


@dataclass(frozen=True, slots=True)
class Column:
    """One of the lists that a list, or the keys or values of a dict, consists of; the places of its keys if ``part``
    says so."""

    part: str
    template: Kind
    index: int = 0

    def of(self, container: Any) -> Any:
        match self.part:
            case "places":
                return {key: i for i, key in enumerate(container)}
            case "values":
                container = container.values()
        return [list(leaves(self.template, value))[self.index] for value in container]


def taken_apart(kind: ObjectOf, value: Any) -> list[Any]:
    """What the parts of a container of run time hold, in the order of its kind."""
    if kind.cls is Table:
        return [list(value), list(value.values())]
    if kind.cls is Members:
        return [value]
    rows = [list(leaves(kind.note[1], v)) for v in value]
    return [list(column) for column in zip(*rows, strict=True)] if rows else [[] for _ in kind.items]


def leaves(template: Kind, value: Any) -> Iterator[Any]:
    """The leaves of an entry."""
    match template:
        case TupleOf(cls=cls) if cls is Given:
            yield value is not None
            yield from leaves(template.items[1], blank(template.items[1]) if value is None else value)
        case TupleOf():
            for item, part in zip(template.items, value, strict=True):
                yield from leaves(item, part)
        case ObjectOf():
            yield from taken_apart(template, value)
        case Static():
            return
        case _:
            yield value


def blank(template: Kind) -> Any:
    """What stands in generated code where there is no value."""
    match template:
        case TupleOf(cls=cls) if cls is Given:
            return None
        case TupleOf():
            return tuple(map(blank, template.items))
        case Array():
            return np.zeros((0,) * template.ndim, template.dtype)
        case ListOf() | ObjectOf():
            return []
        case Opaque():
            return ""
        case Scalar(dtype="bool"):
            return False
    return 0.0


def common_template(kind_of: KindOf, values: Any, first: Kind) -> Kind | None:
    """The template that entries have in common; None where there is none."""

    def joined(a: Kind | None, b: Kind | None) -> Kind | None:
        return None if a is None or b is None else join_templates(a, b)

    return reduce(joined, (template_of(kind_of, v) for v in values), first)


def template_of(kind_of: KindOf, value: Any) -> Kind | None:
    """The template of a value that is there before anything runs."""
    match value:
        case tuple():
            items = tuple(template_of(kind_of, v) for v in value)
            cls = type(value) if hasattr(value, "_fields") else tuple
            return None if None in items else TupleOf(items, cls)  # type: ignore[arg-type]
        case None | str():
            return Static(value)
        case list():
            item = common_template(kind_of, value, Bottom())
            return ListOf(item) if isinstance(item, (Scalar, Array)) else None
    kind = kind_of(value)
    if isinstance(kind, Array):
        return Array(kind.dtype, (None,) * kind.ndim)
    return kind if isinstance(kind, Scalar) else None


def fits(kind_of: KindOf, kind: Kind, value: Any) -> bool:
    """Whether code that was made for a kind can take a value."""
    match kind:
        case ListOf(item=None):
            return type(value) is list and not value
        case ListOf():
            return type(value) is list and all(fits(kind_of, kind.item, v) for v in value)
        case Opaque(what="str"):
            return isinstance(value, str)
        case Opaque(what="places"):
            return isinstance(value, dict)
    found = template_of(kind_of, value)
    return found is not None and join(kind, found) == kind
