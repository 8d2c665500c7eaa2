"""Lowering of assignment targets: names, unpacking, stores, attributes, ``del``."""

from __future__ import annotations

import ast
import operator
from typing import Any

import numpy as np

from zygote_nb.dataclass import replace
from zygote_nb.frontend import overloads, rows, tables
from zygote_nb.frontend.access import FLAT, FLAT_HINT, is_slice
from zygote_nb.frontend.classes import class_entry, class_method, write_attribute
from zygote_nb.frontend.heap import ABSENT, Obj, entries, get_object, refill, remove_field, write_field
from zygote_nb.frontend.lists import list_method
from zygote_nb.frontend.lower import Lowering
from zygote_nb.frontend.maybe import Maybe, given
from zygote_nb.frontend.oneof import dispatched, is_one_of
from zygote_nb.frontend.origins import must_grow
from zygote_nb.frontend.slices import delete_slice, store_in_slice
from zygote_nb.frontend.unpacking import indexed, is_indexed, settled, spread_out, written_out
from zygote_nb.frontend.unset import delete_name
from zygote_nb.frontend.values import make_tuple, none, static
from zygote_nb.ir.callables import Attribute
from zygote_nb.ir.core import Apply, Const, Expr, Name, Store, Tuple
from zygote_nb.ir.kinds import Array, Bottom, ListOf, Static, describe
from zygote_nb.ir.walk import bound, children, is_part, root, subexpressions

WHOLE = Const(Ellipsis, Static(Ellipsis))


def assign_to(lo: Lowering, target: ast.expr, value: Any, node: ast.AST) -> None:
    match target:
        case ast.Name():
            lo.bind(target.id, value, node)
        case ast.Tuple() | ast.List():
            unpack(lo, target, value, node)
        case ast.Subscript():
            value, base, index = lo.held([target.value, target.slice], value)
            store(lo, node, base, lo.snapshot(index), value)
        case ast.Attribute():
            value, base = lo.held([target.value], value)
            set_attribute(lo, node, base, target.attr, value)
        case _:
            what = f"assignment to `{ast.unparse(target)}` is not differentiated"
            raise lo.refuse(node, what, "assign to variables, attributes and elements")


def set_attribute(lo: Lowering, node: ast.AST, base: Any, name: str, value: Any) -> None:
    base = given(lo, base, AttributeError) if isinstance(base, Maybe) else base
    if is_one_of(base):
        value = lo.evaluated(value, node)

        def write(obj: Obj) -> Any:
            write_attribute(lo, node, obj, name, value)
            return none()

        dispatched(lo, node, base, write)
        return
    if isinstance(base, Obj):
        write_attribute(lo, node, base, name, value)
        return
    if name == "flat" and isinstance(base.kind, Array):
        raise lo.refuse(node, FLAT, FLAT_HINT)
    what = f"attribute `{name}` of {describe(base.kind)} is assigned"
    raise lo.refuse(node, what, "assign to attributes of objects of your own classes")


def unpack(lo: Lowering, target: ast.Tuple | ast.List, value: Any, node: ast.AST) -> None:
    from zygote_nb.frontend.sequences import Sequence, iterated_object

    parts = target.elts
    starred = [i for i, p in enumerate(parts) if isinstance(p, ast.Starred)]
    value = lo.snapshot(value)
    if isinstance(value, Sequence):
        value = written_out(lo, value, node)
    if isinstance(value, Obj) and value.cls is dict:
        value = lo.tuple_of([lo.constant(k) for k in overloads.keys(lo, value)])
    elif isinstance(value, Obj) and overloads.class_method(value.cls, "__iter__") is not None:
        value = lo.snapshot(iterated_object(lo, node, value))
    if starred and is_indexed(value):
        items = spread_out(lo, value, starred[0], len(parts) - starred[0] - 1, node)
        starred = []
    elif isinstance(value, Tuple):
        items = list(value.items)
    elif isinstance(value.kind, Bottom) and not starred:
        items = [value] * len(parts)
    else:
        items = list(indexed(lo, value, len(parts), bool(starred), node).items)
    if starred:
        after = len(parts) - starred[0] - 1
        middle = make_tuple(tuple(items[starred[0] : len(items) - after]), list)
        items = [*items[: starred[0]], middle, *items[len(items) - after :]]
    if len(items) != len(parts):
        few = "too many values to unpack" if len(items) > len(parts) else "not enough values to unpack"
        raise lo.raised(node, ValueError, f"{few} (expected {len(parts)}, got {len(items)})")
    for part, item in zip(parts, settled(lo, node, parts, items), strict=True):
        assign_to(lo, part.value if isinstance(part, ast.Starred) else part, item, node)


