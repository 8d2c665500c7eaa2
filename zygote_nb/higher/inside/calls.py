"""Derivatives inside of functions that are differentiated: the call whose derivative is taken.

The function whose derivative is taken becomes a function of the program, its derivative another one, and that is
called. From then on it is a function like any other, so derivatives nest to any depth, and each is by the variables of
its own call only.
"""

from __future__ import annotations

import ast
import functools
from types import FunctionType, MethodType
from typing import Any

from zygote_nb.dataclass import dataclass
from zygote_nb.frontend.calls import call_value
from zygote_nb.frontend.heap import POOLED, Obj, get_object, read_field
from zygote_nb.frontend.instances import Instance
from zygote_nb.frontend.local import LocalFunction, closure_object
from zygote_nb.frontend.lower import Lowering
from zygote_nb.frontend.lowered import CLASSES, as_partial
from zygote_nb.frontend.templates import Members, Rows, Table
from zygote_nb.frontend.values import static
from zygote_nb.higher.inside.composed import applied
from zygote_nb.ir.core import Const, Expr, Invoke, Name, Stmt
from zygote_nb.ir.kinds import Kind, ObjectOf, Shared, TupleOf, describe, leaves, parts_of
from zygote_nb.transform.again.nested import writes_of

Kwargs = tuple[tuple[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Inner:
    """A call inside: the function as one of the program, its leaf arguments, and which leaves each argument has."""

    instance: Instance
    args: tuple[Expr, ...]
    places: tuple[tuple[Kind, int], ...]

    def flags(self, positions: tuple[int, ...]) -> tuple[bool, ...]:
        """A flag for each leaf parameter: whether it belongs to the arguments at the positions."""
        chosen = {i for p in positions for i in self.leaves_at(p)}
        return tuple(i in chosen for i in range(len(self.args)))

    def leaves_at(self, position: int) -> range:
        kind, first = self.places[position]
        return range(first, first + len(leaves(kind)))


def inner_call(lo: Lowering, node: ast.AST, fn: Any, args: list[Any], kwargs: Kwargs) -> Inner:
    """Lower a call without making it."""
    if isinstance(fn, Const) and isinstance(fn.value, LocalFunction):
        fn = closure_object(lo, node, fn.value)
    if isinstance(fn, Const) and type(fn.value) in CLASSES:
        fn = as_partial(lo, node, fn.value)
    block = written(lo, node, fn, args, kwargs)
    if not is_one_call(block):
        fn, args = static(applied), [fn, *args]
        block = written(lo, node, fn, args, kwargs)
    calls = [i for i, s in enumerate(block) if isinstance(s, Invoke)]
    if len(calls) != 1:
        what = f"the derivative of {describe(fn.kind)} is taken, which is no function with Python source"
        raise lo.refuse(node, what, "wrap it: lambda x: ...")
    lo.out += block[: calls[0]]
    call = block[calls[0]]
    assert isinstance(call, Invoke)
    check(lo, node, call.callee)
    skipped = 1 if fn == static(applied) else hidden(lo, node, fn)
    inner = Inner(call.callee, call.args, places(call.callee, skipped, len(args) - (fn == static(applied))))
    check_writes(lo, node, inner)
    return inner


def written(lo: Lowering, node: ast.AST, fn: Any, args: list[Any], kwargs: Kwargs) -> tuple[Stmt, ...]:
    """What a call is lowered to; the program goes on as if it had not been made."""
    before, joints = dict(lo.env), dict(lo.joints)
    block, _ = lo.sub_block(lambda: call_value(lo, node, fn, args, kwargs))
    for values, kept in ((lo.env, before), (lo.joints, joints)):
        values.clear()
        values.update(kept)
    return tuple(block)


def is_one_call(block: tuple[Stmt, ...]) -> bool:
    """Whether a block calls one function and does nothing with the result."""
    return sum(isinstance(s, Invoke) for s in block) == 1 and isinstance(block[-1], Invoke)


def check(lo: Lowering, node: ast.AST, callee: Instance) -> None:
    if not callee.complete:
        raise lo.refuse(node, f"the derivative of {callee.name} is taken within itself", "use another function")
    if callee.total:
        raise lo.refuse(node, "a derivative is taken inside of `try`", "take it outside")
    if callee.after:
        what = f"the derivative of {callee.name} is taken, which changes an object"
        raise lo.refuse(node, what, "return the changed value instead")
    if any(isinstance(part, Shared) for part in parts_of(callee.function.result_kind)):
        what = f"the derivative of {callee.name} is taken, which returns an object that it was given, or one twice"
        raise lo.refuse(node, what, "return a copy")


def check_structure(lo: Lowering, node: ast.AST, callee: Instance) -> None:
    """Seeds and tangents are taken apart here as their numbers and arrays stand."""
    for part in parts_of(callee.function.result_kind):
        if isinstance(part, ObjectOf) and (part.cls in (Rows, Table, Members) or part.note == POOLED):
            what = f"{callee.name} returns {describe(part)} whose structure is known only when the program runs"
            raise lo.refuse(node, what, "return its numbers as an array")


def check_writes(lo: Lowering, node: ast.AST, inner: Inner) -> None:
    """Arguments are as before; anything else that is written to would have to be as after one call."""
    own = {i for p in range(len(inner.places)) for i in inner.leaves_at(p)}
    if writes_of(lo.program, inner.instance) - own:
        what = f"the derivative of {inner.instance.shown} is taken, which writes to an array that it captures"
        raise lo.refuse(node, what, "write to a copy")


def hidden(lo: Lowering, node: ast.AST, fn: Any) -> int:
    """How many of the values that the function gets come before the arguments of the call."""
    if not isinstance(fn, Obj):
        value = fn.value if isinstance(fn, Const) else None
        return len(value.args) if isinstance(value, functools.partial) else 0
    content = get_object(lo, fn)
    if content.cls is functools.partial:
        first = lo.snapshot(read_field(lo, node, fn, "args"))
        return len(first.items) + hidden(lo, node, read_field(lo, node, fn, "func"))
    if content.cls is FunctionType:
        return 1
    return 1 + hidden(lo, node, read_field(lo, node, fn, "__func__")) if content.cls is MethodType else 1


def places(instance: Instance, first: int, count: int) -> tuple[tuple[Kind, int], ...]:
    """The kind and the first leaf of each positional argument; those that ``*args`` collects one by one."""
    spec = instance.source.tree.args
    closure = (
        len(instance.kinds)
        - sum(len(part) for part in (spec.posonlyargs, spec.args, spec.kwonlyargs))
        - (spec.vararg is not None)
        - (spec.kwarg is not None)
    )
    named = len(spec.posonlyargs) + len(spec.args) + closure
    found: list[tuple[Kind, int]] = []
    leaf = 0
    for i, kind in enumerate(instance.kinds):
        items = kind.items if i == named and spec.vararg is not None and isinstance(kind, TupleOf) else (kind,)
        for item in items:
            found.append((item, leaf))
            leaf += len(leaves(item))
    return tuple(found[first : first + count])


def call_targets(lo: Lowering, node: ast.AST, callee: Instance, args: tuple[Expr, ...], stem: str) -> list[Name]:
    """Call a function of the program; its results."""
    kinds = tuple(r.kind for r in callee.function.result)
    names = [lo.fresh(stem) for _ in kinds]
    lo.out.append(Invoke(tuple(names), callee, args, kinds, lo.span(node)))
    return [Name(n, k) for n, k in zip(names, kinds, strict=True)]
