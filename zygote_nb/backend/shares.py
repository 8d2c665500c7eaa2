"""The cotangent of an extreme, handed on only where the extreme is.

``d_x[i] += d_m * shared(x[i], m, part)`` adds a zero to every entry but the largest, and goes through the memory of a
cotangent for it. What only looks for the largest reads half as much and writes nothing.
"""

from __future__ import annotations

import operator
from collections import Counter
from typing import TypeGuard

from zygote_nb.dataclass import dataclass, replace
from zygote_nb.ir.core import (
    INT_ONE,
    INT_ZERO,
    Accumulate,
    Apply,
    Assign,
    Block,
    Const,
    Effect,
    Expr,
    For,
    Name,
    Stmt,
    Tuple,
    is_getitem,
)
from zygote_nb.ir.generated import Generated
from zygote_nb.ir.kinds import Array, Opaque
from zygote_nb.ir.walk import all_bound, blocks, names, read, root, statements, with_blocks
from zygote_nb.runtime import arrays


@dataclass(frozen=True, slots=True)
class Shares:
    """Entries of ``x`` get their shares of ``factor``, a cotangent of the extreme ``y``; ``part`` is that of one."""

    part: str
    x: Expr
    y: Expr
    factor: Expr


def with_shares(function: Generated) -> Generated:
    """The function, which looks for the extreme of a vector and adds the cotangent there."""
    if not any(is_share(s) for s in statements(function.backward)):
        return function
    body = (*function.forward, *function.backward)
    readers = Counter(n for s in statements(body) for n in read(s))
    readers.update(n for e in function.results for n in names(e))
    return replace(function, backward=in_block(function.backward, readers))


def is_share(stmt: Stmt) -> TypeGuard[Assign]:
    return isinstance(stmt, Assign) and isinstance(stmt.value, Apply) and stmt.value.fn is arrays.share


def in_block(block: Block, readers: Counter[str]) -> Block:
    out: list[Stmt] = []
    of: dict[str, Expr] = {}
    for stmt in block:
        found = looked_for(stmt, of, readers)
        for name in all_bound((stmt,)):
            of = {part: x for part, x in of.items() if name not in {part, *names(x)}}
        if is_share(stmt):
            of[stmt.target] = stmt.value.args[0]  # type: ignore[union-attr]
        if found is None:
            out.append(with_blocks(stmt, tuple(in_block(b, readers) for b in blocks(stmt))))
            continue
        share, added = found
        out = [s for s in out if not (is_share(s) and s.target == share)]
        out.append(added)
    return tuple(out)


def looked_for(stmt: Stmt, of: dict[str, Expr], readers: Counter[str]) -> tuple[str, Effect] | None:
    """The call that takes the place of a loop that adds shares to a vector, and the share that nothing else needs."""
    if not isinstance(stmt, For) or (stmt.start, stmt.step) != (INT_ZERO, INT_ONE) or len(stmt.body) != 1:
        return None
    added, counts = stmt.body[0], stmt.count is not None or stmt.snapshots is not None
    if not isinstance(added, Accumulate) or added.base is not None or counts:
        return None
    found = shares_in(added.value, stmt.var)
    target = vector(added, stmt.var)
    if found is None or target is None or readers[found.part] != 1 or found.part not in of:
        return None
    x = of[found.part]
    if root(x) != root(found.x) or root(x) == added.target or getattr(x.kind, "ndim", 0) != 1:
        return None
    args = (target, x, found.y, found.factor)
    return found.part, Effect(Apply(arrays.add_shares, args, (), Opaque("none")), added.span)


def shares_in(value: Expr, var: str) -> Shares | None:
    """What is shared out, if the value is a share of it."""
    if not isinstance(value, Apply) or value.fn is not operator.mul:
        return None
    for factor, shared in (value.args, value.args[::-1]):
        match shared:
            case Apply(fn=arrays.shared, args=(x, Name() | Const() as y, Name(part))):
                if is_getitem(x) and isinstance(factor, Name | Const) and var not in {*names(y), *names(factor)}:
                    return Shares(part, x, y, factor)
    return None


def vector(added: Accumulate, var: str) -> Expr | None:
    """The vector that a loop goes along, as a part of an array of floats."""
    kind = added.kind
    if not isinstance(kind, Array) or kind.dtype != "float64" or added.index is None:
        return None
    index = added.index.items if isinstance(added.index, Tuple) else (added.index,)
    *before, last = index
    if last != Name(var) or len(index) != kind.ndim or any(var in names(i) for i in before):
        return None
    whole = Name(added.target, kind)
    if not before:
        return whole
    at = before[0] if len(before) == 1 else Tuple(tuple(before))
    return Apply(operator.getitem, (whole, at), (), Array("float64", kind.dims[-1:]))
