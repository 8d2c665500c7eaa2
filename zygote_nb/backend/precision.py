"""NumPy's precisions, as they are compiled.

NumPy takes Python's numbers to the precision of what they meet: ``x * 2.0`` is of float32 where ``x`` is. Numba makes
float64 of it. So the text that is compiled says what becomes of each number. Where NumPy's own numbers of both
precisions meet, the two agree, but for products of matrices, whose factors Numba wants alike.
"""

from __future__ import annotations

import builtins
import operator
from collections.abc import Callable, Iterator
from functools import partial

import numpy as np

from zygote_nb.backend.known import ARITHMETIC, COMPARISONS, UFUNCS, known_math
from zygote_nb.backend.plan import NotCompiled
from zygote_nb.backend.scalars import is_whole
from zygote_nb.dataclass import replace
from zygote_nb.ir.callables import Method
from zygote_nb.ir.core import Apply, Block, Const, Expr
from zygote_nb.ir.generated import Generated
from zygote_nb.ir.kinds import Array, Kind, Opaque, Scalar
from zygote_nb.ir.walk import (
    all_bound,
    blocks,
    expressions,
    map_expressions,
    names,
    rebuild,
    statements,
    subexpressions,
    with_blocks,
)
from zygote_nb.runtime import single

SINGLE = {"float32": np.float32, "complex64": np.complex64}
POWERS = {operator.pow, builtins.pow, np.power}
PROMOTING = (
    (ARITHMETIC | COMPARISONS | UFUNCS | POWERS)
    - {operator.getitem, operator.matmul, operator.not_, operator.is_}
    | {operator.truediv, operator.floordiv, operator.mod, np.where, np.clip, builtins.min, builtins.max}
)  # fmt: skip
PRODUCTS = {operator.matmul, np.matmul, np.dot, Method("dot"), np.inner, np.outer, np.linalg.solve}
CHOSEN = {builtins.min, builtins.max}
SUMS = {np.sum: single.total, Method("sum"): single.total, np.mean: single.average, Method("mean"): single.average}


def is_single(kind: Kind) -> bool:
    """Whether values are of float32 or complex64."""
    return isinstance(kind, Scalar | Array) and kind.dtype in SINGLE


def has_dtypes(functions: tuple[Generated, ...]) -> bool:
    """Whether there are numbers of single precision in the functions, or complex ones."""
    kinds = (e.kind for f in functions for e in all_expressions(f))
    return any(isinstance(k, Scalar | Array) and (k.dtype in SINGLE or k.dtype[0] == "c") for k in kinds)


def with_casts(functions: tuple[Generated, ...]) -> tuple[Generated, ...]:
    """The functions with NumPy's precisions written out, where Numba's are others."""
    return tuple(map(of_function, functions)) if has_dtypes(functions) else functions


def all_expressions(f: Generated) -> Iterator[Expr]:
    whole = (e for s in statements((*f.forward, *f.backward)) for e in expressions(s))
    for e in (*whole, *f.results):
        yield from subexpressions(e)


def of_function(f: Generated) -> Generated:
    results = tuple(rebuild(r, cast) for r in f.results)
    backward = of_block(f.backward, partial(of_cotangents, all_bound(f.backward)))
    return replace(f, forward=of_block(f.forward, cast), backward=backward, results=results)


def of_block(block: Block, change: Callable[[Expr], Expr]) -> Block:
    changed = (map_expressions(s, lambda e: rebuild(e, change)) for s in block)
    return tuple(with_blocks(s, tuple(of_block(b, change) for b in blocks(s))) for s in changed)


def of_cotangents(cotangents: set[str], expr: Expr) -> Expr:
    """What the precision of a cotangent is before it is that of its argument makes no difference, but in products."""
    if isinstance(expr, Apply) and expr.fn in PRODUCTS and is_single(expr.kind):
        return replace(expr, args=tuple(alike(a, dtype_of(expr), bool(names(a) & cotangents)) for a in expr.args))
    try:
        return cast(expr)
    except NotCompiled:
        return expr


