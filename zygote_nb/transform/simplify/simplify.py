"""Cleaning up generated programs: what nobody reads is not computed, copies are not made."""

from __future__ import annotations

import operator
from collections.abc import Iterable

from zygote_nb.analysis.cost import risks
from zygote_nb.dataclass import replace
from zygote_nb.ir.core import Apply, Assign, Block, Break, Const, Expr, For, If, Name, Raise, Stmt
from zygote_nb.ir.kinds import BOOL, Scalar
from zygote_nb.ir.walk import all_bound, blocks, names, statements, with_blocks
from zygote_nb.transform.simplify.coalesced import coalesced
from zygote_nb.transform.simplify.copies import propagate_copies, without_spare_copies
from zygote_nb.transform.simplify.dead import sweep
from zygote_nb.transform.simplify.temporaries import inline_temporaries, merge_sums


def simplify(
    block: Block, results: Iterable[Expr], params: Iterable[str], roots: Iterable[str] = ()
) -> tuple[Block, tuple[Expr, ...]]:
    """The block without dead code and copies; ``roots`` are variables read by others (buffers that are handed in)."""
    results = tuple(results)
    while True:
        before = block
        block, results = propagate_copies(block, results, set(params))
        block = tidy(merge_sums(sweep(block, results, set(roots))))
        block, results = inline_temporaries(block, results)
        block = without_spare_copies(block)
        if block == before:
            block = coalesced(block, {*params, *roots}, set().union(*map(names, results)))
        if block == before:
            return block, results


def tidy(block: Block) -> Block:
    """Branches that do nothing are turned around or left out."""
    out: list[Stmt] = []
    for stmt in block:
        stmt = with_blocks(stmt, tuple(map(tidy, blocks(stmt))))
        match stmt:
            case Assign(value=Name(id)) if id == stmt.target:
                continue
            case If() if out and asks_again(out[-1], stmt):
                first = out.pop()
                stmt = replace(first, body=(*first.body, *stmt.body), orelse=(*first.orelse, *stmt.orelse))
            case If(body=(), orelse=()):
                if any(risks(stmt.test)):
                    out.append(stmt)
                continue
            case If(body=()):
                stmt = replace(stmt, test=negated(stmt.test), body=stmt.orelse, orelse=())
            case For(body=()):
                continue
        out.append(stmt)
    return tuple(out)


def asks_again(first: Stmt, stmt: If) -> bool:
    """Whether the same is asked twice in a row, of numbers that do not change in between."""
    if not isinstance(first, If) or first.test != stmt.test or not isinstance(stmt.test, Apply):
        return False
    plain = all(isinstance(a, (Name, Const)) and isinstance(a.kind, Scalar) for a in stmt.test.args)
    ends = any(isinstance(s, Break | Raise) for s in statements((first,)))
    return plain and not ends and not names(stmt.test) & all_bound((first,))


OPPOSITE = {
    operator.eq: operator.ne,
    operator.ne: operator.eq,
    operator.is_: operator.is_not,
    operator.is_not: operator.is_,
}


def negated(test: Expr) -> Expr:
    """``not test``; comparisons by order are not turned around, because of NaN."""
    if isinstance(test, Apply) and test.fn is operator.not_:
        return test.args[0]
    if isinstance(test, Apply) and test.fn in OPPOSITE:
        return replace(test, fn=OPPOSITE[test.fn])
    return Apply(operator.not_, (test,), (), BOOL)
