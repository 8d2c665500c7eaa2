"""Lowering of dict methods."""

from __future__ import annotations

import ast
from types import GeneratorType
from typing import TYPE_CHECKING, Any

from zygote_nb.frontend import lookups, overloads, rows, tables
from zygote_nb.frontend.heap import ABSENT, Obj, new_object, read_field, remove_field, write_field
from zygote_nb.frontend.pools import moved
from zygote_nb.frontend.values import make_tuple, none
from zygote_nb.ir.core import Tuple

if TYPE_CHECKING:
    from zygote_nb.frontend.lower import Lowering

Kwargs = tuple[tuple[str, Any], ...]


def dict_method(lo: Lowering, node: ast.AST, base: Obj, name: str, args: list[Any], kwargs: Kwargs) -> Any:
    if tables.is_table(base):
        return tables.method(lo, node, base, name, args, kwargs)
    keys = overloads.keys(lo, base)
    match name:
        case "keys":
            return lo.tuple_of([lo.constant(k) for k in keys])
        case "values":
            return view(lo, base, [read_field(lo, node, base, k) for k in keys])
        case "items":
            return view(lo, base, [lo.tuple_of([lo.constant(k), read_field(lo, node, base, k)]) for k in keys])
        case "get" | "pop" | "setdefault":
            return with_default(lo, node, base, name, args)
        case "update":
            update(lo, node, base, args, kwargs)
            return none()
        case "copy":
            items = [(k, read_field(lo, node, base, k)) for k in keys]
            if tables.is_place_of_table(lo, node):
                return tables.table_with(lo, node, items, None)
            return moved(lo, node, new_object(lo, node, dict, items, note=lo.program.place(lo, node)))
        case "clear":
            for key in keys:
                remove_field(lo, node, base, key)
            return none()
        case "popitem":
            if not keys:
                raise lo.raised(node, KeyError, "popitem(): dictionary is empty")
            value = lo.evaluated(read_field(lo, node, base, keys[-1]), node)
            remove_field(lo, node, base, keys[-1])
            return lo.tuple_of([lo.constant(keys[-1]), value])
    raise lo.refuse(node, f"`{ast.unparse(node)}` is not differentiated", "read and assign entries")


def view(lo: Lowering, base: Obj, items: list[Any]) -> Tuple:
    """Entries that are looked up when they are used."""
    shown = lo.tuple_of(items)
    lo.written[id(shown)] = (shown, base)
    return shown


def with_default(lo: Lowering, node: ast.AST, base: Obj, name: str, args: list[Any]) -> Any:
    key = overloads.constant_key(lo, node, args[0])
    if key is ABSENT:
        from zygote_nb.frontend.dispatch import chosen_entry

        if name != "get":
            tables.needs_table(lo, node, base, args[0])
            raise lo.refuse(node, f"`{name}` with a key that is known only when the program runs", "use constant keys")
        return chosen_entry(lo, node, base, args[0], args[1] if len(args) > 1 else none())
    default = args[1] if len(args) > 1 else (none() if name != "pop" else ABSENT)
    if key in overloads.keys(lo, base):
        value = read_field(lo, node, base, key)
        if name == "pop":
            value = lo.evaluated(value, node)
            remove_field(lo, node, base, key)
        return value
    if default is ABSENT:
        raise lo.raised(node, KeyError, repr(key))
    if name == "setdefault":
        write_field(lo, node, base, key, default)
        return read_field(lo, node, base, key)
    return default


def update(lo: Lowering, node: ast.AST, base: Obj, args: list[Any], kwargs: Kwargs) -> None:
    from zygote_nb.frontend.generators import value_of

    for arg in args:
        if isinstance(arg, Obj) and arg.cls is GeneratorType:
            value_of(lo, node, lookups.update_by_pairs, [base, arg])
            continue
        for key, value in pairs_of(lo, node, arg):
            write_field(lo, node, base, key, value)
    for key, value in kwargs:
        write_field(lo, node, base, key, value)


def pairs_of(lo: Lowering, node: ast.AST, value: Any) -> list[tuple[Any, Any]]:
    """The entries that ``dict(value)`` would have."""
    if isinstance(value, Obj) and value.cls is dict:
        return [(k, read_field(lo, node, value, k)) for k in overloads.keys(lo, value)]
    value = lo.snapshot(value)
    found = []
    for pair in value.items if isinstance(value, Tuple) else ():
        pair = lo.snapshot(pair)
        if not isinstance(pair, Tuple) or len(pair.items) != 2:
            break
        key = overloads.constant_key(lo, node, pair.items[0])
        if key is ABSENT:
            break
        found.append((key, pair.items[1]))
    else:
        if isinstance(value, Tuple):
            return found
    raise lo.refuse(node, f"`{ast.unparse(node)}` is not differentiated", "use constant keys")


def make_dict(lo: Lowering, node: ast.AST, args: list[Any], kwargs: Kwargs) -> Obj:
    label, lo.label = lo.label, None
    if args and tables.is_table(args[0]) and not kwargs:
        return tables.copy(lo, node, args[0], label)
    if tables.is_place_of_table(lo, node) or (args and growing_pairs(lo, args[0])):
        table = tables.table_with(lo, node, list(kwargs), label)
        for arg in args:
            tables.method(lo, node, table, "update", [arg], ())
        return table
    found: dict[Any, Any] = {}
    for arg in args:
        found.update(pairs_of(lo, node, arg))
    found.update(kwargs)
    return moved(lo, node, new_object(lo, node, dict, list(found.items()), label, lo.program.place(lo, node)))


def growing_pairs(lo: Lowering, value: Any) -> bool:
    """Whether how many pairs there are is known only when the program runs."""
    if isinstance(value, Obj) and value.cls is GeneratorType:
        from zygote_nb.frontend.iterators import by_index

        found = by_index(lo, lo.source.tree, value)
        return found is None or found.items is None
    return rows.is_rows(value) or tables.is_view(value)


__all__ = ["dict_method", "make_dict", "make_tuple"]
