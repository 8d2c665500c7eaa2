"""Attempts as they are compiled: branches.

Numba tells no exceptions apart, and compiled code raises where it merely gives up. So it catches nothing: an exception
that can be seen coming is a branch to its handler, and any other leaves to the interpreter, which has the last word. An
exception that is held in a variable is the number of its class, 0 where there is none.
"""

from __future__ import annotations

import operator
from collections.abc import Iterator

from zygote_nb.backend.foreseen import of_statement
from zygote_nb.backend.plan import NotCompiled
from zygote_nb.dataclass import dataclass, replace
from zygote_nb.ir.callables import Attribute
from zygote_nb.ir.core import (
    INT_ZERO,
    TRUE,
    Apply,
    Assign,
    Attempt,
    Block,
    Clause,
    Const,
    Expr,
    If,
    Invoke,
    Name,
    Raise,
    Stmt,
    was_caught,
)
from zygote_nb.ir.generated import Generated
from zygote_nb.ir.kinds import BOOL, INT, Array, ListOf, Opaque
from zygote_nb.ir.walk import (
    all_bound,
    always_raises,
    blocks,
    children,
    expressions,
    is_step,
    map_expressions,
    names,
    rebuild,
    statements,
    subexpressions,
    with_blocks,
)

EXCEPTION = Opaque("exception")


def without_attempts(functions: tuple[Generated, ...]) -> tuple[Generated, ...]:
    """The functions without attempts; raises NotCompiled where an exception is more than its class."""
    whole = [s for f in functions for s in statements((*f.forward, *f.backward))]
    if not any(isinstance(s, Attempt) or any(e.kind == EXCEPTION for e in expressions(s)) for s in whole):
        return functions
    branches = Branches(tuple(dict.fromkeys(classes_in(whole))))
    return tuple(map(branches.function, functions))


def classes_in(whole: list[Stmt]) -> Iterator[type[BaseException]]:
    """The classes of exceptions that may be held in variables."""
    for stmt in whole:
        yield from (e.fn for x in expressions(stmt) for e in subexpressions(x) if is_made(e))
        if isinstance(stmt, Attempt):
            yield from (cls for s in statements(stmt.body) for cls, _ in of_statement(s))


def is_made(e: Expr) -> bool:
    return isinstance(e, Apply) and isinstance(e.fn, type) and issubclass(e.fn, BaseException)


@dataclass(frozen=True, slots=True)
class Branches:
    """The ``classes`` of exceptions in the order of their numbers."""

    classes: tuple[type[BaseException], ...]

    def function(self, f: Generated) -> Generated:
        results = tuple(map(self.number, f.results))
        return replace(f, forward=self.block(f.forward), backward=self.block(f.backward), results=results)

    def block(self, block: Block) -> Block:
        return tuple(new for stmt in block for new in self.statement(stmt))

    def statement(self, stmt: Stmt) -> Block:
        if isinstance(stmt, Attempt):
            return self.attempt(stmt)
        if isinstance(stmt, Raise):
            return (stmt,)
        if isinstance(stmt, Invoke):
            kinds = tuple(INT if k == EXCEPTION else k for k in stmt.kinds)
            stmt = replace(stmt, kinds=kinds)
        changed = map_expressions(stmt, self.number)
        return (with_blocks(changed, tuple(map(self.block, blocks(stmt)))),)

    # Exceptions as numbers

    def code(self, cls: type[BaseException]) -> Const:
        return Const(1 + self.classes.index(cls), INT)

    def number(self, expr: Expr) -> Expr:
        if not any(e.kind == EXCEPTION for e in subexpressions(expr)):
            return expr
        new = rebuild(expr, self.renumbered)
        for e in subexpressions(new):
            if any(x.kind == EXCEPTION for x in (e, *children(e))):
                raise NotCompiled("it looks into an exception, which is an object of Python's")
        return new

    def renumbered(self, e: Expr) -> Expr:
        match e:
            case Apply() if is_made(e):
                return self.code(e.fn)
            case Name(kind=kind) if kind == EXCEPTION:
                return Name(e.id, INT)
            case Const(value=None) if e.kind == EXCEPTION:
                return INT_ZERO
            case Apply(fn=operator.is_ | operator.is_not, args=(Name() as error, Const(value=None))) if is_int(error):
                asked = operator.eq if e.fn is operator.is_ else operator.ne
                return Apply(asked, (error, INT_ZERO), (), BOOL)
        return e

    # Attempts

    def attempt(self, stmt: Attempt) -> Block:
        started = (Assign(stmt.caught, INT_ZERO, stmt.span), Assign(stmt.done, INT_ZERO, stmt.span))
        body = Steps(self, stmt).block(tuple(in_order(stmt)), frozenset())
        return (*started, *body, *self.outcome(stmt))

    def outcome(self, stmt: Attempt) -> Block:
        """What runs after the body. Handlers that nothing foreseen leads to stay: they say what type variables have."""
        chain = self.block(stmt.orelse)
        for number, clause in reversed(list(enumerate(stmt.clauses, 1))):
            if not always_raises(clause.body):
                chain = (If(was_caught(stmt.caught, number), self.block(clause.body), chain, stmt.span),)
        return chain


