"""What one statement adds to the adjoints of what it reads."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from zygote_nb.analysis.activity import differentiable, is_varied
from zygote_nb.analysis.ownership import maybe_shared
from zygote_nb.dataclass import dataclass, field, replace
from zygote_nb.errors import Location, NoRuleError
from zygote_nb.frontend.values import make_tuple
from zygote_nb.ir.core import (
    FALSE,
    TRUE,
    Accumulate,
    Apply,
    Assign,
    Choice,
    Const,
    Effect,
    Expr,
    Name,
    Span,
    Stmt,
    Tuple,
    is_getitem,
)
from zygote_nb.ir.kinds import INT, Array, Kind, ListOf, Opaque, TupleOf
from zygote_nb.ir.text import show
from zygote_nb.ir.walk import children, map_expressions, names, read, root, subexpressions, substitute
from zygote_nb.runtime import arrays as helpers
from zygote_nb.runtime import lists, steering
from zygote_nb.runtime.shaped import TAKES_NONE
from zygote_nb.transform import algebra
from zygote_nb.transform.broadcasting import covers, expanded, summed
from zygote_nb.transform.reverse.cotangents import (
    guarded,
    is_view,
    joined,
    may_repeat,
    refold,
    varies,
    without_zero_division,
)
from zygote_nb.transform.reverse.shadows import entry_of, shadowed
from zygote_nb.transform.reverse.state import Reverse, entry_of_tuple
from zygote_nb.transform.reverse.tangents import covers_loosely, fitted, tangent_kind, zeros_like
from zygote_nb.transform.rule import complexes
from zygote_nb.transform.rule.complexes import real_part
from zygote_nb.transform.rule.pullback import RESULT, SEED, WANTED, Pullback, part

LAZY = {np.sum, np.mean}
ONCE = {steering.through, steering.print_cotangent}
"""What is called with a cotangent, and called once."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a contribution goes: a variable, or an element of memory."""

    name: str
    kind: Kind
    index: Expr | None = None
    base: Expr | None = None