def cast(expr: Expr) -> Expr:
    """The operation with the precisions of its operands and of its result."""
    if not isinstance(expr, Apply):
        return expr
    meets_single = any(is_single(a.kind) for a in expr.args)
    if expr.fn in PROMOTING and meets_single:
        expr = promoted(expr)
    elif meets_single and (expr.fn in known_math() or expr.fn is float):
        wide = tuple(Apply(np.float64, (a,), (), Scalar("float64")) if is_single(a.kind) else a for a in expr.args)
        expr = wide[0] if expr.fn is float else replace(expr, args=wide)  # type: ignore[assignment]
    elif meets_single and expr.fn in SUMS:
        expr = summed(expr)
    elif expr.fn in PRODUCTS and isinstance(expr.kind, Scalar | Array):
        expr = replace(expr, args=tuple(alike(a, expr.kind.dtype) for a in expr.args))
    if isinstance(expr, Apply) and is_rounded(expr):
        return Apply(SINGLE[expr.kind.dtype], (expr,), (), expr.kind)  # type: ignore[union-attr]
    return expr


def is_rounded(expr: Apply) -> bool:
    """Whether the number that Numba makes may be of double precision where NumPy's is of single precision."""
    known = expr.fn is operator.getitem or expr.fn in SINGLE.values()
    return isinstance(expr.kind, Scalar) and is_single(expr.kind) and not known


def promoted(expr: Apply) -> Apply:
    """Python's numbers in the precision of NumPy's that they meet."""
    strong = {dtype_of(a) for a in expr.args if is_strong(a.kind)} - {"bool", ""}
    if expr.fn in CHOSEN and len(strong) > 1:
        raise NotCompiled("which of two precisions the result has depends on the values")
    if not strong or not strong <= SINGLE.keys():
        return expr
    return replace(expr, args=tuple(operand(expr, i) for i in range(len(expr.args))))


def is_strong(kind: Kind) -> bool:
    """Whether it decides on the precision: Python's numbers don't."""
    return isinstance(kind, Array) or (isinstance(kind, Scalar) and (kind.weak is False or is_single(kind)))


def operand(expr: Apply, position: int) -> Expr:
    value = expr.args[position]
    if expr.fn in POWERS and position == 1 and (is_constant_power(value) or is_complex_power(expr)):
        return value
    kind = value.kind
    if not isinstance(kind, Scalar) or kind.weak is False or kind.dtype == "bool":
        return value
    if expr.fn is np.where and position == 0:
        return value
    if kind.weak is None and not is_single(kind):
        raise NotCompiled("a number that may be Python's or NumPy's meets numbers of single precision")
    single = "complex64" if kind.dtype[0] == "c" else "float32"
    return Apply(SINGLE[single], (value,), (), Scalar(single, False))


def is_complex_power(expr: Apply) -> bool:
    return dtype_of(expr.args[0])[:1] == "c"


def dtype_of(expr: Expr) -> str:
    return expr.kind.dtype if isinstance(expr.kind, Scalar | Array) else ""


def alike(factor: Expr, dtype: str, unsure: bool = False) -> Expr:
    """A factor of a product of matrices in the product's dtype; ``unsure`` if it may not be what its kind says."""
    known = factor.kind.dtype == dtype and not unsure if isinstance(factor.kind, Array) else True
    if known or dtype[0] not in "fc":
        return factor
    return Apply(Method("astype"), (factor, *named(dtype)), (), replace(factor.kind, dtype=dtype))


def named(dtype: str) -> tuple[Expr, ...]:
    return (Const(np.dtype(dtype).type, Opaque("dtype"), f"np.{dtype}"),)


def is_constant_power(value: Expr) -> bool:
    return isinstance(value, Const) and isinstance(value.value, int | float) and is_whole(value)


def summed(expr: Apply) -> Apply:
    """A sum, which is added up in double precision: NumPy's sums in pairs round less than Numba's."""
    if len(expr.args) > 2 or not {k for k, _ in expr.kwargs} <= {"axis", "keepdims"}:
        raise NotCompiled("such a sum has no compiled form in single precision")
    return replace(expr, fn=SUMS[expr.fn], text=None)
