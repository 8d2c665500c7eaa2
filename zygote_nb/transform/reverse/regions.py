"""Adjoints of branches and loops."""

from __future__ import annotations

from collections.abc import Callable

from zygote_nb.analysis.exposed import exposed
from zygote_nb.dataclass import replace
from zygote_nb.ir.core import (
    FALSE,
    ZERO,
    Apply,
    Assign,
    Attempt,
    Block,
    Choice,
    For,
    Function,
    If,
    Invoke,
    Name,
    Stmt,
    While,
    is_getitem,
    was_done,
)
from zygote_nb.ir.kinds import Array
from zygote_nb.ir.walk import (
    all_bound,
    always_raises,
    blocks,
    bound,
    is_step,
    names,
    read,
    statements,
    step_blocks,
    subexpressions,
)
from zygote_nb.transform.places import lower_bounds
from zygote_nb.transform.reverse.state import Mirror, Reverse, Scope
from zygote_nb.transform.reverse.tangents import same_shape_always, zeros_like
from zygote_nb.transform.simplify.remains import is_elementwise

Reversal = Callable[[Block], list[Mirror]]


def branch(r: Reverse, stmt: If, mirrored_block: Reversal) -> Mirror:
    m = Mirror(stmt)
    alternatives(r, m, (stmt.body, stmt.orelse), mirrored_block)
    return m


def alternatives(r: Reverse, m: Mirror, ways: tuple[Block, ...], mirrored_block: Reversal) -> None:
    """Blocks of which one runs. An adjoint that is live before one of them is zero, not unset, before the others."""
    before = dict(r.live)
    states: list[dict[str, bool]] = []
    for block in ways:
        r.live = dict(before)
        m.inner.append(mirrored_block(block))
        states.append(before if always_raises(block) else r.live)
    after = [s for s in states if s is not before] or states
    m.closing += [[] for _ in ways]
    inside = r.bound_only_in(ways)
    merged: dict[str, bool] = {}
    for name in {n: None for states in after for n in states}:
        at_entry = before.get(name, bool(r.scopes) and name in r.scopes[-1].touched)
        only_inside = r.variable(name) in inside and not is_carried(r, name)
        merged[name] = any(a.get(name, at_entry) for a in after) and not only_inside
        if merged[name]:
            for closing, state in zip(m.closing[-len(ways) :], states, strict=True):
                closing += [] if state.get(name, at_entry) else [zeroed(r, name, m.stmt, at_entry)]
    r.live = merged


def is_carried(r: Reverse, name: str) -> bool:
    """Whether an iteration of the loop around here may find a variable as an earlier one left it, or leave it so."""
    return bool(r.scopes) and r.variable(name) not in r.scopes[-1].local


def attempt(r: Reverse, stmt: Attempt, mirrored_block: Reversal) -> Mirror:
    """Backward, the block that ran in the end comes first; then the steps, each a branch."""
    m = Mirror(stmt, inner=[[]], closing=[[]])
    alternatives(r, m, (stmt.orelse, *(c.body for c in stmt.clauses)), mirrored_block)
    m.inner[0] = mirrored_block(stmt.body)
    for number, step in enumerate(m.inner[0]):
        if is_step(stmt, step.stmt):
            step.closing[1] = [with_shape_if_bound(r, stmt, s, number) for s in step.closing[1]]
    m.closing[2:] = [[with_shape_if_bound(r, stmt, s, len(stmt.body)) for s in c] for c in m.closing[2:]]
    return m


def with_shape_if_bound(r: Reverse, attempt: Attempt, stmt: Stmt, number: int) -> Stmt:
    """A zero adjoint of an array that one of the steps before this one makes; it may not have come to that."""
    if not isinstance(stmt, Assign) or not isinstance(stmt.value.kind, Array):
        return stmt
    made = names(stmt.value) & r.bound_only_in((attempt.body,))
    for i, block in enumerate(step_blocks(attempt)[:number], 1):
        if made & all_bound(block):
            bound_already = was_done(attempt.done, i) if i < len(attempt.body) else FALSE
            return replace(stmt, value=Choice(bound_already, stmt.value, ZERO, stmt.value.kind))
    return stmt