@dataclass(slots=True)
class Contributions:
    """What one statement adds to the adjoints of what it reads.

    ``alike`` are expressions that have the shape of the place that is stored to.
    """

    reverse: Reverse
    span: Span
    target: str | None
    whole: Expr | None = None
    alike: frozenset[Expr] = frozenset()
    items: list[tuple[Place, Expr]] = field(default_factory=list)
    before: list[Stmt] = field(default_factory=list)

    def visit(self, expr: Expr, seed: Expr, masked: bool) -> None:
        r = self.reverse
        if not is_varied(expr, r.varied, r.constant):
            return
        seed = real_part(seed, expr.kind)
        match expr:
            case Name():
                if masked:
                    r.masked.add(expr.id)
                self.items.append((Place(expr.id, expr.kind), seed))
            case Apply() if is_getitem(expr):
                self.element(expr, seed, masked)
            case Tuple():
                for i, item in enumerate(expr.items):
                    if is_none(entry(seed, i, item)):
                        continue
                    self.visit(item, complexes.in_common(entry(seed, i, item), expr), masked)
            case Apply():
                self.call(expr, seed, masked)

    def element(self, expr: Apply, seed: Expr, masked: bool) -> None:
        r, name = self.reverse, root(expr)
        assert name is not None
        if masked:
            r.masked.add(name)
        whole = entry_of(r, expr)
        if whole is not None and isinstance(expr.kind, TupleOf):
            for i in range(len(expr.kind.items)):
                part = entry_of_tuple(expr, i)
                self.visit(part, entry(seed, i, part), masked)
            return
        if whole is not None:
            self.items.append((Place(whole, expr.kind), seed))
            return
        base: Expr = expr
        while is_getitem(base) and entry_of(r, base) is None:
            base = base.args[0]  # type: ignore[union-attr]
        name = entry_of(r, base) or name
        self.items.append((Place(name, r.kind(name), expr.args[1], expr.args[0]), seed))

    def call(self, expr: Apply, seed: Expr, masked: bool) -> None:
        r = self.reverse
        pullback = r.pullback_of(expr)
        if pullback is None:
            return
        active = self.active(expr, pullback)
        seed = self.full_seed(expr, seed, pullback)
        seed = self.named_seed(seed, pullback, [c for _, _, c in active], masked)
        masks = masked or expr.fn is np.where
        values = {SEED: seed, RESULT: self.shaped(expr), WANTED: self.wanted(expr)}
        if isinstance(seed, Tuple):
            seed, parts = self.seeds(expr, seed, pullback)
            values |= {SEED: seed, **parts}
        self.before += [
            replace(s, value=substitute(s.value, values), span=self.span)
            for s in pullback.before
            if isinstance(s, Assign)
        ]
        for i, arg, cotangent in active:
            c = refold(cotangent, values)
            if masked and varies(cotangent) and r.elementwise(expr.fn):
                c = guarded(seed, c)
            if r.elementwise(expr.fn):
                c = without_zero_division(expr, c)
                c = c if {expr, arg} <= self.alike and covers(c.kind, expr.kind) else summed(expr, i, c)
            self.visit(arg, c, masks)

    def seeds(self, expr: Apply, seed: Tuple, pullback: Pullback) -> tuple[Expr, dict[str, Expr]]:
        """The cotangent of a result that is a tuple, and those of its entries; None for zero where that is taken."""
        wholes = [c for c in pullback.cotangents if c is not None]
        wholes += [s.value for s in pullback.before if isinstance(s, Assign)]
        full, found = filled(seed, self.shaped(expr)), {}
        for i, item in enumerate(seed.items):
            name = part(SEED, i)
            absent = isinstance(item, Const) and takes_none(name, wholes)
            found[name] = item if absent else full.items[i]
        return full, found

    def active(self, expr: Apply, pullback: Pullback) -> list[tuple[int, Expr, Expr]]:
        """The arguments that a derivative reaches: position, argument, cotangent."""
        r, found = self.reverse, []
        for i, (arg, c) in enumerate(zip(differentiable(expr), pullback.cotangents, strict=False)):
            if not is_varied(arg, r.varied, r.constant):
                continue
            if i in pullback.silent:
                raise self.unknown(expr, i, pullback.silent[i])
            if c is not None:
                found.append((i, arg, c))
        return found

    def wanted(self, expr: Expr) -> Expr:
        """Which arguments a derivative reaches, as a constant that a rule may read."""
        items = differentiable(expr) if isinstance(expr, Apply) else expr.items if isinstance(expr, Tuple) else ()
        flags = [
            self.wanted(i) if isinstance(i, Tuple) else TRUE if self.reaches(i) else FALSE for i in items
        ]  # fmt: skip
        return make_tuple(tuple(flags), tuple)

    def reaches(self, expr: Expr) -> bool:
        return is_varied(expr, self.reverse.varied, self.reverse.constant)

    def unknown(self, expr: Apply, position: int, why: str) -> NoRuleError:
        names_ = [k for k, _ in expr.kwargs]
        named = position - len(expr.args)
        which = f"`{names_[named]}`" if named >= 0 else f"argument {position + 1}"
        at = Location(self.reverse.function.filename, self.span.line, self.span.col, None)
        what = f"the derivative of `{show(expr)}` by {which} isn't known" + (f": {why}" if why else "")
        return NoRuleError(what, at=at, hint="make it a constant, or write a rule with zg.rrule")

    def is_root(self, expr: Apply) -> bool:
        """Whether the expression is the whole right side of the assignment."""
        return self.whole is expr and self.target not in names(expr)

    def full_seed(self, expr: Apply, seed: Expr, pullback: Pullback) -> Expr:
        """Only elementwise rules take a seed that has yet to be broadcast to the result's shape."""
        taken_apart = complexes.takes_complex(expr) and complexes.canonical(expr.fn) in complexes.PARTS
        broadcasts = (self.reverse.elementwise(expr.fn) and not taken_apart) or expr.fn is np.where
        if broadcasts or covers_loosely(seed.kind, expr.kind):
            return seed
        if expr.fn in LAZY:
            return seed
        return expanded(seed, self.shaped(expr))

    def shaped(self, expr: Apply) -> Expr:
        if self.target is not None and self.is_root(expr):
            return Name(self.target, expr.kind)
        return expr

    def named_seed(self, seed: Expr, pullback: Pullback, cotangents: list[Expr], masked: bool) -> Expr:
        uses = sum(isinstance(e, Name) and e.id == SEED for c in cotangents for e in subexpressions(c))
        uses += sum(
            isinstance(e, Name) and e.id == SEED
            for s in pullback.before
            if isinstance(s, Assign)
            for e in subexpressions(s.value)
        )
        limit = 0 if isinstance(seed.kind, Array) else 2
        if masked and uses and isinstance(seed, (Apply, Choice)):
            uses, limit = 2, 0
        if any(isinstance(e, Apply) and e.fn in ONCE for e in subexpressions(seed)):
            limit = 0
        if uses < 2 or (algebra.size_of(seed) <= limit and not isinstance(seed, Choice)) or is_view(seed):
            return seed
        name = self.reverse.fresh("g")
        self.before.append(Assign(name, seed, self.span))
        return Name(name, seed.kind)

    def statements(self, own: str | None = None) -> list[Stmt]:
        """The contributions as statements; that to the variable itself, which was overwritten, comes last."""
        others = [(p, e) for p, e in self.items if p.name != own or p.index is not None]
        mine = [e for p, e in self.items if p.name == own and p.index is None]
        result = [*self.before, *self.emit(others)]
        if mine and own is not None:
            self.reverse.live[own] = True
            kind = self.reverse.memory.kinds[own]
            value = fitted(algebra.total(mine), Name(own, kind))
            if value == self.reverse.d(own):
                return result
            result.append(Assign(self.reverse.adjoint(own), value, self.span))
        return result

    def through_elements(self, own: str) -> list[Stmt]:
        """The contributions where the variable was made from elements of its old value: the seed is set aside."""
        d = self.reverse.d(own)
        g = Name(self.reverse.fresh("g"), d.kind)
        values: dict[str, Expr] = {d.id: g}
        self.items = [(p, substitute(e, values)) for p, e in self.items]
        self.before = [map_expressions(s, lambda e: substitute(e, values)) for s in self.before]
        whole = [(p, e) for p, e in self.items if p.index is None]
        parts = [(p, e) for p, e in self.items if p.index is not None]
        return [Assign(g.id, d, self.span), *self.before, *self.emit(whole), *self.emit(parts)]

    def emit(self, items: list[tuple[Place, Expr]]) -> list[Stmt]:
        """One statement for each place, like terms joined."""
        grouped: dict[Any, tuple[Place, list[Expr]]] = {}
        for place, value in items:
            key = (place.name, place.index, place.base)
            grouped.setdefault(key, (place, []))[1].append(value)
        result: list[Stmt] = []
        for place, values in grouped.values():
            for value in joined(values):
                result += self.accumulate(place, self.of_its_own(place, value))
        return result

    def of_its_own(self, place: Place, value: Expr) -> Expr:
        """A first contribution, which is the adjoint itself, is memory of its own where elements are added to it.

        The adjoint of what the statement assigns ends here: one of its contributions may take its memory over.
        """
        r = self.reverse
        if place.index is not None or not isinstance(place.kind, Array) or r.is_live(place.name):
            return value
        shared = maybe_shared(value)
        if not shared or place.name not in r.read_by_element():
            return value
        if self.target is not None and not r.memory.has_shadow(self.target) and self.target not in r.buffers:
            own = r.d(self.target).id
            uses = [e for _, e in self.items if own in names(e)]
            if shared == {own} and len(uses) == 1 and not any(own in read(s) for s in self.before):
                return value
        return Apply(np.copy, (value,), (), value.kind)

    def accumulate(self, place: Place, value: Expr) -> list[Stmt]:
        r = self.reverse
        d = r.d(place.name)
        in_memory = r.memory.has_shadow(place.name) or place.name in r.buffers
        if place.index is None and isinstance(place.kind, ListOf):
            return [Effect(Apply(lists.add_lists, (d, value), (), Opaque()), self.span)]
        if place.index is None:
            if r.is_live(place.name):
                return [
                    Accumulate(d.id, value, None, None, in_memory and isinstance(place.kind, Array), d.kind, self.span)
                ]
            r.live[place.name] = True
            return [Assign(d.id, fitted(value, r.primal(place.name)), self.span)]
        first: list[Stmt] = []
        if not r.is_live(place.name):
            r.live[place.name] = True
            first.append(Assign(d.id, zeros_like(r.primal(place.name)), self.span))
        assert place.base is not None
        base = shadowed(r, place.base)
        if may_repeat(place.index):
            add = Apply(helpers.add_at, (base, place.index, value), (), Opaque())
            return [*first, Effect(add, self.span)]
        return [*first, Accumulate(d.id, value, place.index, base, True, d.kind, self.span)]


def filled(seed: Tuple, result: Expr) -> Tuple:
    """The cotangent of a tuple with zeros for what has none."""
    items = []
    for i, item in enumerate(seed.items):
        part = entry_of_tuple(result, i)
        items.append(filled(item, part) if isinstance(item, Tuple) else zeros_like(part) if is_none(item) else item)
    return replace(seed, items=tuple(items))


def is_none(item: Expr) -> bool:
    return isinstance(item, Const) and item.value is None


def entry(seed: Expr, i: int, item: Expr) -> Expr:
    """The cotangent of one entry of a tuple."""
    if isinstance(seed, Tuple):
        return seed.items[i]
    return Apply(operator.getitem, (seed, Const(i, INT)), (), tangent_kind(item.kind))


def takes_none(name: str, wholes: list[Expr]) -> bool:
    """Whether a cotangent is only ever handed to helpers that take None for zero."""
    uses = [e for whole in wholes for e in subexpressions(whole) if Name(name) in children(e)]
    bare = any(whole == Name(name) for whole in wholes)
    return not bare and all(isinstance(e, Apply) and e.fn in TAKES_NONE for e in uses)
