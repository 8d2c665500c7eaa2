"""Which statements may raise? Everything is suspected but plain arithmetic of Python's own numbers."""

from __future__ import annotations

import ast
import builtins
import operator
import sys
from collections.abc import Iterable
from types import FunctionType
from typing import TYPE_CHECKING

import numpy as np

from zygote_nb.frontend.syntax import walk
from zygote_nb.ir.callables import Attribute, Method
from zygote_nb.ir.core import (
    Append,
    Apply,
    Assign,
    Attempt,
    Break,
    Expr,
    Function,
    Invoke,
    Pop,
    Raise,
    Stmt,
    Store,
    logical_and,
    logical_or,
)
from zygote_nb.ir.kinds import Scalar, is_memory
from zygote_nb.ir.walk import blocks, expressions, names, root, statements, subexpressions

if TYPE_CHECKING:
    from zygote_nb.frontend.instances import Instance

ARITHMETIC = {
    operator.add, operator.sub, operator.mul, operator.neg, operator.pos, operator.abs, operator.not_, operator.lt,
    operator.le, operator.gt, operator.ge, operator.eq, operator.ne, operator.is_, operator.is_not, logical_and,
    logical_or, abs, min, max, float, bool,
}  # fmt: skip
SHAPES = {Attribute("shape"), Attribute("size"), Attribute("ndim"), len, slice}


def may_raise(stmt: Stmt, caught: Iterable[type] = (BaseException,)) -> bool:
    """Whether the statement, or one inside it, may raise one of the classes."""
    operations = any(map(is_known_class, caught))
    match stmt:
        case Assign() | Append():
            return suspect(stmt.value, operations)
        case Store() | Pop():
            return operations or any(suspect(e, operations) for e in expressions(stmt))
        case Break():
            return False
        case Attempt():
            return True
    inner = blocks(stmt)
    if not inner:
        return True
    return any(suspect(e, operations) for e in expressions(stmt)) or any(may_raise(s, caught) for b in inner for s in b)


def is_known_class(cls: type) -> bool:
    """Whether operations and library functions may raise exceptions of the class: not if the user wrote it."""
    module = cls.__module__.split(".")[0]
    return module in sys.stdlib_module_names or module in ("numpy", "scipy", "numba")


def suspect(expr: Expr, operations: bool = True) -> bool:
    """Whether an evaluation may raise; without ``operations``, whether it may in code of the user's."""
    calls = [e for e in subexpressions(expr) if isinstance(e, Apply)]
    return any(not is_harmless(e) for e in calls) if operations else any(isinstance(e.fn, FunctionType) for e in calls)


def is_harmless(e: Apply) -> bool:
    if e.fn in SHAPES:
        return True
    if e.fn is operator.getitem:
        return isinstance(e.args[0], Apply) and e.args[0].fn == Attribute("shape")
    return e.fn in ARITHMETIC and all(is_python_number(a) for a in e.args)


def is_python_number(e: Expr) -> bool:
    return not isinstance(e.kind, Scalar) or (e.kind.weak is True and e.kind.dtype[0] in "fib")


# Whether a call that raises may leave something behind


FRESH = {
    np.copy, np.zeros, np.ones, np.empty, np.full, np.zeros_like, np.ones_like, np.empty_like, np.full_like, np.array,
    Method("copy"), operator.add, operator.sub, operator.mul, operator.truediv, operator.neg, operator.pow,
    operator.matmul,
}  # fmt: skip


def may_leave_traces(instance: Instance, seen: tuple[Instance, ...] = ()) -> bool:
    """Whether the function writes to memory that it did not make; where that can't be seen, it is taken to."""
    if instance in seen:
        return False
    if not instance.complete:
        return not looks_pure(instance.source.tree)
    if instance.after:
        return True
    outside = reached_from(instance.function, {p.name for p in instance.function.params})
    for stmt in statements(instance.function.body):
        match stmt:
            case Store(base=base) if root(base) in outside:
                return True
            case Append(base=name) | Pop(base=name) if name in outside:
                return True
            case Invoke(callee=callee) if may_leave_traces(callee, (*seen, instance)):
                return True
    return False


def raises_by_name(instance: Instance, seen: tuple[Instance, ...] = ()) -> bool:
    """Whether the function, or one that it calls, has a ``raise`` or an ``assert`` that may leave it."""
    if instance in seen:
        return False
    if not instance.complete:
        return any(isinstance(node, ast.Raise | ast.Assert) for node in walk(instance.source.tree))
    body = instance.function.body
    callees = (s.callee for s in statements(body) if isinstance(s, Invoke))
    return any(isinstance(s, Raise) for s in statements(body)) or any(
        raises_by_name(c, (*seen, instance)) for c in callees
    )


WRITERS = {"copyto", "fill_diagonal", "place", "put", "put_along_axis", "putmask"}


def looks_pure(tree: ast.AST) -> bool:
    """Whether a function that is being lowered, and calls itself, only binds variables and calls nothing else."""
    own = getattr(tree, "name", "")
    for node in walk(tree):
        match node:
            case ast.AugAssign() | ast.Delete() | ast.Global() | ast.Nonlocal():
                return False
            case ast.Subscript(ctx=ast.Store()) | ast.Attribute(ctx=ast.Store()):
                return False
            case ast.Call(func=ast.Name(id=name)) if name != own and not hasattr(builtins, name):
                return False
            case ast.Call(func=ast.Attribute(value=ast.Name(id="np" | "math"), attr=name)) if name not in WRITERS:
                pass
            case ast.Call(func=ast.Attribute()) | ast.keyword(arg="out"):
                return False
    return True


def reached_from(function: Function, outside: set[str]) -> set[str]:
    """The variables that may hold memory of the given ones."""
    while True:
        before = len(outside)
        for stmt in statements(function.body):
            match stmt:
                case Assign(target=target, value=value) if is_memory(value.kind) and shares(value, outside):
                    outside.add(target)
                case Append() | Store() if shares(stmt.value, outside):
                    outside.add(stmt.base if isinstance(stmt, Append) else root(stmt.base) or "")
                case Invoke(targets=targets, args=args) if any(shares(a, outside) for a in args):
                    outside.update(targets)
                case Pop(targets=targets, base=name) if name in outside:
                    outside.update(targets)
        if len(outside) == before:
            return outside


def shares(value: Expr, outside: set[str]) -> bool:
    fresh = isinstance(value, Apply) and (value.fn in FRESH or isinstance(value.fn, np.ufunc))
    return is_memory(value.kind) and not fresh and bool(names(value) & outside)
