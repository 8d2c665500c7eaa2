"""Dividing what a ``try`` protects: no compound statement is left half-way by an exception.

What may raise becomes an attempt; loops and branches go around attempts, and stop where one of these caught something.
An exception that is raised by name is followed to its handler at once.
"""

from __future__ import annotations

import operator

from zygote_nb.dataclass import dataclass, replace
from zygote_nb.frontend.lower import Lowering
from zygote_nb.frontend.raising import is_known_class, may_raise, suspect
from zygote_nb.ir.core import (
    INT_ONE,
    INT_ZERO,
    TRUE,
    Append,
    Apply,
    Assign,
    Attempt,
    Block,
    Break,
    Clause,
    Const,
    Expr,
    For,
    If,
    Name,
    Raise,
    Span,
    Stmt,
    Store,
    While,
    in_steps,
    was_caught,
)
from zygote_nb.ir.kinds import BOOL, INT, Static
from zygote_nb.ir.walk import blocks, map_expressions, with_blocks

LET_THROUGH = (KeyboardInterrupt, NameError)


@dataclass(frozen=True, slots=True)
class Handler:
    """What is caught, and the variable that the exception is needed in."""

    classes: tuple[Const, ...]
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Guard:
    """The handlers of one ``try``. ``raised`` is the variable that says which of them has to run, 0 for none.

    An interrupt comes from outside, maybe between two steps, and a variable that is not set shows a mistake in the
    generated code: these are let through, unless ``interrupts`` says that nothing comes back from them.
    """

    handlers: tuple[Handler, ...]
    raised: str
    span: Span
    interrupts: bool = False

    @property
    def classes(self) -> list[type]:
        return [c.value for h in self.handlers for c in h.classes]

    def note(self, number: int) -> Assign:
        return Assign(self.raised, Const(number, INT), self.span)

    def catches(self, cls: type) -> bool:
        return any(issubclass(cls, c) or issubclass(c, cls) for c in self.classes)

    def clauses(self, jump: Block) -> tuple[Clause, ...]:
        let = tuple(c for c in LET_THROUGH if not self.interrupts and self.catches(c))
        first = (Clause(tuple(map(constant, let)), (Raise(None, self.span),)),) if let else ()
        return (*first, *(Clause(h.classes, (self.note(i), *jump), h.error) for i, h in enumerate(self.handlers, 1)))

    def position(self, cls: type) -> int | None:
        """The handler for a class of exceptions."""
        for number, handler in enumerate(self.handlers, 1):
            if any(issubclass(cls, c.value) for c in handler.classes):
                return number
        return None


