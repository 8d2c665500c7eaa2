"""The reverse transformation: for each statement of the primal program, the statements of its adjoint.

Adjoint statements read primal variables under their own names, as they were around the primal statement; ``record``
decides afterwards where these values come from. Which adjoints are zero is known at each point of the backward sweep,
so that nothing is set to zero and then added to once.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from zygote_nb.analysis.activity import differentiable, is_varied
from zygote_nb.analysis.alias import Memory, is_basic, sharing
from zygote_nb.errors import UnsupportedSyntaxError
from zygote_nb.ir.core import (
    INT_ZERO,
    NOWHERE,
    ZERO,
    Accumulate,
    Append,
    Apply,
    Assign,
    Attribute,
    Block,
    Choice,
    Const,
    Effect,
    Expr,
    For,
    Function,
    If,
    Invoke,
    Name,
    Pop,
    Span,
    Stmt,
    Store,
    Tuple,
    While,
    is_getitem,
)
from zygote_nb.ir.kinds import BOOL, INT, Array, Kind, ListOf, Opaque, Scalar, Static, TupleOf, carries_tangent
from zygote_nb.ir.walk import (
    all_bound,
    bound,
    map_expressions,
    names,
    read,
    rebuild,
    rename,
    root,
    statements,
    subexpressions,
    substitute,
)
from zygote_nb.runtime import arrays as helpers
from zygote_nb.runtime import indexing, lists
from zygote_nb.transform import algebra
from zygote_nb.transform.places import apart, lower_bounds
from zygote_nb.transform.pullback import RESULT, SEED, Pullback, covers, expanded, summed

WHOLE = Const(Ellipsis, Static(Ellipsis))


@dataclass(slots=True)
class Mirror:
    """A primal statement with its adjoint.

    ``before`` and ``after`` surround the statement in the forward sweep; ``adjoint`` is its adjoint in the backward
    sweep. For a compound statement ``inner`` mirrors its blocks, ``closing`` ends the mirrored blocks, and ``opening``
    comes before the mirrored statement.
    """

    stmt: Stmt
    before: list[Stmt] = field(default_factory=list)
    after: list[Stmt] = field(default_factory=list)
    adjoint: list[Stmt] = field(default_factory=list)
    inner: list[list[Mirror]] = field(default_factory=list)
    closing: list[list[Stmt]] = field(default_factory=list)
    opening: list[Stmt] = field(default_factory=list)

    @property
    def is_mirrored(self) -> bool:
        """Whether the backward sweep does anything for this statement."""
        return bool(self.adjoint) or any(self.closing) or any(m.is_mirrored for block in self.inner for m in block)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a contribution goes: a variable, or an element of memory."""

    name: str
    kind: Kind
    index: Expr | None = None
    base: Expr | None = None


@dataclass(slots=True)
class Scope:
    """A loop body: variables of which nothing crosses its iterations, and adjoints that must exist before it."""

    local: frozenset[str]
    touched: list[str] = field(default_factory=list)


@dataclass(slots=True)
class CalleePair:
    """The derivative of a callee, as its caller needs it.

    ``extra`` are kinds of what forward returns beside the results; ``active`` says which arguments get an adjoint,
    ``buffers`` which of them are accumulated into, ``shadowed`` which shadows forward takes as well.
    """

    forward: str
    backward: str
    tape: tuple[Kind, ...]
    active: tuple[bool, ...]
    buffers: frozenset[int]
    shadowed: tuple[int, ...]
    shadow_results: tuple[bool, ...]
    seeded: tuple[bool, ...]
    backward_args: tuple[int, ...]
    plain: bool = False
    writes: bool = False


