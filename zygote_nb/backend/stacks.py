"""Tapes of numbers as arrays that grow, in which an inner loop has its place before it runs.

A call that puts a number on a list or takes one from it keeps LLVM from computing several iterations at a time. Where a
loop says how many iterations it makes, there is room made for all of them, and each knows where its numbers are.
"""

from __future__ import annotations

import operator
from collections import Counter
from collections.abc import Callable, Iterator

import numpy as np

from zygote_nb.analysis.alias import alias_map
from zygote_nb.analysis.commuting import Surroundings, turned, with_loops
from zygote_nb.backend.contraction import shape_of
from zygote_nb.dataclass import dataclass, field, replace
from zygote_nb.ir.core import (
    INT_ONE,
    INT_ZERO,
    Append,
    Apply,
    Assign,
    Block,
    Const,
    Expr,
    For,
    Name,
    Pop,
    Span,
    Stmt,
    Store,
    Tuple,
    While,
)
from zygote_nb.ir.generated import Generated
from zygote_nb.ir.integers import minus, plus
from zygote_nb.ir.kinds import INT, Array, Kind, Scalar
from zygote_nb.ir.walk import (
    all_bound,
    all_read,
    blocks,
    bound,
    breaks,
    expressions,
    names,
    statements,
    with_blocks,
)
from zygote_nb.runtime import checked, stacks

ARITHMETIC = {operator.add, operator.sub, operator.mul, operator.neg, min, max, checked.smaller, checked.larger}
FLOATS = Array("float64", (None,))
ROOM = 64
"""How many numbers there is room for at first."""


def with_stacks(function: Generated) -> tuple[Generated, frozenset[str]]:
    """The function with such arrays in the place of lists, and their names; all indices into them are in range."""
    body = (*function.forward, *function.backward)
    tapes = dict(tapes_of(function, body))
    inner = {n for s in statements(body) if isinstance(s, For) for n in in_step(s, tapes)}
    # A list has room for a few more; an array that grows, for as many again. Nobody knows how often `while` goes on.
    endless = {
        a.base for s in statements(body) if isinstance(s, While) for a in statements(s.body) if isinstance(a, Append)
    }
    tapes = {n: width for n, width in tapes.items() if n in inner - endless}
    if not tapes or function.repeats:
        return function, frozenset()
    writer = Writer(tapes, set(function.params) | all_bound(body) | all_read(body))
    forward = tuple(new for s in function.forward for new in writer.outermost(s))
    backward = writer.block(function.backward)
    groups = alias_map((*forward, *backward))
    after = frozenset().union(*map(names, function.results)) if function.results else frozenset()

    def upward(loop: For, here: Surroundings) -> Block:
        return turned(loop, here) if loop.var in writer.taken_in else (loop,)

    backward = with_loops(backward, Surroundings(groups, after), upward)
    made = frozenset(n for stack in writer.made.values() for n in stack.arrays)
    return replace(function, forward=forward, backward=backward), made


def tapes_of(function: Generated, body: Block) -> Iterator[tuple[str, int]]:
    """Lists that hold numbers and are a matter of this function alone, with how many numbers are put there at once."""
    starts = [s.target for s in function.forward if isinstance(s, Assign) and is_empty_list(s.value)]
    widths: dict[str, set[int | None]] = {}
    for stmt in statements(body):
        if isinstance(stmt, Append):
            widths.setdefault(stmt.base, set()).add(width_of(parts_of(stmt.value)))
        if isinstance(stmt, Pop):
            widths.setdefault(stmt.base, set()).add(width_of(stmt.targets) if are_numbers(stmt.kinds) else None)
    named = Counter(n for s in statements(body) for n in (*bound(s), *others_read(s)))
    named.update(n for r in function.results for n in names(r))
    for name in starts:
        kinds = widths.get(name, set())
        if len(kinds) == 1 and None not in kinds and starts.count(name) == 1 == named[name]:
            yield name, next(iter(kinds)) or 1


def others_read(stmt: Stmt) -> set[str]:
    return set().union(*map(names, expressions(stmt))) if expressions(stmt) else set()


def is_empty_list(value: Expr) -> bool:
    return isinstance(value, Tuple) and value.cls is list and not value.items


def parts_of(value: Expr) -> tuple[Expr, ...]:
    return value.items if isinstance(value, Tuple) and value.cls is tuple else (value,)


