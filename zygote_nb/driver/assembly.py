"""Values from their leaves."""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Iterator
from types import MethodType
from typing import Any

from zygote_nb.driver.columns import Pool, is_in_columns, listed, one_of
from zygote_nb.driver.values import blank
from zygote_nb.frontend.heap import POOLED
from zygote_nb.frontend.oneof import OneOf
from zygote_nb.frontend.sparse import COMPRESSED
from zygote_nb.frontend.templates import Members, Table
from zygote_nb.ir.kinds import Given, Kind, ObjectOf, Outside, Shared, Static, TupleOf


def assembled(kind: Kind, values: Iterator[Any], objects: dict[int, Any] | None = None) -> Any:
    """A value from its leaves; ``objects`` are those that are known by number, and those made so far."""
    objects = {} if objects is None else objects
    match kind:
        case TupleOf():
            items = [assembled(k, values, objects) for k in kind.items]
            if kind.cls is Given:
                return items[1] if items[0] else None
            if hasattr(kind.cls, "_fields"):
                return kind.cls(*items)
            return items if kind.cls is list else tuple(items)
        case ObjectOf() if is_in_columns(kind):
            return assembled_container(kind, values, objects)
        case ObjectOf() if kind.note == POOLED:
            index, pool, *_ = [assembled(k, values, objects) for k in kind.items]
            objects[kind.ident] = pool.at(index)
            return objects[kind.ident]
        case ObjectOf() if kind.cls is OneOf:
            number, index, *found = [assembled(k, values, objects) for k in kind.items]
            pools = {pool.template.cls: pool for pool in found}
            objects[kind.ident] = one_of(kind.note, number, pools).at(index)
            return objects[kind.ident]
        case ObjectOf():
            return assembled_object(kind, values, objects)
        case Shared() | Outside():
            return objects[kind.ident]
        case Static():
            return kind.value
    return next(values)


def assembled_object(kind: ObjectOf, values: Iterator[Any], objects: dict[int, Any]) -> Any:
    if kind.cls in (MethodType, functools.partial) or kind.cls.__name__ in COMPRESSED:
        parts = {k: assembled(item, values, objects) for k, item in zip(kind.keys, kind.items, strict=True)}
        objects[kind.ident] = made = called_with(kind.cls, parts)
        return made
    made = {} if kind.cls is dict else [] if kind.cls is list else blank(kind.cls)
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


def called_with(cls: Any, parts: dict[str, Any]) -> Any:
    """An object of a class that is not filled attribute by attribute."""
    if cls is MethodType:
        return MethodType(parts["__func__"], parts["__self__"])
    if cls is functools.partial:
        return functools.partial(parts["func"], *parts["args"], **parts["keywords"])
    return cls((parts["data"], parts["indices"], parts["indptr"]), shape=parts["_shape"])


def assembled_container(kind: ObjectOf, values: Iterator[Any], objects: dict[int, Any]) -> Any:
    """A container of run time, or a pool, which only such a container or an object in it leads to."""
    if kind.cls is Table:
        return assembled_dict(kind, values, objects)
    if kind.cls is Members:
        objects[kind.ident] = made = set(assembled(kind.items[0], values, objects))
        return made
    place, template = kind.note
    pool = Pool(template) if place[0] == "pool" else None
    result: Any = [] if pool is None else pool
    objects[kind.ident] = result
    parts = [assembled(item, values, objects) for item in kind.items]
    columns = [part for part in parts if not isinstance(part, Pool)]
    others = {part.template.cls: part for part in parts if isinstance(part, Pool)}
    if pool is None:
        result += listed(kind, columns, others)
    else:
        pool.columns, pool.others = columns, others
    return result


def assembled_dict(kind: ObjectOf, values: Iterator[Any], objects: dict[int, Any]) -> Any:
    factory = kind.note
    made: Any = {} if factory is None else factory() if issubclass(factory, dict) else defaultdict(factory)
    objects[kind.ident] = made
    keys, entries = (assembled(item, values, objects) for item in kind.items)
    for key, value in zip(keys, entries, strict=True):
        made[key] = value
    return made
