"""Several tangents at once: what belongs to a tangent stands there once for each of them, all else once.

No value depends on a tangent, so that the statements that do are a layer of their own. What they read of values and is
not cheap is computed once for all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from zygote_nb.analysis.alias import ADDING
from zygote_nb.analysis.cost import cost
from zygote_nb.dataclass import dataclass, field, replace
from zygote_nb.ir.core import (
    Accumulate,
    Append,
    Apply,
    Assign,
    Attempt,
    Block,
    Choice,
    Effect,
    Expr,
    Invoke,
    Name,
    Pop,
    Stmt,
    Store,
)
from zygote_nb.ir.kinds import is_memory
from zygote_nb.ir.walk import (
    blocks,
    bound,
    children,
    expressions,
    map_expressions,
    names,
    root,
    statements,
    substitute,
    with_blocks,
)
from zygote_nb.transform.forward.linearity import collected
from zygote_nb.transform.split import stem


class OneAtATime(Exception):
    """The function can't take several tangents at once."""


@dataclass(slots=True)
class Wide:
    """The widening of one function. ``primals`` says how many arguments and results of a callee are no tangents."""

    width: int
    tangents: set[str]
    primals: Callable[[str], tuple[int, int]]
    fresh: Callable[[str], str]
    copies: dict[str, list[str]] = field(default_factory=dict)

    def names(self, name: str) -> list[str]:
        """The variable once for each tangent."""
        if name not in self.copies:
            self.copies[name] = [name, *(self.fresh(name) for _ in range(self.width - 1))]
        return self.copies[name]

    def block(self, block: Block) -> Block:
        return tuple(made for stmt in block for made in self.stmt(stmt))

    def stmt(self, stmt: Stmt) -> list[Stmt]:
        if isinstance(stmt, Invoke):
            return [self.invoke(stmt)]
        if blocks(stmt):
            return [with_blocks(stmt, tuple(map(self.block, blocks(stmt))))]
        if not is_of(stmt, self.tangents):
            return [stmt]
        out: list[Stmt] = []
        stmt = collected(stmt, self.tangents, lambda e: self.named(e, stmt, out))
        shared = map_expressions(stmt, lambda e: self.shared(e, stmt, out))
        return [*out, *(self.turned(shared, k) for k in range(self.width))]

    def turned(self, stmt: Stmt, k: int) -> Stmt:
        """The statement for one of the tangents."""
        stmt = map_expressions(stmt, lambda e: self.expr(e, k))
        match stmt:
            case Assign() | Accumulate():
                return replace(stmt, target=self.names(stmt.target)[k])
            case Append():
                return replace(stmt, base=self.names(stmt.base)[k])
            case Pop():
                return replace(
                    stmt, base=self.names(stmt.base)[k], targets=tuple(self.names(t)[k] for t in stmt.targets)
                )
        return stmt

    def expr(self, expr: Expr, k: int) -> Expr:
        read = {e for e in names_in(expr) if e.id in self.tangents}
        return substitute(expr, {n.id: replace(n, id=self.names(n.id)[k]) for n in read})

    def each(self, exprs: Iterable[Expr]) -> tuple[Expr, ...]:
        """Tangents, those of the first direction first."""
        exprs = tuple(exprs)
        return tuple(self.expr(e, k) for k in range(self.width) for e in exprs)

    def shared(self, expr: Expr, stmt: Stmt, out: list[Stmt]) -> Expr:
        """The expression, with names for what all tangents compute alike."""
        if isinstance(expr, Choice):
            return expr
        if not names(expr) & self.tangents:
            if cost(expr) < 2 or not isinstance(expr, Apply) or expr is held(stmt):
                return expr
            return self.named(expr, stmt, out)
        if not isinstance(expr, Apply):
            return expr
        args = tuple(self.shared(a, stmt, out) for a in expr.args)
        return replace(expr, args=args)

    def named(self, value: Expr, stmt: Stmt, out: list[Stmt]) -> Expr:
        made = self.fresh(stem(value))
        out.append(Assign(made, value, stmt.span))
        return Name(made, value.kind)

    def invoke(self, stmt: Invoke) -> Stmt:
        taken, given = self.primals(stmt.callee)
        args = (*stmt.args[:taken], *self.each(stmt.args[taken:]))
        dots = stmt.targets[given:]
        targets = (*stmt.targets[:given], *(self.names(t)[k] for k in range(self.width) for t in dots))
        kinds = (*stmt.kinds[:given], *stmt.kinds[given:] * self.width)
        return replace(stmt, targets=targets, args=args, kinds=kinds)


def widening(
    width: int, dots: set[str], block: Block, values: set[str], primals: Callable[[str], tuple[int, int]],
    fresh: Callable[[str], str],
) -> Wide:  # fmt: skip
    """The widening of a block whose tangents are ``dots``, and whose values are in the variables ``values``."""
    return Wide(width, closed(dots, block, values), primals, fresh)


def closed(dots: set[str], block: Block, values: set[str]) -> set[str]:
    """The variables that depend on tangents; raises OneAtATime where something else does."""
    tangents = set(dots)
    while True:
        more = {n for s in statements(block) if not blocks(s) and is_of(s, tangents) for n in bound(s)} - tangents
        if not more:
            break
        tangents |= more
    others = [s for s in statements(block) if not is_of(s, tangents) and not isinstance(s, Invoke)]
    tries = any(isinstance(s, Attempt) for s in others)
    if tries or tangents & values or any(names(e) & tangents for s in others for e in expressions(s)):
        raise OneAtATime
    return tangents


def held(stmt: Stmt) -> Expr | None:
    """What a statement keeps as memory: each tangent needs its own."""
    kept = stmt.value if isinstance(stmt, Assign | Append) else None
    return kept if kept is not None and is_memory(kept.kind) else None


def is_of(stmt: Stmt, tangents: set[str]) -> bool:
    """Whether a statement belongs to a tangent."""
    match stmt:
        case Assign() | Accumulate():
            return stmt.target in tangents or bool(names(stmt.value) & tangents)
        case Append() | Pop():
            return stmt.base in tangents
        case Store():
            return root(stmt.base) in tangents
        case Effect(value=Apply(fn=fn, args=(base, *_))) if fn in ADDING:
            return root(base) in tangents
    return False


def names_in(expr: Expr) -> list[Name]:
    if isinstance(expr, Name):
        return [expr]
    return [n for child in children(expr) for n in names_in(child)]
