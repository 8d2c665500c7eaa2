"""What leaves the outermost function: containers of run time, with what is needed to put them together again."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from zygote_nb.dataclass import replace
from zygote_nb.frontend import pools, rows, tables
from zygote_nb.frontend.heap import POOLED, Obj, Object, get_object
from zygote_nb.frontend.oneof import OneOf, template
from zygote_nb.frontend.templates import Members, Rows, Table
from zygote_nb.ir.core import Const, Expr
from zygote_nb.ir.kinds import Kind, ObjectOf, Reference, TupleOf

if TYPE_CHECKING:
    from zygote_nb.frontend.lower import Lowering


def in_full(lo: Lowering, node: ast.AST, obj: Obj) -> Object:
    """What is handed over of an object: all that outside code doesn't know."""
    content = get_object(lo, obj)
    if content.cls is Table:
        return in_order(lo, node, obj, content)
    if content.cls is Members:
        return replace(content, note=None)
    if content.cls is Rows:
        return with_pools(lo, content, content.note[1])
    if content.note == POOLED:
        return with_pools(lo, content, Reference(content.cls))
    if content.cls is OneOf:
        return with_pools(lo, content, template(frozenset(content.note)))
    return replace(content, fields=tuple(lo.program.all_fields(lo, node, obj))) if content.outside else content


def in_order(lo: Lowering, node: ast.AST, table: Obj, content: Object) -> Object:
    """A dict as its keys and its values, in their order and without those that were deleted."""
    from zygote_nb.frontend.repetition import write_range

    factory = content.get("factory")
    if not isinstance(factory, Const) or not isinstance(factory.value, (type, type(None))):
        what = "a defaultdict is returned whose default is made by a function"
        raise lo.refuse(node, what, "return dict(...) of it")
    _, *columns = tables.parts(lo, table)
    made = [rows.new_rows(lo, node, rows.template(lo, c), content.label, ("returned",)) for c in columns]
    over = tables.sequence(lo, node, tables.view(lo, node, table, "items"))

    def add(i: Expr) -> None:
        for target, value in zip(made, over.item(i).items, strict=True):
            rows.append(lo, node, target, value)

    write_range(lo, node, (Const(0), over.length, Const(1)), lo.fresh("i"), add, set())
    return replace(content, fields=tuple(zip(("keys", "values"), made, strict=True)), note=factory.value)


def with_pools(lo: Lowering, content: Object, template: Kind) -> Object:
    """Numbers of objects, with the pools that these are in."""
    held = [(name, lo.env[name]) for name in dict.fromkeys(map(pools.pool_name, references(template)))]
    return replace(content, fields=(*content.fields, *held))


def references(template: Kind) -> Iterator[type]:
    """The classes whose objects a template refers to by number."""
    match template:
        case Reference():
            yield template.cls
        case ObjectOf() if template.cls is Rows:
            yield from references(template.note[1])
        case TupleOf() if template.cls is OneOf:
            yield from template.items[0].value  # type: ignore[union-attr]
        case TupleOf() | ObjectOf():
            for item in template.items:
                yield from references(item)
