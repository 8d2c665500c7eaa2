"""Lowering of displays: tuples, lists, dicts, sets, formatted strings."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

from zygote_nb.frontend import overloads, rows, tables
from zygote_nb.frontend.growing import list_display
from zygote_nb.frontend.heap import ABSENT, Obj, new_object, read_field
from zygote_nb.frontend.places import Made, at_place_of
from zygote_nb.frontend.pools import moved
from zygote_nb.frontend.values import make_tuple, static
from zygote_nb.ir.core import Apply, Const, Expr, Tuple
from zygote_nb.ir.kinds import Array, ListOf, Opaque, describe

if TYPE_CHECKING:
    from zygote_nb.frontend.lower import Lowering


def lower_tuple(lo: Lowering, node: ast.Tuple) -> Expr:
    return make_tuple(tuple(items(lo, node.elts)), tuple)


def lower_list(lo: Lowering, node: ast.List) -> Any:
    if any(isinstance(n, ast.Starred) for n in node.elts):
        return starred_list(lo, node)
    label = lo.label
    value = make_tuple(tuple(items(lo, node.elts)), list)
    if lo.program.place(lo, node) in lo.program.columns:
        return rows_display(lo, node, value, label)
    lo.written[id(value)] = (value, lo.program.place(lo, node))
    return list_display(lo, node, value) if lo.program.is_growing(lo, node) else value


def rows_display(lo: Lowering, node: ast.AST, value: Tuple, label: str | None) -> Obj:
    place = lo.program.place(lo, node)
    made = rows.new_rows(lo, node, lo.program.columns[place], label, place)
    for entry in value.items:
        rows.append(lo, node, made, entry)
    return made


def starred_list(lo: Lowering, node: ast.List) -> Any:
    """``[*a, b]``: a list that grows where the length of what is spread isn't known."""
    from zygote_nb.frontend.comprehensions import growing_list
    from zygote_nb.frontend.lists import append, extend

    label, lo.label = lo.label, None
    values = lo.held([n.value if isinstance(n, ast.Starred) else n for n in node.elts])
    lo.label = label
    values = [lo.snapshot(v) if isinstance(n, ast.Starred) else v for n, v in zip(node.elts, values, strict=True)]
    pairs = list(zip(node.elts, values, strict=True))
    if all(isinstance(v, (Tuple, Obj)) for n, v in pairs if isinstance(n, ast.Starred)):
        flat = [i for n, v in pairs for i in (spread(lo, n, v) if isinstance(n, ast.Starred) else [v])]
        value = make_tuple(tuple(flat), list)
        lo.written[id(value)] = (value, lo.program.place(lo, node))
        return list_display(lo, node, value) if lo.program.is_growing(lo, node) else value
    name, _ = growing_list(lo, node)
    for part, value in pairs:
        (extend if isinstance(part, ast.Starred) else append)(lo, node, lo.env[name], value)
    return lo.env.pop(name)


def items(lo: Lowering, nodes: list[ast.expr], wanted: int | None = None) -> list[Any]:
    """The entries of a display or the arguments of a call, starred ones spread.

    ``wanted`` is how many there must be in all, where that is known: it tells the length of an array that is spread.
    """
    label, lo.label = lo.label, None
    values = lo.held([starred(n) if isinstance(n, ast.Starred) else n for n in nodes])
    lo.label = label
    parts = [lo.snapshot(v) if isinstance(n, ast.Starred) else v for n, v in zip(nodes, values, strict=True)]
    open_ended = [i for i, n in enumerate(nodes) if isinstance(n, ast.Starred) and is_of_unknown_length(parts[i])]
    if wanted is not None and len(open_ended) == 1:
        at = open_ended[0]
        others = [v for i, (n, v) in enumerate(zip(nodes, parts, strict=True)) if i != at for v in flat(lo, n, v)]
        parts[at] = entries_of(lo, nodes[at], parts[at], wanted - len(others))
    return [v for n, v in zip(nodes, parts, strict=True) for v in flat(lo, n, v)]


def flat(lo: Lowering, node: ast.expr, value: Any) -> list[Any]:
    return spread(lo, node, value) if isinstance(node, ast.Starred) else [value]


def is_of_unknown_length(value: Any) -> bool:
    return not isinstance(value, (Obj, Tuple)) and isinstance(value.kind, (Array, ListOf))


def entries_of(lo: Lowering, node: ast.expr, value: Expr, count: int) -> Expr:
    """An array or a list that must have ``count`` entries, as a tuple."""
    from zygote_nb.frontend.unpacking import indexed

    if count < 0:
        raise lo.raised(node, TypeError, "too many positional arguments")
    return indexed(lo, value, count, False, node)


def starred(node: ast.Starred) -> ast.expr:
    """What is spread; the items of a comprehension are written one by one if they are known."""
    from zygote_nb.frontend.comprehensions import lower_items

    comp = node.value
    if not isinstance(comp, (ast.GeneratorExp, ast.ListComp)):
        return comp
    made: ast.expr = at_place_of(node, Made(lambda lo: lower_items(lo, comp)))
    return made


