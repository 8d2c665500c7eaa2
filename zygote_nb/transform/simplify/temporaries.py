"""Sums and temporaries: a statement that goes into the next one."""

from __future__ import annotations

import operator
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import numpy as np

from zygote_nb.analysis.ownership import is_fresh
from zygote_nb.dataclass import replace
from zygote_nb.ir.core import Accumulate, Append, Apply, Assign, Block, Const, Expr, If, Name, Pop, Stmt, Store
from zygote_nb.ir.walk import (
    blocks,
    bound,
    expressions,
    map_expressions,
    names,
    statements,
    subexpressions,
    substitute,
    with_blocks,
)
from zygote_nb.transform import algebra

ZEROS = {np.zeros_like, np.zeros}
_named: ContextVar[bool] = ContextVar("zygote_nb_named_adjoints", default=False)


@contextmanager
def named_adjoints() -> Iterator[None]:
    """In this block every adjoint keeps its own name and statement, so that it can be looked at."""
    token = _named.set(True)
    try:
        yield
    finally:
        _named.reset(token)


def adjoints_are_named() -> bool:
    return _named.get()


def merge_sums(block: Block) -> Block:
    """``d = a`` followed by ``d += b`` is ``d = a + b``."""
    out: list[Stmt] = []
    for stmt in block:
        stmt = with_blocks(stmt, tuple(merge_sums(b) for b in blocks(stmt)))
        last = out[-1] if out else None
        if (
            isinstance(stmt, Accumulate)
            and stmt.index is None
            and isinstance(last, Assign)
            and last.target == stmt.target
            and last.target not in names(stmt.value)
            and not stmt.memory
            and algebra.size_of(last.value) + algebra.size_of(stmt.value) <= 16
            and not (isinstance(last.value, Apply) and last.value.fn in ZEROS)
        ):
            out[-1] = replace(last, value=algebra.total([last.value, stmt.value]))
        elif isinstance(stmt, Accumulate) and last is not None and is_zeroed(last, stmt):
            out[-1] = in_place_of_zero(last, stmt)
            if isinstance(last, Assign) and stmt.index is not None:
                out[-1:] = [last, out[-1]]
        else:
            out.append(stmt)
    return tuple(out)


def is_zeroed(last: Stmt, stmt: Accumulate) -> bool:
    """Whether what is added to was set to zero by the statement just before."""
    match last:
        case Store(value=Const(value=0.0)) if stmt.index is not None and not last.add:
            place = Apply(operator.getitem, (last.base, last.index))
            return last.base == stmt.base and last.index == stmt.index and place not in set(subexpressions(stmt.value))
        case Assign(value=Apply(fn=fn)) if (
            fn in ZEROS and last.target == stmt.target and last.target not in names(stmt.value)
        ):
            if stmt.index is not None:
                return stmt.base == Name(last.target)
            return isinstance(stmt.value, Apply) and is_fresh(stmt.value) and stmt.value.kind == last.value.kind
    return False


def in_place_of_zero(last: Stmt, stmt: Accumulate) -> Stmt:
    if stmt.index is None:
        return Assign(stmt.target, stmt.value, stmt.span)
    assert stmt.base is not None
    return Store(stmt.base, stmt.index, stmt.value, span=stmt.span)


def inline_temporaries(block: Block, results: tuple[Expr, ...]) -> tuple[Block, tuple[Expr, ...]]:
    """Adjoints that are bound once and read once, in the next statement, go there."""
    counts = Counter(n for s in statements(block) for n in bound(s))
    reads = Counter(
        e.id for s in statements(block) for x in expressions(s) for e in subexpressions(x) if isinstance(e, Name)
    )
    reads.update(s.target for s in statements(block) if isinstance(s, Accumulate))
    reads.update(s.base for s in statements(block) if isinstance(s, (Append, Pop)))
    reads.update(e.id for r in results for e in subexpressions(r) if isinstance(e, Name))
    once = {n for n in counts if counts[n] == 1 and reads[n] == 1}
    single = {
        n for n in once if (n.startswith("d_") and not _named.get()) or (n[:1] == "g" and n[1:].isdigit()) or n == "g"
    }
    block = inlined(block, single, once)
    block, results = returned_directly(block, results)
    if len(results) == 1 and block and isinstance(results[0], Name):
        last = block[-1]
        if (
            isinstance(last, Assign)
            and last.target == results[0].id
            and last.target in single
            and algebra.size_of(last.value) <= 8
        ):
            return block[:-1], (last.value,)
    return block, results


def returned_directly(block: Block, results: tuple[Expr, ...]) -> tuple[Block, tuple[Expr, ...]]:
    """A last ``d_x0 = d_x`` is left out: ``d_x`` is returned."""
    while block:
        last = block[-1]
        targets = [r for r in results if isinstance(r, Name)]
        if not (isinstance(last, Assign) and isinstance(last.value, Name) and Name(last.target) in targets):
            break
        rebound = sum(last.target in bound(s) for s in statements(block)) > 1
        if last.value in targets or len(targets) != len(set(targets)) or rebound or last.value.id[:2] != "d_":
            break
        results = tuple(last.value if r == Name(last.target) else r for r in results)
        block = block[:-1]
    return block, results


def inlined(block: Block, single: set[str], once: set[str]) -> Block:
    out: list[Stmt] = []
    for stmt in block:
        stmt = with_blocks(stmt, tuple(inlined(b, single, once) for b in blocks(stmt)))
        last = out[-1] if out else None
        if isinstance(last, Assign) and isinstance(stmt, If) and is_condition_of(last, stmt) and last.target in once:
            out[-1] = replace(stmt, test=last.value)
            continue
        if (
            isinstance(last, Assign)
            and last.target in single
            and isinstance(stmt, (Assign, Accumulate, Store))
            and fits(last, stmt)
        ):
            out[-1] = folded(stmt, last)
        else:
            out.append(stmt)
    return tuple(out)


def is_condition_of(temporary: Assign, stmt: If) -> bool:
    """Whether a condition was given a name that the user doesn't know, and that the backward sweep didn't need."""
    return stmt.test == Name(temporary.target) and temporary.span == stmt.span and bool(stmt.span.line)


def fits(temporary: Assign, stmt: Stmt) -> bool:
    if isinstance(stmt, Accumulate) and stmt.target == temporary.target:
        return False
    sizes = sum(algebra.size_of(e) for e in expressions(stmt))
    return sizes + algebra.size_of(temporary.value) <= 12 and any(
        temporary.target in names(e) for e in expressions(stmt)
    )


def folded(stmt: Stmt, temporary: Assign) -> Stmt:
    values = {temporary.target: temporary.value}
    changed = map_expressions(stmt, lambda e: substitute(e, values))
    if isinstance(changed, (Assign, Accumulate)):
        return replace(changed, value=algebra.normal(changed.value))
    return changed
