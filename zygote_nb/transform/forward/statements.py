"""The forward transformation: each statement with the statement of its tangents.

``x_dot`` stands beside ``x`` and lives in memory of the same structure: it is a view where ``x`` is a view, it is
written to where ``x`` is written to. Tangents are computed before the value that they belong to is overwritten.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from zygote_nb.analysis.activity import is_varied
from zygote_nb.analysis.alias import ADDING, Memory, sharing
from zygote_nb.analysis.ownership import is_fresh
from zygote_nb.dataclass import dataclass, field, replace
from zygote_nb.ir.callables import Method
from zygote_nb.ir.core import (
    ZERO,
    Accumulate,
    Append,
    Apply,
    Assign,
    Attempt,
    Block,
    Const,
    Effect,
    Expr,
    For,
    Function,
    If,
    Invoke,
    Name,
    Pop,
    Span,
    Stmt,
    Store,
    Tuple,
    While,
)
from zygote_nb.ir.kinds import Array, ListOf, is_float
from zygote_nb.ir.walk import blocks, names, root, substitute, with_blocks
from zygote_nb.rules.registry import Rule
from zygote_nb.transform.forward.attempts import unraising
from zygote_nb.transform.forward.duals import Duals
from zygote_nb.transform.forward.zeros import zero_of
from zygote_nb.transform.reverse.tangents import fitted, tangent_kind, zeros_like
from zygote_nb.transform.rule.pullback import RESULT

BLANK = {np.empty, np.zeros, np.empty_like, np.zeros_like}
"""Functions that make memory with zeros or nothing in it; so is the memory of its tangents."""


@dataclass(frozen=True, slots=True)
class Pushed:
    """The pushforward of a callee, as its caller needs it: which arguments and which results have tangents."""

    name: str
    active: tuple[bool, ...]
    results: tuple[bool, ...]


@dataclass(slots=True)
class Forward:
    """The state of the transformation of one function."""

    function: Function
    memory: Memory
    varied: set[str]
    constant: Callable[[Any], bool]
    pushed: Callable[[Any, tuple[bool, ...]], Pushed]
    fresh: Callable[[str], str]
    used: list[Rule] = field(default_factory=list)
    dots: dict[str, str] = field(default_factory=dict)
    tries: bool = False
    apart: set[Expr] = field(default_factory=set)

    def dot(self, name: str) -> Name:
        if name not in self.dots:
            self.dots[name] = self.fresh(f"{name}_dot")
        return Name(self.dots[name], tangent_kind(self.memory.kinds[name]))

    def duals(self, span: Span) -> Duals:
        d = Duals(self.varied, self.constant, self.dot, self.fresh, self.function.filename, span, self.used)
        d.apart = self.apart
        if self.tries:
            d.quiet = unraising
        return d

    def block(self, block: Block) -> Block:
        return tuple(made for stmt in block for made in self.stmt(stmt))

    def stmt(self, stmt: Stmt) -> list[Stmt]:
        match stmt:
            case Assign() if stmt.target in self.varied:
                return self.assign(stmt)
            case Store() if root(stmt.base) in self.varied:
                return self.store(stmt)
            case Accumulate() if stmt.target in self.varied:
                return self.accumulate(stmt)
            case Effect(value=Apply(fn=fn, args=(base, *_))) if fn in ADDING and root(base) in self.varied:
                return self.add(stmt, stmt.value)
            case Append() if stmt.base in self.varied:
                return self.append(stmt)
            case Pop() if stmt.base in self.varied:
                dots = tuple(self.dot(t).id for t in stmt.targets)
                return [Pop(dots, self.dot(stmt.base).id, tuple(map(tangent_kind, stmt.kinds)), stmt.span), stmt]
            case Invoke():
                return self.invoke(stmt)
            case If() | For() | While() | Attempt():
                return [with_blocks(stmt, tuple(map(self.block, blocks(stmt))))]
        return [stmt]

    # Statements

    def assign(self, stmt: Assign) -> list[Stmt]:
        d = self.duals(stmt.span)
        value, tangent = d.dual(stmt.value)
        tangent = self.own(stmt, value, tangent)
        if stmt.target in names(tangent) and RESULT in names(tangent):
            held = d.named(value)
            value, tangent = held, substitute(tangent, {RESULT: held})
        primal = replace(stmt, value=value)
        after = RESULT in names(tangent)
        tangent = d.quiet(substitute(tangent, {RESULT: Name(stmt.target, stmt.value.kind)}))
        if self.tries and stmt.target in names(tangent) and not after:
            tangent = d.named(tangent, "t_dot")
        dot = Assign(self.dot(stmt.target).id, tangent, stmt.span)
        return [*d.out, primal, dot] if after or self.tries else [*d.out, dot, primal]

    def own(self, stmt: Assign, value: Expr, tangent: Expr | None) -> Expr:
        """A tangent of the variable's shape, in memory of its own where the variable has memory of its own."""
        result = Name(RESULT, value.kind)
        if tangent is None and isinstance(value, Apply) and value.fn in BLANK and is_float(value.kind):
            return value
        if tangent is None:
            return zero_of(value if sharing(value) or isinstance(value, Tuple | Const) else result)
        tangent = fitted(tangent, result)
        written = self.memory.has_shadow(stmt.target) or any(map(self.memory.is_written, names(stmt.value)))
        kept = isinstance(value.kind, Array) and written and not sharing(stmt.value)
        if kept and not (isinstance(tangent, Apply) and (is_fresh(tangent) or tangent.fn == Method("copy"))):
            return Apply(Method("copy"), (tangent,), (), tangent.kind)
        return tangent

    def store(self, stmt: Store) -> list[Stmt]:
        d = self.duals(stmt.span)
        value, tangent = d.of(stmt.value)
        base, d_base = d.of(stmt.base)
        assert d_base is not None
        index = d.index(stmt.index)
        if tangent is None:
            tangent = zero_of(value) if isinstance(stmt.base.kind, ListOf) else ZERO
        primal = replace(stmt, base=base, index=index, value=value)
        if self.tries:
            held = d.named(d.quiet(tangent), "t_dot") if isinstance(tangent, Apply) else tangent
            return [*d.out, primal, replace(primal, base=d_base, value=held)]
        return [*d.out, replace(primal, base=d_base, value=tangent), primal]

    def accumulate(self, stmt: Accumulate) -> list[Stmt]:
        d = self.duals(stmt.span)
        value, tangent = d.of(stmt.value)
        base, d_base = (None, None) if stmt.base is None else d.of(stmt.base)
        index = None if stmt.index is None else d.index(stmt.index)
        primal = replace(stmt, value=value, base=base, index=index)
        if tangent is None:
            return [*d.out, primal]
        dot = self.dot(stmt.target)
        return [*d.out, replace(primal, target=dot.id, value=tangent, base=d_base, kind=dot.kind), primal]

    def add(self, stmt: Effect, call: Apply) -> list[Stmt]:
        """A helper that adds to memory: to that of the tangents first."""
        d = self.duals(stmt.span)
        pairs = [d.of(a) for a in call.args]
        tangent = pairs[-1][1]
        primal = replace(stmt, value=replace(call, args=tuple(v for v, _ in pairs)))
        if tangent is None:
            return [*d.out, primal]
        args = (pairs[0][1], *(v for v, _ in pairs[1:-1]), tangent)
        return [*d.out, replace(stmt, value=replace(call, args=args)), primal]

    def append(self, stmt: Append) -> list[Stmt]:
        d = self.duals(stmt.span)
        value, tangent = d.of(stmt.value)
        tangent = zero_of(value) if tangent is None else fitted(tangent, value)
        return [*d.out, Append(self.dot(stmt.base).id, tangent, stmt.span), replace(stmt, value=value)]

    def invoke(self, stmt: Invoke) -> list[Stmt]:
        flags = tuple(is_varied(a, self.varied, self.constant) for a in stmt.args)
        callee = self.pushed(stmt.callee, flags)
        d = self.duals(stmt.span)
        args: list[Expr] = []
        tangents: list[Expr] = []
        for arg, active in zip(stmt.args, callee.active, strict=True):
            value, tangent = d.of(arg) if active else (arg, None)
            args.append(value)
            if active:
                tangents.append(zero_of(value) if tangent is None else apart(fitted(tangent, value), arg))
        with_dot = [
            (t, k) for t, k, r in zip(stmt.targets, stmt.kinds, callee.results, strict=True) if r and t in self.varied
        ]
        targets = (*stmt.targets, *(self.dot(t).id for t, _ in with_dot))
        kinds = (*stmt.kinds, *(tangent_kind(k) for _, k in with_dot))
        call = Invoke(targets, callee.name, (*args, *tangents), kinds, stmt.span)
        return [*d.out, call, *self.missing(stmt, callee)]

    def missing(self, stmt: Invoke, callee: Pushed) -> list[Stmt]:
        """Tangents of results that the callee gives none for."""
        return [
            Assign(self.dot(t).id, zeros_like(Name(t, k)), stmt.span)
            for t, k, given in zip(stmt.targets, stmt.kinds, callee.results, strict=True)
            if t in self.varied and not given
        ]


def apart(tangent: Expr, value: Expr) -> Expr:
    """A tangent in memory of its own if the value is: the callee may write to both."""
    if sharing(tangent) and not sharing(value):
        return Apply(Method("copy"), (tangent,), (), tangent.kind)
    return tangent


def zero_tangent(name: str, forward: Forward) -> Stmt:
    """The tangent of a parameter that varies only because it is written to."""
    return Assign(forward.dot(name).id, zeros_like(Name(name, forward.memory.kinds[name])), forward.function.span)