@dataclass(frozen=True, slots=True)
class Steps:
    """The body of an attempt."""

    branches: Branches
    attempt: Attempt

    def block(self, body: Block, known: frozenset[Expr]) -> Block:
        """The statements one after the other, each of which passes over the rest if it raises.

        Tests that are ``known`` to have failed need not be repeated.
        """
        if not body:
            return ()
        stmt, *rest = body
        asked: list[tuple[Expr, Block]] = []
        for cls, test in self.foreseen(stmt):
            found = handler(self.attempt, cls)
            if test in known or found is None or always_raises(found[1].body):
                continue
            known |= {test}
            asked.append((test, self.caught(*found, cls)))
        changed = all_bound((stmt,))
        left = frozenset(t for t in known if is_of_variables(t) and not names(t) & changed)
        new = (*self.branches.statement(stmt), *self.block(tuple(rest), left))
        for test, noted in reversed(asked):
            new = (If(test, noted, new, stmt.span),)
        return new

    def foreseen(self, stmt: Stmt) -> Iterator[tuple[type[BaseException], Expr]]:
        branches = self.branches
        if not isinstance(stmt, Raise):
            yield from ((cls, branches.number(test)) for cls, test in of_statement(stmt))
        elif stmt.value is not None and is_made(stmt.value):
            yield stmt.value.fn, TRUE  # type: ignore[union-attr]
        elif isinstance(stmt.value, Name):
            error = Name(stmt.value.id, INT)
            yield from ((c, Apply(operator.eq, (error, branches.code(c)), (), BOOL)) for c in branches.classes)

    def caught(self, number: int, clause: Clause, cls: type[BaseException]) -> Block:
        noted = Assign(self.attempt.caught, Const(number, INT), self.attempt.span)
        held = () if clause.error is None else (Assign(clause.error, self.branches.code(cls), self.attempt.span),)
        return (noted, *held)


def in_order(attempt: Attempt) -> Iterator[Stmt]:
    """The statements of the body, and after each step that is counted its number."""
    for step in attempt.body:
        if not is_step(attempt, step) or not isinstance(step, If):
            yield step
            continue
        yield from step.body
        match step.test:
            case Apply(args=(Name(id=asked), Const() as number)) if asked == attempt.done:
                yield Assign(attempt.done, number, step.span)


def handler(attempt: Attempt, cls: type[BaseException]) -> tuple[int, Clause] | None:
    """The clause that catches exceptions of the class, with its number."""
    for number, clause in enumerate(attempt.clauses, 1):
        if any(issubclass(cls, c.value) for c in clause.classes):
            return number, clause
    return None


def is_of_variables(test: Expr) -> bool:
    """Whether only variables tell, and no memory that another name may reach."""
    inner = list(subexpressions(test))
    shapes = {e.args[0] for e in inner if isinstance(e, Apply) and e.fn == Attribute("shape")}
    return all(e in shapes or not isinstance(e.kind, Array | ListOf) for e in inner)


def is_int(expr: Name) -> bool:
    return expr.kind == INT
