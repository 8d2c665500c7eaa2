"""Objects that are known by number as the program runs: linked ones, those in lists that grow, one of several.

All objects of such a class that the program makes are in one pool, which is a list of columns, one for each leaf of
an attribute. A reference is the number of a row. The pool begins with the outermost function, and is handed to every
function that is called.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from zygote_nb.frontend import rows
from zygote_nb.frontend.heap import ABSENT, POOLED, Obj, Object, get_object, put_object
from zygote_nb.frontend.inner import check_pool
from zygote_nb.frontend.layout import is_users_class
from zygote_nb.frontend.origins import is_begun_before
from zygote_nb.frontend.records import record_class
from zygote_nb.frontend.templates import (
    assembled,
    columns,
    join_templates,
    parts,
    template_of,
)
from zygote_nb.ir.core import FALSE, Append, Apply, Expr, Name
from zygote_nb.ir.kinds import Kind, ObjectOf, Reference

if TYPE_CHECKING:
    from zygote_nb.frontend.lower import Lowering

POOL = "pool of "
HINT = "give every object of the class the same attributes, of one kind, when it is made"


def is_pooled(lo: Lowering, value: Any) -> bool:
    """Whether it is a reference to an object in a pool."""
    return isinstance(value, Obj) and getattr(lo.env.get(f"@{value.ident}"), "note", None) == POOLED


def place(cls: type) -> tuple[Any, ...]:
    return ("pool", cls)


def can_be_pooled(content: Object) -> bool:
    if content.cls is dict:
        return isinstance(content.note, tuple) and not is_begun_before(content.note) and bool(content.fields)
    return not content.outside and content.note is None and is_users_class(content.cls)


def pooled_class(content: Object) -> type:
    """The class whose pool an object is in, or would be."""
    return record_class(content.keys()) if content.cls is dict else content.cls


def needs_pool(lo: Lowering, node: ast.AST, cls: type, what: str) -> None:
    """Objects of a class turn out to be known by number only: all is lowered again with a pool."""
    if place(cls) not in lo.program.columns:
        check_pool(lo, node, cls)
        raise rows.needs_columns(lo, node, place(cls), ObjectOf(cls, (), ()), what, HINT)


def needs_pool_for(lo: Lowering, node: ast.AST, kinds: Iterable[Kind], what: str) -> None:
    """The same, for values of kinds that don't fit together: a pool helps where objects are among them."""
    for kind in kinds:
        if isinstance(kind, (Reference, ObjectOf)) and kind.cls is not SimpleNamespace and is_users_class(kind.cls):
            needs_pool(lo, node, kind.cls, what)


def begin_pools(lo: Lowering, node: ast.AST) -> None:
    """The pools that the program needs, empty, at the beginning of the outermost function."""
    for key, template in lo.program.columns.items():
        if key[0] == "pool" and columns(template):
            cls = key[1]
            enter(lo, cls, rows.new_rows(lo, node, template, cls.__name__.lower(), key))


def enter(lo: Lowering, cls: type, pool: Obj) -> None:
    """The pool of a class is in use here; no variable of the user's is one of its columns."""
    lo.env[pool_name(cls)] = pool
    lo.unshared.update(c.id for c in rows.column_names(lo, pool))


def pool_name(cls: type) -> str:
    return f"{POOL}{cls.__module__}.{cls.__qualname__}"


def pools_of(lo: Lowering) -> dict[str, Obj]:
    return {name: value for name, value in lo.env.items() if name.startswith(POOL)}


def pool_of(lo: Lowering, cls: type) -> Obj | None:
    return lo.env.get(pool_name(cls))


def fields(lo: Lowering, cls: type) -> ObjectOf:
    found = lo.program.columns[place(cls)]
    assert isinstance(found, ObjectOf)
    return found


def pointer(lo: Lowering, cls: type, index: Expr) -> Obj:
    """The object in a row."""
    index = lo.evaluated(index, lo.statement or lo.source.tree)
    obj = Obj(lo.new_ident(), Reference(cls))
    put_object(lo, obj, Object(cls, (("index", index),), cls.__name__.lower(), frozenset((obj.ident,)), note=POOLED))
    lo.recent.append(obj)
    return obj