def width_of(parts: tuple[Expr, ...] | tuple[str, ...]) -> int | None:
    plain = all(isinstance(p, str) or is_number(p.kind) for p in parts)
    return len(parts) if plain and parts else None


def are_numbers(kinds: tuple[Kind, ...]) -> bool:
    return bool(kinds) and all(map(is_number, kinds))


def is_number(kind: Kind) -> bool:
    return isinstance(kind, Scalar) and kind.dtype == "float64"


def in_step(loop: For, tapes: dict[str, int]) -> set[str]:
    """The tapes that each iteration of an inner loop puts numbers on once, or takes them from."""
    if any(map(blocks, loop.body)) or breaks(loop.body) or loop.count is not None or loop.snapshots is not None:
        return set()
    if loop.step not in (INT_ONE, Const(-1)) or all_bound(loop.body) & ({loop.var} | names(loop.start)):
        return set()
    uses = Counter(s.base for s in loop.body if isinstance(s, Append | Pop))
    return {n for n, count in uses.items() if count == 1 and n in tapes}


@dataclass(frozen=True, slots=True)
class Stack:
    """One array for each of the numbers that are put there at once, and the variable that counts how often."""

    arrays: tuple[str, ...]
    count: str


@dataclass(slots=True)
class Writer:
    """Writes arrays for lists; ``taken_in`` are variables of loops that take from one.

    In those that are ``roomy`` there is room for all that the statement at hand puts there.
    """

    widths: dict[str, int]
    taken: set[str]
    made: dict[str, Stack] = field(default_factory=dict)
    taken_in: set[str] = field(default_factory=set)
    roomy: set[str] = field(default_factory=set)

    def fresh(self, name: str) -> str:
        found = next(n for i in range(len(self.taken) + 1) if (n := f"{name}{i or ''}") not in self.taken)
        self.taken.add(found)
        return found

    def stack(self, tape: str) -> Stack:
        if tape not in self.made:
            more = tuple(self.fresh(tape) for _ in range(self.widths[tape] - 1))
            self.made[tape] = Stack((tape, *more), self.fresh(f"count_{tape}"))
        return self.made[tape]

    def outermost(self, stmt: Stmt) -> Block:
        """A statement of the function itself, with room made for all that it puts there, where that can be known."""
        before: list[Stmt] = []
        if isinstance(stmt, For):
            used = {s.base for s in statements((stmt,)) if isinstance(s, Append)} & self.widths.keys()
            for tape in sorted(used):
                size = self.fresh("room")
                counting = counted((stmt,), tape, size, names_known(stmt))
                if counting is not None:
                    stack = self.stack(tape)
                    whole = plus(Name(stack.count, INT), Name(size, INT))
                    before += (Assign(size, INT_ZERO, stmt.span), *counting, *self.room(stack, whole, stmt.span))
                    self.roomy.add(tape)
        done = (*before, *self.statement(stmt))
        self.roomy.clear()
        return done

    def block(self, block: Block) -> Block:
        return tuple(new for s in block for new in self.statement(s))

    def statement(self, stmt: Stmt) -> Block:
        match stmt:
            case Assign(target) if target in self.widths:
                stack = self.stack(target)
                empty = Apply(np.empty, (Tuple((Const(ROOM, INT),)),), (), FLOATS)
                return (*(Assign(a, empty, stmt.span) for a in stack.arrays), Assign(stack.count, INT_ZERO, stmt.span))
            case Append(base=base) if base in self.widths:
                return self.one(self.stack(base), stmt)
            case Pop(base=base) if base in self.widths:
                return self.one(self.stack(base), stmt)
            case For() if found := in_step(stmt, self.widths):
                return self.loop(stmt, found)
        return (with_blocks(stmt, tuple(map(self.block, blocks(stmt)))),)

    def one(self, stack: Stack, stmt: Append | Pop) -> Block:
        """A single step, with the place at the end of the stack."""
        here = Name(stack.count, INT)
        if isinstance(stmt, Append):
            room = self.room(stack, plus(here, INT_ONE), stmt.span)
            return (*room, *put(stack, stmt, here), Assign(stack.count, plus(here, INT_ONE), stmt.span))
        left = Apply(stacks.without, (here, INT_ONE), (), INT)
        return (Assign(stack.count, left, stmt.span), *got(stack, stmt, here))

    def room(self, stack: Stack, size: Expr, span: Span) -> Block:
        if stack.arrays[0] in self.roomy:
            return ()
        return tuple(
            Assign(a, Apply(stacks.with_room, (Name(a, FLOATS), size), (), FLOATS), span) for a in stack.arrays
        )

    def loop(self, loop: For, found: set[str]) -> Block:
        """The loop with the places of its iterations worked out from its variable."""
        up = loop.step == INT_ONE
        many = self.fresh("many")
        before: list[Stmt] = [Assign(many, iterations(loop), loop.span)]
        after: list[Stmt] = []
        body: list[Stmt] = []
        for stmt in loop.body:
            if not isinstance(stmt, Append | Pop) or stmt.base not in found:
                body.append(stmt)
                continue
            stack, at = self.stack(stmt.base), self.fresh("at")
            count = Name(stack.count, INT)
            behind = plus(count, Name(many, INT))
            left = Assign(stack.count, Apply(stacks.without, (count, Name(many, INT)), (), INT), loop.span)
            # The first iteration puts its numbers at the count; the first that takes some finds them below it.
            if isinstance(stmt, Append):
                before += self.room(stack, behind, loop.span)
                after.append(Assign(stack.count, behind, loop.span))
                first, forward = count, up
            else:
                self.taken_in.add(loop.var)
                before.append(left)
                first, forward = minus(behind, INT_ONE), not up
            shift = minus(first, loop.start) if forward else plus(first, loop.start)
            before.append(Assign(at, shift, loop.span))
            var = Name(loop.var, INT)
            place = plus(Name(at, INT), var) if forward else minus(Name(at, INT), var)
            body += put(stack, stmt, place) if isinstance(stmt, Append) else got(stack, stmt, place)
        return (*before, replace(loop, body=tuple(body)), *after)


