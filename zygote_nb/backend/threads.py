"""Loops divided between threads: each becomes a function of a part of its iterations, which is called for every part.

The parts are the same whoever runs them, and what they add up is put together in their order: a number of threads
stands for one result, to the last digit.
"""

from __future__ import annotations

import operator
from typing import Any

from zygote_nb.analysis.commuting import Surroundings, read_again
from zygote_nb.analysis.cost import cost
from zygote_nb.analysis.exposed import exposed
from zygote_nb.analysis.races import Free, Race, apart, freedom, memory_of
from zygote_nb.backend.plan import Decision
from zygote_nb.backend.unset import fresh
from zygote_nb.dataclass import dataclass, field, replace
from zygote_nb.ir.core import (
    INT_ONE,
    INT_ZERO,
    Apply,
    Assign,
    Block,
    Const,
    Effect,
    Expr,
    For,
    Name,
    Stmt,
    Store,
    Tuple,
    While,
    call,
)
from zygote_nb.ir.generated import Generated
from zygote_nb.ir.kinds import INT, Array, Opaque, Scalar
from zygote_nb.ir.walk import (
    all_bound,
    all_read,
    blocks,
    expressions,
    map_expressions,
    names,
    substitute,
    with_blocks,
)
from zygote_nb.runtime import chunks

FEW = 8
"""Iterations of an inner loop, where that isn't known before."""
NUMBERS = Array("float64", (None,))


@dataclass(frozen=True, slots=True)
class Divided:
    """Functions for parts of loops, and the function that calls them. ``parts`` says where no arrays share memory."""

    functions: tuple[Generated, ...]
    parts: dict[str, bool] = field(default_factory=dict)
    decisions: tuple[Decision, ...] = ()


@dataclass(slots=True)
class Divider:
    """Divides the loops of a function into ``count`` parts. ``parts`` are the functions that are called for these."""

    name: str
    source: Any
    count: int
    views: frozenset[str]
    taken: set[str]
    sweep: str = ""
    parts: list[Generated] = field(default_factory=list)
    apart: dict[str, bool] = field(default_factory=dict)
    decisions: list[Decision] = field(default_factory=list)

    def block(self, block: Block, here: Surroundings) -> Block:
        after = [here.after]
        for stmt in reversed(block):
            after.append(after[-1] | exposed((stmt,)))
        below = zip(block, reversed(after[:-1]), strict=True)
        return tuple(new for stmt, read in below for new in self.stmt(stmt, replace(here, after=read)))

    def stmt(self, stmt: Stmt, here: Surroundings) -> Block:
        if isinstance(stmt, For):
            found = freedom(stmt, here, self.views)
            self.decisions.append(decision(stmt, self.sweep, found))
            if isinstance(found, Free):
                return self.divided(stmt, found, here)
        inside = here
        if isinstance(stmt, For | While):
            inside = replace(here, after=here.after | read_again(stmt), around=(*here.around, stmt))
        return (with_blocks(stmt, tuple(self.block(b, inside) for b in blocks(stmt))),)

    def divided(self, loop: For, free: Free, here: Surroundings) -> Block:
        """The call in place of the loop, between making what the parts add to and adding it up."""
        part = self.fresh(f"{self.name}_part{len(self.parts) + 1}")
        rooms = {n: self.fresh(f"{n}_parts") for n in (*free.sums, *free.added)}
        begin = loop.start if isinstance(loop.start, Const) else Name(self.fresh("begin"), INT)
        given = {n: k for n, k in free.takes.items() if n not in free.added}
        given |= names_in(loop.step) | (names_in(begin) if isinstance(begin, Name) else {})
        params = (*given, *rooms.values())
        self.parts.append(self.part(part, loop, begin, free, rooms, params))
        self.apart[part] = apart(free, here)
        before = [] if begin is loop.start else [Assign(begin.id, loop.start, loop.span)]  # type: ignore[union-attr]
        before += [Assign(rooms[n], self.numbers(), loop.span) for n in free.sums]
        before += [Assign(rooms[n], like(n, free, self.count), loop.span) for n in free.added]
        after: list[Stmt] = [added_up(n, rooms[n]) for n in free.sums]
        after += [Effect(call(chunks.add_parts, named(n, free), Name(rooms[n]), kind=NOTHING)) for n in free.added]
        return (*before, self.called(part, loop, free.seam, params), *after)

    def part(
        self, name: str, loop: For, begin: Expr, free: Free, rooms: dict[str, str], params: tuple[str, ...]
    ) -> Generated:
        """The function for the iterations from ``first`` to ``last``.

        LLVM vectorises a loop that it sees to count from zero, with an index that it sees not to be negative.
        """
        taken = {*params, *all_bound((loop,)), *all_read((loop,)), *free.sums, *free.added}
        which, first, last, low, k = (fresh(n, taken) for n in ("which", "first", "last", "low", "k"))
        opening = [Assign(n, element(rooms[n], which, Scalar("float64"))) for n in free.sums]
        opening += [Assign(n, element(rooms[n], which, free.takes[n])) for n in free.added]
        opening.append(Assign(low, call(max, Name(first, INT), INT_ZERO, kind=INT)))
        here = moved(begin, call(operator.add, Name(low, INT), Name(k, INT), kind=INT), loop.step)
        stop = call(operator.sub, Name(last, INT), Name(low, INT), kind=INT)
        divided = replace(loop, var=k, start=INT_ZERO, stop=stop, step=INT_ONE, body=at(loop, here))
        closing = [Store(Name(rooms[n], NUMBERS), Name(which, INT), Name(n)) for n in free.sums]
        return Generated(
            name, (which, first, last, *params), (*opening, divided, *closing), (), (), frozenset(), self.source
        )

    def called(self, part: str, loop: For, seam: int, params: tuple[str, ...]) -> Stmt:
        iterations = how_many(loop)
        work = call(operator.mul, iterations, price(loop.body, all_bound((loop,))), kind=INT)
        taken = Tuple(tuple(Name(p) for p in params))
        args = (Name(part), Const(self.count, INT), iterations, Const(seam, INT), work, taken)
        return Effect(Apply(chunks.in_chunks, args, (), NOTHING), loop.span)

    def numbers(self) -> Expr:
        return Apply(chunks.zeros, (Const(self.count, INT),), (), NUMBERS)

    def fresh(self, name: str) -> str:
        return fresh(name, self.taken)