@dataclass(frozen=True, slots=True)
class Divider:
    lo: Lowering
    guard: Guard

    def divide(self, block: Block, jump: Block = ()) -> Block:
        """The block, divided; ``jump`` is done where something was caught."""
        at = next((i for i, s in enumerate(block) if isinstance(s, Break) or blocks(s)), len(block))
        if at == len(block):
            return self.attempt(list(block), (), jump)
        head, stmt = self.header(block[at])
        return self.attempt([*block[:at], *head], self.compound(stmt, block[at + 1 :], jump), jump)

    def header(self, stmt: Stmt) -> tuple[list[Stmt], Stmt]:
        """A test or a bound that may raise is evaluated before the statement."""
        before: list[Stmt] = []

        def change(expr: Expr) -> Expr:
            if not self.suspect(expr):
                return expr
            name = self.lo.fresh("c")
            before.append(Assign(name, expr, stmt.span))
            return Name(name, expr.kind)

        return before, stmt if isinstance(stmt, While) else map_expressions(stmt, change)

    # What follows one another

    def attempt(self, leaves: list[Stmt], rest: Block, jump: Block) -> Block:
        leaves = [piece for s in leaves for piece in self.apart(s)]
        if leaves and isinstance(leaves[-1], Raise):
            followed = self.followed(leaves[-1], jump)
            if followed is not None:
                leaves, rest = leaves[:-1], followed
        first = next((i for i, s in enumerate(leaves) if self.may_raise(s)), len(leaves))
        if first == len(leaves):
            return (*leaves, *rest)
        caught, done = self.lo.fresh("caught"), self.lo.fresh("steps")
        body = in_steps(self.steps(leaves[first:]), caught, done)
        span = leaves[first].span
        return (*leaves[:first], Attempt(body, self.guard.clauses(jump), rest, caught, done, span))

    def apart(self, stmt: Stmt) -> list[Stmt]:
        """What is stored, and where, is evaluated before memory is touched."""
        if not isinstance(stmt, Store | Append):
            return [stmt]
        before: list[Stmt] = []

        def change(expr: Expr) -> Expr:
            if not self.suspect(expr):
                return expr
            name = self.lo.fresh("t")
            before.append(Assign(name, expr, stmt.span))
            return Name(name, expr.kind)

        value = change(stmt.value)
        if isinstance(stmt, Append):
            return [*before, replace(stmt, value=value)]
        index = change(stmt.index)
        return [*before, replace(stmt, value=value, index=index)]

    def followed(self, stmt: Raise, jump: Block) -> Block | None:
        """``raise ValueError(...)`` with a handler for it."""
        value = stmt.value
        if not isinstance(value, Apply) or not isinstance(value.fn, type) or any(map(self.suspect, value.args)):
            return None
        number = self.guard.position(value.fn)
        if number is None:
            return None
        error = self.guard.handlers[number - 1].error
        held = [Assign(error, value, stmt.span)] if error is not None else []
        return (*held, replace(self.guard.note(number), span=stmt.span), *jump)

    def steps(self, leaves: list[Stmt]) -> list[Block]:
        """Each step begins with what may raise."""
        starts = [i for i, s in enumerate(leaves) if self.may_raise(s)]
        return [tuple(leaves[a:b]) for a, b in zip(starts, [*starts[1:], len(leaves)], strict=True)]

    def may_raise(self, stmt: Stmt) -> bool:
        return may_raise(stmt, self.guard.classes)

    def suspect(self, expr: Expr) -> bool:
        return suspect(expr, any(map(is_known_class, self.guard.classes)))

    # Compound statements

    def compound(self, stmt: Stmt, rest: Block, jump: Block) -> Block:
        if not self.may_raise(stmt):
            return (stmt, *self.divide(rest, jump))
        inner = () if rest else jump
        match stmt:
            case If():
                return (self.within(stmt, inner), *self.after(rest, jump))
            case Attempt():
                return (self.nested(stmt, inner), *self.after(rest, jump))
            case For():
                return (*self.counted(stmt), *self.after(rest, jump, always=True))
            case While():
                return (self.repeated(stmt), *self.after(rest, jump, always=True))
        raise TypeError(stmt)

    def nested(self, stmt: Attempt, jump: Block) -> Attempt:
        """An attempt inside: what it doesn't catch, and what its own blocks raise."""
        own = tuple(c if lets_through(c) else replace(c, body=self.divide(c.body, jump)) for c in stmt.clauses)
        more = tuple(c for c in self.guard.clauses(jump) if not (lets_through(c) and c in own))
        return replace(stmt, clauses=(*own, *more), orelse=self.divide(stmt.orelse, jump))

    def within(self, stmt: Stmt, jump: Block) -> Stmt:
        return with_blocks(stmt, tuple(self.divide(b, jump) for b in blocks(stmt)))

    def after(self, rest: Block, jump: Block, always: bool = False) -> Block:
        """What follows, unless something was caught before."""
        if rest:
            return (If(was_caught(self.guard.raised, 0), self.divide(rest, jump), jump, rest[0].span),)
        caught = Apply(operator.ne, (Name(self.guard.raised, INT), INT_ZERO), (), BOOL)
        return (If(caught, jump, (), self.guard.span),) if jump and always else ()

    def counted(self, stmt: For) -> Block:
        body = self.divide(stmt.body, (Break(stmt.span),))
        if stmt.count is not None:
            return (replace(stmt, body=body),)
        count = self.lo.fresh("n_for")
        more = Assign(count, Apply(operator.add, (Name(count, INT), INT_ONE), (), INT), stmt.span)
        return Assign(count, INT_ZERO, stmt.span), replace(stmt, body=(more, *body), count=count)

    def repeated(self, stmt: While) -> Stmt:
        """A condition that may raise is evaluated in the body, after the iteration was counted."""
        leave = (Break(stmt.span),)
        if not self.suspect(stmt.test):
            return replace(stmt, body=self.divide(stmt.body, leave))
        name = self.lo.fresh("c")
        counted, *rest = stmt.body
        tested = (Assign(name, stmt.test, stmt.span), If(Name(name, BOOL), tuple(rest), leave, stmt.span))
        return replace(stmt, test=TRUE, body=(counted, *self.divide(tested, leave)))


def constant(cls: type) -> Const:
    return Const(cls, Static(cls))


def lets_through(clause: Clause) -> bool:
    return clause.body == (Raise(None),) and all(c.value in LET_THROUGH for c in clause.classes)