@dataclass(slots=True)
class Reverse:
    """The state of the transformation of one function."""

    function: Function
    memory: Memory
    varied: set[str]
    constant: Callable[[Any], bool]
    pullback_of: Callable[[Apply], Pullback | None]
    elementwise: Callable[[Any], bool]
    pair_of: Callable[[Any, tuple[bool, ...]], CalleePair]
    fresh: Callable[[str], str]
    adjoints: dict[str, str] = field(default_factory=dict)
    live: dict[str, bool] = field(default_factory=dict)
    scopes: list[Scope] = field(default_factory=list)
    masked: set[str] = field(default_factory=set)
    late_shadows: dict[str, Stmt] = field(default_factory=dict)
    ranges: dict[str, int] = field(default_factory=dict)
    buffers: frozenset[str] = frozenset()
    useful: frozenset[str] = frozenset()

    # Names of adjoints and whether they hold anything

    def adjoint(self, name: str) -> str:
        if name not in self.adjoints:
            self.adjoints[name] = self.fresh(f"d_{name}")
        return self.adjoints[name]

    def d(self, name: str) -> Name:
        return Name(self.adjoint(name), tangent_kind(self.memory.kinds[name]))

    def is_live(self, name: str) -> bool:
        """Whether the adjoint of the variable may be other than zero here."""
        if self.memory.has_shadow(name) or name in self.buffers:
            return True
        if name not in self.live:
            if not self.scopes or name in self.scopes[-1].local or name not in self.useful:
                return False
            self.scopes[-1].touched.append(name)
            self.live[name] = True
        return self.live[name]

    # Blocks

    def block(self, block: Block) -> list[Mirror]:
        mirrors = [self.mirror(stmt) for stmt in reversed(block)]
        return mirrors[::-1]

    def mirror(self, stmt: Stmt) -> Mirror:
        match stmt:
            case Assign():
                return self.assign(stmt)
            case Store():
                return self.store(stmt)
            case Append():
                return self.append(stmt)
            case Pop():
                return self.pop(stmt)
            case Invoke():
                return self.invoke(stmt)
            case If():
                return self.branch(stmt)
            case For() | While():
                return self.loop(stmt)
        return Mirror(stmt)

    # Assignments

    def assign(self, stmt: Assign) -> Mirror:
        m = Mirror(stmt)
        self.add_rule_forward(m, stmt)
        if stmt.target not in self.varied:
            return m
        if self.memory.has_shadow(stmt.target):
            self.assign_shadow(m, stmt)
        elif self.is_live(stmt.target):
            self.assign_value(m, stmt)
        return m

    def add_rule_forward(self, m: Mirror, stmt: Assign) -> None:
        """A rule may compute the result in its own way."""
        if not isinstance(stmt.value, Apply) or is_getitem(stmt.value) or self.constant(stmt.value.fn):
            return
        if not is_varied(stmt.value, self.varied, self.constant):
            return
        pullback = self.pullback_of(stmt.value)
        if pullback is not None and pullback.value is not None:
            m.before.extend(pullback.forward)
            m.stmt = replace(stmt, value=pullback.value)

    def assign_value(self, m: Mirror, stmt: Assign) -> None:
        name = stmt.target
        out = Contributions(self, stmt.span, stmt.target, stmt.value)
        out.visit(stmt.value, self.d(name), name in self.masked)
        self.live[name] = False
        if any(p.name == name and p.index is not None for p, _ in out.items):
            m.adjoint = out.through_elements(name)
        else:
            m.adjoint = out.statements(own=name)

    def assign_shadow(self, m: Mirror, stmt: Assign) -> None:
        """The shadow is made with the variable; what is copied into fresh memory flows back from there."""
        shadow = self.shadow_of(stmt.value, stmt.target)
        make = Assign(self.adjoint(stmt.target), shadow, stmt.span)
        if self.made_late(stmt):
            self.late_shadows[stmt.target] = make
        else:
            m.after.append(make)
        if sharing(stmt.value):
            return
        out = Contributions(self, stmt.span, stmt.target, stmt.value)
        if isinstance(stmt.value, Tuple):
            for i, item in enumerate(stmt.value.items):
                element = Apply(operator.getitem, (self.d(stmt.target), Const(i, INT)), (), item.kind)
                out.visit(item, element, False)
        else:
            out.visit(stmt.value, self.d(stmt.target), stmt.target in self.masked)
        m.adjoint = out.statements()

    def made_late(self, stmt: Assign) -> bool:
        """Whether the shadow can be made when the backward sweep begins: one name, bound once, outside of all loops."""
        if self.scopes or sharing(stmt.value) or len(self.memory.members(stmt.target)) > 1:
            return False
        top = [s for s in self.function.body if stmt.target in bound(s)]
        everywhere = [s for s in statements(self.function.body) if stmt.target in bound(s)]
        passed = any(isinstance(s, Invoke) and stmt.target in read(s) for s in statements(self.function.body))
        return len(everywhere) == 1 and bool(top) and not passed

    def shadow_of(self, value: Expr, target: str) -> Expr:
        """The same memory structure for the adjoint: an alias of a shadow, or fresh zeros."""
        shared = sharing(value)
        if shared:
            return self.shadowed(value)
        if isinstance(value.kind, ListOf):
            return self.list_shadow(value, target)
        return zeros_like(Name(target, value.kind))

    def shadowed(self, value: Expr) -> Expr:
        """A view or alias, of the shadow instead."""
        match value:
            case Name():
                return self.d(value.id)
            case Tuple():
                items = tuple(self.shadowed(i) if sharing(i) else ZERO for i in value.items)
                return replace(value, items=items)
            case Apply():
                return replace(value, args=(self.shadowed(value.args[0]), *value.args[1:]))
        raise TypeError(value)

    def list_shadow(self, value: Expr, target: str) -> Expr:
        item = value.kind.item if isinstance(value.kind, ListOf) else None
        if isinstance(value, Tuple) and self.made_late(Assign(target, value)):
            return Apply(lists.zero_list, (Name(target, value.kind),), (), ListOf(Scalar("float64")))
        if isinstance(value, Tuple):
            return replace(value, items=(ZERO,) * len(value.items))
        return Apply(lists.zero_list, (Name(target, value.kind),), (), ListOf(item))

    # Memory

    def store(self, stmt: Store) -> Mirror:
        m = Mirror(stmt)
        name = root(stmt.base)
        assert name is not None
        if name not in self.varied:
            return m
        base = self.shadowed(stmt.base)
        whole = stmt.index == WHOLE and isinstance(stmt.base.kind, Array) and stmt.base.kind.ndim > 0
        place = base if whole else Apply(operator.getitem, (base, stmt.index), (), element_kind(stmt))
        if isinstance(stmt.base.kind, ListOf) and sharing(stmt.value):
            held = self.fresh("old_shadow")
            m.before.append(Assign(held, Apply(operator.getitem, (base, stmt.index), (), Opaque("shadow")), stmt.span))
            m.after.append(Store(base, stmt.index, self.shadowed(stmt.value), span=stmt.span))
            m.adjoint = [Store(base, stmt.index, Name(held, Opaque("shadow")), span=stmt.span)]
            return m
        if stmt.add:
            out = Contributions(self, stmt.span, None)
            out.visit(stmt.value, seed_for(place, stmt.value), name in self.masked)
            m.adjoint = out.statements()
            return m
        if not is_varied(stmt.value, self.varied, self.constant):
            m.adjoint = [Store(base, stmt.index, ZERO, span=stmt.span)]
            return m
        m.adjoint = self.store_adjoint(stmt, name, base, place)
        return m

    def store_adjoint(self, stmt: Store, name: str, base: Expr, place: Expr) -> list[Stmt]:
        """Take the adjoint of the element, zero it, and hand it to what was stored."""
        out = Contributions(self, stmt.span, None)
        seed = seed_for(place, stmt.value)
        out.visit(stmt.value, seed, name in self.masked)
        own, others = split_own(out.items, name, stmt.index, stmt.base)
        aliased = isinstance(place.kind, Array) and any(keeps_memory(e) for _, e in others)
        if (
            not may_repeat(stmt.index)
            and not out.before
            and not aliased
            and self.can_update_directly(own, others, place, name, stmt)
        ):
            rest = out.emit(others)
            if own == [place]:
                return rest
            return [*rest, Store(base, stmt.index, algebra.total(own) if own else ZERO, span=stmt.span)]
        g = self.fresh("g")
        held: Expr = place
        if may_repeat(stmt.index):
            held = Apply(indexing.last_written, (base, stmt.index), (), place.kind)
        elif isinstance(place.kind, Array):
            held = Apply(np.copy, (place,), (), place.kind)
        out = Contributions(self, stmt.span, None)
        out.visit(stmt.value, seed_for(Name(g, place.kind), stmt.value), name in self.masked)
        own, others = split_own(out.items, name, stmt.index, stmt.base)
        update: list[Stmt] = [Store(base, stmt.index, algebra.total(own) if own else ZERO, span=stmt.span)]
        if own == [Name(g, place.kind)]:
            update = []
        return [Assign(g, held, stmt.span), *out.before, *update, *out.emit(others)]

    def can_update_directly(
        self, own: list[Expr], others: list[tuple[Place, Expr]], place: Expr, name: str, stmt: Store
    ) -> bool:
        """Whether the contributions may read the element's adjoint where it lies."""
        if any(place not in set(subexpressions(o)) for o in own):
            return False
        if any(not covers(o.kind, place.kind) for o in own):
            return False
        near = [
            p for p, _ in others if self.memory.group(p.name) == self.memory.group(name) and self.may_touch(p, stmt)
        ]
        if not near:
            return True
        return len(others) == 1 and own == [place] and not isinstance(place.kind, Array)

    def may_touch(self, place: Place, stmt: Store) -> bool:
        if place.index is None or place.base != Name(root(stmt.base) or "") or place.base != stmt.base:
            return True
        return not apart(place.index, stmt.index, self.ranges)

    def append(self, stmt: Append) -> Mirror:
        m = Mirror(stmt)
        if stmt.base not in self.varied:
            return m
        d = self.d(stmt.base)
        if sharing(stmt.value):
            m.after.append(Append(d.id, self.shadowed(stmt.value), stmt.span))
            m.adjoint = [Pop((), d.id, (), stmt.span)]
            return m
        if stmt.base not in self.late_bases():
            m.after.append(Append(d.id, zero_for(stmt.value), stmt.span))
        g = self.fresh("g")
        out = Contributions(self, stmt.span, None)
        out.visit(stmt.value, Name(g, stmt.value.kind), False)
        m.adjoint = [Pop((g,), d.id, (stmt.value.kind,), stmt.span), *out.statements()]
        return m

    def late_bases(self) -> set[str]:
        """Lists whose shadow is made at the start of the backward sweep."""
        found = set()
        saved, self.scopes = self.scopes, []
        for stmt in statements(self.function.body):
            if isinstance(stmt, Assign) and isinstance(stmt.value.kind, ListOf) and isinstance(stmt.value, Tuple):
                if self.made_late(stmt):
                    found.add(stmt.target)
        self.scopes = saved
        return found

    def pop(self, stmt: Pop) -> Mirror:
        m = Mirror(stmt)
        if stmt.base not in self.varied:
            return m
        d = self.d(stmt.base)
        (target,) = stmt.targets
        if self.memory.has_shadow(target):
            m.after.append(Pop((self.adjoint(target),), d.id, stmt.kinds, stmt.span))
            m.adjoint = [Append(d.id, self.d(target), stmt.span)]
            return m
        if stmt.base not in self.late_bases():
            m.after.append(Pop((), d.id, (), stmt.span))
        value: Expr = self.d(target) if self.is_live(target) else ZERO
        self.live[target] = False
        m.adjoint = [Append(d.id, value, stmt.span)]
        return m

    # Calls

    def invoke(self, stmt: Invoke) -> Mirror:
        flags = tuple(is_varied(a, self.varied, self.constant) for a in stmt.args)
        pair = self.pair_of(stmt.callee, flags)
        m = Mirror(stmt)
        if pair.plain:
            m.stmt = replace(stmt, callee=pair.forward)
            return m
        tapes = tuple(self.fresh(f"{pair.forward.removesuffix('_forward')}_tape") for _ in pair.tape)
        shadows = tuple(self.adjoint(t) for t, s in zip(stmt.targets, pair.shadow_results, strict=True) if s)
        args = stmt.args + tuple(self.shadowed(stmt.args[i]) for i in pair.shadowed)
        kinds = (
            stmt.kinds
            + tuple(tangent_kind(k) for k, s in zip(stmt.kinds, pair.shadow_results, strict=True) if s)
            + pair.tape
        )
        m.stmt = Invoke(stmt.targets + shadows + tapes, pair.forward, args, kinds, stmt.span)
        self.shadow_results(m, stmt, pair)
        seeds = self.seeds(stmt, pair)
        if seeds is None:
            return m
        m.adjoint = self.invoke_backward(stmt, pair, tapes, seeds)
        return m

    def shadow_results(self, m: Mirror, stmt: Invoke, pair: CalleePair) -> None:
        """A result that is written to later has a shadow here, although the callee made none."""
        for target, given, kind in zip(stmt.targets, pair.shadow_results, stmt.kinds, strict=True):
            if not given and target in self.varied and self.memory.has_shadow(target):
                if isinstance(kind, ListOf):
                    value: Expr = Apply(lists.zero_list, (Name(target, kind),), (), kind)
                else:
                    value = zeros_like(Name(target, kind))
                m.after.append(Assign(self.adjoint(target), value, stmt.span))

    def seeds(self, stmt: Invoke, pair: CalleePair) -> list[Expr] | None:
        """The cotangents of the results; None if the call's adjoint has nothing to do."""
        seeds: list[Expr] = []
        needed = pair.writes
        for target, seeded, kind in zip(stmt.targets, pair.seeded, stmt.kinds, strict=True):
            if not seeded:
                continue
            if target in self.varied and self.is_live(target):
                needed = True
                seeds.append(self.d(target))
            else:
                seeds.append(ZERO if isinstance(kind, Scalar) else zeros_like(Name(target, kind)))
            if not self.memory.has_shadow(target):
                self.live[target] = False
        return seeds if needed else None

    def invoke_backward(self, stmt: Invoke, pair: CalleePair, tapes: tuple[str, ...], seeds: list[Expr]) -> list[Stmt]:
        out = Contributions(self, stmt.span, None)
        opening: list[Stmt] = []
        buffers: list[Expr] = []
        returned: list[str] = []
        for i, arg in enumerate(stmt.args):
            if not pair.active[i]:
                continue
            if i in pair.buffers:
                buffers.append(self.buffer(arg, opening, stmt.span))
            else:
                if (
                    isinstance(arg, Name)
                    and stmt.args.count(arg) == 1
                    and not self.is_live(arg.id)
                    and not self.memory.has_shadow(arg.id)
                ):
                    returned.append(self.adjoint(arg.id))
                    self.live[arg.id] = True
                    continue
                g = self.fresh(f"d_{root(arg) or 'arg'}_")
                returned.append(g)
                out.visit(arg, Name(g, tangent_kind(arg.kind)), False)
        primal = tuple(stmt.args[i] for i in pair.backward_args)
        held = tuple(Name(t, k) for t, k in zip(tapes, pair.tape, strict=True))
        args = (*primal, *held, *seeds, *buffers)
        kinds = tuple(tangent_kind(a.kind) for i, a in enumerate(stmt.args) if pair.active[i] and i not in pair.buffers)
        call = Invoke(tuple(returned), pair.backward, args, kinds, stmt.span)
        return [*opening, call, *out.statements()]

    def buffer(self, arg: Expr, opening: list[Stmt], span: Span) -> Expr:
        """Memory for the adjoint of an array argument, which the callee adds to."""
        if isinstance(arg, Name):
            if not self.is_live(arg.id):
                opening.append(Assign(self.adjoint(arg.id), zeros_like(arg), span))
                self.live[arg.id] = True
            return self.d(arg.id)
        name = root(arg)
        assert name is not None
        if not self.is_live(name):
            opening.append(Assign(self.adjoint(name), zeros_like(Name(name, self.memory.kinds[name])), span))
            self.live[name] = True
        return self.shadowed(arg)

    # Branches

    def branch(self, stmt: If) -> Mirror:
        before = dict(self.live)
        m = Mirror(stmt)
        after: list[dict[str, bool]] = []
        for block in (stmt.body, stmt.orelse):
            self.live = dict(before)
            m.inner.append(self.block(block))
            after.append(self.live)
        inside = all_bound(stmt.body) | all_bound(stmt.orelse)
        outside = bound_outside(self.function, stmt)
        m.closing = [[], []]
        merged: dict[str, bool] = {}
        for name in {**after[0], **after[1]}:
            at_entry = before.get(name, bool(self.scopes) and name in self.scopes[-1].touched)
            states = [a.get(name, at_entry) for a in after]
            if name in inside and name not in outside:
                merged[name] = False
                continue
            merged[name] = any(states)
            if any(states) and not all(states):
                m.closing[states.index(False)].append(self.zeroed(name, stmt.span, at_entry))
        self.live = merged
        return m

    def zeroed(self, name: str, span: Span, was_live: bool) -> Stmt:
        kind = self.memory.kinds[name]
        value = zeros_like(self.d(name)) if was_live and same_shape_always(kind) else zeros_like(Name(name, kind))
        if isinstance(kind, Array) and was_live and not same_shape_always(kind):
            value = ZERO
        return Assign(self.adjoint(name), value, span)

    # Loops

    def loop(self, stmt: For | While) -> Mirror:
        m = Mirror(stmt)
        outer = self.live
        self.scopes.append(Scope(frozenset(local_to(self.function, stmt))))
        self.live = {n: v for n, v in outer.items() if v and n not in self.scopes[-1].local}
        if isinstance(stmt, For):
            self.ranges.update(lower_bounds(stmt, self.ranges))
        m.inner = [self.block(stmt.body)]
        scope, inside = self.scopes.pop(), self.live
        self.live = outer
        closing: list[Stmt] = []
        for name in sorted({*scope.touched, *(n for n, v in outer.items() if v)}):
            if not inside.get(name, True) and name not in scope.local:
                closing.append(self.zeroed(name, stmt.span, True))
        m.closing = [closing]
        for name in scope.touched:
            if not self.is_live(name):
                kind = self.memory.kinds[name]
                m.opening.append(Assign(self.adjoint(name), zeros_like(Name(name, kind)), stmt.span))
            self.live[name] = True
        return m


