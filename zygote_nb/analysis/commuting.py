"""Whether the order of a loop's iterations matters: none reads or overwrites what another one writes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import combinations_with_replacement
from typing import Literal

from zygote_nb.analysis.exposed import exposed
from zygote_nb.analysis.iterations import Index, Iteration, Loops, equal, later, parts_of, parts_read
from zygote_nb.analysis.linear import Form, possible
from zygote_nb.dataclass import dataclass, replace
from zygote_nb.ir.core import (
    INT_ONE,
    Accumulate,
    Assign,
    Block,
    Const,
    Expr,
    For,
    If,
    Name,
    Stmt,
    Store,
    While,
)
from zygote_nb.ir.integers import plus_constant
from zygote_nb.ir.kinds import Scalar
from zygote_nb.ir.walk import all_bound, blocks, expressions, names, root, statements, with_blocks


@dataclass(frozen=True, slots=True)
class Access:
    """What a statement does to a variable, or to a part of an array: what is added up may be added in any order."""

    name: str
    index: Index | None
    does: Literal["reads", "writes", "adds"]
    loops: Loops


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What is around a loop: in ``groups`` variables that may share memory, other loops, what is read after it."""

    groups: dict[str, set[str]]
    after: frozenset[str] = frozenset()
    around: Loops = ()

    def memory(self, name: str) -> str:
        return min(self.groups.get(name, {name}))

    def commutes(self, loop: For) -> bool:
        """Whether the iterations may run in any order."""
        if not all(is_simple(s) for s in statements(loop.body)):
            return False
        own = {s.target for s in statements(loop.body) if isinstance(s, Assign)}
        own |= {s.var for s in statements(loop.body) if isinstance(s, For)}
        if own & (exposed(loop.body) | self.after):
            return False
        touched = [a for a in accesses(loop.body, (loop,)) if a.name not in own and a.name != loop.var]
        two = Two(loop, self.around)
        return not any(self.depend(two, a, b) for a, b in combinations_with_replacement(touched, 2))

    def depend(self, two: Two, a: Access, b: Access) -> bool:
        """Whether it matters which of two iterations, that do these things, comes first."""
        if self.memory(a.name) != self.memory(b.name) or {a.does, b.does} in ({"reads"}, {"adds"}):
            return False
        return two.meet(a, b) or two.meet(b, a)


def with_loops(block: Block, here: Surroundings, change: Callable[[For, Surroundings], Block]) -> Block:
    """The block with each loop over a range, inner ones first, replaced by statements."""
    out: list[Stmt] = []
    after = here.after
    for stmt in reversed(block):
        inside = replace(here, after=after)
        if isinstance(stmt, For | While):
            inside = replace(here, after=after | read_again(stmt), around=(*here.around, stmt))
        changed = with_blocks(stmt, tuple(with_loops(b, inside, change) for b in blocks(stmt)))
        made = change(changed, replace(here, after=after)) if isinstance(changed, For) else (changed,)
        out += reversed(made)
        after = after | exposed((stmt,))
    return tuple(reversed(out))


def read_again(loop: For | While) -> set[str]:
    """What the loop reads of the iteration before."""
    return exposed(loop.body) | (names(loop.test) if isinstance(loop, While) else set())


def is_simple(stmt: Stmt) -> bool:
    match stmt:
        case Assign():
            return isinstance(stmt.value.kind, Scalar)
        case Store():
            return not stmt.add and isinstance(stmt.base, Name)
        case Accumulate():
            return stmt.base is None or isinstance(stmt.base, Name)
    return isinstance(stmt, If | For)


def accesses(block: Block, loops: Loops) -> Iterator[Access]:
    for stmt in block:
        match stmt:
            case Store():
                yield Access(root(stmt.base) or "", parts_of(stmt.index), "writes", loops)
                yield from reads((stmt.value, stmt.index), loops)
            case Accumulate():
                name = root(stmt.base) if stmt.base is not None else stmt.target
                index = None if stmt.index is None else parts_of(stmt.index)
                yield Access(name or "", index, "adds", loops)
                yield from reads((stmt.value,) if stmt.index is None else (stmt.value, stmt.index), loops)
            case _:
                yield from reads(expressions(stmt), loops)
        if isinstance(stmt, If):
            yield from accesses(stmt.body, loops)
            yield from accesses(stmt.orelse, loops)
        if isinstance(stmt, For):
            yield from accesses(stmt.body, (*loops, stmt))


def reads(exprs: tuple[Expr, ...], loops: Loops) -> Iterator[Access]:
    for expr in exprs:
        for name, index in parts_read(expr):
            yield Access(name, index, "reads", loops)


def bounds_read(loop: For) -> set[str]:
    return names(loop.start) | names(loop.stop) | names(loop.step)


@dataclass(frozen=True, slots=True)
class Side:
    """Where an iteration may be that accesses something, and where that is, for each axis, as far as it is known."""

    access: Access
    iteration: Iteration
    bounds: list[Form]
    places: tuple[Form | None, ...]


class Two:
    """Two iterations of a loop, one after the other. What is known of an access is worked out once for all others."""

    def __init__(self, loop: For, around: Loops) -> None:
        self.loop, self.bound = loop, all_bound((loop,))
        self.around = tuple(o for o in around if not (isinstance(o, For) and all_bound(o.body) & bounds_read(o)))
        self.sides: dict[tuple[str, int, int], Side] = {}

    def meet(self, a: Access, b: Access, beyond: int = 0) -> bool:
        """Whether one may come to a place of which one has done the other that is further back than ``beyond``."""
        p, q = self.side("after", a), self.side("before", b)
        forms = [*p.bounds, *q.bounds, *later(self.loop, p.iteration, q.iteration, beyond)]
        if a.name == b.name:
            for one, other in zip(p.places, q.places, strict=False):
                forms += [] if one is None or other is None else equal(one, other)
        return possible(forms)

    def side(self, which: str, access: Access) -> Side:
        key = which, id(access.loops), id(access.index)  # which the side keeps
        if key not in self.sides:
            one = Iteration(which, access.loops, lambda n: n not in self.bound, self.around)
            bounds = one.bounds()
            places = tuple(one.counted(i, bounds) for i in access.index or ())
            self.sides[key] = Side(access, one, bounds, places)
        return self.sides[key]


def turned(loop: For, surroundings: Surroundings) -> Block:
    """The loop counting up where it counts down by one and the order doesn't matter."""
    if loop.step != Const(-1) or loop.count is not None or not surroundings.commutes(loop):
        return (loop,)
    return (replace(loop, start=plus_constant(loop.stop, 1), stop=plus_constant(loop.start, 1), step=INT_ONE),)
