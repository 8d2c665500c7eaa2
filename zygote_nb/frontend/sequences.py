"""What is iterated over: its length and its items by index, for ranges, arrays, lists, zip, enumerate and reversed."""

from __future__ import annotations

import ast
import operator
import sys
from collections.abc import Callable
from enum import EnumType
from types import GeneratorType
from typing import Any

from zygote_nb.dataclass import dataclass
from zygote_nb.frontend import loops, overloads, rows, tables
from zygote_nb.frontend.heap import Obj, get_object
from zygote_nb.frontend.lower import Lowering
from zygote_nb.frontend.repetition import assigned_names
from zygote_nb.frontend.syntax import walk
from zygote_nb.frontend.values import make_tuple, static
from zygote_nb.ir.core import (
    FALSE,
    INT_ONE,
    INT_ZERO,
    TRUE,
    Apply,
    Const,
    Expr,
    Name,
    Tuple,
)
from zygote_nb.ir.kinds import INT, Array, ListOf, Scalar, Static, describe
from zygote_nb.runtime.checkpoints import checkpoint_range

Item = Callable[[Expr], Expr]
UNROLL_LIMIT = 64


@dataclass(frozen=True, slots=True)
class Sequence:
    """Something to iterate over: its length, and its items by index. ``items`` if they are known one by one.

    ``live`` is the object whose entries are looked up when their turn comes, so that the loop may change them. As many
    as ``skipped`` says were taken before.
    """

    length: Expr
    item: Item
    items: tuple[Expr, ...] | None = None
    live: Any = None
    value: Any = None
    skipped: int = 0


ENDLESS = Const("endless", Static("endless"))


