"""Copies of objects: ``copy.copy``, ``copy.deepcopy``, ``dataclasses.replace`` and ``asdict``."""

from __future__ import annotations

import ast
import dataclasses
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from zygote_nb.frontend import pools, rows, tables
from zygote_nb.frontend.classes import replaced
from zygote_nb.frontend.heap import POOLED, Obj, get_object, new_object
from zygote_nb.frontend.tables import Table
from zygote_nb.frontend.templates import Members, Rows
from zygote_nb.frontend.values import make_tuple
from zygote_nb.ir.core import Tuple
from zygote_nb.ir.kinds import Array, ListOf, describe

if TYPE_CHECKING:
    from zygote_nb.frontend.lower import Lowering

Kwargs = tuple[tuple[str, Any], ...]


def call_copy(deep: bool) -> Callable[..., Any]:
    def lower(lo: Lowering, node: ast.AST, args: list[Any], kwargs: Kwargs) -> Any:
        return copied(lo, node, args[0], deep, {})

    return lower


def copied(lo: Lowering, node: ast.AST, value: Any, deep: bool, seen: dict[int, Any]) -> Any:
    """``copy.copy`` and ``copy.deepcopy``."""
    if isinstance(value, Obj):
        if value.ident in seen:
            return seen[value.ident]
        content = get_object(lo, value)
        if content.cls in (Rows, Table, Members) or content.note == POOLED:
            return copied_columns(lo, node, value, deep)
        held = lo.program.all_fields(lo, node, value)
        if deep:
            held = [(k, copied(lo, node, v, True, seen)) for k, v in held]
        seen[value.ident] = new_object(lo, node, content.cls, held, content.label)
        return seen[value.ident]
    if isinstance(value, Tuple) and deep:
        return make_tuple(tuple(copied(lo, node, i, True, seen) for i in value.items), value.cls)
    if isinstance(value.kind, Array):
        return lo.temporary("t", lo.apply(node, np.copy, [value]), node)
    if isinstance(value.kind, ListOf):
        from zygote_nb.frontend.comprehensions import listed

        return listed(lo, node, value)
    return value


def copied_columns(lo: Lowering, node: ast.AST, value: Obj, deep: bool) -> Any:
    """A copy of a list of tuples, a dict of run-time keys, or an object known by number."""
    if deep or value.cls is Members:
        raise lo.refuse(
            node, f"{describe(value.kind)} is copied with all that is in it", "copy what is in it in a loop"
        )
    if rows.is_rows(value):
        return rows.copy(lo, node, value)
    if value.cls is Table:
        return tables.copy(lo, node, value)
    held = lo.program.all_fields(lo, node, value)
    return pools.moved(lo, node, new_object(lo, node, value.cls, held))


def call_replace(lo: Lowering, node: ast.AST, args: list[Any], kwargs: Kwargs) -> Any:
    return replaced(lo, node, args[0], kwargs)


def call_asdict(lo: Lowering, node: ast.AST, args: list[Any], kwargs: Kwargs) -> Any:
    names = [f.name for f in dataclasses.fields(args[0].cls)]
    return new_object(lo, node, dict, [(n, lo.attribute_of(node, args[0], n)) for n in names])
