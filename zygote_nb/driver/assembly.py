"""Values from their leaves."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from zygote_nb.driver.values import blank
from zygote_nb.ir.kinds import Given, Kind, ObjectOf, Shared, Static, TupleOf


def assembled(kind: Kind, values: Iterator[Any], objects: dict[int, Any] | None = None) -> Any:
    """A value from its leaves; ``objects`` are those of the arguments by number, and those made so far."""
    objects = {} if objects is None else objects
    match kind:
        case TupleOf():
            items = [assembled(k, values, objects) for k in kind.items]
            if kind.cls is Given:
                return items[1] if items[0] else None
            if hasattr(kind.cls, "_fields"):
                return kind.cls(*items)
            return items if kind.cls is list else tuple(items)
        case ObjectOf():
            return assembled_object(kind, values, objects)
        case Shared():
            return objects.get(kind.ident)
        case Static():
            return kind.value
    return next(values)


def assembled_object(kind: ObjectOf, values: Iterator[Any], objects: dict[int, Any]) -> Any:
    made: Any = {} if kind.cls is dict else [] if kind.cls is list else blank(kind.cls)
    objects[kind.ident] = made
    for key, item in zip(kind.keys, kind.items, strict=True):
        part = assembled(item, values, objects)
        if kind.cls is dict:
            made[key] = part
        elif kind.cls is list:
            made.append(part)
        else:
            object.__setattr__(made, key, part)
    return made
