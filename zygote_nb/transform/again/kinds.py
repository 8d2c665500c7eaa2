"""Kinds in generated code, found anew: adjoints, tapes, what rules computed."""

from __future__ import annotations

import operator
from collections.abc import Callable

import numpy as np

from zygote_nb.dataclass import dataclass, field, replace
from zygote_nb.errors import UnsupportedSyntaxError
from zygote_nb.frontend import infer
from zygote_nb.ir.core import (
    NOWHERE,
    Accumulate,
    Append,
    Apply,
    Assign,
    Attempt,
    Block,
    Choice,
    Const,
    Effect,
    Expr,
    For,
    Function,
    Invoke,
    Name,
    Pop,
    Stmt,
    Store,
    Tuple,
)
from zygote_nb.ir.kinds import INT, Array, Bottom, Kind, ListOf, Opaque, Scalar, TupleOf, describe, join
from zygote_nb.ir.walk import blocks, map_expressions, with_blocks
from zygote_nb.runtime import lists

OfCallee = Callable[[Invoke, tuple[Kind, ...]], tuple[tuple[Kind, ...], tuple[Kind, ...]]]
"""The kinds of what a callee returns, and those of its parameters, lists to which it has appended."""
UNKNOWN = Opaque("unknown")


@dataclass(slots=True)
class Kinds:
    """The kinds of the variables of one function, joined over their definitions."""

    of_callee: OfCallee
    known: dict[str, Kind] = field(default_factory=dict)

    def learn(self, name: str, kind: Kind) -> None:
        if isinstance(kind, Bottom):
            return
        before = self.known.get(name)
        if before is None or before == UNKNOWN:
            self.known[name] = kind
        elif kind != UNKNOWN:
            self.known[name] = either(before, kind)

    def expr(self, expr: Expr) -> Expr:
        """The expression with its kinds: equal expressions may differ in these, so that all of it is made anew."""
        match expr:
            case Apply():
                kwargs = tuple((k, self.expr(v)) for k, v in expr.kwargs)
                expr = replace(expr, args=tuple(map(self.expr, expr.args)), kwargs=kwargs)
            case Tuple():
                expr = replace(expr, items=tuple(map(self.expr, expr.items)))
            case Choice():
                test, body, orelse = map(self.expr, (expr.test, expr.body, expr.orelse))
                expr = replace(expr, test=test, body=body, orelse=orelse)
        return self.of(expr)

    def effect(self, expr: Expr) -> Expr:
        """What is evaluated for what it does is never evaluated to see of which kind it is."""
        if not isinstance(expr, Apply):
            return self.expr(expr)
        kwargs = tuple((k, self.expr(v)) for k, v in expr.kwargs)
        return replace(expr, args=tuple(map(self.expr, expr.args)), kwargs=kwargs, span=NOWHERE)

    def of(self, expr: Expr) -> Expr:
        """The expression, whose parts have their kinds, with its own."""
        match expr:
            case Name():
                return replace(expr, kind=self.known.get(expr.id, Bottom()))
            case Tuple(cls=cls) if cls is list and isinstance(expr.kind, ListOf):
                return replace(expr, kind=ListOf(self.item(expr)))
            case Tuple():
                return replace(expr, kind=TupleOf(tuple(i.kind for i in expr.items), expr.cls))
            case Choice():
                joined = join(expr.body.kind, expr.orelse.kind)
                return replace(expr, kind=joined or expr.kind)
            case Apply():
                # A rule's own expressions have places in the rule's file: what counts is the place of the statement.
                return replace(expr, kind=self.result(expr), span=NOWHERE)
        return expr

    def item(self, expr: Tuple) -> Kind | None:
        kinds = [i.kind for i in expr.items]
        item = kinds[0] if kinds else None
        for kind in kinds[1:]:
            item = (item and join(item, kind)) or UNKNOWN
        return item

    def result(self, call: Apply) -> Kind:
        if any(isinstance(a.kind, Bottom) for a in call.args):
            return Bottom()
        if call.fn in (lists.zero_list, lists.copied):
            return infer.inexact(call.args[0].kind) if call.fn is lists.zero_list else call.args[0].kind
        if call.fn is operator.getitem and isinstance(call.args[0].kind, TupleOf):
            index = call.args[1]
            return call.args[0].kind.items[index.value] if isinstance(index, Const) else UNKNOWN
        try:
            kind = infer.result_kind(call.fn, call.args, call.kwargs)
        except infer.Unknown:
            return call.kind
        return call.kind if isinstance(kind, Opaque) else kind

    # Statements

    def block(self, block: Block) -> Block:
        return tuple(map(self.stmt, block))

    def stmt(self, stmt: Stmt) -> Stmt:
        if isinstance(stmt, For):
            self.learn(stmt.var, INT)
        if isinstance(stmt, Attempt):
            self.outcome(stmt)
        stmt = map_expressions(stmt, self.effect if isinstance(stmt, Effect) else self.expr)
        match stmt:
            case Assign():
                self.learn(stmt.target, stmt.value.kind)
            case Effect(target=str() as target):
                self.learn(target, stmt.value.kind)
            case Accumulate():
                stmt = self.accumulate(stmt)
            case Store(base=Name(id=base, kind=ListOf())):
                self.learn(base, ListOf(stmt.value.kind))
            case Append():
                self.learn(stmt.base, ListOf(None if isinstance(stmt.value.kind, Bottom) else stmt.value.kind))
            case Pop():
                stmt = self.pop(stmt)
            case Invoke():
                kinds, given = self.of_callee(stmt, tuple(a.kind for a in stmt.args))
                stmt = replace(stmt, kinds=kinds)
                for arg, kind in zip(stmt.args, given, strict=True):
                    if isinstance(arg, Name) and isinstance(kind, ListOf):
                        self.learn(arg.id, kind)
                for target, kind in zip(stmt.targets, kinds, strict=True):
                    self.learn(target, kind)
        return with_blocks(stmt, tuple(map(self.block, blocks(stmt))))

    def outcome(self, stmt: Attempt) -> None:
        """How an attempt went, which it counts itself."""
        for counter in (stmt.caught, stmt.done):
            self.learn(counter, INT)
        for clause in stmt.clauses:
            if clause.error is not None:
                self.learn(clause.error, Opaque("exception"))

    def accumulate(self, stmt: Accumulate) -> Stmt:
        if stmt.index is None:
            total = Apply(operator.add, (Name(stmt.target), stmt.value), (), stmt.kind)
            self.learn(stmt.target, self.expr(total).kind)
        return replace(stmt, kind=self.known.get(stmt.target, UNKNOWN))

    def pop(self, stmt: Pop) -> Stmt:
        base = self.known.get(stmt.base)
        item = base.item if isinstance(base, ListOf) and base.item is not None else None
        if item is None:
            return stmt
        kinds = item.items if len(stmt.targets) > 1 and isinstance(item, TupleOf) else (item,)
        for target, kind in zip(stmt.targets, kinds, strict=False):
            self.learn(target, kind)
        return replace(stmt, kinds=kinds[: len(stmt.targets)])


def either(a: Kind, b: Kind) -> Kind:
    """The kind of a variable that has two. A cotangent may be a number where it stands for an array full of it."""
    match a, b:
        case (Array() as array, Scalar() as number) | (Scalar() as number, Array() as array):
            dtype = str(np.promote_types(array.dtype, number.dtype))
            return Array(dtype, (None,) * array.ndim)
    joined = join(a, b, True)
    if joined is None:
        what = f"a variable of the gradient is {describe(a)} in one place and {describe(b)} in another"
        raise UnsupportedSyntaxError(what, hint="a second derivative needs one kind for each variable")
    return joined


def with_kinds(function: Function, of_callee: OfCallee) -> tuple[Function, tuple[Kind, ...]]:
    """The function with the kinds that follow from those of its parameters; these, with what it appends to them."""
    kinds = Kinds(of_callee, {p.name: p.kind for p in function.params})
    while True:
        before = dict(kinds.known)
        body = kinds.block(function.body)
        if kinds.known == before:
            break
    made = replace(function, body=body, result=tuple(map(kinds.expr, function.result)))
    return made, tuple(kinds.known.get(p.name, p.kind) for p in function.params)
