"""Complex variables that begin as real constants: ``s = 0.0`` before ``s += z[i]``.

A variable of Numba's is complex from its start, which is the same number wherever Python's arithmetic makes it complex
anyway. It is another where a function tells real numbers from complex ones (``np.sqrt``), or where the result is of the
class of what was added up.
"""

from __future__ import annotations

import math
import operator
from collections import defaultdict

import numpy as np

from zygote_nb.dataclass import dataclass
from zygote_nb.ir.callables import Attribute, Method
from zygote_nb.ir.core import Apply, Assign, Const, Expr, Function, Invoke, Name, Stmt, Store
from zygote_nb.ir.kinds import Array, Scalar
from zygote_nb.ir.walk import children, expressions, statements, subexpressions

SUMS = {operator.add, operator.sub, operator.neg, operator.pos}
PRODUCTS = {operator.mul, operator.truediv}
MIRRORED = {np.conj, np.conjugate, Method("conj"), Method("conjugate")}
PARTS = {abs, np.abs, np.real, np.imag, Attribute("real"), Attribute("imag")}


def unless_misused(function: Function) -> frozenset[str]:
    """The variables that hold real constants or complex numbers, and may as well be complex throughout."""
    values: dict[str, list[Expr]] = defaultdict(list)
    others = {p.name for p in function.params}
    for stmt in statements(function.body):
        if isinstance(stmt, Assign):
            values[stmt.target].append(stmt.value)
        elif isinstance(stmt, Invoke):
            others.update(stmt.targets)
    begun = {n for n, given in values.items() if n not in others and begins_real(given)}
    if not begun:
        return frozenset()
    uncertain = Uncertain(set(begun))
    while uncertain.grows(values):
        pass
    whole = [*statements(function.body)]
    fine = all(map(uncertain.is_fine, whole)) and not any(
        uncertain.is_real(r) or uncertain.is_told(r) for r in function.result
    )
    return frozenset(begun) if fine else frozenset()


def begins_real(values: list[Expr]) -> bool:
    real = [v for v in values if isinstance(v.kind, Scalar) and v.kind.dtype[0] != "c"]
    rest = [v for v in values if not any(v is r for r in real)]
    constants = all(isinstance(v, Const) and math.isfinite(v.value) for v in real)
    return bool(real) and bool(rest) and constants and all(v.kind == complex_like(v) for v in rest)


def complex_like(value: Expr) -> Scalar:
    return Scalar("complex128", getattr(value.kind, "weak", True))


@dataclass(slots=True)
class Uncertain:
    """Variables that may hold a real number where they are taken to be complex."""

    names: set[str]

    def grows(self, values: dict[str, list[Expr]]) -> bool:
        more = {n for n, given in values.items() if any(map(self.is_real, given))}
        if more <= self.names:
            return False
        self.names |= more
        return True

    def is_real(self, e: Expr) -> bool:
        """Whether the value may be real though it is taken to be complex."""
        match e:
            case Name():
                return e.id in self.names
            case Apply(fn=fn) if fn in SUMS | PRODUCTS | MIRRORED:
                parts = [self.is_real(a) for a in e.args]
                surely = any(is_complex(a) and not p for a, p in zip(e.args, parts, strict=True))
                return any(parts) and not surely
        return False

    def is_told(self, e: Expr) -> bool:
        """Whether a part of the expression tells such a number from a complex one."""
        return any(self.tells(x) for x in subexpressions(e))

    def tells(self, e: Expr) -> bool:
        asked = [a for a in children(e) if self.is_real(a)]
        if not asked or (isinstance(e, Apply) and e.fn in SUMS | MIRRORED | PARTS):
            return False
        if not isinstance(e, Apply) or e.fn not in PRODUCTS:
            return True
        # Infinity times a complex number is not what it is times a real one.
        return not all(self.is_real(a) or is_complex(a) or is_finite(a) for a in e.args)

    def is_fine(self, stmt: Stmt) -> bool:
        for e in expressions(stmt):
            if self.is_told(e):
                return False
        if isinstance(stmt, Assign):
            return True
        if isinstance(stmt, Store) and isinstance(stmt.base.kind, Array) and stmt.base.kind.dtype[0] == "c":
            return not self.is_real(stmt.index)
        return not any(map(self.is_real, expressions(stmt)))


def is_complex(e: Expr) -> bool:
    return isinstance(e.kind, Scalar | Array) and e.kind.dtype[0] == "c"


def is_finite(e: Expr) -> bool:
    if isinstance(e, Const):
        return isinstance(e.value, (int, float)) and math.isfinite(e.value)
    return isinstance(e.kind, Scalar) and e.kind.dtype[0] in "iub"
