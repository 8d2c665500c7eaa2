"""The elements of arrays that a statement reads and writes, each with its index along an axis."""

from __future__ import annotations

from collections.abc import Iterator

from zygote_nb.dataclass import dataclass
from zygote_nb.ir.core import (
    Accumulate,
    Apply,
    Choice,
    Const,
    Expr,
    Name,
    Stmt,
    Store,
    Tuple,
    is_getitem,
    logical_and,
    logical_or,
)
from zygote_nb.ir.kinds import ListOf, Scalar, TupleOf
from zygote_nb.ir.walk import children, expressions


class Unknown(Exception):
    """An index of another sort."""


@dataclass(frozen=True, slots=True)
class Place:
    """An index along an axis of an array; ``always`` says that the statement comes to it whenever it runs."""

    array: Name
    axis: int
    index: Expr
    always: bool = True


def places(stmt: Stmt) -> list[Place] | None:
    """What a statement itself reads and writes; None if there are indices of another sort."""
    try:
        return [*written(stmt), *(p for e in expressions(stmt) for p in places_read(e, True))]
    except Unknown:
        return None


def written(stmt: Stmt) -> Iterator[Place]:
    match stmt:
        case Store(add=True):
            raise Unknown
        case Store():
            yield from indexed(stmt.base, stmt.index, True)
        case Accumulate() if stmt.index is not None:
            yield from indexed(stmt.base if stmt.base is not None else Name(stmt.target, stmt.kind), stmt.index, True)


def places_read(expr: Expr, always: bool) -> Iterator[Place]:
    if isinstance(expr, Apply) and is_getitem(expr):
        yield from indexed(expr.args[0], expr.args[1], always)
    lazy = isinstance(expr, Choice) or (isinstance(expr, Apply) and expr.fn in (logical_and, logical_or))
    for i, child in enumerate(children(expr)):
        yield from places_read(child, always and (i == 0 or not lazy))


def indexed(base: Expr, index: Expr, always: bool) -> Iterator[Place]:
    """The indices along the axes of an array; tuples and lists are checked in any case."""
    if isinstance(base.kind, TupleOf | ListOf) or is_shape(base):
        return
    items = index.items if isinstance(index, Tuple) else (index,)
    if all(map(is_whole, items)):
        return
    if not isinstance(base, Name):
        raise Unknown
    for axis, item in enumerate(items):
        if is_slice(item):
            continue
        if not isinstance(item.kind, Scalar) or item.kind.dtype != "int64":
            raise Unknown
        yield Place(base, axis, item, always)


def is_shape(base: Expr) -> bool:
    return isinstance(base, Apply) and getattr(base.fn, "name", "") == "shape"


def is_slice(item: Expr) -> bool:
    return isinstance(item, Apply) and item.fn is slice


def is_whole(item: Expr) -> bool:
    return is_slice(item) or (isinstance(item, Const) and item.value in (None, Ellipsis))
