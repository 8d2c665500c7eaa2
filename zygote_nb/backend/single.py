"""Single precision, as it is compiled.

NumPy takes Python's numbers to the precision of what they meet: ``x * 2.0`` is of float32 where ``x`` is. Numba makes
float64 of it. So the text that is compiled says what becomes of each number. Programs in which both precisions meet
are interpreted: what a cotangent is rounded to is known only as the program runs.
"""

from __future__ import annotations

import builtins
import operator
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from zygote_nb.backend.lowering import ARITHMETIC, COMPARISONS, UFUNCS, is_whole, known_math
from zygote_nb.backend.plan import NotCompiled
from zygote_nb.ir.callables import Method
from zygote_nb.ir.core import Apply, Block, Const, Expr
from zygote_nb.ir.generated import Generated
from zygote_nb.ir.kinds import Array, Kind, Scalar
from zygote_nb.ir.walk import blocks, expressions, map_expressions, rebuild, statements, subexpressions, with_blocks
from zygote_nb.runtime import single

FLOAT32 = Scalar("float32", False)
POWERS = {operator.pow, builtins.pow, np.power}
PROMOTING = (
    (ARITHMETIC | COMPARISONS | UFUNCS | POWERS)
    - {operator.getitem, operator.matmul, operator.not_}
    | {operator.truediv, operator.floordiv, operator.mod, np.where, np.clip, builtins.min, builtins.max}
)  # fmt: skip
SUMS = {np.sum: single.total, Method("sum"): single.total, np.mean: single.average, Method("mean"): single.average}


def is_single(kind: Kind) -> bool:
    """Whether values are of float32."""
    return isinstance(kind, Scalar | Array) and kind.dtype == "float32"


def with_casts(functions: tuple[Generated, ...]) -> tuple[Generated, ...]:
    """The functions with NumPy's precisions written out, if there is single precision in them."""
    if not any(is_single(e.kind) for f in functions for e in all_expressions(f)):
        return functions
    return tuple(map(of_function, functions))


def all_expressions(f: Generated) -> Iterator[Expr]:
    whole = (e for s in statements((*f.forward, *f.backward)) for e in expressions(s))
    for e in (*whole, *f.results):
        yield from subexpressions(e)


def of_function(f: Generated) -> Generated:
    results = tuple(rebuild(r, cast) for r in f.results)
    return replace(f, forward=of_block(f.forward), backward=of_block(f.backward), results=results)


def of_block(block: Block) -> Block:
    changed = (map_expressions(s, lambda e: rebuild(e, cast)) for s in block)
    return tuple(with_blocks(s, tuple(map(of_block, blocks(s)))) for s in changed)


def cast(expr: Expr) -> Expr:
    """The operation with the precisions of its operands and of its result."""
    if not isinstance(expr, Apply):
        return expr
    meets_single = any(is_single(a.kind) for a in expr.args)
    if expr.fn in PROMOTING and meets_single and getattr(expr.kind, "dtype", "") in ("float32", "bool"):
        expr = replace(expr, args=tuple(operand(expr, i) for i in range(len(expr.args))))
    elif meets_single and (expr.fn in known_math() or expr.fn is float):
        wide = tuple(Apply(np.float64, (a,), (), Scalar("float64")) if is_single(a.kind) else a for a in expr.args)
        expr = wide[0] if expr.fn is float else replace(expr, args=wide)  # type: ignore[assignment]
    elif meets_single and expr.fn in SUMS:
        expr = summed(expr)
    if isinstance(expr, Apply) and is_rounded(expr):
        return Apply(np.float32, (expr,), (), expr.kind)
    return expr


def is_rounded(expr: Apply) -> bool:
    """Whether the number that Numba makes may be of double precision where NumPy's is of single precision."""
    return isinstance(expr.kind, Scalar) and is_single(expr.kind) and expr.fn not in (operator.getitem, np.float32)


def operand(expr: Apply, position: int) -> Expr:
    value = expr.args[position]
    if expr.fn in POWERS and position == 1 and isinstance(expr.kind, Scalar) and is_constant_power(value):
        return value
    weak = isinstance(value.kind, Scalar) and value.kind.weak is True and value.kind.dtype != "bool"
    if not weak or (expr.fn is np.where and position == 0):
        return value
    return Apply(np.float32, (value,), (), FLOAT32)


def is_constant_power(value: Expr) -> bool:
    return isinstance(value, Const) and isinstance(value.value, int | float) and is_whole(value)


def summed(expr: Apply) -> Apply:
    """A sum, which is added up in double precision: NumPy's sums in pairs round less than Numba's."""
    if len(expr.args) > 2 or not {k for k, _ in expr.kwargs} <= {"axis", "keepdims"}:
        raise NotCompiled("such a sum has no compiled form in single precision")
    return replace(expr, fn=SUMS[expr.fn], text=None)
