"""Lowering of ``list``, ``tuple``, ``deque``, ``sorted`` and ``zip``."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from zygote_nb.frontend import overloads, tables
from zygote_nb.frontend.displays import rows_display
from zygote_nb.frontend.growing import list_display
from zygote_nb.frontend.heap import Obj, list_object
from zygote_nb.frontend.lists import as_list
from zygote_nb.frontend.rows import Rows
from zygote_nb.frontend.settings import make_known
from zygote_nb.frontend.tables import is_table
from zygote_nb.frontend.values import make_tuple, none, static
from zygote_nb.ir.core import Const, Name, Tuple
from zygote_nb.ir.kinds import Array, ListOf

if TYPE_CHECKING:
    from zygote_nb.frontend.lower import Lowering

Kwargs = tuple[tuple[str, Any], ...]


def call_list(cls: type) -> Callable[..., Any]:
    def lower(lo: Lowering, node: ast.AST, args: list[Any], kwargs: Kwargs) -> Any:
        if not args:
            return display(lo, node, (), cls)
        value = tables.listed(lo, node, args[0]) if is_table(args[0]) or tables.is_view(args[0]) else args[0]
        if cls is list and tables.is_view(args[0]):
            return value
        if isinstance(value, Obj) and value.cls is dict:
            return make_tuple(tuple(lo.constant(k) for k in overloads.keys(lo, value)), cls)
        if cls is tuple and isinstance(value, Const) and isinstance(value.value, range):
            return make_tuple(tuple(map(lo.constant, value.value)), tuple)
        fixed = as_list(lo, value)
        if fixed is not None:
            return display(lo, node, fixed.items, cls)
        if cls is list and (isinstance(value.kind, (ListOf, Array)) or is_listed(value)):
            from zygote_nb.frontend.comprehensions import listed

            return listed(lo, node, value)
        what = f"`{ast.unparse(node)}` is not differentiated"
        raise lo.refuse(node, what, "use a loop with append")

    return lower


def is_listed(value: Any) -> bool:
    """Whether the items can be put into a list one by one."""
    known = isinstance(value, Const) and isinstance(value.value, range)
    return known or (isinstance(value, Obj) and value.cls in (range, Rows))


def display(lo: Lowering, node: ast.AST, items: tuple[Any, ...], cls: type) -> Any:
    """``list()`` is a display as ``[]`` is."""
    value = make_tuple(items, cls)
    if cls is list and lo.program.place(lo, node) in lo.program.columns:
        return rows_display(lo, node, value, lo.label)
    if cls is list:
        lo.written[id(value)] = (value, lo.program.place(lo, node))
        return list_display(lo, node, value) if lo.program.is_growing(lo, node) else value
    return value


def call_deque(lo: Lowering, node: ast.AST, args: list[Any], kwargs: Kwargs) -> Any:
    """A deque is a list, the first entry of which is taken as easily as the last. One of limited length begins empty,
    and gets its entries one by one."""
    from zygote_nb.frontend.iterators import without_generators
    from zygote_nb.frontend.lists import list_method

    limit = lo.snapshot([*args[1:], *(v for k, v in kwargs if k == "maxlen"), none()][0])
    items = without_generators(lo, node, args[:1])
    if isinstance(limit, Const) and limit.value is None:
        return call_list(list)(lo, node, items, ())
    if not isinstance(limit, Const) or type(limit.value) is not int:
        make_known(lo, [limit])
        raise lo.refuse(node, "the length of a deque is limited by a number that isn't known", "give a constant")
    lo.program.limits[lo.program.place(lo, node)] = limit.value
    made = display(lo, node, (), list)
    if not items:
        return made
    if isinstance(made, Tuple):
        made = list_object(lo, node, lo.fresh("items"), made)
    list_method(lo, node, made, "extend", items, ())
    return Name(made.id, lo.rekinded.get(made.id, made.kind)) if isinstance(made, Name) else made


def call_sorted(lo: Lowering, node: ast.AST, args: list[Any], kwargs: Kwargs) -> Any:
    from zygote_nb.frontend.sorting import sorted_entries, sorted_list

    if is_table(args[0]):
        args = [tables.listed(lo, node, args[0])]
    fixed = as_list(lo, args[0])
    if isinstance(args[0], Obj) and args[0].cls is dict:
        fixed = make_tuple(tuple(lo.constant(k) for k in overloads.keys(lo, args[0])), list)
    if fixed is None:
        return sorted_list(lo, node, lo.snapshot(args[0]), kwargs)
    return sorted_entries(lo, node, list(fixed.items), kwargs)


def call_zip_expression(lo: Lowering, node: ast.Call) -> Any:
    from zygote_nb.frontend.calls import arguments, call_value
    from zygote_nb.frontend.sequences import spread_rows

    columns = spread_rows(lo, node)
    return columns if columns is not None else call_value(lo, node, static(zip), *arguments(lo, node))