def zeroed(r: Reverse, name: str, before: Stmt, was_live: bool) -> Stmt:
    """The adjoint of a variable as it is before a statement that may bind it anew, maybe with another shape.

    A number does for an array to whose adjoint no element is added, and which no function made that looks at whole
    arrays; else the array has to be there.
    """
    kind, variable = r.kind(name), r.variable(name)
    value = zeros_like(r.d(name)) if was_live and same_shape_always(kind) else zeros_like(r.primal(name))
    if isinstance(kind, Array) and was_live and not same_shape_always(kind):
        looked_at = variable in r.read_by_element() or is_made_whole(variable, r.function)
        needed = looked_at and is_surely_bound(variable, before, r.function)
        value = zeros_like(r.primal(name)) if needed else ZERO
    return Assign(r.adjoint(name), value, before.span)


def is_made_whole(name: str, function: Function) -> bool:
    """Whether a function has part in a value of the variable whose derivative does not go entry by entry."""
    found, todo = {name}, [name]
    while todo:
        at = todo.pop()
        for stmt in statements(function.body):
            if isinstance(stmt, Invoke) and at in stmt.targets:
                return True
            if not isinstance(stmt, Assign) or stmt.target != at:
                continue
            parts = [e for e in subexpressions(stmt.value) if isinstance(e.kind, Array)]
            if any(isinstance(e, Apply) and not is_elementwise(e.fn) and not is_getitem(e) for e in parts):
                return True
            new = {e.id for e in parts if isinstance(e, Name)} - found
            found |= new
            todo += new
    return False


def is_surely_bound(name: str, before: Stmt, function: Function) -> bool:
    """Whether every way to the statement binds the variable."""

    def search(block: Block, known: bool) -> bool | None:
        for stmt in block:
            if stmt is before:
                return known
            for inner in blocks(stmt):
                if (found := search(inner, known)) is not None:
                    return found
            known = known or (not blocks(stmt) and name in bound(stmt))
        return None

    return bool(search(function.body, any(p.name == name for p in function.params)))


def loop(r: Reverse, stmt: For | While, mirrored_block: Reversal) -> Mirror:
    m = Mirror(stmt)
    outer = r.live
    r.scopes.append(Scope(stmt, frozenset(local_to(r.function, stmt))))
    r.live = {n: v for n, v in outer.items() if v and r.variable(n) not in r.scopes[-1].local}
    if isinstance(stmt, For):
        r.ranges.update(lower_bounds(stmt, r.ranges))
    m.inner = [mirrored_block(stmt.body)]
    scope, inside = r.scopes.pop(), r.live
    if scope.late:
        last = m.inner[0][-1]
        first = last.opening if isinstance(last.stmt, For | While) else last.adjoint
        first[:0] = scope.late
    r.live = outer
    crossing = {n for n in (*scope.touched, *(n for n, v in outer.items() if v)) if r.variable(n) not in scope.local}
    m.closing = [[zeroed(r, name, stmt, True) for name in sorted(crossing) if not inside.get(name, True)]]
    m.crossing = frozenset(map(r.adjoint, sorted(crossing)))
    for name in scope.touched:
        if not r.is_live(name):
            m.opening.append(Assign(r.adjoint(name), zeros_like(r.primal(name)), stmt.span))
        r.live[name] = True
    return m


def local_to(function: Function, loop: For | While) -> set[str]:
    """Variables of which every iteration makes its own: bound in the body before they are read, read only there."""
    inside = {id(s) for s in statements((loop,))}
    outside = {p.name for p in function.params} | set().union(*map(names, function.result))
    for stmt in statements(function.body):
        if id(stmt) not in inside:
            outside |= read(stmt) | set(bound(stmt))
    return all_bound(loop.body) - outside - exposed(loop.body) - read(loop)
