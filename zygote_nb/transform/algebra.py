"""Smart constructors: derivative expressions as a person would write them.

Products are kept as a coefficient, factors and divisors, so that signs and constants meet in front, scalars are
multiplied before arrays, and like terms add up.
"""

from __future__ import annotations

import operator
from typing import Any

from zygote_nb.dataclass import dataclass, replace
from zygote_nb.frontend import infer
from zygote_nb.ir.core import Apply, Const, Expr, Tuple
from zygote_nb.ir.kinds import FLOAT, INT, Array, Kind, Opaque, Scalar, is_float


def kind_of_call(fn: Any, args: tuple[Expr, ...]) -> Kind:
    try:
        return infer.result_kind(fn, args)
    except infer.Unknown:
        return Opaque("unknown")


def apply(fn: Any, *args: Expr) -> Apply:
    return Apply(fn, args, (), kind_of_call(fn, args))


@dataclass(frozen=True, slots=True)
class Product:
    """``coefficient * numerator[0] * ... / denominator[0] / ...``"""

    coefficient: float
    numerator: tuple[Expr, ...] = ()
    denominator: tuple[Expr, ...] = ()


def is_array(expr: Expr) -> bool:
    return isinstance(expr.kind, Array)


def is_truth(expr: Expr) -> bool:
    return isinstance(expr.kind, Array | Scalar) and expr.kind.dtype == "bool"


def as_number(truth: Expr) -> Expr:
    """A comparison in a sum: NumPy doesn't negate its truth values, nor does it count them."""
    return Apply(operator.add, (truth, number(0.0)), (), kind_of_call(operator.add, (truth, number(0.0))))


def is_number(expr: Expr) -> bool:
    return isinstance(expr, Const) and type(expr.value) in (int, float) and expr.text is None


def as_product(expr: Expr) -> Product:
    """The expression taken apart where multiplication may be reordered."""
    if is_number(expr):
        return Product(expr.value)  # type: ignore[union-attr]
    match expr:
        case Apply(fn=operator.mul, args=(a, b)):
            return times(as_product(a), as_product(b))
        case Apply(fn=operator.truediv, args=(a, b)) if not is_zero(b):
            return divided(as_product(a), b)
        case Apply(fn=operator.neg, args=(a,)):
            p = as_product(a)
            return replace(p, coefficient=-p.coefficient)
    return Product(1, (expr,))


def is_zero(expr: Expr) -> bool:
    return is_number(expr) and expr.value == 0  # type: ignore[union-attr]


def times(p: Product, q: Product) -> Product:
    return Product(p.coefficient * q.coefficient, p.numerator + q.numerator, p.denominator + q.denominator)


def divided(p: Product, by: Expr) -> Product:
    if is_number(by):
        value = by.value  # type: ignore[union-attr]
        inverse = 1.0 / value
        if inverse * value == 1.0 and float(inverse).as_integer_ratio()[1] <= 2**20:
            return replace(p, coefficient=p.coefficient * (int(inverse) if inverse == int(inverse) else inverse))
    elif isinstance(by, Apply) and by.fn is operator.neg:
        return divided(replace(p, coefficient=-p.coefficient), by.args[0])
    return replace(p, denominator=(*p.denominator, by))


def from_product(p: Product) -> Expr:
    """The expression: constant first, then what is scalar, then what is an array."""
    if p.coefficient == 0.0:
        return Const(0.0)
    factors = sorted(p.numerator, key=is_array)
    if p.coefficient < 0 and any(map(is_truth, factors)):
        factors.sort(key=is_truth)
        if is_truth(factors[0]):
            return from_product(Product(p.coefficient, (as_number(factors[0]), *factors[1:]), p.denominator))
    divisors = sorted(p.denominator, key=is_array)
    scalars = [f for f in factors if not is_array(f)]
    arrays = [f for f in factors if is_array(f)]
    flat = [d for d in divisors if not is_array(d)]
    wide = [d for d in divisors if is_array(d)]
    result, sign = lead(p.coefficient, scalars, arrays, bool(divisors))
    for divisor in flat:
        result = apply(operator.truediv, result, divisor)
    for factor in arrays if scalars or abs(p.coefficient) != 1.0 else arrays[1:]:
        result = apply(operator.mul, result, factor)
    for divisor in wide:
        result = apply(operator.truediv, result, divisor)
    return apply(operator.neg, result) if sign < 0 else result


