"""Which function lowers which expression."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

from zygote_nb.frontend import (
    access,
    calls,
    comparisons,
    comprehensions,
    conditions,
    displays,
    elsewhere,
    generators,
    local,
    operators,
)
from zygote_nb.frontend.lower import Lowering
from zygote_nb.frontend.places import Made

EXPRESSIONS: dict[type, Callable[[Any, Any], Any]] = {
    ast.Constant: lambda lo, node: lo.constant(node.value),
    ast.Name: Lowering.variable,
    ast.Attribute: access.lower_attribute,
    ast.Subscript: access.lower_subscript,
    ast.Slice: access.lower_slice,
    ast.BinOp: operators.lower_bin_op,
    ast.UnaryOp: operators.lower_unary_op,
    ast.Compare: comparisons.lower_compare,
    ast.BoolOp: conditions.lower_bool_op,
    ast.IfExp: conditions.lower_if_exp,
    ast.Tuple: displays.lower_tuple,
    ast.List: displays.lower_list,
    ast.Dict: displays.lower_dict,
    ast.Set: displays.lower_set,
    ast.SetComp: displays.lower_set_comprehension,
    ast.JoinedStr: displays.lower_joined_str,
    ast.NamedExpr: Lowering.named,
    ast.Call: calls.lower_call,
    ast.Lambda: local.define,
    ast.ListComp: comprehensions.lower_comprehension,
    ast.GeneratorExp: generators.suspended_expression,
    elsewhere.Name: elsewhere.lower_name,
    Made: lambda lo, node: node.make(lo),
    ast.DictComp: comprehensions.lower_dict_comprehension,
}
