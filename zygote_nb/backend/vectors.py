"""Elementary functions in loops that LLVM computes for several elements at a time."""

from __future__ import annotations

import operator
from dataclasses import replace

import numpy as np

from zygote_nb.analysis.exposed import exposed
from zygote_nb.ir.core import Accumulate, Apply, Assign, Block, Choice, Expr, For, Stmt, Store
from zygote_nb.ir.generated import Generated
from zygote_nb.ir.kinds import Scalar
from zygote_nb.ir.walk import blocks, expressions, map_expressions, rebuild, subexpressions, with_blocks
from zygote_nb.runtime import vmath

VECTOR_OPERATIONS = {
    operator.add, operator.sub, operator.mul, operator.truediv, operator.neg, operator.pos, operator.getitem,
    np.sqrt, np.abs, np.add, np.subtract, np.multiply, np.divide, np.square, np.negative, *vmath.VECTORS,
}  # fmt: skip


def with_vector_functions(function: Generated) -> Generated:
    """The function with the runtime's elementary functions in such loops."""
    return replace(function, forward=vectorised(function.forward), backward=vectorised(function.backward))


def vectorised(block: Block) -> Block:
    return tuple(
        replace(s, body=tuple(map(with_vectors, s.body)))
        if isinstance(s, For) and is_vector_loop(s)
        else with_blocks(s, tuple(map(vectorised, blocks(s))))
        for s in block
    )


def is_vector_loop(loop: For) -> bool:
    """Whether an iteration has no branches and calls, and nothing that it hands to the next one."""
    bound = {s.target for s in loop.body if isinstance(s, Assign)}
    return not bound & exposed(loop.body) and all(map(is_vector_statement, loop.body))


def is_vector_statement(stmt: Stmt) -> bool:
    match stmt:
        case Assign() | Store(add=False):
            pass
        case Accumulate() if stmt.index is not None:
            pass
        case _:
            return False
    below = (e for whole in expressions(stmt) for e in subexpressions(whole))
    return not any(isinstance(e, Choice) or (isinstance(e, Apply) and e.fn not in VECTOR_OPERATIONS) for e in below)


def with_vectors(stmt: Stmt) -> Stmt:
    return map_expressions(stmt, lambda e: rebuild(e, vector_form))


def vector_form(expr: Expr) -> Expr:
    if isinstance(expr, Apply) and expr.fn in vmath.VECTORS and all(map(is_number, (expr, *expr.args))):
        return replace(expr, fn=vmath.VECTORS[expr.fn], text=None)
    return expr


def is_number(expr: Expr) -> bool:
    return isinstance(expr.kind, Scalar) and expr.kind.dtype == "float64"
