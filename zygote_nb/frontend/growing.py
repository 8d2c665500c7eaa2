"""Lists as the program makes them: those that grow are memory, those of a fixed structure are objects."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

import numpy as np

from zygote_nb.frontend.heap import new_object
from zygote_nb.ir.core import INT_ONE, INT_ZERO, Append, Apply, Assign, Const, Expr, Name, Tuple, is_getitem
from zygote_nb.ir.kinds import Array, Bottom, Kind, ListOf, Scalar, join

if TYPE_CHECKING:
    from zygote_nb.frontend.lower import Lowering


def is_uniform(value: Tuple) -> bool:
    """Whether a list can be one that grows: numbers, or arrays of one kind."""
    kinds = [i.kind for i in value.items]
    if not all(isinstance(k, (Scalar, Array)) for k in kinds):
        return False
    item = kinds[0] if kinds else None
    for kind in kinds[1:]:
        item = join(item, kind) if item is not None else None
        if item is None:
            return False
    return True


def list_display(lo: Lowering, node: ast.AST, value: Tuple) -> Expr:
    """A list that grows: a piece of memory."""
    item: Kind | None = None
    for entry in value.items:
        joined = entry.kind if item is None else join(item, entry.kind)
        if joined is None or not isinstance(entry.kind, (Scalar, Array)):
            from zygote_nb.frontend.lists import needs_rows

            needs_rows(lo, node, lo.written.get(id(value), (None, None))[1], value.items)
            raise lo.refuse(node, "a list of entries of different kinds grows", "use one list for each kind")
        item = joined
    name = lo.fresh("items")
    known = lo.written.get(id(value))
    place = known[1] if known else None
    kind = ListOf(item, place, lo.program.limits.get(place))
    lo.list_places[name] = kind.place
    held = tuple(
        lo.temporary("t", i, node) if isinstance(i, Apply) and isinstance(i.kind, Array) else i for i in value.items
    )
    lo.out.append(Assign(name, Tuple(held, list, kind), lo.span(node)))
    return Name(name, kind)


def column_of(lo: Lowering, value: Any) -> str | None:
    """The list of lists that a list was read from."""
    if isinstance(value, Name):
        return lo.list_columns.get(value.id)
    if is_getitem(value) and isinstance(value.args[0], Name) and isinstance(value.args[0].kind, ListOf):
        return value.args[0].id
    return None


def note_list(lo: Lowering, name: str, value: Any) -> None:
    """Remember which list of lists a list comes from, and under which names it is known."""
    if isinstance(value.kind, ListOf) and (column := column_of(lo, value)):
        lo.list_columns[name] = column
    if isinstance(value.kind, ListOf) and isinstance(value, Name):
        same = lo.list_names.get(name, {name}) | lo.list_names.get(value.id, {value.id})
        lo.list_names.update(dict.fromkeys(same, same))


def same_lists(lo: Lowering, values: list[Expr]) -> tuple[tuple[int, ...], ...]:
    """Which of the values are one list."""
    groups: dict[str, list[int]] = {}
    for i, value in enumerate(values):
        if isinstance(value, Name) and isinstance(value.kind, ListOf):
            groups.setdefault(min(lo.list_names.get(value.id, {value.id})), []).append(i)
    return tuple(tuple(g) for g in groups.values() if len(g) > 1)


def repeated_list(lo: Lowering, node: ast.AST, item: Expr, count: Expr) -> Expr:
    """``[x] * n``."""
    if isinstance(item, Const) and item.value is None:
        return empty_places(lo, node, count)
    if not isinstance(item.kind, Scalar):
        hint = "append to an empty list in a loop"
        raise lo.refuse(node, "a repeated list of arrays is not differentiated", hint)
    from zygote_nb.frontend.repetition import write_range

    name = lo.fresh("items")
    kind = ListOf(item.kind)
    held = lo.evaluated(item, node)
    lo.out.append(Assign(name, Tuple((), list, kind), lo.span(node)))
    bounds = (INT_ZERO, count, INT_ONE)
    write_range(lo, node, bounds, lo.fresh("i"), lambda i: lo.out.append(Append(name, held, lo.span(node))), set())
    return Name(name, kind)


def empty_places(lo: Lowering, node: ast.AST, count: Expr) -> Any:
    """``[None] * n``: a list of entries that are not there yet."""
    from zygote_nb.frontend import rows
    from zygote_nb.frontend.repetition import write_range
    from zygote_nb.frontend.templates import optional
    from zygote_nb.frontend.values import none

    place = ("none", *lo.program.place(lo, node))
    made = rows.new_rows(lo, node, lo.program.columns.get(place, optional(Bottom())), lo.label, place)
    bounds = (INT_ZERO, count, INT_ONE)
    write_range(lo, node, bounds, lo.fresh("i"), lambda i: rows.append(lo, node, made, none()), set())
    return made


def dynamic_item(lo: Lowering, node: ast.AST, base: Tuple, index: Expr) -> Any:
    """An entry of a tuple at an index that isn't known: the tuple as an array, if its entries are numbers."""
    if base.items and all(isinstance(i.kind, Scalar) for i in base.items) and isinstance(index.kind, Scalar):
        whole = lo.apply(node, np.array, [base])
        entry = lo.getitem(node, lo.temporary("t", whole, node), index)
        python = entry.kind.dtype == "float64" and all(i.kind.weak is True for i in base.items)
        return lo.apply(node, float, [entry]) if python else entry
    if base.items and isinstance(index.kind, Scalar):
        from zygote_nb.frontend.dispatch import chosen_entry

        return chosen_entry(lo, node, new_object(lo, node, list, list(enumerate(base.items))), index)
    if not base.items:
        raise lo.raised(node, IndexError, f"{base.cls.__name__} index out of range")
    what = "an entry of a tuple is chosen by an index that is not a constant"
    raise lo.refuse(node, what, "use an array, or loop over the tuple")
