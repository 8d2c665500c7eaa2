"""Activity: which variables depend on an input that is differentiated, through steps that have a derivative."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from zygote_nb.analysis.alias import ADDING, Memory
from zygote_nb.ir.callables import Attribute
from zygote_nb.ir.core import (
    ZERO,
    Accumulate,
    Append,
    Apply,
    Assign,
    Choice,
    Effect,
    Expr,
    Function,
    Invoke,
    Name,
    Pop,
    Stmt,
    Store,
    Tuple,
)
from zygote_nb.ir.kinds import ListOf, carries_tangent
from zygote_nb.ir.walk import bound, children, names, read, root, statements
from zygote_nb.rules import registry
from zygote_nb.runtime.called import run_rule, run_rule_apart

Constant = Callable[[Any], bool]
CalleeActivity = Callable[[Any, tuple[bool, ...]], tuple[tuple[bool, ...], frozenset[int]]]


def is_varied(expr: Expr, varied: set[str], constant: Constant) -> bool:
    """Whether a derivative of the expression's value may be other than zero."""
    if type(expr) is Name:
        return expr.id in varied
    if varied.isdisjoint(names(expr)):
        return False
    match expr:
        case Tuple():
            return any(is_varied(i, varied, constant) for i in expr.items)
        case Choice():
            return is_varied(expr.body, varied, constant) or is_varied(expr.orelse, varied, constant)
        case Apply():
            if expr.fn is operator.getitem:
                return is_varied(expr.args[0], varied, constant)
            if expr.fn is np.full_like:
                return is_varied(expr.args[1], varied, constant)
            if constant(expr.fn) or not (carries_tangent(expr.kind) or expr.fn in RUNS):
                return False
            if is_integer(expr.kind) and not any(is_integer(x.kind) for x in expr.args[:1]):
                return False  # a cast to integers, such as x.astype(int)
            return any(is_varied(a, varied, constant) for a in differentiable(expr))
    return False


RUNS = {run_rule, run_rule_apart, Attribute("value")}
"""What a rule that is called leaves for the way back: of no kind that is known, and yet it varies."""
POWERS = {operator.pow, pow, np.power, np.float_power, math.pow}


def differentiable(expr: Apply) -> tuple[Expr, ...]:
    """The arguments through which a derivative passes, named ones last; zero in place of those through which none does.

    An integer exponent is a constant, and so is what says to a linear helper of generated code how its result looks.
    """
    if expr.fn in POWERS and len(expr.args) == 2 and is_integer(expr.args[1].kind):
        return expr.args[:1]
    rule = registry.lookup_forward(expr.fn)
    if rule is not None and rule.inert:
        return tuple(ZERO if i in rule.inert else child for i, child in enumerate(children(expr)))
    return children(expr)


def varied_variables(
    function: Function, active: set[str], memory: Memory, constant: Constant, callee: CalleeActivity
) -> set[str]:
    """The variables that depend on the active parameters."""
    varied: set[str] = set()
    for name in active:
        mark(name, varied, memory)
    while True:
        before = len(varied)
        for stmt in statements(function.body):
            spread(stmt, varied, memory, constant, callee)
        if len(varied) == before:
            return varied


def spread(stmt: object, varied: set[str], memory: Memory, constant: Constant, callee: CalleeActivity) -> None:
    match stmt:
        case Assign():
            if is_varied(stmt.value, varied, constant):
                mark(stmt.target, varied, memory)
        case Store():
            base = root(stmt.base)
            holds = carries_tangent(stmt.base.kind) and not is_integer(stmt.base.kind)
            if base is not None and holds and is_varied(stmt.value, varied, constant):
                mark(base, varied, memory)
        case Accumulate() if is_varied(stmt.value, varied, constant):
            mark(stmt.target, varied, memory)
        case Effect(value=Apply(fn=fn, args=(base, *rest))) if fn in ADDING:
            if any(is_varied(a, varied, constant) for a in rest):
                mark(root(base) or "", varied, memory)
        case Append():
            if is_varied(stmt.value, varied, constant):
                mark(stmt.base, varied, memory)
        case Pop():
            if stmt.base in varied:
                for target in stmt.targets:
                    mark(target, varied, memory)
        case Invoke():
            flags = tuple(is_varied(a, varied, constant) for a in stmt.args)
            results, written = callee(stmt.callee, flags)
            for target, is_active, kind in zip(stmt.targets, results, stmt.kinds, strict=True):
                if is_active and carries_tangent(kind):
                    mark(target, varied, memory)
            for i in written:
                base = root(stmt.args[i])
                if base is not None:
                    mark(base, varied, memory)


def is_integer(kind: object) -> bool:
    """Storing into an integer array ends a derivative; a list takes what it is given."""
    return not isinstance(kind, ListOf) and getattr(kind, "dtype", "f")[0] in "iub"


def mark(name: str, varied: set[str], memory: Memory) -> None:
    varied.add(name)
    if memory.has_shadow(name):
        varied.update(memory.members(name))


def useful_variables(function: Function, memory: Memory) -> set[str]:
    """The variables that the results may depend on through values; an adjoint of any other is zero."""
    useful = set().union(*(names(r) for r in function.result)) if function.result else set()
    useful |= {p.name for p in function.params if memory.is_written(p.name)}
    changes = [influence(stmt, memory) for stmt in statements(function.body)]
    while True:
        before = len(useful)
        for reached, involved in reversed(changes):  # straight-line code needs one round in this direction
            if useful & reached:
                useful |= involved
        if len(useful) == before:
            return useful


def influence(stmt: Stmt, memory: Memory) -> tuple[set[str], set[str]]:
    """The variables that a statement may change, by name or in memory, and what it names in doing so."""
    targets = set(bound(stmt)) | ({root(stmt.base) or ""} if isinstance(stmt, Store) else set())
    targets |= {stmt.base} if isinstance(stmt, (Append, Pop)) else set()
    targets |= {stmt.target} if isinstance(stmt, Accumulate) else set()
    if isinstance(stmt, Effect) and isinstance(stmt.value, Apply) and stmt.value.fn in ADDING:
        targets.add(root(stmt.value.args[0]) or "")
    if isinstance(stmt, Invoke):
        targets |= {n for a in stmt.args for n in names(a)}
    reached = targets.union(*(memory.members(t) for t in targets if memory.has_shadow(t)))
    return reached, read(stmt) | targets