def moved(lo: Lowering, node: ast.AST, obj: Obj) -> Obj:
    """A new object goes into the pool of its class, if there is one; what referred to it refers to the row."""
    content = get_object(lo, obj)
    cls = pooled_class(content)
    key = place(cls)
    if key not in lo.program.columns:
        return obj
    known = fields(lo, cls)
    if pool_of(lo, cls) is None and known.keys:
        raise lo.refuse(node, f"objects of the class {cls.__name__} are made in another function", HINT)
    joined = joined_fields(lo, node, known, dict(content.fields))
    if joined != known:
        raise rows.needs_columns(lo, node, key, joined, hint=HINT)
    pool = pool_of(lo, cls)
    assert pool is not None
    held = dict(content.fields)
    given = [v for name, item in zip(known.keys, known.items, strict=True) for v in parts(lo, item, held[name])]
    leaves = [lo.evaluated(leaf, node) for leaf in rows.held_leaves(lo, node, given)]
    names = rows.column_names(lo, pool)
    index = lo.temporary(content.label, lo.length(names[0]), node)
    for column, leaf in zip(names, leaves, strict=True):
        lo.out.append(Append(column.id, leaf, lo.span(node)))
    put_object(lo, obj, Object(cls, (("index", index),), content.label, content.origins, note=POOLED))
    return Obj(obj.ident, Reference(cls))


def joined_fields(lo: Lowering, node: ast.AST, known: ObjectOf, held: dict[str, Any]) -> ObjectOf:
    names = known.keys or tuple(held)
    if set(names) != set(held):
        raise lo.refuse(node, f"objects of the class {known.cls.__name__} have different attributes", HINT)
    items = []
    for i, name in enumerate(names):
        own = template_of(lo, held[name])
        joined = own if own is None or not known.keys else join_templates(known.items[i], own)
        if joined is None:
            what = f"the attribute `{name}` of {known.cls.__name__} holds values of different kinds"
            raise lo.refuse(node, what, HINT)
        items.append(joined)
    return ObjectOf(known.cls, names, tuple(items))


# Reading and writing


def span(known: ObjectOf, name: str) -> tuple[Kind, int]:
    """The template of an attribute, and the number of its first column."""
    at = known.keys.index(name)
    return known.items[at], sum(len(columns(item)) for item in known.items[:at])


def has(lo: Lowering, obj: Obj, name: str) -> bool:
    return name in fields(lo, get_object(lo, obj).cls).keys


def columns_of(lo: Lowering, obj: Obj, name: str) -> tuple[Kind, list[Name], Expr]:
    content = get_object(lo, obj)
    template, first = span(fields(lo, content.cls), name)
    pool = pool_of(lo, content.cls)
    assert pool is not None
    names = rows.column_names(lo, pool)[first : first + len(columns(template))]
    return template, names, content.get("index")


def read(lo: Lowering, node: ast.AST, obj: Obj, name: str) -> Any:
    if not has(lo, obj, name):
        return ABSENT
    template, names, index = columns_of(lo, obj, name)
    if isinstance(index, Apply):
        index = lo.temporary("k", index, node)
    left = iter(names)
    return assembled(lo, template, lambda kind: lo.getitem(node, next(left), index))


def write(lo: Lowering, node: ast.AST, obj: Obj, name: str, value: Any) -> None:
    from zygote_nb.frontend.targets import store

    known = fields(lo, get_object(lo, obj).cls)
    if name not in known.keys:
        what = f"the attribute `{name}` is added to an object of the class {obj.cls.__name__} after it was made"
        raise lo.refuse(node, what, HINT)
    value = rows.settled(lo, value)
    at = known.keys.index(name)
    own = template_of(lo, value)
    joined = None if own is None else join_templates(known.items[at], own)
    if joined is None:
        what = f"the attribute `{name}` of {obj.cls.__name__} holds values of different kinds"
        raise lo.refuse(node, what, HINT)
    if joined != known.items[at]:
        items = (*known.items[:at], joined, *known.items[at + 1 :])
        raise rows.needs_columns(lo, node, place(known.cls), ObjectOf(known.cls, known.keys, items), hint=HINT)
    template, names, index = columns_of(lo, obj, name)
    leaves = [lo.evaluated(leaf, node) for leaf in rows.held_leaves(lo, node, parts(lo, template, value))]
    index = lo.evaluated(index, node)
    for column, leaf in zip(names, leaves, strict=True):
        store(lo, node, column, index, leaf)


def same_row(lo: Lowering, node: ast.AST, left: Obj, right: Obj) -> Expr:
    """Whether two references are to one object."""
    p, q = get_object(lo, left), get_object(lo, right)
    if p.cls is not q.cls or p.note != q.note:
        return FALSE
    return lo.comparison(node, ast.Eq(), p.get("index"), q.get("index"))  # type: ignore[no-any-return]


__all__ = ["begin_pools", "is_pooled", "moved", "needs_pool", "pointer", "read", "write"]
