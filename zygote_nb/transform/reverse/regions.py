"""Adjoints of branches and loops."""

from __future__ import annotations

from collections.abc import Callable

from zygote_nb.analysis.exposed import exposed
from zygote_nb.ir.core import ZERO, Assign, Block, For, Function, If, Span, Stmt, While
from zygote_nb.ir.kinds import Array
from zygote_nb.ir.walk import all_bound, bound, names, read, statements
from zygote_nb.transform.places import lower_bounds
from zygote_nb.transform.reverse.state import Mirror, Reverse, Scope
from zygote_nb.transform.reverse.tangents import same_shape_always, zeros_like


def branch(r: Reverse, stmt: If, mirrored_block: Callable[[Block], list[Mirror]]) -> Mirror:
    before = dict(r.live)
    m = Mirror(stmt)
    after: list[dict[str, bool]] = []
    for block in (stmt.body, stmt.orelse):
        r.live = dict(before)
        m.inner.append(mirrored_block(block))
        after.append(r.live)
    inside = all_bound(stmt.body) | all_bound(stmt.orelse)
    outside = bound_outside(r.function, stmt)
    m.closing = [[], []]
    merged: dict[str, bool] = {}
    for name in {**after[0], **after[1]}:
        at_entry = before.get(name, bool(r.scopes) and name in r.scopes[-1].touched)
        states = [a.get(name, at_entry) for a in after]
        if r.variable(name) in inside and r.variable(name) not in outside:
            merged[name] = False
            continue
        merged[name] = any(states)
        if any(states) and not all(states):
            m.closing[states.index(False)].append(zeroed(r, name, stmt.span, at_entry))
    r.live = merged
    return m


def zeroed(r: Reverse, name: str, span: Span, was_live: bool) -> Stmt:
    kind = r.kind(name)
    value = zeros_like(r.d(name)) if was_live and same_shape_always(kind) else zeros_like(r.primal(name))
    if isinstance(kind, Array) and was_live and not same_shape_always(kind):
        value = ZERO
    return Assign(r.adjoint(name), value, span)


def loop(r: Reverse, stmt: For | While, mirrored_block: Callable[[Block], list[Mirror]]) -> Mirror:
    m = Mirror(stmt)
    outer = r.live
    r.scopes.append(Scope(frozenset(local_to(r.function, stmt))))
    r.live = {n: v for n, v in outer.items() if v and r.variable(n) not in r.scopes[-1].local}
    if isinstance(stmt, For):
        r.ranges.update(lower_bounds(stmt, r.ranges))
    m.inner = [mirrored_block(stmt.body)]
    scope, inside = r.scopes.pop(), r.live
    r.live = outer
    crossing = {n for n in (*scope.touched, *(n for n, v in outer.items() if v)) if r.variable(n) not in scope.local}
    m.closing = [[zeroed(r, name, stmt.span, True) for name in sorted(crossing) if not inside.get(name, True)]]
    for name in scope.touched:
        if not r.is_live(name):
            m.opening.append(Assign(r.adjoint(name), zeros_like(r.primal(name)), stmt.span))
        r.live[name] = True
    return m


def bound_outside(function: Function, stmt: Stmt) -> set[str]:
    """Variables that are bound somewhere other than inside the statement."""
    found = {p.name for p in function.params}
    inside = {id(s) for s in statements((stmt,))}
    for other in statements(function.body):
        if id(other) not in inside:
            found.update(bound(other))
    return found


def local_to(function: Function, loop: For | While) -> set[str]:
    """Variables of which every iteration makes its own: bound in the body before they are read, read only there."""
    inside = {id(s) for s in statements((loop,))}
    outside = {p.name for p in function.params} | set().union(*map(names, function.result))
    for stmt in statements(function.body):
        if id(stmt) not in inside:
            outside |= read(stmt) | set(bound(stmt))
    return all_bound(loop.body) - outside - exposed(loop.body) - read(loop)
