"""Copies of objects: ``copy.copy``, ``copy.deepcopy``, ``dataclasses.replace`` and ``asdict``."""

from __future__ import annotations

import ast
import dataclasses
import operator
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from zygote_nb.dataclass import dataclass, field
from zygote_nb.errors import UnsupportedSyntaxError
from zygote_nb.frontend import pools, rows, tables
from zygote_nb.frontend.classes import replaced
from zygote_nb.frontend.heap import POOLED, Obj, Object, get_object, new_object
from zygote_nb.frontend.tables import Table
from zygote_nb.frontend.templates import Members, Rows
from zygote_nb.frontend.values import make_tuple, static
from zygote_nb.ir.core import Apply, Expr, If, Name, Raise, Tuple
from zygote_nb.ir.kinds import BOOL, Array, ListOf, Opaque, describe

if TYPE_CHECKING:
    from zygote_nb.frontend.lower import Lowering

Kwargs = tuple[tuple[str, Any], ...]


def call_copy(deep: bool) -> Callable[..., Any]:
    def lower(lo: Lowering, node: ast.AST, args: list[Any], kwargs: Kwargs) -> Any:
        return Copying(lo, node).deep(args[0]) if deep else shallow(lo, node, args[0])

    return lower


def shallow(lo: Lowering, node: ast.AST, value: Any) -> Any:
    """``copy.copy``."""
    if not isinstance(value, Obj):
        return copied_memory(lo, node, value)
    content = get_object(lo, value)
    if is_of_columns(content):
        return copied_columns(lo, node, value, False)
    return new_object(lo, node, content.cls, lo.program.all_fields(lo, node, value))


@dataclass(slots=True)
class Copying:
    """A deep copy in the making: what was met before is copied once."""

    lo: Lowering
    node: ast.AST
    seen: dict[int, Any] = field(default_factory=dict)
    arrays: list[Expr] = field(default_factory=list)
    lists: dict[str, Expr] = field(default_factory=dict)

    def deep(self, value: Any) -> Any:
        """``copy.deepcopy``."""
        if isinstance(value, Obj):
            return self.object(value)
        if isinstance(value, Tuple):
            return make_tuple(tuple(map(self.deep, value.items)), value.cls)
        if isinstance(value.kind, Array):
            self.refuse_same(value, self.arrays)
        if isinstance(value.kind, ListOf):
            return self.list_of(value)
        return copied_memory(self.lo, self.node, value)

    def list_of(self, value: Expr) -> Expr:
        """A list in two places is one in the copy too."""
        held = value if isinstance(value, Name) else self.lo.temporary("t", value, self.node)
        if held.id not in self.lists:
            self.refuse_same(held, [Name(n, v.kind) for n, v in self.lists.items()])
            self.lists[held.id] = copied_memory(self.lo, self.node, held)
        return self.lists[held.id]

    def object(self, value: Obj) -> Any:
        if value.ident not in self.seen:
            content = get_object(self.lo, value)
            if is_of_columns(content):
                return copied_columns(self.lo, self.node, value, True)
            held = [(k, self.deep(v)) for k, v in self.lo.program.all_fields(self.lo, self.node, value)]
            self.seen[value.ident] = new_object(self.lo, self.node, content.cls, held)
        return self.seen[value.ident]

    def as_data(self, value: Any, made: type) -> Any:
        """``dataclasses.asdict`` and ``astuple``: dataclasses inside of it too; the rest as a deep copy."""
        lo, node = self.lo, self.node
        if isinstance(value, Tuple):
            return make_tuple(tuple(self.as_data(i, made) for i in value.items), value.cls)
        if not isinstance(value, Obj):
            return copied_memory(lo, node, value) if isinstance(value.kind, ListOf) else self.deep(value)
        if is_of_columns(get_object(lo, value)):
            return self.deep(value)
        if dataclasses.is_dataclass(value.cls):
            names = [f.name for f in dataclasses.fields(value.cls)]
            held = [(n, self.as_data(lo.attribute_of(node, value, n), made)) for n in names]
            return new_object(lo, node, dict, held) if made is dict else make_tuple(tuple(v for _, v in held), tuple)
        if value.cls in (dict, list):
            held = [(k, self.as_data(v, made)) for k, v in lo.program.all_fields(lo, node, value)]
            return new_object(lo, node, value.cls, held)
        return self.deep(value)

    def refuse_same(self, array: Expr, others: list[Expr]) -> None:
        """One array in two places would be one in the copy too, and is not found before the program runs."""
        held = array if isinstance(array, Name) else self.lo.temporary("t", array, self.node)
        for other in others:
            test = Apply(operator.is_, (other, held), (), BOOL)
            what = "array" if isinstance(array.kind, Array) else "list"
            message = static(f"one {what} is in two places of what is copied with all that is in it; copy it by hand")
            error = Apply(UnsupportedSyntaxError, (message,), (), Opaque("exception"), None, self.lo.span(self.node))
            raising = Raise(error, self.lo.span(self.node))
            self.lo.out.append(If(test, (raising,), (), self.lo.span(self.node)))
        others.append(held)


def copied_memory(lo: Lowering, node: ast.AST, value: Any) -> Any:
    if isinstance(value.kind, Array):
        return lo.temporary("t", lo.apply(node, np.copy, [value]), node)
    if isinstance(value.kind, ListOf):
        from zygote_nb.frontend.comprehensions import listed

        return listed(lo, node, value)
    return value


def is_of_columns(content: Object) -> bool:
    return content.cls in (Rows, Table, Members) or content.note == POOLED


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


def call_as(made: type) -> Callable[..., Any]:
    def lower(lo: Lowering, node: ast.AST, args: list[Any], kwargs: Kwargs) -> Any:
        return Copying(lo, node).as_data(args[0], made)

    return lower
