"""Which statements read and write within their arrays: these are compiled without checks of their indices.

Where a loop's indices follow from its bounds, one comparison before the loop takes the place of a check in each
iteration. Where it fails the compiled code raises, and the interpreter takes over, which raises where Python does.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from zygote_nb.analysis.linear import combined, constant
from zygote_nb.backend.guards import Guard, above_zero, counter_of, guards_of
from zygote_nb.backend.inequalities import Known, is_integer
from zygote_nb.backend.places import Place, places
from zygote_nb.dataclass import dataclass, field, replace
from zygote_nb.ir.core import (
    Accumulate,
    Apply,
    Assign,
    Block,
    Const,
    Effect,
    Expr,
    For,
    If,
    Name,
    Raise,
    Span,
    Stmt,
    While,
    logical_and,
    logical_or,
)
from zygote_nb.ir.generated import Generated
from zygote_nb.ir.kinds import BOOL, INT, Opaque, Scalar
from zygote_nb.ir.walk import all_bound, always_raises, bound, distinct
from zygote_nb.runtime import checked


def with_ranges(
    function: Generated,
    made: dict[str, Expr],
    asks: bool = True,
    roomy: frozenset[str] = frozenset(),
    counts: tuple[str, ...] = (),
) -> tuple[Generated, frozenset[int]]:
    """The function with such comparisons, and the identities of statements that stay within their arrays.

    ``made`` says of parameters of what they are made. Unless the function ``asks``, nothing is compared in it.
    Indices into arrays that are ``roomy`` are in range. ``counts`` are parameters that are integers, too.
    """
    numbers = integers(function) | (frozenset(counts) - all_bound((*function.forward, *function.backward)))
    walk = Walk(Known(numbers if asks else frozenset(), roomy), function.in_place, asks)
    for name, value in made.items():
        walk.known.made(name, walk.known.lengths_made(value))
    seen: set[int] = set()
    forward = walk.block(distinct(function.forward, seen))
    backward = walk.block(distinct(function.backward, seen))
    asked = tuple(map(require_moderate, sorted(walk.known.asked)))
    if forward:
        forward = (*asked, *forward)
    else:
        backward = (*asked, *backward)
    return replace(function, forward=forward, backward=backward), frozenset(walk.within)


def integers(function: Generated) -> frozenset[str]:
    """The parameters that are integers, and stay as they are."""
    params = function.source.function.params if function.source is not None else ()
    known = {p.name for p in params if isinstance(p.kind, Scalar) and p.kind.dtype == "int64"} & set(function.params)
    return frozenset(known - all_bound((*function.forward, *function.backward)))


def require_moderate(name: str) -> Stmt:
    return Effect(Apply(checked.require_moderate, (Name(name, INT),), (), Opaque("none")))


def raise_if(test: Expr, span: Span) -> If:
    return If(test, (Raise(Const(RuntimeError, Opaque("exception")), span),), (), span)


def joined(fn: Any, tests: Sequence[Expr]) -> Expr:
    return tests[0] if len(tests) == 1 else Apply(fn, tuple(tests), (), BOOL)


@dataclass(slots=True)
class Walk:
    """Goes through a program from its start."""

    known: Known
    in_place: frozenset[str]
    asks: bool = True
    within: set[int] = field(default_factory=set)
    held: list[Stmt] = field(default_factory=list)

    def block(self, block: Block) -> Block:
        out: list[Stmt] = []
        for stmt in block:
            out += self.statement(stmt)
        return tuple(out)

    def branch(self, block: Block) -> Block:
        """A block that may be left out: what is known in it is not known after it."""
        facts, implied = len(self.known.facts), len(self.known.implied)
        new = self.block(block)
        del self.known.facts[facts:]
        del self.known.implied[implied:]
        return new

    def statement(self, stmt: Stmt) -> Block:
        match stmt:
            case For():
                return self.loop(stmt)
            case While():
                self.known.forget(all_bound((stmt,)))
                new = self.header(stmt, replace(stmt, body=self.inside(stmt.body, stmt.test)))
                self.known.forget(all_bound((stmt,)))
                return (new,)
            case If():
                return (self.test(stmt),)
        return (self.leaf(stmt),)

    def header(self, old: Stmt, new: Stmt) -> Stmt:
        """The statement with new blocks, whose own places are where the old one's are."""
        if id(old) in self.within:
            self.within.discard(id(old))
            self.within.add(id(new))
        self.held += (old, new)
        return new

    def inside(self, block: Block, test: Expr, holds: bool = True) -> Block:
        facts, implied = len(self.known.facts), len(self.known.implied)
        self.known.assume(test, holds)
        new = self.block(block)
        del self.known.facts[facts:]
        del self.known.implied[implied:]
        return new

    def test(self, stmt: If) -> Stmt:
        self.check(stmt)
        values, lengths, shown = dict(self.known.values), dict(self.known.lengths), dict(self.known.shown)
        body = self.inside(stmt.body, stmt.test)
        self.known.values, self.known.lengths, self.known.shown = values, lengths, {**self.known.shown, **shown}
        orelse = self.inside(stmt.orelse, stmt.test, False)
        self.known.forget(all_bound((stmt,)))
        if always_raises(stmt.body):
            self.known.assume(stmt.test, False)
        return self.header(stmt, replace(stmt, body=body, orelse=orelse))

    def loop(self, stmt: For) -> Block:
        self.check(stmt)
        asked = self.guarded(stmt) if self.asks else []
        facts = len(self.known.facts)
        counter = counter_of(stmt, self.known)
        self.known.forget(all_bound(stmt.body))
        self.known.facts += counter.facts if counter is not None else []
        body = self.branch(stmt.body)
        del self.known.facts[facts:]
        self.known.forget(all_bound((stmt,)))
        return (*asked, self.header(stmt, replace(stmt, body=body)))

    def guarded(self, stmt: For) -> list[Stmt]:
        """The comparisons before a loop, which from there on are known."""
        tests: dict[tuple[Expr, ...], list[Expr]] = {}
        for guard in guards_of(stmt, self.known):
            test = above_zero(guard.excess, self.known)
            needed = [above_zero(combined(n, constant(1)), self.known) for n in guard.needed]
            if test is None or None in needed:
                continue
            tests.setdefault(tuple(needed), []).append(test)  # type: ignore[arg-type]
            self.learn(guard)
        return [raise_if(joined(logical_and, (*n, joined(logical_or, t))), stmt.span) for n, t in tests.items()]

    def learn(self, guard: Guard) -> None:
        room = combined(constant(0), guard.excess, -1)
        if guard.needed:
            self.known.implied.append((guard.needed, room))
        else:
            self.known.facts.append(room)

    # Single statements

    def leaf(self, stmt: Stmt) -> Stmt:
        self.check(stmt)
        if not isinstance(stmt, Assign):
            if not (isinstance(stmt, Accumulate) and (stmt.memory or stmt.target in self.in_place)):
                self.known.forget(bound(stmt))
            return stmt
        if isinstance(stmt.value, Apply) and stmt.value.fn is checked.index:
            stmt = self.header(stmt, replace(stmt, value=self.settled(stmt.value)))
        value = self.known.form(stmt.value) if is_integer(stmt.value) else None
        floor = self.known.above(stmt.value) if value is None else None
        lengths = self.known.lengths_made(stmt.value)
        self.known.forget(bound(stmt))
        if value is not None:
            self.known.values[stmt.target] = value
        elif floor is not None:
            self.known.values[stmt.target] = self.known.floored(stmt.target, floor)
        self.known.made(stmt.target, lengths)
        return stmt

    def settled(self, value: Apply) -> Expr:
        """An index that is counted from the first element, as it is if it is one already."""
        index, length = map(self.known.form, value.args)
        if index is None or length is None or not self.known.holds(index):
            return value
        room = combined(combined(length, index, -1), constant(-1))
        if self.known.holds(room):
            return value.args[0]
        self.known.facts.append(room)
        return value

    def check(self, stmt: Stmt) -> None:
        """Notes whether the statement stays within its arrays; if it is checked, what follows stays there, too."""
        found = places(stmt)
        if not found:
            return
        self.held.append(stmt)
        if all(map(self.is_within, found)):
            self.within.add(id(stmt))
            return
        for place in found:
            index, length = self.known.form(place.index), self.known.length_of(place.array, place.axis)
            if place.always and index is not None and length is not None and self.known.holds(index):
                self.known.facts.append(combined(combined(length, index, -1), constant(-1)))

    def is_within(self, place: Place) -> bool:
        if place.array.id in self.known.roomy:
            return True
        index, length = self.known.form(place.index), self.known.length_of(place.array, place.axis)
        if index is None or length is None:
            return False
        room = combined(combined(length, index, -1), constant(-1))
        return self.known.holds(index) and self.known.holds(room)
