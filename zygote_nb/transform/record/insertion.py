"""Blocks with a statement put in, or with reads of a variable replaced."""

from __future__ import annotations

from zygote_nb.ir.core import (
    Accumulate,
    Append,
    Assign,
    Attempt,
    Block,
    Break,
    Expr,
    If,
    Name,
    Pop,
    Raise,
    Stmt,
    Store,
)
from zygote_nb.ir.walk import (
    all_bound,
    blocks,
    bound,
    breaks,
    expressions,
    map_expressions,
    statements,
    subexpressions,
    substitute,
    with_blocks,
)


def surely_bound(block: list[Stmt], name: str) -> bool:
    return any(
        name in bound(s)
        or (isinstance(s, If) and surely_bound(list(s.body), name) and surely_bound(list(s.orelse), name))
        for s in block
    )


def count_reads(block: list[Stmt], name: str) -> int:
    below = list(statements(tuple(block)))
    reads = sum(isinstance(e, Name) and e.id == name for s in below for x in expressions(s) for e in subexpressions(x))
    return reads + sum(
        (isinstance(s, (Append, Pop)) and s.base == name) or (isinstance(s, Accumulate) and s.target == name)
        for s in below
    )


def replaced(block: Block, name: str, value: Expr) -> Block:
    """The block with reads of a variable replaced."""

    def of(stmt: Stmt) -> Stmt:
        stmt = map_expressions(stmt, lambda e: substitute(e, {name: value}))
        return with_blocks(stmt, tuple(replaced(b, name, value) for b in blocks(stmt)))

    return tuple(map(of, block))


def stored_directly(block: Block, name: str, tape: Name, index: Expr) -> Block:
    """``old_x = x`` becomes ``old_x[t] = x``."""
    out: list[Stmt] = []
    for stmt in block:
        if isinstance(stmt, Assign) and stmt.target == name:
            out.append(Store(tape, index, stmt.value, span=stmt.span))
        else:
            out.append(with_blocks(stmt, tuple(stored_directly(b, name, tape, index) for b in blocks(stmt))))
    return tuple(out)


def after_definition(block: Block, name: str, extra: Stmt) -> Block:
    out: list[Stmt] = []
    for stmt in block:
        out.append(with_blocks(stmt, tuple(after_definition(b, name, extra) for b in blocks(stmt))))
        if name in bound(stmt):
            out[-1:] = insert_at_exits([out[-1]], extra)
    return tuple(out)


def insert_at_exits(block: list[Stmt], extra: Stmt) -> list[Stmt]:
    """At the end of a block, and before every break that leaves the loop from it; a path that raises keeps nothing."""
    if block and isinstance(block[-1], Raise):
        return block
    if not block or not breaks((block[-1],)):
        return [*block, extra]
    last = block[-1]
    if isinstance(last, Break):
        return [*block[:-1], extra, last]
    tried = (last.body,) if isinstance(last, Attempt) else ()
    ways_out = tuple(tuple(insert_at_exits(list(b), extra)) for b in blocks(last)[len(tried) :])
    return [*block[:-1], with_blocks(last, (*tried, *ways_out))]


def insert_after_last(block: list[Stmt], wanted: set[str], extra: Stmt) -> list[Stmt]:
    last = max((i for i, s in enumerate(block) if wanted & (set(bound(s)) | all_bound((s,)))), default=len(block) - 1)
    if breaks((block[last],)) or isinstance(block[last], Raise):
        return insert_at_exits(block, extra)
    return [*block[: last + 1], extra, *block[last + 1 :]]
