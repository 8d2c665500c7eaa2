"""Lists and dicts outside that get entries as the program runs: their columns are free variables.

As memory they are handed from function to function like any captured list, so that all see what one has added. After
the call the list or dict is put together again.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

from zygote_nb.frontend.columns import Column, common_template
from zygote_nb.frontend.free import Path
from zygote_nb.frontend.heap import Obj, Object, put_object, slot
from zygote_nb.frontend.layout import Dependency, FreeVariable, Layout
from zygote_nb.frontend.origins import OUTSIDE
from zygote_nb.frontend.tables import PLACES
from zygote_nb.frontend.templates import Rows, Table, columns, varying
from zygote_nb.frontend.values import none
from zygote_nb.ir.kinds import Bottom, Kind, ListOf, Reference

if TYPE_CHECKING:
    from zygote_nb.frontend.lower import Lowering


def place_of_value(lo: Lowering, value: Any) -> tuple[Any, ...]:
    return (OUTSIDE, -id(value), 0)


def is_carried(lo: Lowering, value: Any) -> bool:
    """Whether it is known that this container outside gets entries as the program runs."""
    place, program = place_of_value(lo, value), lo.program
    if type(value) is list:
        return place in program.growing or place in program.columns
    return type(value) is dict and ("keys", *place) in program.columns


def carried(lo: Lowering, node: ast.AST, name: str, path: Path, value: Any) -> Any:
    """The container as one of run time; nothing that is compiled depends on its length or its keys."""
    program = lo.program
    ident = program.outside.know(value, path, name)
    program.dependencies[:] = [d for d in program.dependencies if not is_layout(lo, d, value)]
    if type(value) is list and place_of_value(lo, value) not in program.columns:
        item = common(lo, node, name, value, Bottom())
        return program.add_free(lo, FreeVariable(path, name, ListOf(None if isinstance(item, Bottom) else item)))
    cls: type = Rows if type(value) is list else Table
    obj = Obj(ident, Reference(cls))
    if slot(ident) not in lo.env:
        fields, note = parts(lo, node, name, path, value)
        put_object(lo, obj, Object(cls, fields, name, frozenset((ident,)), outside=True, note=note, whole=True))
    return obj


def is_layout(lo: Lowering, dependency: Dependency, value: Any) -> bool:
    return isinstance(dependency.value, Layout) and lo.program.outside.read(dependency.path) is value


def parts(lo: Lowering, node: ast.AST, name: str, path: Path, value: Any) -> tuple[tuple[tuple[Any, Any], ...], Any]:
    place = place_of_value(lo, value)
    if type(value) is list:
        rows = rows_of(lo, node, name, path, "list", value, place)
        return rows.fields, rows.note
    held = lo.program.add_free(lo, FreeVariable((*path, ("column", Column("places", Bottom()))), f"{name}_at", PLACES))
    made = [("places", held)]
    for part, entries in (("keys", value), ("values", value.values())):
        content = rows_of(lo, node, f"{name}_{part}", path, part, entries, (part, *place))
        obj = Obj(lo.new_ident(), Reference(Rows))
        put_object(lo, obj, content)
        made.append((part, obj))
    return (*made, ("factory", none())), place


def rows_of(lo: Lowering, node: ast.AST, name: str, path: Path, part: str, entries: Any, place: Any) -> Object:
    """The columns of a list, or of the keys or values of a dict."""
    program = lo.program
    known = program.columns.get(place, Bottom())
    template = common(lo, node, name, entries, known)
    template = varying(template) if part == "keys" else template
    if template != known:
        program.columns[place] = template
    fields = []
    for i, kind in enumerate(columns(template)):
        whole = ListOf(None if isinstance(kind, Bottom) else kind)
        way = (*path, ("column", Column(part, template, i)))
        fields.append((i, program.add_free(lo, FreeVariable(way, f"{name}_{i}", whole))))
    return Object(Rows, tuple(fields), name, frozenset(), note=(place, template))


def common(lo: Lowering, node: ast.AST, name: str, values: Any, first: Kind) -> Kind:
    found = common_template(lo.program.kind_of, values, first)
    if found is None:
        what = f"the entries of `{name}`, from outside, have no structure in common"
        raise lo.refuse(node, what, "keep entries of one structure in it")
    return found
