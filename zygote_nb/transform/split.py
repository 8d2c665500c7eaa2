"""Before differentiation: give a name to what the backward sweep will read and should not compute again.

Expression trees stay whole otherwise. What is named: the value of a call whose rule reads its result or needs
statements, arguments that a rule reads and that are not cheap, and conditions whose operands the branches change.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from zygote_nb.analysis.activity import differentiable, is_varied
from zygote_nb.analysis.cost import SHAPE_ONLY, content_reads, cost, is_cheap
from zygote_nb.dataclass import dataclass, replace
from zygote_nb.errors import Location, ZygoteError
from zygote_nb.ir.callables import Method
from zygote_nb.ir.core import (
    NOWHERE,
    Append,
    Apply,
    Assign,
    Attempt,
    Block,
    Expr,
    Function,
    If,
    Invoke,
    Name,
    Pop,
    Span,
    Stmt,
    Store,
    Tuple,
    is_getitem,
)
from zygote_nb.ir.kinds import BOOL, Array, ListOf
from zygote_nb.ir.walk import (
    all_bound,
    children,
    is_part,
    is_step,
    names,
    root,
    statements,
    subexpressions,
    with_blocks,
)
from zygote_nb.ir.walk import blocks as blocks_of
from zygote_nb.transform.rule.pullback import RESULT, Pullback

WHOLE_ARRAYS = {np.sum, np.mean, Method("sum"), Method("mean")}

PullbackOf = Callable[[Apply], Pullback | None]


@dataclass(slots=True)
class Splitter:
    varied: set[str]
    constant: Callable[[Any], bool]
    pullback_of: PullbackOf
    fresh: Callable[[str], str]
    groups: Callable[[str], str]
    elementwise: Callable[[Any], bool]
    callee_writes: Callable[[Invoke], frozenset[int]]
    filename: str = ""

    def function(self, function: Function) -> Function:
        body = self.block(function.body)
        extra: list[Stmt] = []
        result = tuple(self.expr(e, extra, function.exit, None) for e in function.result)
        return replace(function, body=(*body, *extra), result=result)

    def block(self, block: Block) -> Block:
        out: list[Stmt] = []
        for stmt in block:
            try:
                self.stmt(stmt, out)
            except ZygoteError as error:
                raise self.located(error, stmt) from None
        return tuple(out)

    def located(self, error: ZygoteError, stmt: Stmt) -> ZygoteError:
        """What a rule put into a gradient has no place of its own: it is told with that of the statement."""
        span = getattr(stmt, "span", NOWHERE)
        if error.at is not None or not span.line:
            return error
        return type(error)(error.what, at=Location(self.filename, span.line, span.col, None), hint=error.hint)

    def stmt(self, stmt: Stmt, out: list[Stmt]) -> None:
        match stmt:
            case Assign():
                value = self.expr(stmt.value, out, stmt.span, stmt.target)
                out.append(replace(stmt, value=value))
            case Store() | Append():
                out.append(replace(stmt, value=self.expr(stmt.value, out, stmt.span, None)))
            case Invoke():
                writes = bool(self.callee_writes(stmt))
                args = tuple(self.argument(a, out, stmt.span, writes) for a in stmt.args)
                out.append(replace(stmt, args=args))
            case If():
                self.condition(stmt, out)
            case Attempt():
                body = tuple(self.step(s) for s in stmt.body) if is_step(stmt, stmt.body[0]) else self.block(stmt.body)
                out.append(with_blocks(stmt, (body, *map(self.block, blocks_of(stmt)[1:]))))
            case _:
                out.append(with_blocks(stmt, tuple(map(self.block, blocks_of(stmt)))))

    def step(self, step: Stmt) -> Stmt:
        return with_blocks(step, tuple(map(self.block, blocks_of(step))))

    def argument(self, arg: Expr, out: list[Stmt], span: Span, writes: bool) -> Expr:
        """An argument of a call: something with an adjoint to accumulate into.

        It is read again by the call's adjoint, which comes before what the call wrote is undone.
        """
        arg = self.expr(arg, out, span, None)
        reads = writes and any(is_getitem(e) or isinstance(e.kind, (Array, ListOf)) for e in subexpressions(arg))
        if isinstance(arg, Apply) and (isinstance(arg.kind, Array) or reads or not is_cheap(arg)):
            return self.name(arg, out, span)
        return arg

    def condition(self, stmt: If, out: list[Stmt]) -> None:
        body, orelse = self.block(stmt.body), self.block(stmt.orelse)
        test = stmt.test
        changed = all_bound(body) | all_bound(orelse)
        written = {self.groups(root(s.base) or "") for s in statements((*body, *orelse)) if isinstance(s, Store)}
        written |= {self.groups(s.base) for s in statements((*body, *orelse)) if isinstance(s, (Append, Pop))}
        calls = any(isinstance(s, Invoke) for s in statements((*body, *orelse)))
        read = content_reads(test)
        reads_memory = any(is_getitem(e) or isinstance(e.kind, (Array, ListOf)) for e in subexpressions(test))
        moves = read & changed or {self.groups(n) for n in read} & written or (calls and reads_memory)
        own = isinstance(test, Name) and test.id in changed
        if own or (isinstance(test, Apply) and (moves or not is_cheap(test))):
            name = self.fresh("c")
            out.append(Assign(name, test, stmt.span))
            test = Name(name, BOOL)
        out.append(replace(stmt, test=test, body=body, orelse=orelse))

    def name(self, expr: Expr, out: list[Stmt], span: Span) -> Name:
        name = self.fresh(stem(expr))
        out.append(Assign(name, expr, span))
        if is_varied(expr, self.varied, self.constant):
            self.varied.add(name)
        return Name(name, expr.kind)

    def expr(self, expr: Expr, out: list[Stmt], span: Span, target: str | None) -> Expr:
        """The expression with what needs a name replaced by it; ``target`` is the variable that is assigned, if any."""
        if not is_varied(expr, self.varied, self.constant):
            return expr
        match expr:
            case Tuple():
                return replace(expr, items=tuple(self.expr(i, out, span, None) for i in expr.items))
            case Apply():
                return self.call(expr, out, span, target)
        return expr

    def call(self, expr: Apply, out: list[Stmt], span: Span, target: str | None) -> Expr:
        args = [self.expr(a, out, span, None) for a in expr.args]
        if is_getitem(expr):
            return replace(expr, args=(self.place(args[0], out, span), args[1]))
        kwargs = tuple((k, self.expr(v, out, span, None)) for k, v in expr.kwargs)
        expr = replace(expr, args=tuple(args), kwargs=kwargs)
        pullback = self.pullback_of(expr)
        if pullback is None:
            return expr
        if expr.fn in WHOLE_ARRAYS:
            expr = replace(expr, args=(self.shaped(expr.args[0], out, span), *expr.args[1:]))
        expr = self.with_named_arguments(expr, pullback, out, span)
        pullback = self.pullback_of(expr)
        assert pullback is not None
        needs_name = not pullback.is_expression or (reads_result(pullback, expr, self) and not is_cheap(expr))
        is_root = target is not None and target not in names(expr)
        return self.name(expr, out, span) if needs_name and not is_root else expr

    def shaped(self, arg: Expr, out: list[Stmt], span: Span) -> Expr:
        """What is summed up has a cotangent of its own shape, for which rules other than elementwise ones ask."""
        plain = (
            not isinstance(arg, Apply) or not isinstance(arg.kind, Array) or is_getitem(arg) or self.elementwise(arg.fn)
        )
        return arg if plain else self.name(arg, out, span)

    def place(self, base: Expr, out: list[Stmt], span: Span) -> Expr:
        """What is indexed must have an adjoint to accumulate into: a variable, or an element of one."""
        if isinstance(base, Name) or (is_getitem(base) and root(base) is not None and is_part(base)):
            return base
        return self.name(base, out, span)

    def with_named_arguments(self, expr: Apply, pullback: Pullback, out: list[Stmt], span: Span) -> Apply:
        """Arguments that the pullback reads as values, and that are not cheap, get names."""

        def named(arg: Expr) -> Expr:
            wanted = isinstance(arg, Apply) and not is_cheap(arg) and self.is_read(arg, expr, pullback)
            return self.name(arg, out, span) if wanted else arg

        return replace(expr, args=tuple(map(named, expr.args)), kwargs=tuple((k, named(v)) for k, v in expr.kwargs))

    def is_read(self, arg: Expr, expr: Apply, pullback: Pullback) -> bool:
        read = [
            c
            for c, a in zip(pullback.cotangents, differentiable(expr), strict=False)
            if c is not None and is_varied(a, self.varied, self.constant)
        ]
        values = [*read, *(s.value for s in pullback.before if isinstance(s, Assign))]
        return any(reads_value(v, arg) for v in values)


def reads_value(expr: Expr, wanted: Expr) -> bool:
    """Whether the expression reads more than the shape of another one that it contains."""
    if expr == wanted:
        return True
    if isinstance(expr, Apply) and expr.fn in SHAPE_ONLY and wanted in expr.args:
        return not isinstance(wanted, Name) and cost(wanted) > 0
    return any(reads_value(c, wanted) for c in children(expr))


def reads_result(pullback: Pullback, expr: Apply, splitter: Splitter) -> bool:
    """Whether the cotangent of an active argument reads the result."""
    active = [
        c
        for c, a in zip(pullback.cotangents, differentiable(expr), strict=False)
        if c is not None and is_varied(a, splitter.varied, splitter.constant)
    ]
    return any(RESULT in names(c) for c in active) or any(
        RESULT in names(s.value) for s in pullback.before if isinstance(s, Assign)
    )


def stem(expr: Expr) -> str:
    if isinstance(expr, Apply):
        name = getattr(expr.fn, "__name__", "")
        if name in ("exp", "log", "sin", "cos", "tanh", "sqrt"):
            return name[0]
    return "t"
