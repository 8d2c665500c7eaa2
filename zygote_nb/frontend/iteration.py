"""Lowering of for loops: over ranges, arrays, lists, tuples, zip, enumerate and reversed.

Everything that has a length becomes a loop over a range that reads its elements by index; a tuple, whose entries may
differ in kind, is unrolled.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from typing import Any

from zygote_nb.dataclass import replace
from zygote_nb.errors import UnsupportedSyntaxError
from zygote_nb.frontend.control import lower_body
from zygote_nb.frontend.heap import Obj
from zygote_nb.frontend.jumps import Exits, jumps
from zygote_nb.frontend.lower import Lowering
from zygote_nb.frontend.repetition import assigned_names, write_range
from zygote_nb.frontend.rows import is_growing
from zygote_nb.frontend.sequences import UNROLL_LIMIT, Sequence, iterated, range_bounds, snapshots_of, target_is
from zygote_nb.frontend.syntax import walk
from zygote_nb.frontend.targets import assign_to
from zygote_nb.frontend.templates import NeedsColumns
from zygote_nb.frontend.unpacking import settled
from zygote_nb.frontend.unset import note_set
from zygote_nb.frontend.values import make_tuple
from zygote_nb.ir.core import (
    FALSE,
    INT_ONE,
    INT_ZERO,
    TRUE,
    Append,
    Assign,
    Const,
    Expr,
    For,
    Invoke,
    Name,
    Pop,
    Store,
    Tuple,
)
from zygote_nb.ir.kinds import BOOL, INT
from zygote_nb.ir.walk import all_bound, statements


def write_for(lo: Lowering, node: ast.For, exits: Exits) -> None:
    assigned = assigned_names(node.body)
    bounds = range_bounds(lo, node.iter)
    snapshots = snapshots_of(lo, node.iter)
    if snapshots is not None and bounds is not None and isinstance(node.target, ast.Name):
        write_range_for(lo, node, bounds, exits, assigned)
        mark_last_loop(lo, node, snapshots)
        return
    if bounds is not None and isinstance(node.target, ast.Name):
        items = known_range(bounds)
        either(
            lo,
            lambda: write_range_for(lo, node, bounds, exits, assigned),
            None if items is None else lambda: unroll(lo, node, node.target, items, node.body, exits),
        )
        return
    seq = iterated(lo, node.iter)
    if isinstance(seq, Obj):
        from zygote_nb.frontend import generators

        generators.write_for(lo, node, seq, exits)
        return
    if seq.items is not None:
        unroll(lo, node, node.target, seq.items, node.body, exits, seq.live, seq.skipped)
        return
    write_sequence(lo, node, node.target, seq, lambda: lower_body(lo, node.body, exits), node.body)


def mark_last_loop(lo: Lowering, node: ast.For, snapshots: Expr) -> None:
    """The loop that was just written keeps few of its states."""
    place = max(i for i, s in enumerate(lo.out) if isinstance(s, For))
    loop = lo.out[place]
    assert isinstance(loop, For)
    lo.out[place] = replace(loop, snapshots=snapshots)


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
        except NeedsColumns:
            raise
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
    """Whether the loop variable is used outside this loop other than as the variable of another loop beside it."""
    inside = {id(n) for n in walk(loop)}
    rebound: set[int] = set()
    nodes = lo.nodes()
    for other in nodes:
        if isinstance(other, (ast.For, ast.comprehension)) and target_is(other.target, name):
            within = {id(n) for n in walk(other)}
            rebound |= set() if id(loop) in within else within
    return any(
        isinstance(n, ast.Name) and n.id == name and id(n) not in inside and id(n) not in rebound for n in nodes
    ) or any(isinstance(n, ast.arg) and n.arg == name for n in nodes)


def write_sequence(
    lo: Lowering, node: ast.AST, target: ast.expr, seq: Sequence, body: Callable[[], None], nodes: list[ast.stmt]
) -> None:
    """A loop over a sequence; ``body`` writes what is done with the target bound."""
    if seq.items is not None:
        for item in one_by_one(lo, node, seq):
            assign_to(lo, target, item, node)
            body()
        return

    def write(index: Name) -> None:
        assign_to(lo, target, seq.item(index), node)
        body()

    assigned = assigned_names(nodes) | {n.id for n in walk(target) if isinstance(n, ast.Name)}
    live = seq.value if seq.value is not None and is_growing(seq.value) else None
    write_range(lo, node, (INT_ZERO, seq.length, INT_ONE), lo.fresh("i"), write, assigned, live)


def are_one_to_one(target: ast.expr, item: Tuple) -> bool:
    several = isinstance(target, (ast.Tuple, ast.List)) and len(target.elts) == len(item.items)
    return several and not any(isinstance(t, ast.Starred) for t in target.elts)  # type: ignore[attr-defined]


def bind_item(lo: Lowering, target: ast.expr, item: Any, node: ast.AST) -> None:
    """A loop variable of a loop that is written out; a constant stays one."""
    if isinstance(item, Tuple) and are_one_to_one(target, item):
        parts = target.elts  # type: ignore[attr-defined]
        for part, value in zip(parts, settled(lo, node, parts, list(item.items)), strict=True):
            bind_item(lo, part, value, node)
    elif isinstance(target, ast.Name) and isinstance(item, Const) and target.id not in lo.outer_names:
        lo.env[target.id] = item
        note_set(lo, node, target.id)
    else:
        assign_to(lo, target, item, node)


def unroll(
    lo: Lowering, node: ast.For, target: ast.expr, items: tuple[Any, ...], nodes: list[ast.stmt], exits: Exits,
    live: Obj | None = None, skipped: int = 0,
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
    at_entry = lo.snapshot(live).items if live is not None and live.cls is list else ()
    first = True
    while queue:
        item = queue.pop(0)
        if live is not None and at_entry:
            place = skipped + len(items) - len(queue) - 1
            item = as_it_is_now(item, at_entry, lo.snapshot(live).items, place)
        if stop is None or first:
            step(item)
        else:
            going = lo.negation(node, Name(stop, BOOL))
            lo.branch(node, going, lambda item=item: step(item), lambda: None)
        first = False
        if live is None:
            start = set_aside(lo, node, queue, start)
        elif live.cls is list and len(lo.snapshot(live).items) != skipped + len(items):
            hint = "iterate over a copy: `for item in list(items)`"
            raise lo.refuse(node, "a list changes its length while it is iterated over", hint)


def as_it_is_now(item: Any, at_entry: tuple[Any, ...], now: tuple[Any, ...], i: int) -> Any:
    """An item with the entry that the list has there by now, alone or beside what ``enumerate`` and ``zip`` add."""
    for at in (i, len(at_entry) - 1 - i):
        if at < len(now) and 0 <= at < len(at_entry) and item is at_entry[at]:
            return now[at]
    if isinstance(item, Tuple):
        return make_tuple(tuple(as_it_is_now(part, at_entry, now, i) for part in item.items), item.cls)
    return item


def one_by_one(lo: Lowering, node: ast.AST, seq: Sequence) -> Iterator[Any]:
    """Known items in turn, while statements are written: those at entry, or, of a live object, those of the moment."""
    queue, start = list(seq.items or ()), len(lo.out)
    while queue:
        yield queue.pop(0)
        if seq.live is None:
            start = set_aside(lo, node, queue, start)


def set_aside(lo: Lowering, node: ast.AST, queue: list[Any], start: int) -> int:
    """Items still to come that the statements since ``start`` change are evaluated before these."""
    new = tuple(lo.out[start:])
    changed = all_bound(new)
    memory = any(isinstance(s, (Store, Append, Pop, Invoke)) for s in statements(new))
    for i, item in enumerate(queue):
        queue[i], start = lo.pinned(item, start, node, changed, memory)
    return start
