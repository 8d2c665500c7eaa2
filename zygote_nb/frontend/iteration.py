"""Lowering of for loops: over ranges, arrays, lists, tuples, zip, enumerate and reversed.

Everything that has a length becomes a loop over a range that reads its elements by index; a tuple, whose entries may
differ in kind, is unrolled.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from zygote_nb.errors import UnsupportedSyntaxError
from zygote_nb.frontend import overloads
from zygote_nb.frontend.control import lower_body
from zygote_nb.frontend.heap import Obj
from zygote_nb.frontend.jumps import Exits, jumps
from zygote_nb.frontend.lower import Lowering
from zygote_nb.frontend.repetition import assigned_names, write_range
from zygote_nb.frontend.targets import assign_to
from zygote_nb.frontend.unset import note_set
from zygote_nb.frontend.values import make_tuple
from zygote_nb.ir.core import (
    FALSE,
    INT_ONE,
    INT_ZERO,
    TRUE,
    Append,
    Apply,
    Assign,
    Const,
    Expr,
    Invoke,
    Name,
    Pop,
    Store,
    Tuple,
)
from zygote_nb.ir.kinds import BOOL, INT, Array, ListOf, Scalar, describe
from zygote_nb.ir.walk import all_bound, statements

Item = Callable[[Expr], Expr]
UNROLL_LIMIT = 64


@dataclass(frozen=True, slots=True)
class Sequence:
    """Something to iterate over: its length, and its items by index. ``items`` if they are known one by one.

    ``live`` is the object whose entries are looked up when their turn comes, so that the loop may change them.
    """

    length: Expr
    item: Item
    items: tuple[Expr, ...] | None = None
    live: Any = None


def write_for(lo: Lowering, node: ast.For, exits: Exits) -> None:
    assigned = assigned_names(node.body)
    bounds = range_bounds(lo, node.iter)
    if bounds is not None and isinstance(node.target, ast.Name):
        items = known_range(bounds)
        either(
            lo,
            lambda: write_range_for(lo, node, bounds, exits, assigned),
            None if items is None else lambda: unroll(lo, node, node.target, items, node.body, exits),
        )
        return
    seq = sequence(lo, node.iter)
    if seq.items is not None:
        unroll(lo, node, node.target, seq.items, node.body, exits, seq.live)
        return
    write_sequence(lo, node, node.target, seq, lambda: lower_body(lo, node.body, exits), node.body)


def known_range(bounds: tuple[Expr, Expr, Expr]) -> tuple[Expr, ...] | None:
    """The numbers of a range whose bounds are constants, if they are not too many."""
    if not all(isinstance(b, Const) and type(b.value) is int for b in bounds):
        return None
    numbers = range(*(b.value for b in bounds))  # type: ignore[union-attr]
    return tuple(Const(i, INT) for i in numbers) if len(numbers) <= UNROLL_LIMIT else None


def either(lo: Lowering, first: Callable[[], Any], second: Callable[[], Any] | None) -> Any:
    """The first way of lowering something, or, if it is refused, the second."""
    if second is None:
        return first()
    state = dict(lo.env), list(lo.out), set(lo.taken)
    try:
        return first()
    except UnsupportedSyntaxError as refusal:
        lo.env, lo.out[:], lo.taken = state
        try:
            return second()
        except UnsupportedSyntaxError:
            raise refusal from None


def write_range_for(
    lo: Lowering, node: ast.For, bounds: tuple[Expr, Expr, Expr], exits: Exits, assigned: set[str]
) -> None:
    assert isinstance(node.target, ast.Name)
    name = node.target.id
    private = name in assigned or read_outside(lo, name, node)

    def write(index: Name) -> None:
        if private:
            lo.bind(name, index, node)
        else:
            lo.env[name] = index
            note_set(lo, node, name)
        lower_body(lo, node.body, exits)

    stem = f"{name}_" if private else "i" if name == "_" else name
    if name == "_" and not private:
        stem = lo.fresh("i")
    if not private:
        lo.taken.discard(name)
    write_range(lo, node, bounds, stem, write, assigned)
    if not private:
        lo.env.pop(name, None)


def read_outside(lo: Lowering, name: str, loop: ast.For) -> bool:
    """Whether the loop variable is used outside this loop other than as the variable of another loop."""
    inside = {id(n) for n in ast.walk(loop)}
    rebound: set[int] = set()
    for other in lo.nodes():
        if isinstance(other, (ast.For, ast.comprehension)) and target_is(other.target, name) and other is not loop:
            rebound |= {id(n) for n in ast.walk(other)}
    return any(
        isinstance(n, ast.Name) and n.id == name and id(n) not in inside and id(n) not in rebound for n in lo.nodes()
    ) or name in {a.arg for a in lo.nodes() if isinstance(a, ast.arg)}


def target_is(target: ast.expr, name: str) -> bool:
    return any(isinstance(n, ast.Name) and n.id == name for n in ast.walk(target))


def range_bounds(lo: Lowering, node: ast.expr) -> tuple[Expr, Expr, Expr] | None:
    """Start, stop and step of a ``range(...)``."""
    if not isinstance(node, ast.Call) or node.keywords or not isinstance(node.func, (ast.Name, ast.Attribute)):
        return None
    fn = function_named(lo, node.func)
    if not isinstance(fn, Const) or (fn.value is not range and getattr(fn.value, "__name__", "") != "prange"):
        return None
    bounds = lo.exprs(node.args)
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
    """What the expression iterates over."""
    if isinstance(node, ast.Call) and isinstance(node.func, (ast.Name, ast.Attribute)):
        fn = function_named(lo, node.func)
        if isinstance(fn, Const) and any(fn.value is f for f in (zip, enumerate, reversed, range)):
            return combined(lo, node, fn.value)
    return of_value(lo, node, lo.value(node))


def function_named(lo: Lowering, node: ast.expr) -> Any:
    """What a name stands for, without writing anything; None for an attribute of a value."""
    if isinstance(node, ast.Attribute):
        base = function_named(lo, node.value)
        return lo.attribute_of(node, base, node.attr) if isinstance(base, Const) else None
    return lo.value(node) if isinstance(node, ast.Name) else None


def of_value(lo: Lowering, node: ast.expr, value: Any) -> Sequence:
    live = lo.written.get(id(value), (None, None))[1] if isinstance(value, Tuple) else None
    if isinstance(value, Obj):
        live = value if value.cls is list else None
        value = lo.snapshot(iterated_object(lo, node, value))
    if isinstance(value, Const) and isinstance(value.value, (str, tuple, range, frozenset, dict)):
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
    return Sequence(lo.length(held), lambda i: lo.getitem(node, held, i))


def iterated_object(lo: Lowering, node: ast.AST, value: Obj) -> Any:
    """The items of a list or a dict, or what ``__iter__`` of a class returns."""
    if value.cls is list:
        return value
    if value.cls is dict:
        return lo.tuple_of([lo.constant(k) for k in overloads.keys(lo, value)])
    method = overloads.class_method(value.cls, "__iter__")
    if method is None:
        raise lo.refuse(node, f"{describe(value.kind)} is iterated over", "iterate over its entries")
    return lo.call_value(node, method, [value])


def rebinds_inside(lo: Lowering, node: ast.Name) -> bool:
    """Whether the name that is iterated over is bound again inside the loop."""
    return any(
        isinstance(loop, ast.For) and node in ast.walk(loop.iter) and node.id in assigned_names([loop])
        for loop in lo.nodes()
    )


def guard_iteration(lo: Lowering, node: ast.Name) -> None:
    """A list that grows or shrinks while it is iterated over has no length at entry."""
    for loop in lo.nodes():
        if isinstance(loop, ast.For) and node in ast.walk(loop.iter):
            for inner in ast.walk(ast.Module(loop.body, [])):
                if (
                    isinstance(inner, ast.Attribute)
                    and inner.attr in ("append", "pop")
                    and target_is(inner.value, node.id)
                ):
                    what = f"`{node.id}` changes its length while it is iterated over"
                    raise lo.refuse(inner, what, "iterate over a copy, or use a while loop")


def combined(lo: Lowering, node: ast.Call, fn: object) -> Sequence:
    if fn is range:
        bounds = range_bounds(lo, node)
        assert bounds is not None
        return of_range(lo, node, bounds)
    if any(isinstance(a, ast.Starred) for a in node.args) or any(
        k.arg not in ("start", "strict") for k in node.keywords
    ):
        raise lo.refuse(node, f"`{ast.unparse(node)}` is not differentiated", "name the arguments one by one")
    parts = [sequence(lo, a) for a in node.args[: 1 if fn is not zip else None]]
    if fn is enumerate:
        start = [lo.expr(a) for a in [*node.args[1:], *(k.value for k in node.keywords)]]
        return enumerated(lo, node, parts[0], start[0] if start else INT_ZERO)
    if fn is reversed:
        return backwards(lo, node, parts[0])
    return zipped(lo, node, parts)


def of_range(lo: Lowering, node: ast.AST, bounds: tuple[Expr, Expr, Expr]) -> Sequence:
    start, stop, step = (b if isinstance(b, (Const, Name)) else lo.temporary("stop", b, node) for b in bounds)
    if start == INT_ZERO and step == INT_ONE:
        return Sequence(stop, lambda i: i)
    whole = Apply(range, (start, stop, step), (), INT)
    length = lo.temporary("count", Apply(len, (whole,), (), INT), node)
    return Sequence(length, lambda i: lo.apply(node, operator.add, [start, lo.apply(node, operator.mul, [i, step])]))


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
        return Sequence(part.length, part.item, part.items[::-1])
    last = lo.apply(node, operator.sub, [part.length, INT_ONE])
    last = last if isinstance(last, Const) else lo.temporary("last", last, node)
    return Sequence(part.length, lambda i: part.item(lo.apply(node, operator.sub, [last, i])))


def zipped(lo: Lowering, node: ast.AST, parts: list[Sequence]) -> Sequence:
    if all(p.items is not None for p in parts):
        live = next((p.live for p in parts if p.live is not None), None)
        columns = [
            p.items if live is None or p.live is not None else tuple(lo.evaluated(i, node) for i in p.items or ())
            for p in parts
        ]
        items = tuple(make_tuple(group, tuple) for group in zip(*(c or () for c in columns), strict=False))
        return Sequence(Const(len(items), INT), parts[0].item, items, live)
    lengths = list(dict.fromkeys(p.length for p in parts))
    length = lengths[0]
    if len(lengths) > 1:
        length = lo.temporary("count", Apply(min, tuple(lengths), (), INT), node)
    return Sequence(length, lambda i: make_tuple(tuple(p.item(i) for p in parts), tuple))


def write_sequence(
    lo: Lowering, node: ast.AST, target: ast.expr, seq: Sequence, body: Callable[[], None], nodes: list[ast.stmt]
) -> None:
    """A loop over a sequence; ``body`` writes what is done with the target bound."""
    if seq.items is not None:
        for item in seq.items:
            assign_to(lo, target, item, node)
            body()
        return

    def write(index: Name) -> None:
        assign_to(lo, target, seq.item(index), node)
        body()

    assigned = assigned_names(nodes) | {n.id for n in ast.walk(target) if isinstance(n, ast.Name)}
    write_range(lo, node, (INT_ZERO, seq.length, INT_ONE), lo.fresh("i"), write, assigned)


def bind_item(lo: Lowering, target: ast.expr, item: Any, node: ast.AST) -> None:
    """A loop variable of a loop that is written out; a constant stays one."""
    if isinstance(target, (ast.Tuple, ast.List)) and isinstance(item, Tuple) and len(target.elts) == len(item.items):
        for part, value in zip(target.elts, item.items, strict=True):
            bind_item(lo, part, value, node)
    elif isinstance(target, ast.Name) and isinstance(item, Const) and target.id not in lo.outer_names:
        lo.env[target.id] = item
        note_set(lo, node, target.id)
    else:
        assign_to(lo, target, item, node)


def unroll(
    lo: Lowering, node: ast.For, target: ast.expr, items: tuple[Any, ...], nodes: list[ast.stmt], exits: Exits,
    live: Obj | None = None,
) -> None:  # fmt: skip
    """A loop over known items, written out; a flag skips what follows a break.

    The items are those at entry: what the loop would change of them is set aside, unless they belong to a live object.
    """
    if len(items) > UNROLL_LIMIT:
        raise lo.refuse(node, f"a loop over {len(items)} entries of a tuple", "use an array")
    leaves_early = jumps(nodes, True) or ast.Break in jumps(nodes)
    stop = lo.fresh("stop") if leaves_early else None
    if stop is not None:
        assert exits.jump is not None
        lo.out.append(Assign(stop, FALSE, lo.span(node)))
        exits.jump.leave = lambda stmt: lo.out.append(Assign(stop, TRUE, lo.span(stmt)))

    def step(item: Any) -> None:
        bind_item(lo, target, item, node)
        lower_body(lo, nodes, exits)

    start, queue = len(lo.out), list(items)
    first = True
    while queue:
        item = queue.pop(0)
        if stop is None or first:
            step(item)
        else:
            going = lo.negation(node, Name(stop, BOOL))
            lo.branch(node, going, lambda item=item: step(item), lambda: None)
        first = False
        if live is None:
            start = set_aside(lo, node, queue, start)
        elif live.cls is list and len(lo.snapshot(live).items) != len(items):
            hint = "iterate over a copy: `for item in list(items)`"
            raise lo.refuse(node, "a list changes its length while it is iterated over", hint)


def set_aside(lo: Lowering, node: ast.AST, queue: list[Any], start: int) -> int:
    """Items still to come that the statements since ``start`` change are evaluated before these."""
    new = tuple(lo.out[start:])
    changed = all_bound(new)
    memory = any(isinstance(s, (Store, Append, Pop, Invoke)) for s in statements(new))
    for i, item in enumerate(queue):
        queue[i], start = lo.pinned(item, start, node, changed, memory)
    return start
