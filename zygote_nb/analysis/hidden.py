"""Values that depend on an input through what no derivative passes: texts, objects of libraries, random draws.

Where such a value is a number that reaches the result, its derivative would be a silent zero.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from zygote_nb.analysis.activity import is_integer, is_varied
from zygote_nb.dataclass import dataclass
from zygote_nb.ir.core import (
    Append,
    Apply,
    Assign,
    Attempt,
    Choice,
    Effect,
    Expr,
    Function,
    Invoke,
    Name,
    Pop,
    Raise,
    Stmt,
    Store,
    Tuple,
)
from zygote_nb.ir.kinds import Kind, Opaque, carries_tangent
from zygote_nb.ir.walk import children, root, statements, subexpressions
from zygote_nb.runtime.steering import detached

SOURCES = ("Generator", "RandomState", "Random")
"""What random numbers are drawn from: its state does not depend on what is asked of it."""


RAISED = ""
"""What stands, among the variables, for the exceptions that the function raises."""

Origin = Apply | None
Callee = Callable[[Any, tuple[bool, ...]], tuple[Origin, ...]]


@dataclass(frozen=True, slots=True)
class Search:
    """For each variable in ``hidden`` the call in which its derivative was lost."""

    varied: set[str]
    constant: Callable[[Any], bool]
    callee: Callee
    hidden: dict[str, Apply]

    def origin(self, expr: Expr) -> Origin:
        """The call in which the derivative of the expression was lost; None if nothing is hidden in it."""
        match expr:
            case Name():
                return self.hidden.get(expr.id)
            case Tuple():
                return self.first(expr.items)
            case Choice():
                return self.first((expr.body, expr.orelse))
            case Apply(fn=operator.getitem):
                return self.origin(expr.args[0])
            case Apply():
                text = expr.kind == Opaque("str")
                if expr.fn is detached or (not text and (is_whole(expr.kind) or self.constant(expr.fn))):
                    return None
                return self.first(children(expr)) or self.lost_in(expr)
        return None

    def first(self, parts: tuple[Expr, ...]) -> Origin:
        return next((o for p in parts if (o := self.origin(p)) is not None), None)

    def lost_in(self, call: Apply) -> Origin:
        """The call, if it makes something other than numbers of an argument with a derivative."""
        return call if isinstance(call.kind, Opaque) and self.takes_varied(call) else None

    def takes_varied(self, call: Apply) -> bool:
        return any(is_varied(a, self.varied, self.constant) for a in children(call))

    def mark(self, names: tuple[str, ...], origin: Origin) -> None:
        for name in names if origin is not None else ():
            self.hidden.setdefault(name, origin)  # type: ignore[arg-type]

    def visit(self, stmt: Stmt) -> None:
        match stmt:
            case Effect(value=Apply() as call):
                self.effect(stmt, call)
            case Assign():
                self.mark((stmt.target,), self.origin(stmt.value))
            case Store() | Append():
                name = root(stmt.base) if isinstance(stmt, Store) else stmt.base
                self.mark((name,) if name else (), self.origin(stmt.value))
            case Pop():
                self.mark(tuple(stmt.targets), self.hidden.get(stmt.base))
            case Invoke():
                self.invoke(stmt)
            case Raise() if stmt.value is not None:
                self.mark((RAISED,), self.origin(stmt.value))
            case Attempt():
                self.mark(tuple(c.error for c in stmt.clauses if c.error), self.hidden.get(RAISED))

    def effect(self, stmt: Effect, call: Apply) -> None:
        origin = self.first(children(call)) or (call if self.takes_varied(call) else None)
        if stmt.target is not None and not is_whole(call.kind):
            self.mark((stmt.target,), origin)
        for base in subexpressions(call):
            if isinstance(base, Name) and isinstance(base.kind, Opaque) and base.kind.what not in SOURCES:
                self.mark((base.id,), origin)

    def invoke(self, stmt: Invoke) -> None:
        given = self.first(stmt.args)
        flags = tuple(is_varied(a, self.varied, self.constant) for a in stmt.args)
        inside = self.callee(stmt.callee, flags) if any(flags) else ()
        self.mark((RAISED,), given or (inside[-1] if inside else None))
        for i, (target, kind) in enumerate(zip(stmt.targets, stmt.kinds, strict=True)):
            if not is_whole(kind):
                self.mark((target,), given or (inside[i] if i < len(inside) - 1 else None))


def is_whole(kind: Kind) -> bool:
    """Integers and truth values end a derivative."""
    return (carries_tangent(kind) and is_integer(kind)) or getattr(kind, "dtype", "") == "bool"


def lost_derivatives(
    function: Function, varied: set[str], constant: Callable[[Any], bool], callee: Callee
) -> tuple[Origin, ...]:
    """For each result, and last for what is raised, the call in which the derivative of a number is lost."""
    search = Search(varied, constant, callee, {})
    everything = list(statements(function.body))
    known = -1
    while len(search.hidden) > known:
        known = len(search.hidden)
        for stmt in everything:
            search.visit(stmt)
    return (*map(search.origin, function.result), search.hidden.get(RAISED))


def reaches(result: Expr, origin: Origin) -> bool:
    """Whether a result that depends on such a call should have a derivative: is a number, or made of numbers."""
    return origin is not None and carries_tangent(result.kind) and not is_whole(result.kind)