def iterations(loop: For) -> Expr:
    up = loop.step == INT_ONE
    ends = (loop.start, loop.stop) if up else (plus(loop.stop, INT_ONE), plus(loop.start, INT_ONE))
    return Apply(stacks.iterations, ends, (), INT)


def names_known(loop: For) -> Callable[[Expr], bool]:
    """Whether a bound of a loop in the loop can be worked out before it, but for variables of loops around that one."""
    variables = {s.var for s in statements((loop,)) if isinstance(s, For)}
    changed = all_bound((loop,)) - variables

    def known(bound: Expr) -> bool:
        if shape_of(bound) is not None:
            return not names(bound) & changed
        match bound:
            case Const():
                return True
            case Name(id):
                return id not in changed and getattr(bound.kind, "dtype", "") == "int64"
            case Apply(fn=fn, args=args, kwargs=()):
                return fn in ARITHMETIC and all(map(known, args))
        return False

    return known


def counted(block: Block, tape: str, size: str, known: Callable[[Expr], bool]) -> Block | None:
    """Statements that add to ``size`` how often the block puts something on the tape; None if it can't be known."""
    out: list[Stmt] = []
    for stmt in block:
        if not any(isinstance(s, Append) and s.base == tape for s in statements((stmt,))):
            continue
        times: Expr = INT_ONE
        if isinstance(stmt, For):
            if breaks(stmt.body) or stmt.count is not None or stmt.snapshots is not None:
                return None
            if not all(map(known, (stmt.start, stmt.stop, stmt.step))):
                return None
            if tape not in in_step(stmt, {tape: 1}):
                inner = counted(stmt.body, tape, size, known)
                if inner is None:
                    return None
                out.append(replace(stmt, body=inner))
                continue
            times = iterations(stmt)
        elif not isinstance(stmt, Append):
            return None
        out.append(Assign(size, plus(Name(size, INT), times), stmt.span))
    return tuple(out)


def put(stack: Stack, stmt: Append, place: Expr) -> Block:
    parts = zip(stack.arrays, parts_of(stmt.value), strict=True)
    return tuple(Store(Name(a, FLOATS), place, value, span=stmt.span) for a, value in parts)


def got(stack: Stack, stmt: Pop, place: Expr) -> Block:
    found = zip(stmt.targets, stack.arrays, stmt.kinds, strict=True)
    return tuple(
        Assign(t, Apply(operator.getitem, (Name(a, FLOATS), place), (), kind), stmt.span) for t, a, kind in found
    )
