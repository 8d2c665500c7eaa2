"""Elementary functions in loops that LLVM computes for several elements at a time."""

from __future__ import annotations

import operator
from collections.abc import Container, Iterator, Mapping
from typing import Any, TypeGuard

import numpy as np

from zygote_nb.analysis.cost import content_reads
from zygote_nb.analysis.exposed import exposed
from zygote_nb.backend.distribution import needed, place
from zygote_nb.backend.sums import regrouped, sums
from zygote_nb.backend.unset import fresh
from zygote_nb.dataclass import replace
from zygote_nb.ir.core import FALSE, Accumulate, Apply, Assign, Block, Choice, Expr, For, If, Name, Stmt, Store
from zygote_nb.ir.generated import Generated
from zygote_nb.ir.kinds import BOOL, Array, Scalar
from zygote_nb.ir.walk import (
    all_bound,
    all_read,
    blocks,
    expressions,
    map_expressions,
    names,
    rebuild,
    root,
    subexpressions,
    with_blocks,
)
from zygote_nb.runtime import vmath

FOLDS = {vmath.larger_number, vmath.smaller_number, vmath.strange_too}
"""Functions of what was found so far and one more number, which LLVM may apply in any order."""
VECTOR_OPERATIONS = {
    operator.add, operator.sub, operator.mul, operator.truediv, operator.neg, operator.pos, operator.getitem,
    np.sqrt, np.abs, np.add, np.subtract, np.multiply, np.divide, np.square, np.negative,
    np.float32, np.float64, vmath.taken, *FOLDS, *vmath.VECTORS,
}  # fmt: skip
VECTORS_EVERYWHERE = {fn: form for fn, form in vmath.VECTORS.items() if fn not in vmath.ANGLES}
"""The runtime's functions that take any argument."""


def with_vector_functions(function: Generated) -> Generated:
    """The function with the runtime's elementary functions in such loops, and its extremes of whole arrays."""
    whole = (*function.forward, *function.backward)
    far = fresh("far", {*function.params, *all_bound(whole), *all_read(whole)})
    forward, backward = (with_extremes(vectorised(b, far)) for b in (function.forward, function.backward))
    return replace(function, forward=forward, backward=backward)


def with_extremes(block: Block) -> Block:
    changed = (map_expressions(s, lambda e: rebuild(e, extreme_form)) for s in block)
    return tuple(with_blocks(s, tuple(map(with_extremes, blocks(s)))) for s in changed)


def extreme_form(expr: Expr) -> Expr:
    if not isinstance(expr, Apply) or expr.fn not in vmath.EXTREMES or len(expr.args) != 1 or expr.kwargs:
        return expr
    kind = expr.args[0].kind
    whole = isinstance(kind, Array) and kind.ndim > 0 and kind.dtype == "float64" and is_number(expr)
    return replace(expr, fn=vmath.EXTREMES[expr.fn], text=None) if whole else expr


def vectorised(block: Block, far: str) -> Block:
    """``far`` is the name of a flag that says whether an angle is too large for the runtime's functions."""
    out: list[Stmt] = []
    for stmt in block:
        if isinstance(stmt, For) and is_vector_loop(stmt):
            out += vector_loop(stmt, far)
        elif isinstance(stmt, For) and is_straight(stmt) and hands_on_sums_only(stmt):
            out.append(with_sums(stmt))
        else:
            out.append(with_blocks(stmt, tuple(vectorised(b, far) for b in blocks(stmt))))
    return tuple(out)


def with_sums(loop: For) -> For:
    """The loop with sums that may be added up in any order."""
    added = sums(loop.body)
    return replace(loop, body=tuple(regrouped(s, added) for s in loop.body))


def vector_loop(loop: For, far: str) -> Block:
    """The loop with such functions. Where it has sines, a loop before it looks whether all angles are moderate."""
    angles = tuple(dict.fromkeys(e.args[0] for s in loop.body for e in found_in(s, vmath.ANGLES)))
    loop = with_sums(loop)
    plain = replace(loop, body=tuple(with_vectors(s, VECTORS_EVERYWHERE) for s in loop.body))
    checks = far_checks(loop, angles, far)
    if not checks:
        return (plain,)
    vectors = replace(loop, body=tuple(with_vectors(s, vmath.VECTORS) for s in loop.body))
    look = replace(loop, body=checks)
    return (Assign(far, FALSE, loop.span), look, If(Name(far, BOOL), (plain,), (vectors,), loop.span))