def store(lo: Lowering, node: ast.AST, base: Any, index: Expr, value: Any) -> None:
    """``base[index] = value``."""
    if isinstance(base, Obj):
        store_entry(lo, node, base, index, value)
        return
    if not isinstance(base, Tuple) and isinstance(base.kind, ListOf) and is_slice(index):
        store_in_slice(lo, node, base if isinstance(base, Name) else lo.evaluated(base, node), index, value)
        return
    value = lo.snapshot(value)
    if isinstance(base, Tuple) or not isinstance(base.kind, (Array, ListOf, Bottom)):
        what = f"an entry of {describe(base.kind)} can't be assigned here"
        raise lo.refuse(node, what, "use an array, a dict, or a list made by this function under one name")
    if isinstance(value, Obj):
        raise lo.refuse(node, f"{describe(value.kind)} is stored in {describe(base.kind)}", "store numbers or arrays")
    if isinstance(value, Tuple):
        value = stored_tuple(lo, node, base, value)
    if isinstance(base.kind, Array) and isinstance(value.kind, ListOf):
        value = lo.apply(node, np.array, [value])
    if isinstance(base.kind, ListOf) and isinstance(value, Apply) and isinstance(value.kind, Array):
        value = lo.temporary("t", value, node)
    if root(base) is None or not is_part(base):
        base = lo.temporary("t", base, node)
    if isinstance(index, Tuple) and index.cls is list:
        index = lo.temporary("k", lo.as_array(node, index), node)
    lo.out.append(Store(base, settled_index(lo, index, node), value, span=lo.span(node)))


def store_entry(lo: Lowering, node: ast.AST, base: Obj, index: Expr, value: Any) -> None:
    """An entry of a dict or a list of fixed structure, or what ``__setitem__`` of a class does."""
    if base.cls is rows.Rows and is_slice(index):
        store_in_slice(lo, node, base, index, value)
        return
    if base.cls is rows.Rows:
        rows.store(lo, node, base, index, value)
        return
    if base.cls is tables.Table:
        tables.put(lo, node, base, index, value)
        return
    if base.cls not in (dict, list):
        method = class_method(base.cls, "__setitem__")
        if method is None:
            raise lo.raised(node, TypeError, f"{base.cls.__name__!r} object does not support item assignment")
        lo.call_value(node, method, [base, index, value], ())
        return
    if base.cls is list and isinstance(index, Apply) and index.fn is slice:
        store_slice(lo, node, base, index, value)
        return
    key = overloads.constant_key(lo, node, index)
    if key is ABSENT:
        store_anywhere(lo, node, base, index, value)
    elif base.cls is list:
        held = entries(lo, base)
        if type(key) is not int or not -len(held.items) <= key < len(held.items):
            raise lo.raised(node, IndexError, "list assignment index out of range")
        write_field(lo, node, base, key % len(held.items), value)
    else:
        write_field(lo, node, base, key, value)


def store_slice(lo: Lowering, node: ast.AST, base: Obj, index: Apply, value: Any) -> None:
    """``items[a:b] = values`` of a list of fixed structure."""
    value = lo.snapshot(value)
    if not all(isinstance(p, Const) for p in index.args) or not isinstance(value, Tuple):
        must_grow(lo, node, base.ident, get_object(lo, base))
        raise lo.refuse(node, "a slice of a list is assigned whose bounds or values aren't known", "use a loop")
    items = list(entries(lo, base).items)
    items[slice(*(p.value for p in index.args))] = value.items  # type: ignore[union-attr]
    refill(lo, node, base, [lo.evaluated(i, node) for i in items])