def spread(lo: Lowering, node: ast.Starred, value: Any) -> list[Any]:
    value = lo.snapshot(value)
    if isinstance(value, Obj) and value.cls is dict:
        return [lo.constant(k) for k in overloads.keys(lo, value)]
    if isinstance(value, Tuple):
        return list(value.items)
    if isinstance(value, Const) and isinstance(value.value, range) and len(value.value) <= 64:
        return [lo.constant(i) for i in value.value]
    what = f"`*{ast.unparse(node.value)}` of unknown length"
    raise lo.refuse(node, what, "give it names first (`a, b = ...`), or index it")


def lower_dict(lo: Lowering, node: ast.Dict) -> Any:
    label, lo.label = lo.label, None
    if tables.is_place_of_table(lo, node):
        return lower_table(lo, node, label)
    parts = lo.held([n for pair in zip(node.keys, node.values, strict=True) for n in pair if n is not None])
    found: dict[Any, Any] = {}
    for key in node.keys:
        if key is None:
            tables.needs_table_for(lo, node, parts[0])
            found.update(dict_entries(lo, node, parts.pop(0)))
        else:
            held = parts.pop(0)
            if overloads.constant_key(lo, node, held) is ABSENT:
                tables.needs_table_at(lo, key, lo.program.place(lo, node), held)
            name = known_key(lo, key, held)
            found[name] = parts.pop(0)
    return moved(lo, node, new_object(lo, node, dict, list(found.items()), label, lo.program.place(lo, node)))


def lower_table(lo: Lowering, node: ast.Dict, label: str | None) -> Obj:
    """``{...}`` of a dict to which keys of run time are given."""
    parts = lo.held([n for pair in zip(node.keys, node.values, strict=True) for n in pair if n is not None])
    table = tables.table_with(lo, node, [], label)
    for key in node.keys:
        if key is None:
            tables.method(lo, node, table, "update", [parts.pop(0)], ())
        else:
            name = parts.pop(0)
            tables.put(lo, node, table, name, parts.pop(0))
    return table


def dict_entries(lo: Lowering, node: ast.AST, value: Any) -> dict[Any, Any]:
    if not isinstance(value, Obj) or value.cls is not dict:
        raise lo.refuse(node, f"`**` of {describe(value.kind)}", "merge dicts with constant keys")
    return {key: read_field(lo, node, value, key) for key in overloads.keys(lo, value)}


def known_key(lo: Lowering, node: ast.AST, value: Any) -> Any:
    key = overloads.constant_key(lo, node, value)
    if key is ABSENT:
        what = "a key of this dict is known only when the program runs"
        raise lo.refuse(node, what, "use constant keys, or lists")
    return key


def lower_set(lo: Lowering, node: ast.Set) -> Expr:
    """A set is not differentiated: it is known, or a value that is only handed on."""
    return set_of(lo, node, lo.exprs(node.elts), ast.unparse(node))


def call_frozenset(lo: Lowering, node: ast.AST, args: list[Any], kwargs: Any) -> Expr:
    """``frozenset(items)``, and a set that is made of known items."""
    value = lo.snapshot(args[0]) if args else make_tuple((), tuple)
    if isinstance(value, Const) and isinstance(value.value, (str, tuple, frozenset, range)):
        return static(frozenset(value.value), ast.unparse(node))
    if isinstance(value, Tuple) and not kwargs:
        return set_of(lo, node, list(value.items), ast.unparse(node))
    return Apply(set, (value,), kwargs, Opaque("set"), None, lo.span(node))


def lower_set_comprehension(lo: Lowering, node: ast.SetComp) -> Any:
    from zygote_nb.frontend.members import new_set

    made = lo.value(ast.copy_location(ast.ListComp(node.elt, node.generators), node))
    known = isinstance(made, Tuple) and all(isinstance(v, Const) for v in made.items)
    return call_frozenset(lo, node, [made], ()) if known else new_set(lo, node, [made], ())


def set_of(lo: Lowering, node: ast.AST, values: list[Any], text: str) -> Expr:
    if all(isinstance(v, Const) for v in values):
        return static(frozenset(v.value for v in values), text)
    return Apply(set, (make_tuple(tuple(values), list),), (), Opaque("set"), None, lo.span(node))


def lower_joined_str(lo: Lowering, node: ast.JoinedStr) -> Expr:
    """A formatted string: known, or made as the program runs."""
    template, values = "", []
    for part in node.values:
        if isinstance(part, ast.Constant):
            template += str(part.value).replace("{", "{{").replace("}", "}}")
            continue
        assert isinstance(part, ast.FormattedValue)
        value = lo.shown(part, lo.expr(part.value))
        conversion = f"!{chr(part.conversion)}" if part.conversion != -1 else ""
        template += "{" + conversion + format_of(lo, part) + "}"
        values.append(value)
    if all(isinstance(v, Const) for v in values):
        return static(template.format(*(v.value for v in values)))
    return Apply(str.format, (static(template), *values), (), Opaque("str"), None, lo.span(node))


def format_of(lo: Lowering, part: ast.FormattedValue) -> str:
    if part.format_spec is None:
        return ""
    assert isinstance(part.format_spec, ast.JoinedStr)
    if all(isinstance(p, ast.Constant) for p in part.format_spec.values):
        return ":" + "".join(str(p.value) for p in part.format_spec.values)  # type: ignore[attr-defined]
    raise lo.refuse(part, "a format that is itself computed", "format outside of the function")