def far_checks(loop: For, angles: tuple[Expr, ...], far: str) -> Block:
    """An iteration that sets the flag if an angle is far; nothing if only the loop itself can work the angles out."""
    flag = Name(far, BOOL)
    found = [Apply(vmath.is_far, (a,), (), BOOL) for a in angles]
    checks = [Assign(far, Apply(operator.or_, (flag, f), (), BOOL), loop.span) for f in found]
    temporaries = {s.target: s for s in loop.body if isinstance(s, Assign)}
    body = (*needed(checks, temporaries), *checks)
    written = {root(place(s)) for s in loop.body if not isinstance(s, Assign)}
    once = len(temporaries) == sum(isinstance(s, Assign) for s in loop.body)
    if not once or written & {n for s in body for e in expressions(s) for n in content_reads(e)}:
        return ()
    return body if checks else ()


def found_in(stmt: Stmt, functions: Container[Any]) -> Iterator[Apply]:
    """Calls of such functions with one number."""
    for whole in expressions(stmt):
        for e in subexpressions(whole):
            if isinstance(e, Apply) and e.fn in functions and has_vector_form(e):
                yield e


def is_vector_loop(loop: For) -> bool:
    """Whether an iteration has no branches and calls, and nothing that it hands to the next one."""
    added = sums(loop.body)
    return hands_on_sums_only(loop) and all(is_vector_statement(s, added) for s in loop.body)


def is_straight(loop: For) -> bool:
    return all(isinstance(s, Assign | Accumulate | Store) for s in loop.body)


def hands_on_sums_only(loop: For) -> bool:
    bound = {s.target for s in loop.body if isinstance(s, Assign)}
    return not bound & exposed(loop.body) - sums(loop.body) - folds(loop.body)


def folds(body: Block) -> set[str]:
    """Variables with which each iteration does nothing but such a function."""
    found = {
        s.target: s
        for s in body
        if isinstance(s, Assign) and isinstance(s.value, Apply) and s.value.fn in FOLDS
        if s.value.args[0] == Name(s.target) and s.target not in names(s.value.args[1])
    }
    others = {n: [s for s in body if s is not own] for n, own in found.items()}
    return {n for n, rest in others.items() if n not in all_bound(tuple(rest)) | all_read(tuple(rest))}


def is_vector_statement(stmt: Stmt, added: set[str]) -> bool:
    match stmt:
        case Assign() | Store(add=False):
            pass
        case Accumulate() if stmt.index is not None or stmt.target in added:
            pass
        case _:
            return False
    below = (e for whole in expressions(stmt) for e in subexpressions(whole))
    return not any(isinstance(e, Choice) or (isinstance(e, Apply) and e.fn not in VECTOR_OPERATIONS) for e in below)


def with_vectors(stmt: Stmt, forms: Mapping[Any, Any]) -> Stmt:
    """The statement with functions replaced."""

    def changed(expr: Expr) -> Expr:
        if isinstance(expr, Apply) and expr.fn in forms and has_vector_form(expr):
            return as_single(replace(expr, fn=forms[expr.fn], args=tuple(map(in_double, expr.args)), text=None))
        return expr.args[0] if is_rounded_twice(expr) else expr

    return map_expressions(stmt, lambda e: rebuild(e, changed))


def has_vector_form(expr: Apply) -> bool:
    return expr.fn in vmath.VECTORS and all(map(is_number, (expr, *expr.args)))


def is_number(expr: Expr) -> bool:
    return isinstance(expr.kind, Scalar) and expr.kind.dtype in ("float64", "float32")


def in_double(expr: Expr) -> Expr:
    """The number in double precision."""
    single = getattr(expr.kind, "dtype", "") == "float32"
    return Apply(np.float64, (expr,), (), Scalar("float64")) if single else expr


def as_single(expr: Apply) -> Apply:
    """What was computed in double precision, rounded to single precision if it is to have that."""
    single = getattr(expr.kind, "dtype", "") == "float32"
    return Apply(np.float32, (expr,), (), expr.kind) if single else expr


def is_rounded_twice(expr: Expr) -> TypeGuard[Apply]:
    if not isinstance(expr, Apply) or expr.fn is not np.float32:
        return False
    return isinstance(expr.args[0], Apply) and expr.args[0].fn is np.float32