def store_anywhere(lo: Lowering, node: ast.AST, base: Obj, index: Expr, value: Any) -> None:
    """An entry known only when the program runs: each that it may be, under a condition."""
    if base.cls is list:
        must_grow(lo, node, base.ident, get_object(lo, base))
    from zygote_nb.frontend.dispatch import store_chosen

    store_chosen(lo, node, base, index, value)


def stored_tuple(lo: Lowering, node: ast.AST, base: Expr, value: Tuple) -> Expr:
    if isinstance(base.kind, Array):
        return lo.as_array(node, value)  # type: ignore[no-any-return]
    if isinstance(base.kind, ListOf) and value.cls is list:
        lo.program.is_fixed(lo, getattr(base, "id", ""))
    raise lo.refuse(node, "tuples in lists are not differentiated", "use one list for each entry of the tuple")


def settled_index(lo: Lowering, index: Expr, node: ast.AST) -> Expr:
    """An index is read once, before the store: one that reads memory gets a variable."""
    if isinstance(index, Tuple):
        items = tuple(settled_index(lo, i, node) for i in index.items)
        return make_tuple(items, index.cls)
    if isinstance(index, Apply) and index.fn is slice:
        return replace(index, args=tuple(settled_index(lo, a, node) for a in index.args))
    if isinstance(index, Apply) and (isinstance(index.kind, Array) or any(map(reads_memory, subexpressions(index)))):
        return lo.temporary("k", index, node)
    return index


def reads_memory(expr: Expr) -> bool:
    """Whether a write to memory may change the value: of an array or list it asks more than its length."""
    if not isinstance(expr, Apply) or expr.fn is len or isinstance(expr.fn, Attribute):
        return False
    return expr.fn is operator.getitem or any(isinstance(a.kind, Array | ListOf) for a in children(expr))


def delete(lo: Lowering, target: ast.expr, node: ast.AST) -> None:
    match target:
        case ast.Name():
            delete_name(lo, target)
        case ast.Attribute():
            base = lo.value(target.value)
            if isinstance(base, Obj) and not changes_deletion(base.cls, target.attr):
                remove_field(lo, node, base, target.attr)
                return
            raise lo.refuse(node, f"`{ast.unparse(node)}` is not differentiated", "leave the attribute")
        case ast.Subscript():
            delete_entry(lo, node, *lo.held([target.value, target.slice]))
        case ast.Tuple() | ast.List():
            for part in target.elts:
                delete(lo, part, node)


def changes_deletion(cls: type, name: str) -> bool:
    return overloads.class_method(cls, "__delattr__") is not None or isinstance(class_entry(cls, name), property)


def delete_entry(lo: Lowering, node: ast.AST, base: Any, index: Any) -> None:
    key = overloads.constant_key(lo, node, lo.snapshot(index))
    if isinstance(base, Obj) and base.cls is dict and key is not ABSENT:
        if key not in overloads.keys(lo, base):
            raise lo.raised(node, KeyError, repr(key))
        remove_field(lo, node, base, key)
    elif isinstance(base, Obj) and base.cls is list and type(key) is int:
        items = list(entries(lo, base).items)
        del items[key]
        refill(lo, node, base, items)
    elif tables.is_table(base):
        tables.delete(lo, node, base, index)
    elif rows.is_growing(base) and is_slice(index):
        delete_slice(lo, node, base if isinstance(base, (Name, Obj)) else lo.evaluated(base, node), index)
    elif rows.is_growing(base):
        list_method(lo, node, base, "pop", [index], ())
    else:
        if isinstance(base, Obj) and base.cls is dict:
            tables.needs_table(lo, node, base, index)
        raise lo.refuse(node, f"`{ast.unparse(node)}` is not differentiated", "make a new list or dict without it")


__all__ = ["WHOLE", "assign_to", "bound", "delete", "static", "store"]
