"""Of a value that nobody reads only what may raise is computed, and of one whose shape is read only the shape."""

from __future__ import annotations

import operator
from collections import Counter
from typing import Any

import numpy as np

from zygote_nb.analysis.cost import risks
from zygote_nb.dataclass import replace
from zygote_nb.frontend.infer import OPERATORS
from zygote_nb.ir.core import Apply, Assign, Attempt, Block, Effect, Expr, Name, Stmt, Tuple
from zygote_nb.ir.kinds import BOOL, Array, Opaque
from zygote_nb.ir.walk import (
    blocks,
    bound,
    children,
    evaluated,
    expressions,
    map_expressions,
    names,
    read,
    rebuild,
    statements,
    with_blocks,
)
from zygote_nb.runtime import arrays
from zygote_nb.runtime.contractions import SHAPED_AS
from zygote_nb.transform.simplify.risks import signature


def shrunk(block: Block, results: tuple[Expr, ...], roots: set[str], repeated: set[object]) -> Block:
    """The block, where no array is computed for the sake of an exception that some part of it raises."""
    live = roots.union(*map(names, results), *map(read, statements(block)))
    counts = Counter(n for s in statements(block) for n in bound(s))
    out: list[Stmt] = []
    for i, stmt in enumerate(block):
        if isinstance(stmt, Assign) and stmt.target not in live and counts[stmt.target] == 1:
            rest = block[i + 1 :]
            parts = [p for p in risky_parts(stmt.value, repeated) if not later(p, rest, results)]
            if not parts:
                continue
            stmt = replace(stmt, value=smaller(stmt.value, parts))
        out.append(stmt)
    return shaped(tuple(out))


def smaller(value: Expr, parts: list[Expr]) -> Expr:
    """What is left of a value that is computed for its exceptions."""
    shapes = list(dict.fromkeys(map(for_its_shape, parts)))
    if shapes == parts and not any(isinstance(e.kind, Array) for e in spared(value, parts)):
        return value
    return shapes[0] if len(shapes) == 1 else Tuple(tuple(shapes), tuple, Opaque("tuple"))


def risky_parts(expr: Expr, repeated: set[object]) -> list[Expr]:
    """The outermost parts that may raise what is raised nowhere else; a choice stays whole."""
    own = [r for r in risks(expr) if signature(r) not in repeated]
    if not own:
        return []
    if own[0] is expr or not isinstance(expr, (Apply, Tuple)):
        return [expr]
    return [p for c in children(expr) for p in risky_parts(c, repeated)]


def spared(value: Expr, parts: list[Expr]) -> list[Expr]:
    """The operations above the parts."""
    if value in parts or not children(value):
        return []
    return [value, *(e for c in children(value) for e in spared(c, parts))]


def later(part: Expr, rest: Block, results: tuple[Expr, ...]) -> bool:
    """Whether the statements that follow compute the part in any case, from the same values."""
    for stmt in rest:
        if not isinstance(stmt, Attempt) and any(part in evaluated(e) for e in expressions(stmt)):
            return True
        passing = isinstance(stmt, Effect) and isinstance(stmt.value, Name)
        if not passing and (not isinstance(stmt, Assign) or stmt.target in names(part)):
            return False
    return any(part in evaluated(r) for r in results)


def for_its_shape(part: Expr) -> Expr:
    """An elementwise operation that may raise for lengths that differ, as the comparison of lengths alone."""
    met = [like(a) for a in part.args if isinstance(a.kind, Array)] if isinstance(part, Apply) else []
    if len(met) == 2 and not part.kwargs and is_elementwise(part.fn):
        return Apply(arrays.together, tuple(met), (), BOOL)
    return part


def is_elementwise(fn: Any) -> bool:
    """Whether arrays meet entry by entry, as they do not in a product of matrices."""
    of_entries = isinstance(fn, np.ufunc) and fn.signature is None
    return of_entries or (fn in OPERATORS and fn is not operator.matmul)


def shaped(block: Block) -> Block:
    """The block, where what is only asked for its shape is not computed."""
    return tuple(with_blocks(map_expressions(s, by_shape), tuple(map(shaped, blocks(s)))) for s in block)


def by_shape(expr: Expr) -> Expr:
    return rebuild(expr, lambda e: replace(e, args=(e.args[0], like(e.args[1]))) if is_fit(e) else e)


def is_fit(expr: Expr) -> bool:
    return isinstance(expr, Apply) and expr.fn is arrays.unbroadcast and len(expr.args) == 2


def like(expr: Expr) -> Expr:
    if isinstance(expr, Apply) and expr.fn in SHAPED_AS and not set(dict(expr.kwargs)) - {"mode"}:
        return replace(expr, fn=SHAPED_AS[expr.fn], text=None)
    return expr
