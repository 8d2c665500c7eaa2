"""Lowering of arithmetic: on numbers and arrays, on tuples and lists, and by the operators of the user's classes."""

from __future__ import annotations

import ast
import operator
from typing import TYPE_CHECKING, Any

import numpy as np

from zygote_nb.frontend import overloads
from zygote_nb.frontend.growing import is_uniform, list_display, repeated_list
from zygote_nb.frontend.heap import Obj, adopted
from zygote_nb.frontend.rows import as_matrix, is_growing, is_rows
from zygote_nb.frontend.sparse import compressed_product, sparse_product
from zygote_nb.frontend.values import make_tuple
from zygote_nb.ir.core import Apply, Const, Expr, Tuple
from zygote_nb.ir.kinds import Opaque, Scalar, Static, describe, is_plain
from zygote_nb.runtime.arrays import quotient

if TYPE_CHECKING:
    from zygote_nb.frontend.lower import Lowering

BINARY = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv, ast.Mod: operator.mod, ast.Pow: operator.pow, ast.MatMult: operator.matmul,
    ast.BitAnd: operator.and_, ast.BitOr: operator.or_, ast.BitXor: operator.xor,
    ast.LShift: operator.lshift, ast.RShift: operator.rshift,
}  # fmt: skip
DIVISIONS = {operator.truediv, operator.floordiv, operator.mod}
UNARY = {ast.USub: operator.neg, ast.UAdd: operator.pos, ast.Not: operator.not_, ast.Invert: operator.invert}


def lower_bin_op(lo: Lowering, node: ast.BinOp) -> Expr:
    left, right = lo.exprs([node.left, node.right])
    return operate(lo, node, BINARY[type(node.op)], left, right)


def operate(lo: Lowering, node: ast.AST, fn: Any, left: Any, right: Any) -> Any:
    if fn is operator.add and is_list(left) and is_list(right) and (is_growing(left) or is_growing(right)):
        return concatenated(lo, node, left, right)
    if is_growing(left) or is_growing(right):
        return on_growing(lo, node, fn, left, right)
    if overloads.has_methods(left) or overloads.has_methods(right):
        product = compressed_product(lo, node, fn, left, right)
        if product is not None:
            return product
        result = overloads.binary(lo, node, fn, left, right)
        if result is not None:
            return result
    if isinstance(left, Obj) or isinstance(right, Obj):
        what = f"`{ast.unparse(node)}` is not defined for {describe(left.kind)} and {describe(right.kind)}"
        raise lo.refuse(node, what, "Python would raise TypeError here")
    if isinstance(left, Tuple) or isinstance(right, Tuple):
        return on_tuples(lo, node, fn, left, right)
    if fn in DIVISIONS and is_zero(right) and isinstance(left.kind, Scalar) and left.kind.weak is True:
        if lo.foresees:
            raise lo.raised(node, ZeroDivisionError, "division by zero")
        fn = quotient  # NumPy's numbers were divided, whose quotient is infinite
    product = sparse_product(lo, node, fn, left, right)
    return lo.apply(node, fn, [left, right]) if product is None else product


def is_zero(value: Any) -> bool:
    return isinstance(value, Const) and type(value.value) in (int, float) and value.value == 0


def is_list(value: Any) -> bool:
    return is_growing(value) or (isinstance(value, Tuple) and value.cls is list)


def concatenated(lo: Lowering, node: ast.AST, left: Any, right: Any) -> Any:
    """``left + right`` of lists of which one grows."""
    from zygote_nb.frontend.comprehensions import growing_list
    from zygote_nb.frontend.lists import extend

    name, _ = growing_list(lo, node, "sum")
    for part in (left, right):
        extend(lo, node, lo.env[name], part)
    return lo.env.pop(name)