def bounds_of(part: Generated) -> tuple[str, ...]:
    """The parameters that say which iterations are those of a part."""
    return part.params[1:3]


def at(loop: For, here: Expr) -> Block:
    """The iteration of a loop in which its variable is ``here``."""
    return tuple(in_place_of(loop.var, here, s) for s in loop.body)


def in_place_of(var: str, here: Expr, stmt: Stmt) -> Stmt:
    new = map_expressions(stmt, lambda e: substitute(e, {var: here}))
    return with_blocks(new, tuple(tuple(in_place_of(var, here, s) for s in b) for b in blocks(stmt)))


def decision(loop: For, sweep: str, found: Free | Race) -> Decision:
    line = loop.span.line
    return Decision(line, sweep, found.why, found.line) if isinstance(found, Race) else Decision(line, sweep)


NOTHING = Opaque("none")


def how_many(loop: For) -> Expr:
    """The number of iterations, or one below zero where there are none."""
    if loop.start == INT_ZERO and loop.step == INT_ONE:
        return loop.stop
    return call(len, call(range, loop.start, loop.stop, loop.step, kind=Opaque("range")), kind=INT)


def named(name: str, free: Free) -> Name:
    return Name(name, free.takes[name])


def names_in(expr: Expr) -> dict[str, object]:
    return dict.fromkeys(sorted(names(expr)), INT)


def like(name: str, free: Free, count: int) -> Expr:
    return Apply(chunks.parts_like, (named(name, free), Const(count, INT)), (), free.takes[name])


def element(room: str, which: str, kind: object) -> Expr:
    return Apply(operator.getitem, (Name(room), Name(which, INT)), (), kind)  # type: ignore[arg-type]


def added_up(name: str, room: str) -> Stmt:
    number = Scalar("float64")
    return Assign(name, Apply(chunks.with_parts, (Name(name, number), Name(room, NUMBERS)), (), number))


def moved(begin: Expr, count: Expr, step: Expr) -> Expr:
    """The loop's variable after so many iterations."""
    taken = count if step == INT_ONE else call(operator.mul, count, step, kind=INT)
    return taken if begin == INT_ZERO else call(operator.add, begin, taken, kind=INT)


def price(block: Block, own: set[str]) -> Expr:
    """Roughly how many operations the statements take, worked out from lengths of inner loops as the program runs."""
    fixed, found = 0, []
    for stmt in block:
        fixed += 1 + sum(map(cost, expressions(stmt)))
        for inner in blocks(stmt):
            each = price(inner, own)
            times = trips(stmt, own) if isinstance(stmt, For) else INT_ONE
            if isinstance(each, Const) and isinstance(times, Const):
                fixed += each.value * times.value
            else:
                found.append(each if times == INT_ONE else call(operator.mul, times, each, kind=INT))
    total: Expr = Const(fixed, INT)
    for more in found:
        total = call(operator.add, total, more, kind=INT)
    return total


def trips(loop: For, own: set[str]) -> Expr:
    if (names(loop.start) | names(loop.stop) | names(loop.step)) & own or loop.step != INT_ONE:
        return Const(FEW, INT)
    return loop.stop if loop.start == INT_ZERO else call(operator.sub, loop.stop, loop.start, kind=INT)


def in_threads(function: Generated, count: int, defined: frozenset[str]) -> Divided:
    """Divide the loops of a function, whose parameters don't share memory, into so many parts.

    ``defined`` are the names of the functions beside it.
    """
    if count == 1:
        return Divided((function,))
    whole = (*function.forward, *function.backward)
    taken = {*defined, *function.params, *all_bound(whole), *all_read(whole)}
    memory = memory_of(whole)
    divider = Divider(function.name, function.source, count, memory.views, taken)
    read = frozenset[str]().union(*map(names, function.results)) if function.results else frozenset[str]()
    here = Surroundings(memory.groups, read)
    divider.sweep = "forward"
    forward = divider.block(function.forward, replace(here, after=here.after | exposed(function.backward)))
    divider.sweep = "backward"
    backward = divider.block(function.backward, here)
    functions = (*divider.parts, replace(function, forward=forward, backward=backward))
    return Divided(functions, divider.apart, tuple(divider.decisions))
