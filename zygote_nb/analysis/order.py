"""In which order the entries of an array lie: a reshape of it is a view of its memory in C order only."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from zygote_nb.analysis.alias import SOMETIMES_VIEWS, Memory, viewed
from zygote_nb.ir.callables import Method
from zygote_nb.ir.core import (
    Accumulate,
    Apply,
    Assign,
    Choice,
    Const,
    Expr,
    Function,
    Invoke,
    Name,
    Stmt,
    Tuple,
)
from zygote_nb.ir.kinds import Array, Static, TupleOf
from zygote_nb.ir.walk import bound, is_basic, root, statements

Needs = frozenset[str] | None
"""Parameters that must be in C order, so that the array is; None if it may not be, whatever they are."""

NONE: frozenset[str] = frozenset()
ALWAYS = {
    Method("copy"), operator.matmul, np.matmul, np.dot, np.outer, np.tensordot, np.inner, np.take, np.repeat,
    np.tile, np.linalg.inv, np.linalg.solve, np.linalg.cholesky,
}  # fmt: skip
"""Functions whose result is in C order."""
KEEPING = {
    np.array, np.asarray, np.ascontiguousarray, np.copy, np.zeros, np.ones, np.full, np.empty, np.zeros_like,
    np.ones_like, np.full_like, np.empty_like, np.eye, np.identity, np.diag, np.tri, np.vander, np.arange, np.indices,
    np.sum, np.mean, np.prod, np.min, np.max, np.amin, np.amax, np.var, np.std, np.median, np.percentile, np.quantile,
    np.nansum, np.nanmean, np.nanmin, np.nanmax, np.average, np.cumsum, np.cumprod, np.diff, np.gradient, np.sort,
    np.where, np.select, np.clip, np.round, np.around, np.nan_to_num, np.interp, np.concatenate, np.stack, np.vstack,
    np.hstack, np.dstack, np.column_stack, np.block, np.append, np.insert, np.pad, np.roll, np.resize, np.kron,
    np.take_along_axis, np.cov, np.corrcoef, np.linalg.pinv, np.linalg.multi_dot, np.linalg.matrix_power,
    np.real_if_close, np.unwrap, np.convolve, np.sinc, np.i0, np.tril, np.triu,
}  # fmt: skip
"""Functions of NumPy whose result is in C order if their arguments are."""
METHODS = set(map(Method, ("astype", "clip", "round", "sum", "mean", "cumsum", "normal", "uniform", "standard_normal")))
OfCallee = Callable[[Any], frozenset[int]]
RESHAPES = {np.reshape, Method("reshape")}


class Order:
    """What is known of the arrays of one function."""

    def __init__(self, function: Function) -> None:
        self.function = function
        self.params = {p.name: p.kind for p in function.params}
        self.definitions: dict[str, list[Expr | None]] = {}
        for stmt in statements(function.body):
            for name in () if isinstance(stmt, Accumulate) and in_place(stmt) else bound(stmt):
                value = stmt.value if isinstance(stmt, Assign) else None
                self.definitions.setdefault(name, []).append(value)

    def needed(
        self, memory: Memory, of_callee: OfCallee, varied: set[str] | None = None
    ) -> Iterator[tuple[Stmt, Needs]]:
        """For each reshape of memory that is written to, here or in a callee, what must be in C order."""
        for stmt in statements(self.function.body):
            match stmt:
                case Assign(target=target, value=Apply(fn=fn) as value) if fn in SOMETIMES_VIEWS:
                    if memory.has_shadow(target) and root(value) and (varied is None or target in varied):
                        yield stmt, self.reshaped(value) if isinstance(value.args[0], Name) else None
                case Invoke():
                    args = tuple(stmt.args[i] for i in sorted(of_callee(stmt.callee)))
                    yield stmt, both(*(self.contiguous(a, NONE) for a in args))

    def reshaped(self, expr: Apply) -> Needs:
        """What must be in C order for the call to return a view of its argument."""
        base = expr.args[0]
        lines = isinstance(base.kind, Array) and base.kind.ndim <= 1
        if not lines and not in_lines(expr):
            return None
        if lines and isinstance(base, Name) and base.id in self.params and expr.fn in RESHAPES:
            return NONE
        return self.contiguous(base, NONE)

    def contiguous(self, expr: Expr, seen: frozenset[str]) -> Needs:
        """What must be in C order, so that the array is, without gaps."""
        if isinstance(expr, Name):
            return self.variable(expr, seen, self.contiguous)
        if not isinstance(expr, Apply) or (viewed(expr) is not None and expr.fn not in SOMETIMES_VIEWS):
            return None
        return self.reshaped_to(expr, seen) if expr.fn in SOMETIMES_VIEWS else self.fresh(expr, seen)

    def reshaped_to(self, expr: Apply, seen: frozenset[str]) -> Needs:
        if not in_lines(expr):
            return None
        return self.contiguous(expr.args[0], seen)

    def ordered(self, expr: Expr, seen: frozenset[str]) -> Needs:
        """The same, where gaps don't matter: of an operand."""
        if not isinstance(expr.kind, Array | TupleOf) or (isinstance(expr.kind, Array) and expr.kind.ndim <= 1):
            return NONE
        match expr:
            case Name():
                return self.variable(expr, seen, self.ordered)
            case Const():
                return NONE if np.asarray(expr.value).flags.c_contiguous else None
            case Choice():
                return both(self.ordered(expr.body, seen), self.ordered(expr.orelse, seen))
            case Tuple():
                return both(*(self.ordered(i, seen) for i in expr.items))
            case Apply(fn=operator.getitem, args=(base, index)) if is_basic(index):
                return self.ordered(base, seen) if isinstance(base.kind, Array) else None
            case Apply() if viewed(expr) is None:
                return self.fresh(expr, seen)
        return None

    def fresh(self, expr: Apply, seen: frozenset[str]) -> Needs:
        """Of new memory."""
        if isinstance(expr.kind, Array) and expr.kind.ndim <= 1:
            return NONE
        if expr.fn is operator.getitem:
            base, index = expr.args
            return self.ordered(base, seen) if isinstance(index.kind, Array) else None
        if any(k == "order" for k, _ in expr.kwargs) or (expr.fn == Method("copy") and len(expr.args) > 1):
            return None
        if expr.fn in ALWAYS:
            return NONE
        if not keeps_order(expr):
            return None
        return both(*(self.ordered(a, seen) for a in (*expr.args, *(v for _, v in expr.kwargs))))

    def variable(self, name: Name, seen: frozenset[str], of: object) -> Needs:
        if name.id in seen:
            return NONE
        known = self.definitions.get(name.id, [])
        given = frozenset((name.id,)) if name.id in self.params else NONE
        if not known and not given:
            return None
        assert callable(of)
        return both(given, *(None if v is None else of(v, seen | {name.id}) for v in known))


def in_place(stmt: Accumulate) -> bool:
    return stmt.memory or stmt.index is not None


def keeps_order(expr: Apply) -> bool:
    """Whether the result is in C order if the arguments are; of any other function it isn't known."""
    if isinstance(expr.fn, Method):
        return expr.fn in METHODS
    return expr.fn in KEEPING or isinstance(expr.fn, np.ufunc) or getattr(expr.fn, "__module__", None) == "_operator"


def in_lines(expr: Apply) -> bool:
    """Whether a reshape takes the entries in the order of C."""
    last = {np.reshape: 2, np.ravel: 1, Method("ravel"): 1}.get(expr.fn, len(expr.args))
    order = dict(expr.kwargs).get("order", expr.args[last] if len(expr.args) > last else Const("C", Static("C")))
    return expr.fn is not np.asfortranarray and isinstance(order, Const) and order.value == "C"


def both(*needs: Needs) -> Needs:
    found = NONE
    for n in needs:
        if n is None:
            return None
        found |= n
    return found
