"""Which of a function's rules a call is differentiated by: conditions, decided while the call is lowered."""

from __future__ import annotations

import ast
import inspect
from typing import Any

from zygote_nb.driver.read_by_rules import read_outside
from zygote_nb.frontend.lower import Lowering
from zygote_nb.frontend.source import capture
from zygote_nb.frontend.values import make_tuple
from zygote_nb.ir.callables import Variant
from zygote_nb.ir.core import Const
from zygote_nb.rules.variants import is_opted_out, variants_of
from zygote_nb.transform.rule.lowering import NotInlined, RuleLowering, RuleProgram, constant, scalar_kind
from zygote_nb.transform.rule.run import run_lambda_or_body

Kwargs = tuple[tuple[str, Any], ...]


def choose(lo: Lowering, node: ast.AST, fn: Any, args: list[Any], kwargs: Kwargs) -> Any:
    """The function itself, the variant whose condition the arguments meet, or None for its source."""
    for variant in variants_of(fn):
        by_source = is_opted_out(variant)
        if (by_source or lo.program.has_rule(variant)) and holds(lo, node, variant, args, kwargs):
            return None if by_source else variant
    return fn


def holds(lo: Lowering, node: ast.AST, variant: Variant, args: list[Any], kwargs: Kwargs) -> bool:
    """Whether the condition takes the arguments, and is true of them."""
    try:
        bound = inspect.signature(variant.when).bind(*map(lo.snapshot, args), **{k: lo.snapshot(v) for k, v in kwargs})
    except TypeError:
        return False
    lo.program.dependencies.extend(read_outside(variant.when))
    inner = RuleLowering(capture(variant.when), RuleProgram(lambda fn: True, scalar_kind, variant.when), ())
    bound.apply_defaults()
    for name, value in bound.arguments.items():
        inner.env[name] = make_tuple(value, tuple) if isinstance(value, tuple) else known(value)
    try:
        answer, _ = run_lambda_or_body(inner, inner.source.tree)
    except NotInlined:
        answer = None
    if not isinstance(answer, Const):
        what = f"whether the condition at {place(variant.when)} holds for this call can't be told before it runs"
        raise lo.refuse(node, what, "let it ask for types, ranks, dtypes and literals, and not for values")
    return bool(answer.value)


def known(value: Any) -> Any:
    return value if hasattr(value, "kind") else constant(value)


def place(fn: Any) -> str:
    return f"{fn.__code__.co_filename}:{fn.__code__.co_firstlineno}"


__all__ = ["choose"]
