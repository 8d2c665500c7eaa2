"""Tangents as sums of other tangents, each times a value: the values are the same for all directions."""

from __future__ import annotations

import operator
from collections.abc import Callable

from zygote_nb.analysis.cost import TRANSCENDENTAL, cost
from zygote_nb.dataclass import dataclass, replace
from zygote_nb.ir.core import ONE, Accumulate, Apply, Assign, Const, Expr, Name, Stmt, Store, is_getitem
from zygote_nb.ir.kinds import Scalar
from zygote_nb.ir.walk import names
from zygote_nb.transform import algebra

Form = dict[Expr, Expr]


@dataclass(frozen=True, slots=True)
class Collecting:
    """``named`` gives a name to what is dear, and stands in several of the values."""

    tangents: set[str]
    named: Callable[[Expr], Expr] = lambda value: value

    def form(self, expr: Expr) -> Form | None:
        """What multiplies each tangent, or entry of one; None where the expression is not such a sum."""
        match expr:
            case Name() if expr.id in self.tangents:
                return {expr: ONE}
            case Apply() if is_getitem(expr) and names(expr.args[0]) <= self.tangents and self.is_value(expr.args[1]):
                return {expr: ONE}
            case Apply(fn=operator.neg, args=(a,)):
                return scaled(self.form(a), algebra.number(-1.0))
            case Apply(fn=operator.add | operator.sub, args=(a, b)):
                left, right = self.form(a), self.form(b)
                if expr.fn is operator.sub:
                    right = scaled(right, algebra.number(-1.0))
                return None if left is None or right is None else merged(left, right)
            case Apply(fn=operator.mul, args=(a, b)) if self.is_value(a):
                return scaled(self.form(b), self.factor(a))
            case Apply(fn=operator.mul, args=(a, b)) if self.is_value(b):
                return scaled(self.form(a), self.factor(b))
            case Apply(fn=operator.truediv, args=(a, b)) if self.is_value(b) and never_raises(b):
                form, by = self.form(a), self.factor(b)
                return None if form is None else {t: algebra.div(c, by) for t, c in form.items()}
        return None

    def is_value(self, expr: Expr) -> bool:
        return not names(expr) & self.tangents

    def factor(self, value: Expr) -> Expr:
        return self.named(value) if cost(value) >= TRANSCENDENTAL else value


def never_raises(divisor: Expr) -> bool:
    """Python's one over zero raises, where a tangent over zero, from an array, does not."""
    return isinstance(divisor, Const) or (isinstance(divisor.kind, Scalar) and divisor.kind.weak is False)


def collected(stmt: Stmt, tangents: set[str], named: Callable[[Expr], Expr]) -> Stmt:
    """The statement with what multiplies each tangent put together, where that leaves less to do for each direction."""
    if not isinstance(stmt, Assign | Accumulate | Store) or not isinstance(stmt.value.kind, Scalar):
        return stmt
    form = Collecting(tangents).form(stmt.value)
    if not form:
        return stmt
    own = Name(stmt.target, stmt.value.kind) if added_to(stmt) else None
    if own in form and saves(merged({own: ONE}, form), cost(stmt.value) + 1):
        form = Collecting(tangents, named).form(stmt.value)
        return Assign(stmt.target, written(merged({own: ONE}, form)), stmt.span)
    if not saves(form, cost(stmt.value)):
        return stmt
    return replace(stmt, value=written(Collecting(tangents, named).form(stmt.value)))


def added_to(stmt: Stmt) -> bool:
    """Whether the statement adds to a variable."""
    return isinstance(stmt, Accumulate) and stmt.index is None and not stmt.memory


def saves(form: Form, before: int) -> bool:
    return 2 * len(form) - 1 < before and any(c != ONE for c in form.values())


def scaled(form: Form | None, by: Expr) -> Form | None:
    return None if form is None else {t: algebra.mul(by, c) for t, c in form.items()}


def merged(left: Form, right: Form) -> Form:
    return left | {t: algebra.add(left[t], c) if t in left else c for t, c in right.items()}


def written(form: Form) -> Expr:
    terms = [t if c == ONE else algebra.apply(operator.mul, c, t) for t, c in form.items()]
    total = terms[0]
    for term in terms[1:]:
        total = algebra.apply(operator.add, total, term)
    return total