def lead(coefficient: float, scalars: list[Expr], arrays: list[Expr], divides: bool) -> tuple[Expr, int]:
    """The constant and the scalar factors; a sign that is taken out."""
    if abs(coefficient) != 1.0:
        result: Expr = number(coefficient)
        for factor in scalars:
            result = apply(operator.mul, result, factor)
        return result, 1
    sign = 1 if coefficient > 0 else -1
    if scalars:
        result = scalars[0]
        for factor in scalars[1:]:
            result = apply(operator.mul, result, factor)
        return result, sign
    if arrays and not divides:
        return arrays[0], sign
    if arrays:
        return arrays[0], sign
    return Const(float(coefficient)), 1


def number(value: float) -> Const:
    return Const(value, FLOAT if isinstance(value, float) else INT)


def mul(a: Expr, b: Expr) -> Expr:
    return from_product(times(as_product(a), as_product(b)))


def div(a: Expr, b: Expr) -> Expr:
    return from_product(divided(as_product(a), b))


def neg(a: Expr) -> Expr:
    p = as_product(a)
    return from_product(replace(p, coefficient=-p.coefficient))


def add(a: Expr, b: Expr) -> Expr:
    return total([a, b])


def total(terms: list[Expr]) -> Expr:
    """A sum: like terms are joined, a negative term is subtracted."""
    merged: list[Product] = []
    for term in terms:
        p = as_product(term)
        for i, other in enumerate(merged):
            if alike(p, other):
                merged[i] = replace(other, coefficient=other.coefficient + p.coefficient)
                break
        else:
            merged.append(p)
    merged = [p for p in merged if p.coefficient != 0.0] or [Product(0)]
    if len(merged) > 1:
        merged = [counted(p) for p in merged]
    merged = [p for p in merged if p.coefficient > 0] + [p for p in merged if p.coefficient <= 0]
    result = from_product(merged[0])
    for p in merged[1:]:
        if p.coefficient < 0:
            result = apply(operator.sub, result, from_product(replace(p, coefficient=-p.coefficient)))
        else:
            result = apply(operator.add, result, from_product(p))
    return result


def counted(p: Product) -> Product:
    """The product, which is a number where all that it multiplies are truth values."""
    if abs(p.coefficient) != 1 or p.denominator or not p.numerator or not all(map(is_truth, p.numerator)):
        return p
    return replace(p, numerator=(as_number(p.numerator[0]), *p.numerator[1:]))


def normal(expr: Expr) -> Expr:
    """The expression with signs and constants put in order again, after something was substituted in it."""
    match expr:
        case Apply(fn=operator.add, args=(a, b)) if is_float(expr.kind):
            return total([normal(a), normal(b)])
        case Apply(fn=operator.sub, args=(a, b)) if is_float(expr.kind):
            return total([normal(a), neg(normal(b))])
        case Apply(fn=operator.mul | operator.truediv | operator.neg) if is_float(expr.kind):
            return from_product(as_product(expr))
    return expr


def alike(p: Product, q: Product) -> bool:
    return same_factors(p.numerator, q.numerator) and same_factors(p.denominator, q.denominator)


def same_factors(a: tuple[Expr, ...], b: tuple[Expr, ...]) -> bool:
    if len(a) != len(b):
        return False
    rest = list(b)
    for factor in a:
        if factor not in rest:
            return False
        rest.remove(factor)
    return True


def is_negative(expr: Expr) -> bool:
    """Whether the expression is written with a minus in front."""
    return as_product(expr).coefficient < 0 and len(as_product(expr).numerator) + len(as_product(expr).denominator) > 0


def size_of(expr: Expr) -> int:
    """The number of operations, a measure of how long it reads."""
    if isinstance(expr, Apply):
        return 1 + sum(map(size_of, expr.args))
    return sum(map(size_of, expr.items)) if isinstance(expr, Tuple) else 0
