"""Tiny callees written out where they are called: a few assignments without control flow, stores or effects.

The variables of the callee get names that are free in the caller, and its statements the line of the call: line numbers
of generated code are those of one file.
"""

from __future__ import annotations

from collections.abc import Callable

from zygote_nb.dataclass import replace
from zygote_nb.frontend.instances import Instance
from zygote_nb.ir.core import Apply, Assign, Block, Const, Expr, Function, Invoke, Name, Span, Stmt
from zygote_nb.ir.walk import all_bound, blocks, expressions, names, rebuild, statements, subexpressions, with_blocks

STATEMENTS, NODES = 3, 30
"""What a callee may have at most to be tiny."""


def is_tiny(function: Function) -> bool:
    """Whether a function is written out where it is called."""
    if len(function.body) > STATEMENTS or not all(isinstance(s, Assign) for s in function.body):
        return False
    held = [*function.result, *(e for s in function.body for e in expressions(s))]
    return sum(1 for e in held for _ in subexpressions(e)) <= NODES


def with_tiny_callees(function: Function, tiny: Callable[[Instance], Function | None], taken: set[str]) -> Function:
    """The function with its tiny callees written out; ``tiny`` gives the body of one, or None if it is called."""
    if not any(isinstance(s, Invoke) for s in statements(function.body)):
        return function
    taken = taken | all_bound(function.body) | {p.name for p in function.params}

    def fresh(name: str) -> str:
        found = next(n for i in range(len(taken) + 1) if (n := f"{name}{i or ''}") not in taken)
        taken.add(found)
        return found

    def of(block: Block) -> Block:
        out: list[Stmt] = []
        for stmt in block:
            callee = tiny(stmt.callee) if isinstance(stmt, Invoke) else None
            if isinstance(stmt, Invoke) and callee is not None:
                out += written_out(stmt, callee, fresh)
            else:
                out.append(with_blocks(stmt, tuple(map(of, blocks(stmt)))))
        return tuple(out)

    return replace(function, body=of(function.body))


def written_out(stmt: Invoke, callee: Function, fresh: Callable[[str], str]) -> list[Stmt]:
    """The callee's statements in place of the call; results get names of their own where a target is read."""
    assigned = all_bound(callee.body)
    given = zip((p.name for p in callee.params), stmt.args, strict=True)
    as_given = {p: a for p, a in given if isinstance(a, (Name, Const)) and p not in assigned}
    own = {p.name for p in callee.params if p.name not in as_given} | assigned
    known = {name: fresh(name) for name in sorted(own)}

    def here(expr: Expr) -> Expr:
        return placed(expr, as_given, known, stmt.span)

    out: list[Stmt] = [
        Assign(known[p.name], arg, stmt.span)
        for p, arg in zip(callee.params, stmt.args, strict=True)
        if p.name not in as_given
    ]
    for s in callee.body:
        assert isinstance(s, Assign)
        out.append(Assign(known[s.target], here(s.value), stmt.span))
    results = list(map(here, callee.result))
    targets = list(stmt.targets)
    if len(targets) > 1 and set(targets) & set().union(*(names(r) for r in results)):
        held = [fresh(t) for t in targets]
        out += [Assign(h, r, stmt.span) for h, r in zip(held, results, strict=True)]
        results = [Name(h, r.kind) for h, r in zip(held, results, strict=True)]
    return [*out, *(Assign(t, r, stmt.span) for t, r in zip(targets, results, strict=True))]


def placed(expr: Expr, as_given: dict[str, Expr], known: dict[str, str], span: Span) -> Expr:
    """The callee's expression with the caller's arguments and names, at the place of the call."""

    def change(e: Expr) -> Expr:
        match e:
            case Name():
                return as_given.get(e.id) or replace(e, id=known.get(e.id, e.id))
            case Apply():
                return replace(e, span=span)
        return e

    return rebuild(expr, change)
