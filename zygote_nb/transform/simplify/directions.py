"""Loops of the backward sweep count up where the order of iterations doesn't matter: easier to read and faster."""

from __future__ import annotations

from dataclasses import replace

from zygote_nb.analysis.commuting import commutes
from zygote_nb.analysis.exposed import exposed
from zygote_nb.analysis.iterations import Loops
from zygote_nb.ir.core import INT_ONE, Block, Const, Expr, For, Stmt, While
from zygote_nb.ir.walk import blocks, names, with_blocks
from zygote_nb.transform.record.mirrored import plus_one


def forward_where_free(block: Block, results: tuple[Expr, ...], groups: dict[str, set[str]]) -> Block:
    """The block with loops that count up instead of down; in ``groups`` are variables that may share memory."""
    memory = {name: min(group) for name, group in groups.items()}
    return turned(block, (), set().union(*map(names, results)) if results else set(), memory)


def turned(block: Block, around: Loops, after: set[str], memory: dict[str, str]) -> Block:
    """``after`` is what is read after the block."""
    out: list[Stmt] = []
    for stmt in reversed(block):
        inner = (*around, stmt) if isinstance(stmt, For | While) else around
        last = after | exposed(blocks(stmt)[0]) if isinstance(stmt, For | While) else after
        if isinstance(stmt, For) and stmt.step == Const(-1) and stmt.count is None:
            made = up(stmt) if commutes(stmt, around, lambda n: memory.get(n, n), after) else stmt
        else:
            made = stmt
        out.append(with_blocks(made, tuple(turned(b, inner, last, memory) for b in blocks(stmt))))
        after = after | exposed((stmt,))
    return tuple(reversed(out))


def up(loop: For) -> For:
    return replace(loop, start=plus_one(loop.stop), stop=plus_one(loop.start), step=INT_ONE)