@dataclass(slots=True)
class Contributions:
    """What one statement adds to the adjoints of what it reads."""

    reverse: Reverse
    span: Span
    target: str | None
    whole: Expr | None = None
    items: list[tuple[Place, Expr]] = field(default_factory=list)
    before: list[Stmt] = field(default_factory=list)

    def visit(self, expr: Expr, seed: Expr, masked: bool) -> None:
        r = self.reverse
        if not is_varied(expr, r.varied, r.constant):
            return
        match expr:
            case Name():
                if masked:
                    r.masked.add(expr.id)
                self.items.append((Place(expr.id, expr.kind), seed))
            case Apply() if is_getitem(expr):
                self.element(expr, seed, masked)
            case Tuple():
                for i, item in enumerate(expr.items):
                    self.visit(
                        item, Apply(operator.getitem, (seed, Const(i, INT)), (), tangent_kind(item.kind)), masked
                    )
            case Apply():
                self.call(expr, seed, masked)

    def element(self, expr: Apply, seed: Expr, masked: bool) -> None:
        name = root(expr)
        if name is None or isinstance(expr.args[0].kind, TupleOf):
            what = f"a derivative through one of several results of `{name}` is not known"
            raise UnsupportedSyntaxError(what, hint="write a rule with zg.rrule for a function that returns one value")
        if masked:
            self.reverse.masked.add(name)
        self.items.append((Place(name, self.reverse.memory.kinds[name], expr.args[1], expr.args[0]), seed))

    def call(self, expr: Apply, seed: Expr, masked: bool) -> None:
        r = self.reverse
        pullback = r.pullback_of(expr)
        if pullback is None:
            return
        active = [
            (i, arg, c)
            for i, (arg, c) in enumerate(zip(differentiable(expr), pullback.cotangents, strict=False))
            if c is not None and is_varied(arg, r.varied, r.constant)
        ]
        seed = self.full_seed(expr, seed, pullback)
        seed = self.named_seed(seed, pullback, [c for _, _, c in active], masked)
        masks = masked or expr.fn is np.where
        result: Expr = expr
        if self.target is not None and self.is_root(expr):
            result = Name(self.target, expr.kind)
        values = {SEED: seed, RESULT: result}
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
                c = summed(expr, i, without_zero_division(expr, c))
            self.visit(arg, c, masks)

    def is_root(self, expr: Apply) -> bool:
        """Whether the expression is the whole right side of the assignment."""
        return self.whole is expr and self.target not in names(expr)

    def full_seed(self, expr: Apply, seed: Expr, pullback: Pullback) -> Expr:
        """Only elementwise rules take a seed that has yet to be broadcast to the result's shape."""
        if self.reverse.elementwise(expr.fn) or covers_loosely(seed.kind, expr.kind) or expr.fn is np.where:
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
                result += self.accumulate(place, value)
        return result

    def accumulate(self, place: Place, value: Expr) -> list[Stmt]:
        r = self.reverse
        d = r.d(place.name)
        in_memory = r.memory.has_shadow(place.name) or place.name in r.buffers
        if place.index is None:
            if r.is_live(place.name):
                return [
                    Accumulate(d.id, value, None, None, in_memory and isinstance(place.kind, Array), d.kind, self.span)
                ]
            r.live[place.name] = True
            return [Assign(d.id, fitted(value, Name(place.name, place.kind)), self.span)]
        first: list[Stmt] = []
        if not r.is_live(place.name):
            r.live[place.name] = True
            first.append(Assign(d.id, zeros_like(Name(place.name, place.kind)), self.span))
        assert place.base is not None
        base = r.shadowed(place.base)
        if may_repeat(place.index):
            add = Apply(helpers.add_at, (base, place.index, value), (), Opaque())
            return [*first, Effect(add, self.span)]
        return [*first, Accumulate(d.id, value, place.index, base, True, d.kind, self.span)]