def on_growing(lo: Lowering, node: ast.AST, fn: Any, left: Any, right: Any) -> Any:
    """A list that grows and something else: it is repeated, or an array as NumPy makes one of it."""
    from zygote_nb.frontend import list_loops
    from zygote_nb.frontend.generators import value_of

    values, other = (left, right) if is_growing(left) else (right, left)
    if fn is operator.mul and is_count(other):
        return value_of(lo, node, list_loops.repeated, [values, lo.evaluated(other, node)])
    if isinstance(other, Expr) and overloads.is_numpy(other.kind):
        left, right = (as_numpy(lo, node, v) if is_growing(v) else v for v in (left, right))
        return lo.apply(node, fn, [left, right])
    what = f"`{ast.unparse(node)}` of a list that grows is not differentiated"
    raise lo.refuse(node, what, "use np.array for arithmetic")


def is_count(value: Any) -> bool:
    return isinstance(value, Expr) and isinstance(value.kind, Scalar) and value.kind.dtype[0] in "ib"


def as_numpy(lo: Lowering, node: ast.AST, values: Any) -> Any:
    made = as_matrix(lo, node, values) if is_rows(values) else lo.apply(node, np.array, [values])
    if made is None:
        raise lo.refuse(node, "a list of such entries meets an array", "make an array of its numbers")
    return lo.temporary("t", made, node)


def on_tuples(lo: Lowering, node: ast.AST, fn: Any, left: Expr, right: Expr) -> Expr:
    if fn is operator.mod and isinstance(left, Const) and isinstance(left.value, str):
        return Apply(fn, (left, right), (), Opaque("str"), None, lo.span(node))
    if fn is operator.add and isinstance(left, Tuple) and isinstance(right, Tuple) and plain(left) is plain(right):
        return make_tuple(left.items + right.items, plain(left))
    if fn is operator.mul:
        if isinstance(right, Tuple):
            left, right = right, left
        if isinstance(left, Tuple) and isinstance(right, Const) and type(right.value) is int:
            items = tuple(adopted(lo, node, "item", lo.evaluated(i, node)) for i in left.items)
            return make_tuple(items * right.value, plain(left))
        if isinstance(left, Tuple) and left.cls is list and len(left.items) == 1:
            return repeated_list(lo, node, left.items[0], right)
        if isinstance(left, Tuple) and left.cls is list and is_uniform(left) and is_count(right):
            return on_growing(lo, node, fn, list_display(lo, node, left), right)
    array = next((s for s in (left, right) if not isinstance(s, Tuple)), None)
    if array is not None and overloads.is_numpy(array.kind):
        return lo.apply(node, fn, [lo.as_array(node, left), lo.as_array(node, right)])
    what = f"`{ast.unparse(node)}` on tuples or lists is not differentiated"
    raise lo.refuse(node, what, "use np.array for arithmetic")


def plain(value: Tuple) -> type:
    """The class of what arithmetic makes of it: that of a named tuple gives tuples."""
    return list if value.cls is list else tuple


def lower_unary_op(lo: Lowering, node: ast.UnaryOp) -> Expr:
    if isinstance(node.op, ast.Not):
        return lo.negation(node, lo.condition(node.operand))
    operand = lo.expr(node.operand)
    fn = UNARY[type(node.op)]
    if overloads.has_methods(operand):
        return overloads.unary(lo, node, fn, operand)
    check_data(lo, node.operand, operand)
    if isinstance(operand, Const) and isinstance(node.op, ast.USub) and type(operand.value) in (int, float):
        return Const(-operand.value, operand.kind)
    return lo.apply(node, fn, [operand])


def check_data(lo: Lowering, node: ast.expr, value: Expr) -> None:
    """A value must be data of the program, not a function or a module."""
    if isinstance(value, Const) and isinstance(value.kind, Static) and not is_plain(value.value):
        what = f"`{ast.unparse(node)}` is {type(value.value).__name__}, used as a value here"
        raise lo.refuse(node, what, "functions and modules can be called, but not computed with")
