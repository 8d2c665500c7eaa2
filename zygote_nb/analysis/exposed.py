"""Which variables does a block read before it has surely bound them?"""

from __future__ import annotations

from collections.abc import Iterable

from zygote_nb.ir.core import Attempt, Block, Const, For, If, Stmt, While
from zygote_nb.ir.walk import bound, breaks, read, step_blocks


def exposed(block: Iterable[Stmt]) -> set[str]:
    """Variables that a block reads before it has surely bound them."""
    found: set[str] = set()
    collect_exposed(tuple(block), set(), found)
    return found


def collect_exposed(block: Block, known: set[str], found: set[str]) -> set[str]:
    """Add to ``found`` what is read before it is surely bound, and to ``known`` what is surely bound at the end."""
    for stmt in block:
        found |= read(stmt) - known
        match stmt:
            case If():
                body = collect_exposed(stmt.body, set(known), found)
                known = body & collect_exposed(stmt.orelse, set(known), found)
            case For():
                body = collect_exposed(stmt.body, known | {stmt.var}, found)
                known = body - {stmt.var} | known if surely_runs(stmt) else known
            case While():
                collect_exposed(stmt.body, set(known), found)
            case Attempt():
                known = attempted(stmt, known | set(bound(stmt)), found)
        known.update(bound(stmt))
    return known


def surely_runs(loop: For) -> bool:
    """Whether at least one iteration is made, and none is left half-way."""
    bounds = (loop.start, loop.stop, loop.step)
    if not all(isinstance(b, Const) for b in bounds) or breaks(loop.body):
        return False
    return len(range(*(b.value for b in bounds if isinstance(b, Const)))) > 0


def attempted(stmt: Attempt, known: set[str], found: set[str]) -> set[str]:
    """A step comes after those before it; a clause may come before all of them."""
    end = set(known)
    for block in step_blocks(stmt):
        end = collect_exposed(block, end, found)
    end = collect_exposed(stmt.orelse, end, found)
    return end.intersection(*(collect_exposed(c.body, set(known), found) for c in stmt.clauses))