LAZY = {np.sum, np.mean}


def covers_loosely(kind: Kind, target: Kind) -> bool:
    if not isinstance(target, Array):
        return True
    return (
        isinstance(kind, Array)
        and kind.ndim == target.ndim
        and all(p == q or p is None or (q is None and p != 1) for p, q in zip(kind.dims, target.dims, strict=True))
    )


def refold(cotangent: Expr, values: dict[str, Expr]) -> Expr:
    """The cotangent with the seed in place, products put in order again."""
    match cotangent:
        case Name():
            return values.get(cotangent.id, cotangent)
        case Apply(fn=operator.mul | operator.truediv | operator.neg):
            p = algebra.as_product(cotangent)
            numerator = [substitute(f, values) for f in p.numerator]
            result = algebra.Product(p.coefficient)
            for factor in numerator:
                result = algebra.times(result, algebra.as_product(factor))
            for divisor in p.denominator:
                result = algebra.divided(result, substitute(divisor, values))
            return algebra.from_product(result)
    return substitute(cotangent, values)


def joined(values: list[Expr]) -> list[Expr]:
    """Contributions to one place: added up in one expression where that stays readable."""
    total = algebra.total(values)
    if algebra.size_of(total) <= 16 or len(values) == 1:
        return [total]
    return values


