"""The ways out of a block: break, continue, return; and the one exit of a function.

A jump ends its block, and what follows the ``if`` around it moves into the other branch, so that nothing ever follows a
jump. Where only some paths through an ``if`` jump, a flag is set and what follows is guarded by it. What follows a
branch that raises is written after the ``if``, so that the way back has nothing to ask.
"""

from __future__ import annotations

import ast
from collections.abc import Callable

from zygote_nb.dataclass import dataclass
from zygote_nb.frontend.heap import list_object
from zygote_nb.frontend.lower import Lowering
from zygote_nb.frontend.overloads import REFLECTED, is_declined
from zygote_nb.frontend.places import at_place_of
from zygote_nb.frontend.pools import needs_pool_for
from zygote_nb.frontend.values import none
from zygote_nb.ir.core import (
    FALSE,
    TRUE,
    Assign,
    Attempt,
    Break,
    Const,
    If,
    Raise,
    Stmt,
    Tuple,
    While,
)
from zygote_nb.ir.kinds import describe, join
from zygote_nb.ir.walk import blocks, breaks, with_blocks

JUMPS = (ast.Break, ast.Continue, ast.Return)


@dataclass(frozen=True, slots=True)
class Exits:
    """What the jumps of the enclosing constructs do; each is called at the end of a block."""

    leave: Callable[[ast.Return], None]
    break_: Callable[[], None] | None = None
    continue_: Callable[[], None] | None = None
    jump: Jump | None = None


@dataclass(slots=True)
class Jump:
    """How a loop is left: by a break, or, where it was written out, by a flag."""

    leave: Callable[[ast.AST], None]
    done: str | None = None
    broke: str | None = None


def jumps(nodes: list[ast.stmt], in_loop: bool = False) -> set[type]:
    """The jumps in a block that leave the block."""
    found: set[type] = set()
    for node in nodes:
        if isinstance(node, ast.Return):
            found.add(ast.Return)
        elif isinstance(node, (ast.Break, ast.Continue)) and not in_loop:
            found.add(type(node))
        elif isinstance(node, ast.If):
            found |= jumps(node.body, in_loop) | jumps(node.orelse, in_loop)
        elif isinstance(node, (ast.For, ast.While)):
            found |= jumps(node.body, True) | jumps(node.orelse, in_loop)
        elif isinstance(node, ast.With):
            found |= jumps(node.body, in_loop)
        elif isinstance(node, ast.Try):
            for block in (node.body, *(h.body for h in node.handlers), node.orelse, node.finalbody):
                found |= jumps(block, in_loop)
        elif isinstance(node, ast.Match):
            for case in node.cases:
                found |= jumps(case.body, in_loop)
    return found


def ends(nodes: list[ast.stmt]) -> bool:
    """Whether every path through the block jumps or raises."""
    for node in nodes:
        if isinstance(node, (*JUMPS, ast.Raise)):
            return True
        if isinstance(node, ast.If) and ends(node.body) and ends(node.orelse):
            return True
        if isinstance(node, ast.While) and is_true(node.test) and ast.Break not in jumps(node.body):
            return True
        if isinstance(node, ast.Try) and try_ends(node):
            return True
        if isinstance(node, ast.Match) and match_ends(node):
            return True
        if isinstance(node, ast.With) and ends(node.body) and not any(map(is_suppress, node.items)):
            return True
    return False


def try_ends(node: ast.Try) -> bool:
    tried = ends(node.body) or ends(node.orelse)
    return ends(node.finalbody) or (tried and all(ends(h.body) for h in node.handlers))


def match_ends(node: ast.Match) -> bool:
    last = node.cases[-1]
    matches_all = isinstance(last.pattern, ast.MatchAs) and last.pattern.pattern is None and last.guard is None
    return matches_all and all(ends(case.body) for case in node.cases)


def is_suppress(item: ast.withitem) -> bool:
    """Whether a context manager is there to let the program go on after its block."""
    fn = item.context_expr.func if isinstance(item.context_expr, ast.Call) else None
    return getattr(fn, "attr", getattr(fn, "id", "")) == "suppress"


