"""Calls written out where memory does not respect the border of a function.

A function is transformed on its own: what it is given, and what it gives back, are pieces of memory that have nothing
to do with each other. Where arguments share memory that the callee writes to, or results share memory that is written
to later, the call is replaced by the body of the callee, in which the sharing can be seen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import combinations
from typing import Any

from zygote_nb.analysis.alias import Memory, Summary, sharing
from zygote_nb.dataclass import replace
from zygote_nb.errors import Location, UnsupportedSyntaxError
from zygote_nb.ir.core import Apply, Assign, Attempt, Block, Expr, Function, Invoke, Name, Span, Stmt
from zygote_nb.ir.kinds import is_memory
from zygote_nb.ir.walk import (
    all_bound,
    all_read,
    blocks,
    map_expressions,
    names,
    rebuild,
    rename,
    statements,
    with_blocks,
)

SummaryOf = Callable[[Any], Summary]


def entangled(function: Function, memory: Memory, summary_of: SummaryOf) -> list[Invoke]:
    """The calls that can't be transformed as calls."""
    calls = [(s, summary_of(s.callee)) for s in statements(function.body) if isinstance(s, Invoke)]
    return [c for c, summary in calls if shares_arguments(c, memory, summary) or shares_results(c, memory, summary)]


def shares_arguments(call: Invoke, memory: Memory, summary: Summary) -> bool:
    """Whether two arguments may be one piece of memory, and the callee writes to one of them."""
    groups = [{memory.group(n) for n in sharing(a)} for a in call.args]
    writes = {g for i in summary.writes for g in groups[i]}
    return any(a & b & writes for a, b in combinations(groups, 2))


def shares_results(call: Invoke, memory: Memory, summary: Summary) -> bool:
    """Whether two results are one piece of memory, made by the callee, and are written to."""
    both = {i for pair in summary.together for i in pair}
    return any(is_memory(call.kinds[i]) and memory.is_written(call.targets[i]) for i in both)


def with_calls_written_out(
    function: Function, calls: list[Invoke], body_of: Callable[[Any], Function], taken: set[str]
) -> Function:
    """The function with the bodies of the callees in place of the calls."""
    used = taken | {p.name for p in function.params} | all_bound(function.body) | all_read(function.body)
    chosen = {id(c) for c in calls}

    def of_block(block: Block, attempted: bool) -> Block:
        return tuple(made for stmt in block for made in of_stmt(stmt, attempted))

    def of_stmt(stmt: Stmt, attempted: bool) -> Iterator[Stmt]:
        if isinstance(stmt, Invoke) and id(stmt) in chosen:
            if stmt.callee.recursive or attempted:
                raise refusal(function, stmt)
            yield from written_out(stmt, body_of(stmt.callee), used)
        else:
            inside = attempted or isinstance(stmt, Attempt)
            yield with_blocks(stmt, tuple(of_block(b, inside) for b in blocks(stmt)))

    return replace(function, body=of_block(function.body, False))


def written_out(call: Invoke, callee: Function, used: set[str]) -> list[Stmt]:
    """The body of the callee, its parameters bound to the arguments, and the targets to its results."""
    assigned = all_bound(callee.body)
    new: dict[str, str] = {}
    out: list[Stmt] = []
    for param, arg in zip(callee.params, call.args, strict=True):
        if isinstance(arg, Name) and param.name not in assigned:
            new[param.name] = arg.id
        else:
            new[param.name] = free_name(param.name, used)
            out.append(Assign(new[param.name], arg, call.span))
    for name in sorted(assigned - set(new)):
        new[name] = free_name(name, used)
    out += at(rename(callee.body, lambda n: new.get(n, n)), call.span)
    results = [renamed(r, new) for r in callee.result]
    if any(set(call.targets) & names(r) for r in results):
        held = [free_name(t, used) for t in call.targets]
        out += [Assign(h, r, call.span) for h, r in zip(held, results, strict=True)]
        results = [Name(h, r.kind) for h, r in zip(held, results, strict=True)]
    return [*out, *(Assign(t, r, call.span) for t, r in zip(call.targets, results, strict=True))]


def renamed(expr: Expr, new: dict[str, str]) -> Expr:
    return rebuild(expr, lambda e: replace(e, id=new.get(e.id, e.id)) if isinstance(e, Name) else e)


def at(block: Block, span: Span) -> Block:
    """The block with the place of the call: the callee may be in another file."""

    def of(expr: Expr) -> Expr:
        return rebuild(expr, lambda e: replace(e, span=span) if isinstance(e, Apply) else e)

    inner = (with_blocks(s, tuple(at(b, span) for b in blocks(s))) for s in block)
    return tuple(replace(map_expressions(s, of), span=span) for s in inner)


def free_name(name: str, used: set[str]) -> str:
    candidate, number = name, 0
    while candidate in used:
        number += 1
        candidate = f"{name}{number}"
    used.add(candidate)
    return candidate


def refusal(function: Function, call: Invoke) -> UnsupportedSyntaxError:
    at_call = Location(function.filename, call.span.line, call.span.col, None)
    what = f"{call.callee.name} writes to memory that several arguments or results share"
    if call.callee.recursive:
        return UnsupportedSyntaxError(f"{what}, and is recursive", at=at_call, hint="pass a copy of one of them")
    return UnsupportedSyntaxError(f"{what}, inside of `try`", at=at_call, hint="move the call out of the `try`")