def guarded(seed: Expr, value: Expr) -> Expr:
    """Nothing flows where the seed is zero, even if the partial derivative is infinite there."""
    test = algebra.apply(operator.ne, seed, ZERO)
    if isinstance(value.kind, Array):
        return Apply(np.where, (test, value, ZERO), (), value.kind)
    return Choice(test, value, ZERO, value.kind)


def without_zero_division(call: Apply, cotangent: Expr) -> Expr:
    """NumPy's functions give infinity for Python numbers where dividing them would raise."""
    if not isinstance(call.fn, np.ufunc) or not all(
        isinstance(a.kind, Scalar) and a.kind.weak is not False for a in call.args
    ):
        return cotangent

    def change(e: Expr) -> Expr:
        if isinstance(e, Apply) and e.fn is operator.truediv and not isinstance(e.args[1], Const):
            return replace(e, fn=helpers.quotient)
        return e

    return rebuild(cotangent, change)


def varies(cotangent: Expr) -> bool:
    """Whether the partial derivative is more than a constant, and so could be infinite."""
    p = algebra.as_product(cotangent)
    return bool(p.denominator) or any(f != Name(SEED) for f in p.numerator)


COMPUTED = {operator.add, operator.sub, operator.mul, operator.truediv, operator.neg, operator.pow, operator.matmul}
COMPUTED |= {np.sum, np.where, np.copy, np.outer, np.dot, helpers.expand}