def range_bounds(lo: Lowering, node: ast.expr) -> tuple[Expr, Expr, Expr] | None:
    """Start, stop and step of a ``range(...)``."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, (ast.Name, ast.Attribute)):
        return None
    fn = function_named(lo, node.func)
    if is_checkpointed(fn):
        counted = lo.exprs(node.args[:1])
        endless = bool(counted) and isinstance(counted[0], Const) and counted[0].value is None
        return bounds_of_range(lo, node, [Const(sys.maxsize, INT)] if endless else counted)
    if not isinstance(fn, Const) or (fn.value is not range and getattr(fn.value, "__name__", "") != "prange"):
        return None
    return None if node.keywords else bounds_of_range(lo, node, lo.exprs(node.args))


def is_checkpointed(fn: Any) -> bool:
    return isinstance(fn, Const) and fn.value is checkpoint_range


def snapshots_of(lo: Lowering, node: ast.expr) -> Expr | None:
    """How many states a loop over ``zg.checkpoint_range`` keeps, 0 if that is left open; None for another iterable."""
    if not isinstance(node, ast.Call) or not is_checkpointed(function_named(lo, node.func)):
        return None
    given = [*node.args[1:], *(k.value for k in node.keywords if k.arg == "snapshots")]
    value = lo.value(given[0]) if given else INT_ZERO
    return INT_ZERO if isinstance(value, Const) and value.value is None else value


def bounds_of_range(lo: Lowering, node: ast.AST, bounds: list[Any]) -> tuple[Expr, Expr, Expr]:
    for bound in bounds:
        if not (isinstance(bound.kind, Scalar) and bound.kind.dtype[0] in "iub"):
            raise lo.refuse(node, f"range of {describe(bound.kind)}", "Python would raise TypeError here")
    match bounds:
        case [stop]:
            return INT_ZERO, stop, INT_ONE
        case [start, stop]:
            return start, stop, INT_ONE
        case [start, stop, step]:
            return start, stop, step
    raise lo.refuse(node, "range takes one to three arguments", "Python would raise TypeError here")


def sequence(lo: Lowering, node: ast.expr) -> Sequence:
    """What the expression iterates over; the items of a generator are collected first."""
    found = iterated(lo, node)
    return of_value(lo, node, lo.snapshot(found)) if isinstance(found, Obj) else found


def iterated(lo: Lowering, node: ast.expr) -> Sequence | Obj:
    """What the expression iterates over: a sequence, or a generator that begins here."""
    if isinstance(node, ast.Call) and isinstance(node.func, (ast.Name, ast.Attribute)):
        fn = function_named(lo, node.func)
        if isinstance(fn, Const) and any(fn.value is f for f in (zip, enumerate, reversed, range)):
            return combined(lo, node, fn.value)
    return of_iterable(lo, node, lo.value(node))


def of_iterable(lo: Lowering, node: ast.expr, value: Any) -> Sequence | Obj:
    if isinstance(value, Obj) and value.cls is not list:
        value = iterated_object(lo, node, value)
    if tables.is_table(value) or tables.is_view(value):
        return tables.sequence(lo, node, value)
    if rows.is_rows(value):
        return of_rows(lo, node, value)
    if isinstance(value, Obj) and value.cls is GeneratorType:
        from zygote_nb.frontend.indexed import what_is_left

        return what_is_left(lo, node, value)
    return of_value(lo, node, value)


def function_named(lo: Lowering, node: ast.expr) -> Any:
    """What a name stands for, without writing anything; None for an attribute of a value."""
    if isinstance(node, ast.Attribute):
        base = function_named(lo, node.value)
        return lo.attribute_of(node, base, node.attr) if isinstance(base, Const) else None
    return lo.value(node) if isinstance(node, ast.Name) else None


def of_value(lo: Lowering, node: ast.expr, value: Any) -> Sequence:
    live = lo.written.get(id(value), (None, None))[1] if isinstance(value, Tuple) else None
    if isinstance(value, Obj) and value.cls is range:
        return of_range(lo, node, range_fields(lo, value))
    if isinstance(value, Const) and isinstance(value.value, range) and len(value.value) > UNROLL_LIMIT:
        r = value.value
        return of_range(lo, node, (Const(r.start, INT), Const(r.stop, INT), Const(r.step, INT)))
    if tables.is_table(value) or tables.is_view(value):
        return tables.sequence(lo, node, value)
    if rows.is_rows(value):
        return of_rows(lo, node, value)
    if isinstance(value, Obj):
        live = value if value.cls is list else None
        value = lo.snapshot(iterated_object(lo, node, value))
    if isinstance(value, Const) and isinstance(value.value, (str, tuple, range, frozenset, dict, EnumType)):
        value = lo.tuple_of([lo.constant(v) for v in value.value])
    if isinstance(value, Tuple):
        live = live if isinstance(live, Obj) else None
        return Sequence(Const(len(value.items), INT), lambda i: lo.getitem(node, value, i), value.items, live)
    if not isinstance(value.kind, (Array, ListOf)) or (isinstance(value.kind, Array) and value.kind.ndim == 0):
        raise lo.refuse(
            node, f"{describe(value.kind)} is iterated over", "iterate over ranges, arrays, lists or tuples"
        )
    if isinstance(value.kind, ListOf) and isinstance(node, ast.Name) and node.id in lo.mutated:
        guard_iteration(lo, node)
    held = value if isinstance(value, Name) else lo.temporary("t", value, node)
    if isinstance(node, ast.Name) and rebinds_inside(lo, node):
        held = lo.temporary("t", held, node)
    return Sequence(lo.length(held), lambda i: lo.getitem(node, held, i), value=held)


def of_rows(lo: Lowering, node: ast.expr, value: Obj) -> Sequence:
    if isinstance(node, ast.Name):
        guard_iteration(lo, node)
    return rows.sequence(lo, node, value)


def range_fields(lo: Lowering, value: Obj) -> tuple[Expr, Expr, Expr]:
    start, stop, step = get_object(lo, value).values()
    return start, stop, step


def iterated_object(lo: Lowering, node: ast.AST, value: Obj) -> Any:
    """The items of a list or a dict, or what ``__iter__`` of a class returns."""
    if value.cls in (list, range, GeneratorType, rows.Rows, tables.Table, tables.View):
        return value
    if value.cls is dict:
        return lo.tuple_of([lo.constant(k) for k in overloads.keys(lo, value)])
    method = overloads.class_method(value.cls, "__iter__")
    if method is None:
        raise lo.refuse(node, f"{describe(value.kind)} is iterated over", "iterate over its entries")
    found = lo.call_value(node, method, [value])
    if isinstance(found, Obj) and overloads.class_method(found.cls, "__next__") is not None:
        from zygote_nb.frontend.generators import suspend

        return suspend(lo, node, loops.items_of, [found])
    return found


def rebinds_inside(lo: Lowering, node: ast.Name) -> bool:
    """Whether the name that is iterated over is bound again inside the loop."""
    return any(
        isinstance(loop, ast.For) and node in walk(loop.iter) and node.id in assigned_names([loop])
        for loop in lo.nodes()
    )


def guard_iteration(lo: Lowering, node: ast.Name) -> None:
    """A list that grows or shrinks while it is iterated over has no length at entry."""
    for loop in lo.nodes():
        if isinstance(loop, ast.For) and node in walk(loop.iter):
            for inner in walk(ast.Module(loop.body, [])):
                if (
                    isinstance(inner, ast.Attribute)
                    and inner.attr in ("append", "pop")
                    and target_is(inner.value, node.id)
                ):
                    what = f"`{node.id}` changes its length while it is iterated over"
                    raise lo.refuse(inner, what, "iterate over a copy, or use a while loop")


def target_is(target: ast.expr, name: str) -> bool:
    return any(isinstance(n, ast.Name) and n.id == name for n in walk(target))


def combined(lo: Lowering, node: ast.Call, fn: object) -> Sequence | Obj:
    if fn is zip and not node.keywords:
        same = one_iterator(lo, node)
        if same is not None:
            return same
    columns = spread_rows(lo, node) if fn is zip else None
    if columns is not None:
        return columns
    if fn is range:
        bounds = range_bounds(lo, node)
        assert bounds is not None
        return of_range(lo, node, bounds)
    from zygote_nb.frontend.zipping import all_parts

    parts = all_parts(lo, node.args[: 1 if fn is not zip else None])
    rest = lo.exprs([*node.args[1:], *(k.value for k in node.keywords)]) if fn is not zip else []
    words = {k.arg: k.value for k in node.keywords}
    if fn is zip:
        strict = lo.expr(words["strict"]) if "strict" in words else FALSE
        return joined_parts(lo, node, parts, strict)
    if len(parts) != 1:
        raise lo.refuse(node, f"`{ast.unparse(node)}` is not differentiated", "name the arguments one by one")
    return one_part(lo, node, fn, parts[0], rest)


def spread_rows(lo: Lowering, node: ast.Call) -> Sequence | None:
    """``zip(*rows)`` of a list of tuples that grows, or of a matrix: its columns."""
    match node.args:
        case [ast.Starred(ast.Name() as name)] if not node.keywords:
            whole = lo.value(name)
            if rows.is_rows(whole):
                found = rows.transposed(lo, node, whole)
                return None if found is None else of_value(lo, node, found)
            if isinstance(whole, Expr) and isinstance(whole.kind, Array) and whole.kind.ndim == 2:
                from zygote_nb.frontend.zipping import columns_of

                return columns_of(lo, node, whole)
    return None


def one_iterator(lo: Lowering, node: ast.Call) -> Sequence | None:
    """``zip(it, it)``: the items of one iterator, several at a time."""
    from zygote_nb.frontend.indexed import by_index

    words = {a.id for a in node.args if isinstance(a, ast.Name)}
    if len(words) != 1 or len(node.args) < 2 or not all(isinstance(a, ast.Name) for a in node.args):
        return None
    value = lo.value(node.args[0])
    if not isinstance(value, Obj) or value.cls is not GeneratorType:
        return None
    left = by_index(lo, node, value)
    if left is None or left.length is ENDLESS:
        raise lo.refuse(node, "`zip` of one iterator with itself", "make a list of its items")
    width = lo.constant(len(node.args))

    def item(i: Expr) -> Any:
        first = lo.evaluated(lo.apply(node, operator.mul, [i, width]), node)
        places = [lo.apply(node, operator.add, [first, lo.constant(k)]) for k in range(len(node.args))]
        return make_tuple(tuple(left.item(p) for p in places), tuple)

    return Sequence(lo.temporary("count", lo.apply(node, operator.floordiv, [left.length, width]), node), item)


def one_part(lo: Lowering, node: ast.AST, fn: object, part: Sequence | Obj, rest: list[Any]) -> Sequence | Obj:
    """``enumerate`` and ``reversed``."""
    from zygote_nb.frontend import generators, loops

    if fn is enumerate:
        if isinstance(part, Obj):
            return generators.suspend(lo, node, loops.enumerate_, [part, *rest])
        return enumerated(lo, node, part, rest[0] if rest else INT_ZERO)
    if isinstance(part, Obj) or part.length is ENDLESS:
        raise lo.raised(node, TypeError, "'generator' object is not reversible")
    return backwards(lo, node, part)


def iterated_parts(lo: Lowering, node: ast.expr) -> list[Sequence | Obj]:
    """An argument of ``zip`` and its like; a starred one stands for several."""
    from zygote_nb.frontend.indexed import by_index

    if isinstance(node, ast.Starred):
        found = [of_iterable(lo, node.value, value) for value in spread(lo, node)]
    else:
        found = [iterated(lo, node)]
    return [(by_index(lo, node, p) or p) if isinstance(p, Obj) else p for p in found]


def spread(lo: Lowering, node: ast.Starred) -> list[Any]:
    return [lo.usable_value(node, v, "an argument") for v in lo.items([node])]  # type: ignore[list-item]


def joined_parts(lo: Lowering, node: ast.AST, parts: list[Any], strict: Expr = FALSE) -> Sequence | Obj:
    """``zip``: by index, or, where one of the parts is a generator, led by that one."""
    streams = [p for p in parts if isinstance(p, Obj)]
    if strict not in (TRUE, FALSE) or (strict == TRUE and streams):
        raise lo.refuse(node, "`zip` with `strict` over generators", "make lists of them")
    if not streams:
        from zygote_nb.frontend.zipping import zipped

        found = zipped(lo, node, parts, strict == TRUE)
        if found.length is ENDLESS:
            raise lo.refuse(node, "this has no end", "add something that has one, or use `itertools.islice`")
        return found
    from zygote_nb.frontend import generators, loops

    if len(parts) == 2 and needs_turns(lo, parts):
        return generators.suspend(lo, node, loops.zip_in_turn, [in_turn(lo, node, p) for p in parts])
    if len(streams) > 1 or needs_turns(lo, parts):
        raise lo.refuse(node, "`zip` over several generators", "make a list of all but one")
    at = parts.index(streams[0])
    if len(parts) == 1:
        return generators.suspend(lo, node, loops.zip_alone, [streams[0]])
    before, after = (lo.tuple_of([kept(lo, node, p) for p in side]) for side in (parts[:at], parts[at + 1 :]))
    return generators.suspend(lo, node, loops.zip_with_stream, [streams[0], before, after])


def needs_turns(lo: Lowering, parts: list[Any]) -> bool:
    """Whether the parts are to be taken one by one: of two generators, of one that goes on later, of a range."""
    from zygote_nb.frontend.resumed import is_resumed

    streams = [p for p in parts if isinstance(p, Obj)]
    plain = all(isinstance(p, Obj) or p.items is not None or p.value is not None for p in parts)
    return len(streams) > 1 or any(is_resumed(lo, s) for s in streams) or not plain


def in_turn(lo: Lowering, node: ast.AST, part: Sequence | Obj) -> Obj:
    """A part of ``zip`` as an iterator."""
    from zygote_nb.frontend import generators, loops

    if isinstance(part, Obj):
        return part
    return generators.suspend(lo, node, loops.numbered, [static(part)], at_once=True)


def kept(lo: Lowering, node: ast.AST, part: Sequence) -> Any:
    """A part of ``zip`` as a value that can be indexed."""
    if part.items is not None:
        return make_tuple(part.items, tuple)
    if part.value is None:
        raise lo.refuse(node, "`zip` over a generator and something without an index", "make a list of it")
    return part.value


def of_range(lo: Lowering, node: ast.AST, bounds: tuple[Expr, Expr, Expr]) -> Sequence:
    start, stop, step = (b if isinstance(b, (Const, Name)) else lo.temporary("stop", b, node) for b in bounds)
    if start == INT_ZERO and step == INT_ONE:
        return Sequence(stop, lambda i: i)
    whole = Apply(range, (start, stop, step), (), INT)
    length = lo.temporary("count", Apply(len, (whole,), (), INT), node)
    return Sequence(length, lambda i: lo.apply(node, operator.add, [start, lo.apply(node, operator.mul, [i, step])]))


def among(lo: Lowering, node: ast.AST, items: tuple[Any, ...]) -> Item:
    """One of known items by its number."""

    def item(i: Expr) -> Any:
        known = isinstance(i, Const) and 0 <= i.value < len(items)
        return items[i.value] if known else lo.getitem(node, make_tuple(items, tuple), i)  # type: ignore[attr-defined]

    return item


def enumerated(lo: Lowering, node: ast.AST, part: Sequence, start: Expr) -> Sequence:
    def numbered(i: Expr, item: Expr) -> Expr:
        number = i if start == INT_ZERO else lo.apply(node, operator.add, [start, i])
        return make_tuple((number, item), tuple)

    items = None
    if part.items is not None:
        items = tuple(numbered(Const(i, INT), item) for i, item in enumerate(part.items))
    return Sequence(part.length, lambda i: numbered(i, part.item(i)), items, part.live)


def backwards(lo: Lowering, node: ast.AST, part: Sequence) -> Sequence:
    if part.items is not None:
        return Sequence(part.length, among(lo, node, part.items[::-1]), part.items[::-1], part.live)
    last = lo.apply(node, operator.sub, [part.length, INT_ONE])
    last = last if isinstance(last, Const) else lo.temporary("last", last, node)
    return Sequence(part.length, lambda i: part.item(lo.apply(node, operator.sub, [last, i])))
