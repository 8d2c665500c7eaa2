"""Many tangents at once, as an inner axis: the tangent of a number is a vector, that of an array has one more axis.

Each statement of a tangent becomes a loop over that axis. The tangents of the arguments are along unit vectors, and
what is made of these alone needs no loop (``units``). This is for functions that work on numbers and on single entries
of arrays; others take a few tangents at a time (``wide``).
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable
from functools import partial

import numpy as np

from zygote_nb.analysis.cost import cost
from zygote_nb.dataclass import dataclass, field, replace
from zygote_nb.ir.callables import Attribute, Method
from zygote_nb.ir.core import (
    INT_ONE,
    INT_ZERO,
    ONE,
    WHOLE,
    ZERO,
    Accumulate,
    Append,
    Apply,
    Assign,
    Block,
    Choice,
    Const,
    Expr,
    For,
    Invoke,
    Name,
    Pop,
    Stmt,
    Store,
    Tuple,
    While,
    is_getitem,
)
from zygote_nb.ir.kinds import INT, Array, Kind, Opaque, Scalar, TupleOf
from zygote_nb.ir.walk import all_read, blocks, bound, children, names, root, statements, with_blocks
from zygote_nb.transform.forward.linearity import Form, collected, written
from zygote_nb.transform.forward.units import Units, is_entry, units
from zygote_nb.transform.forward.wide import OneAtATime, closed, is_of
from zygote_nb.transform.split import stem

ROWS = 0
"""The width that stands for any number of unit tangents: how many, and where those of each argument begin."""
LOCAL = -1
"""The width that is found where nothing that is repeated takes longer, the more of them there are."""
FEW_LOOPS = 4
"""So many loops over all tangents, none of them within another loop, are no more than what making the result takes."""
MADE_BLANK = {np.zeros, np.empty, np.zeros_like, np.empty_like}


def with_axis(kind: Kind) -> Kind:
    """The kind of many tangents of a value of this kind."""
    return Array("float64", (*kind.dims, None) if isinstance(kind, Array) else (None,))


@dataclass(slots=True)
class Rows:
    """The transformation of one function; ``count`` is the number of tangents, ``kinds`` those of single ones."""

    tangents: set[str]
    kinds: dict[str, Kind]
    fresh: Callable[[str], str]
    count: Name
    k: Name
    units: Units
    scalars: dict[str, None] = field(default_factory=dict)
    last: list[Stmt] = field(default_factory=list)
    once: int = FEW_LOOPS
    depth: int = 0

    def names(self, name: str) -> list[str]:
        return [name]

    def whole(self, name: str) -> Name:
        return Name(name, with_axis(self.kinds[name]))

    # Statements

    def block(self, block: Block) -> Block:
        out: list[Stmt] = []
        ready: list[Stmt] = []
        loop: list[Stmt] = []
        known, self.units.places = self.units.places, {}
        for n, stmt in enumerate(block):
            if is_of(stmt, self.tangents) and not blocks(stmt):
                out += self.of_tangents(stmt, block[n + 1 :], ready, loop)
                continue
            out += self.closed_loop(ready, loop)
            self.depth += isinstance(stmt, For | While)
            out.append(with_blocks(stmt, tuple(map(self.block, blocks(stmt)))) if blocks(stmt) else stmt)
            self.depth -= isinstance(stmt, For | While)
            self.units.forget(stmt)
        self.units.places = known
        return (*out, *self.closed_loop(ready, loop))

    def of_tangents(self, stmt: Stmt, after: Block, ready: list[Stmt], loop: list[Stmt]) -> list[Stmt]:
        """What comes before the loop that is open then."""
        stmt = collected(stmt, self.tangents, partial(self.named, stmt, ready))
        if not self.is_about_entries(stmt):
            return [*self.closed_loop(ready, loop), *self.of_whole(stmt)]
        assert isinstance(stmt, Assign | Accumulate | Store)
        named = partial(self.named, stmt, ready)
        found, rest = self.units.terms(stmt.value, named), Form()
        if found is None:
            form = self.units.form(stmt.value, named)
            if form is None:
                before = self.as_vectors(names(stmt.value), stmt, ready, loop)
                loop.append(self.put(stmt, self.entry(stmt.value, stmt, ready), self.k))
                return before
            rest, found = self.units.divided(form, named)
        adds = isinstance(stmt, Accumulate) or rest == {self.own(stmt): ONE}
        if self.units.keep(stmt, rest, found, after, named):
            return []
        if not adds or (rest and isinstance(stmt, Accumulate)):
            value = self.entry(written(rest), stmt, ready) if rest else ZERO
            loop.append(self.put(stmt, value, self.k))
        made = self.closed_loop(ready, loop)
        return [*made, *(self.units.added(self.put(stmt, c, p, add=True), p) for p, c in found.items())]

    def as_vectors(self, read: set[str], stmt: Stmt, ready: list[Stmt], loop: list[Stmt]) -> list[Stmt]:
        """Sums of unit tangents in memory from here on, for a statement that is not linear in them as it is written."""
        sums = [n for n in self.units.sums if n in read]
        made = self.closed_loop(ready, loop) if sums else []
        for name in sums:
            blank = Assign(name, ZERO, stmt.span)
            loop.append(self.put(blank, ZERO, self.k))
            made += self.closed_loop(ready, loop)
            found = self.units.sums.pop(name).items()
            made += [self.units.added(self.put(blank, c, p, add=True), p) for p, c in found]
        return made

    def own(self, stmt: Assign | Store) -> Expr:
        """What a statement replaces."""
        if isinstance(stmt, Store):
            return Apply(operator.getitem, (stmt.base, stmt.index), (), stmt.value.kind)
        return Name(stmt.target, stmt.value.kind)

    def closed_loop(self, ready: list[Stmt], loop: list[Stmt]) -> list[Stmt]:
        made = list(ready)
        if loop:
            self.once = -1 if self.depth else self.once - 1
            made.append(For(self.k.id, INT_ZERO, self.count, INT_ONE, tuple(loop), None, loop[0].span))
            self.k = Name(self.fresh("k"), INT)
        ready.clear()
        loop.clear()
        return made

    def is_about_entries(self, stmt: Stmt) -> bool:
        """Whether the statement can be made for one of the tangents; others are about memory as a whole."""
        match stmt:
            case Assign() | Accumulate(index=None):
                return isinstance(self.kinds[stmt.target], Scalar)
            case Store(add=False):
                return self.is_element(stmt.base, stmt.index) and not isinstance(stmt.value.kind, Array)
            case Accumulate(base=base, index=index) if index is not None:
                return self.is_element(base or Name(stmt.target), index)
        return False

    def put(self, stmt: Assign | Accumulate | Store, value: Expr, at: Name, add: bool = False) -> Stmt:
        """The statement for the tangent ``at``, with another value; or one that adds that value to what is there."""
        target = (root(stmt.base) or "") if isinstance(stmt, Store) else stmt.target
        base = stmt.base if isinstance(stmt, Accumulate) else None
        index = None if isinstance(stmt, Assign) else stmt.index
        kind = with_axis(self.kinds[target])
        if index is None:
            self.scalars[target] = None
        place = at if index is None else self.index(index, at)
        if add or isinstance(stmt, Accumulate):
            memory = isinstance(stmt, Accumulate) and stmt.memory
            return Accumulate(target, value, place, None if base is None else self.base(base), memory, kind, stmt.span)
        return Store(self.whole(target), place, value, span=stmt.span)

    def of_whole(self, stmt: Stmt) -> list[Stmt]:
        match stmt:
            case Assign(value=Apply(fn=fn, args=(Name() as base,))) if (
                fn == Method("copy") and base.id in self.units.firsts
            ):
                return self.units.vectors(stmt.target, base.id, with_axis(self.kinds[base.id]))
            case Assign():
                return [replace(stmt, value=self.memory(stmt.value))]
            case Store(index=index, value=value) if index == WHOLE and value == ZERO and isinstance(stmt.base, Name):
                return [replace(stmt, base=self.whole(stmt.base.id))]
        raise OneAtATime

    def memory(self, value: Expr) -> Expr:
        """Memory for the tangents of an array, made as that of one."""
        match value:
            case Name() if value.id in self.tangents:
                return self.whole(value.id)
            case Apply(fn=fn, args=(Name() as base,)) if fn == Method("copy") and base.id in self.tangents:
                return replace(value, args=(self.whole(base.id),), kind=with_axis(value.kind))
            case Apply(fn=fn, args=(of,), kwargs=()) if fn in MADE_BLANK and isinstance(value.kind, Array):
                return Apply(self.blank(fn), (self.shape(of, value.kind),), (), with_axis(value.kind))
        raise OneAtATime

    def blank(self, fn: object) -> object:
        return {np.zeros_like: np.zeros, np.empty_like: np.empty}.get(fn, fn)  # type: ignore[call-overload]

    def shape(self, of: Expr, kind: Array) -> Expr:
        """The shape of an array that is like another, or of one that is given by it, with the axis of the tangents."""
        if isinstance(of.kind, Array):
            source = self.whole(of.id) if isinstance(of, Name) and of.id in self.tangents else of
            lengths = Apply(Attribute("shape"), (source,), (), Opaque())
            axes = tuple(Apply(operator.getitem, (lengths, Const(i, INT)), (), INT) for i in range(kind.ndim))
        elif isinstance(of, Tuple):
            axes = of.items  # type: ignore[assignment]
        elif isinstance(of.kind, Scalar):
            axes = (of,)  # type: ignore[assignment]
        else:
            raise OneAtATime
        if names(Tuple(axes)) & self.tangents and not isinstance(of.kind, Array):
            raise OneAtATime
        return Tuple((*axes, self.count), tuple, TupleOf((INT,) * (len(axes) + 1)))

    # Expressions

    def entry(self, expr: Expr, stmt: Stmt, ready: list[Stmt]) -> Expr:
        """The expression for one of the tangents; what all have in common is computed before the loop."""
        if not names(expr) & self.tangents:
            if isinstance(expr.kind, Array):
                raise OneAtATime
            if cost(expr) < 2 or not isinstance(expr, Apply):
                return expr
            return self.named(stmt, ready, expr)
        match expr:
            case Name() if isinstance(self.kinds[expr.id], Scalar):
                return Apply(operator.getitem, (self.whole(expr.id), self.k), (), expr.kind)
            case Apply() if is_getitem(expr) and self.is_element(*expr.args):
                return replace(expr, args=(self.base(expr.args[0]), self.index(expr.args[1], self.k)))
            case Apply() if isinstance(expr.kind, Scalar) and not any(
                isinstance(a.kind, Array) for a in children(expr)
            ):
                kwargs = tuple((n, self.entry(v, stmt, ready)) for n, v in expr.kwargs)
                return replace(expr, args=tuple(self.entry(a, stmt, ready) for a in expr.args), kwargs=kwargs)
            case Choice():
                held: list[Stmt] = []
                parts = [self.entry(e, stmt, held) for e in (expr.body, expr.orelse)]
                if held:
                    raise OneAtATime
                return replace(expr, body=parts[0], orelse=parts[1])
        raise OneAtATime

    def named(self, stmt: Stmt, ready: list[Stmt], value: Expr) -> Name:
        made = Name(self.fresh(stem(value)), value.kind)
        ready.append(Assign(made.id, value, stmt.span))
        return made

    def is_element(self, base: Expr, index: Expr) -> bool:
        """Whether this is one number in memory of tangents."""
        if not isinstance(base, Name) or base.id not in self.tangents or names(index) & self.tangents:
            return False
        return is_entry(Name(base.id, self.kinds[base.id]), index)

    def base(self, base: Expr) -> Expr:
        assert isinstance(base, Name)
        return self.whole(base.id)

    def index(self, index: Expr, at: Name) -> Expr:
        parts = index.items if isinstance(index, Tuple) else (index,)
        return Tuple((*parts, at), tuple, TupleOf((INT,) * (len(parts) + 1)))

    # Results

    def each(self, tangents: Iterable[Expr]) -> tuple[Expr, ...]:
        return tuple(map(self.result, tangents))

    def result(self, tangent: Expr) -> Expr:
        if isinstance(tangent, Name) and tangent.id in self.tangents:
            return self.whole(tangent.id)
        if isinstance(tangent.kind, Array):
            return self.memory(tangent)
        if tangent == ZERO:
            return Apply(np.zeros, (self.count,), (), Array("float64", (None,)))
        made = self.fresh("t_dot")
        self.kinds[made], self.scalars[made] = tangent.kind, None
        ready: list[Stmt] = []
        value = Assign(made, tangent)
        entry = Store(self.whole(made), self.k, self.entry(tangent, value, ready))
        self.last += self.closed_loop(ready, [entry])
        return self.whole(made)

    def opening(self, dots: list[str], block: Block, results: list[Expr]) -> list[Stmt]:
        """The tangents of the arguments, for those who read them as vectors, and room for those of numbers."""
        room = Apply(np.zeros, (self.count,), (), Array("float64", (None,)))
        asked = all_read((*block, *self.last)).union(*map(names, results))
        made = self.units.opening(lambda dot: with_axis(self.kinds[dot]), asked)
        return [*made, *(Assign(n, room) for n in self.scalars if n not in dots)]


def in_rows(
    dots: set[str], kinds: dict[str, Kind], given: dict[str, Name], block: Block, values: set[str],
    results: list[Expr], fresh: Callable[[str], str],
) -> tuple[Rows, list[str]]:  # fmt: skip
    """The transformation of a block whose tangents are ``dots``; its parameters in place of those that are ``given``.

    Raises OneAtATime where it is not for numbers.
    """
    tangents = closed(dots, block, values)
    if not given or any(touches(s, tangents) for s in statements(block) if isinstance(s, Append | Pop | Invoke)):
        raise OneAtATime
    known = dict(kinds)
    for stmt in statements(block):
        if isinstance(stmt, Assign) and stmt.target in tangents:
            known.setdefault(stmt.target, stmt.value.kind)
    if not all(getattr(known.get(n), "dtype", "") == "float64" for n in tangents):
        raise OneAtATime
    count = Name(fresh("count"), INT)
    along, params = units(given, count, tangents, block, results, fresh)
    return Rows(tangents, known, fresh, count, Name(fresh("k"), INT), along), params


def touches(stmt: Append | Pop | Invoke, tangents: set[str]) -> bool:
    read = [n for a in stmt.args for n in names(a)] if isinstance(stmt, Invoke) else [stmt.base]
    return bool({*read, *bound(stmt)} & tangents)