def keeps_memory(value: Expr) -> bool:
    """Whether a contribution may be the seed's own memory rather than something computed from it."""
    if isinstance(value, Apply):
        return isinstance(value.kind, Array) and value.fn not in COMPUTED and not isinstance(value.fn, np.ufunc)
    return isinstance(value, Name)


def is_view(expr: Expr) -> bool:
    return isinstance(expr, Apply) and (
        isinstance(expr.fn, Attribute) or (is_getitem(expr) and is_basic(expr.args[1]) and is_view_base(expr))
    )


def is_view_base(expr: Apply) -> bool:
    return isinstance(expr.args[0], Name)


def may_repeat(index: Expr) -> bool:
    """Whether the index can name one entry twice."""
    parts = index.items if isinstance(index, Tuple) else (index,)
    return any(
        (isinstance(p.kind, Array) and p.kind.dtype != "bool") or (isinstance(p, Tuple) and p.cls is list)
        for p in parts
    )


def fitted(value: Expr, primal: Expr) -> Expr:
    """A contribution as a value of the variable's own shape."""
    if not isinstance(primal.kind, Array) or covers_loosely(value.kind, primal.kind):
        return value
    return expanded(value, primal)


def zeros_like(value: Expr) -> Expr:
    kind = value.kind
    match kind:
        case Array():
            if kind.dtype[0] in "iub":
                shape = Apply(Attribute("shape"), (value,), (), Opaque())
                return Apply(np.zeros, (shape,), (), Array("float64", kind.dims))
            return Apply(np.zeros_like, (value,), (), kind)
        case ListOf():
            return Apply(lists.zero_list, (value,), (), kind)
    return ZERO