def is_true(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and bool(node.value)


def closed(block: tuple[Stmt, ...]) -> bool:
    """Whether no path runs through to the end of the block."""
    if not block:
        return False
    last = block[-1]
    if isinstance(last, If):
        return closed(last.body) and closed(last.orelse)
    if isinstance(last, Attempt):
        return (closed(last.body) or closed(last.orelse)) and all(closed(c.body) for c in last.clauses)
    return isinstance(last, (Break, Raise)) or (isinstance(last, While) and last.test == TRUE and not breaks(last.body))


def raises(block: tuple[Stmt, ...]) -> bool:
    """Whether every path through the block ends with an exception."""
    last = block[-1] if block else None
    return isinstance(last, Raise) or (isinstance(last, If) and raises(last.body) and raises(last.orelse))


def at_open_ends(block: tuple[Stmt, ...], extra: tuple[Stmt, ...]) -> tuple[Stmt, ...]:
    """The block with more statements at its end, on the paths that reach it."""
    if not extra or closed(block):
        return block
    last = block[-1] if block else None
    if isinstance(last, If | Attempt) and breaks(block[-1:]):
        tried = (last.body,) if isinstance(last, Attempt) else ()
        ways_out = tuple(at_open_ends(b, extra) for b in blocks(last)[len(tried) :])
        return (*block[:-1], with_blocks(last, (*tried, *ways_out)))
    return (*block, *extra)


def flagged_exits(lo: Lowering, node: ast.stmt, found: set[type]) -> tuple[list[tuple[type, str]], Exits]:
    """Jumps that set flags, which are cleared here."""
    flags = {
        kind: lo.fresh({ast.Break: "stop", ast.Continue: "skip", ast.Return: "done"}[kind])
        for kind in sorted(found, key=str)
    }
    for flag in flags.values():
        lo.out.append(Assign(flag, FALSE, lo.span(node)))

    def leave(stmt: ast.Return) -> None:
        store_result(lo, stmt)
        lo.out.append(Assign(flags[ast.Return], TRUE, lo.span(stmt)))

    def set_flag(kind: type) -> Callable[[], None]:
        return lambda: lo.out.append(Assign(flags[kind], TRUE, lo.span(node)))

    return list(flags.items()), Exits(leave, set_flag(ast.Break), set_flag(ast.Continue))


STORED = ast.Constant(None)


def pass_return(node: ast.stmt, exits: Exits) -> None:
    """The result is stored already: only the jump remains."""
    exits.leave(at_place_of(node, ast.Return(STORED)))


def store_result(lo: Lowering, stmt: ast.Return) -> None:
    """``return value`` on one of several paths: the value goes to the result variable."""
    if stmt.value is STORED:
        return
    value = lo.value(stmt.value) if stmt.value is not None else none()
    if is_declined(value) and lo.source.code.co_name in REFLECTED:
        # Nobody is asked after the right operand.
        raise lo.raised(stmt, TypeError, "unsupported operand types")
    target = lo.env["return"]
    assert isinstance(target, Const)
    if isinstance(value, Tuple) and value.cls is list:
        value = list_object(lo, stmt, target.value, value, rebinds=True)
    stored = lo.assigned(stmt, target.value, lo.renamed_safely(target.value, value, stmt))
    lo.returned.append((stmt, stored.kind))
    lo.env["return value"] = stored


def two_kinds(lo: Lowering, node: ast.AST) -> Exception:
    """What is said where the returns of a function do not fit together."""
    (_, first), *others = lo.returned
    stmt, kind = next(((s, k) for s, k in others if join(k, first) is None), (node, None))
    here = "another value" if kind is None else describe(kind)
    what = f"the function returns {here} here and {describe(first)} elsewhere"
    needs_pool_for(lo, stmt, [k for _, k in lo.returned], what)
    return lo.refuse(stmt, what, "return values of one kind on every path")
