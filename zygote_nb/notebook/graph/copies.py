"""Statements as lines and groups; loops that the frontend wrote out, such as one over a list of arrays, found again."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from zygote_nb.dataclass import dataclass
from zygote_nb.frontend.syntax import walk
from zygote_nb.ir.core import Assign, Invoke, Name, Pop, Stmt, Store
from zygote_nb.ir.walk import blocks, names

__all__ = ["Copies", "assigned", "folded", "place"]


@dataclass(frozen=True, slots=True)
class Copies:
    """The iterations of one loop, each beginning with what the loop's own line binds."""

    line: int
    iterations: tuple[tuple[Stmt, ...], ...]

    @property
    def heads(self) -> tuple[Stmt, ...]:
        return tuple(s for part in self.iterations for s in part if s.span.line == self.line)

    @property
    def bodies(self) -> tuple[tuple[Stmt, ...], ...]:
        return tuple(tuple(s for s in part if s.span.line != self.line) for part in self.iterations)


def folded(block: Sequence[Stmt], tree: ast.AST, around: int = 0) -> list[Stmt | Copies]:
    """The block with the statements of each loop that was written out in one; `around` is the loop that it is of."""
    ends = {n.lineno: n.end_lineno or n.lineno for n in walk(tree) if isinstance(n, ast.For) and n.lineno != around}
    found: list[Stmt | Copies] = []
    position = 0
    while position < len(block):
        stmt = block[position]
        line = stmt.span.line
        if not isinstance(stmt, Assign) or line not in ends or blocks(stmt):
            found.append(stmt)
            position += 1
            continue
        stop = position
        while stop < len(block) and line <= block[stop].span.line <= ends[line]:
            stop += 1
        parts = _iterations(block[position:stop], line)
        found += [Copies(line, parts)] if len(parts) > 1 else block[position:stop]
        position = stop
    return found


def _iterations(stmts: Sequence[Stmt], line: int) -> tuple[tuple[Stmt, ...], ...]:
    parts: list[list[Stmt]] = []
    last = 0
    for stmt in stmts:
        if stmt.span.line == line and last != line:
            parts.append([])
        parts[-1].append(stmt)
        last = stmt.span.line
    return tuple(map(tuple, parts))


def place(part: Stmt | Copies) -> tuple[int, int]:
    """Equal for statements of one line; what is a group of its own is equal to nothing else."""
    if isinstance(part, Copies):
        return part.line, id(part)
    return part.span.line, id(part) if blocks(part) else 0


def assigned(stmt: Stmt) -> tuple[str, ...]:
    """Variables that a statement binds or writes into."""
    match stmt:
        case Assign(target=target):
            return (target,)
        case Store(base=base):
            return tuple(sorted(names(base)))[:1] if not isinstance(base, Name) else (base.id,)
        case Invoke(targets=targets) | Pop(targets=targets):
            return targets
        case _ if hasattr(stmt, "base") and isinstance(stmt.base, str):
            return (stmt.base,)
        case _:
            return ()