def zero_for(value: Expr) -> Expr:
    return zeros_like(value) if isinstance(value, Name) and isinstance(value.kind, Array) else ZERO


def tangent_kind(kind: Kind) -> Kind:
    match kind:
        case Scalar() if kind.dtype[0] in "iub":
            return Scalar("float64", kind.weak)
        case Array() if kind.dtype[0] in "iub":
            return Array("float64", kind.dims)
        case ListOf() if kind.item is not None:
            return ListOf(tangent_kind(kind.item))
    return kind


def same_shape_always(kind: Kind) -> bool:
    return not isinstance(kind, Array) or None not in kind.dims


def element_kind(stmt: Store) -> Kind:
    kind = algebra.kind_of_call(operator.getitem, (stmt.base, stmt.index))
    return tangent_kind(kind if not isinstance(kind, Opaque) else stmt.value.kind)


def seed_for(place: Expr, value: Expr) -> Expr:
    """The cotangent of what was stored: summed where storing broadcast it."""
    if not isinstance(place.kind, Array):
        return place
    if isinstance(value.kind, Array) and covers(value.kind, place.kind) and None not in value.kind.dims:
        return place
    if not isinstance(value.kind, Array):
        return Apply(np.sum, (place,), (), Scalar(place.kind.dtype, False))
    return Apply(helpers.unbroadcast, (place, value), (), value.kind)


def split_own(
    items: list[tuple[Place, Expr]], name: str, index: Expr, base: Expr
) -> tuple[list[Expr], list[tuple[Place, Expr]]]:
    """Contributions to the very element that was overwritten, and all others."""
    own, others = [], []
    for place, value in items:
        same = place.name == name and place.base == base and place.index == index
        whole = place.name == name and place.index is None and index == WHOLE and base == Name(name)
        if same or whole:
            own.append(value)
        else:
            others.append((place, value))
    return own, others


def bound_outside(function: Function, stmt: Stmt) -> set[str]:
    """Variables that are bound somewhere other than inside the statement."""
    found = {p.name for p in function.params}
    inside = {id(s) for s in statements((stmt,))}
    for other in statements(function.body):
        if id(other) not in inside:
            found.update(bound(other))
    return found


def local_to(function: Function, loop: For | While) -> set[str]:
    """Variables of which every iteration makes its own: bound in the body before they are read, and read nowhere else."""
    inside = {id(s) for s in statements((loop,))}
    outside = {p.name for p in function.params} | set().union(*map(names, function.result))
    for stmt in statements(function.body):
        if id(stmt) not in inside:
            outside |= read(stmt) | set(bound(stmt))
    exposed: set[str] = set()
    first_reads(loop.body, set(), exposed)
    return all_bound(loop.body) - outside - exposed - read(loop)


def first_reads(block: Block, defined: set[str], exposed: set[str]) -> set[str]:
    """Collect variables read before they are surely bound; returns what is surely bound at the end."""
    for stmt in block:
        exposed |= read(stmt) - defined
        match stmt:
            case If():
                a = first_reads(stmt.body, set(defined), exposed)
                b = first_reads(stmt.orelse, set(defined), exposed)
                defined = a & b
            case For():
                first_reads(stmt.body, defined | {stmt.var}, exposed)
            case While():
                first_reads(stmt.body, set(defined), exposed)
        defined = defined | set(bound(stmt))
    return defined


__all__ = ["BOOL", "INT_ZERO", "NOWHERE", "CalleePair", "Mirror", "Reverse", "carries_tangent", "rename"]
