"""Adjoints of stores into memory."""

from __future__ import annotations

import operator
from collections import Counter

import numpy as np

from zygote_nb.analysis.activity import is_varied
from zygote_nb.analysis.alias import sharing
from zygote_nb.analysis.ownership import maybe_shared
from zygote_nb.dataclass import replace
from zygote_nb.ir.core import WHOLE, ZERO, Apply, Assign, Expr, Name, Stmt, Store, is_getitem
from zygote_nb.ir.kinds import Array, Dim, ListOf, Opaque, Scalar
from zygote_nb.ir.walk import root, subexpressions
from zygote_nb.runtime import indexing
from zygote_nb.transform import algebra
from zygote_nb.transform.broadcasting import covers
from zygote_nb.transform.places import apart
from zygote_nb.transform.reverse.contributions import Contributions, Place
from zygote_nb.transform.reverse.cotangents import may_repeat
from zygote_nb.transform.reverse.shadows import shadowed
from zygote_nb.transform.reverse.state import Mirror, Reverse
from zygote_nb.transform.reverse.tangents import element_kind, seed_for


def store(r: Reverse, stmt: Store) -> Mirror:
    m = Mirror(stmt)
    name = root(stmt.base)
    assert name is not None
    if name not in r.varied:
        return m
    base = shadowed(r, stmt.base)
    whole = stmt.index == WHOLE and isinstance(stmt.base.kind, Array) and stmt.base.kind.ndim > 0
    place = base if whole else Apply(operator.getitem, (base, stmt.index), (), element_kind(stmt))
    if isinstance(stmt.base.kind, ListOf) and sharing(stmt.value):
        held = r.fresh("old_shadow")
        m.before.append(Assign(held, Apply(operator.getitem, (base, stmt.index), (), Opaque("shadow")), stmt.span))
        m.after.append(Store(base, stmt.index, shadowed(r, stmt.value), span=stmt.span))
        m.adjoint = [Store(base, stmt.index, Name(held, Opaque("shadow")), span=stmt.span)]
        return m
    if stmt.add:
        out = Contributions(r, stmt.span, None)
        out.visit(stmt.value, seed_for(place, stmt.value), name in r.masked)
        m.adjoint = out.statements()
        return m
    if not is_varied(stmt.value, r.varied, r.constant):
        m.adjoint = [Store(base, stmt.index, ZERO, span=stmt.span)]
        return m
    m.adjoint = store_adjoint(r, stmt, name, base, place)
    return m


def store_adjoint(r: Reverse, stmt: Store, name: str, base: Expr, place: Expr) -> list[Stmt]:
    """Take the adjoint of the element, zero it, and hand it to what was stored."""
    out = contributions(r, stmt, name, place)
    own, others = split_own(out.items, name, stmt.index, stmt.base)
    aliased = isinstance(place.kind, Array) and any(keeps_memory(e) for _, e in others)
    if (
        not may_repeat(stmt.index)
        and (own == [place] or not out.before)
        and not aliased
        and can_update_directly(r, own, others, place, name, stmt)
    ):
        named, others = with_seed_named(r, stmt, others)
        rest = [*out.before, *named, *out.emit(others)]
        if own == [place]:
            return rest
        return [*rest, Store(base, stmt.index, algebra.total(own) if own else ZERO, span=stmt.span)]
    g = r.fresh("g")
    held: Expr = place
    if may_repeat(stmt.index):
        held = Apply(indexing.last_written, (base, stmt.index), (), place.kind)
    elif isinstance(place.kind, Array):
        held = Apply(np.copy, (place,), (), place.kind)
    taken = Name(g, place.kind)
    out = contributions(r, stmt, name, taken)
    own, others = split_own(out.items, name, stmt.index, stmt.base)
    update: list[Stmt] = [Store(base, stmt.index, algebra.total(own) if own else ZERO, span=stmt.span)]
    if own == [taken]:
        update = []
    return [Assign(g, held, stmt.span), *out.before, *update, *out.emit(others)]


def contributions(r: Reverse, stmt: Store, name: str, taken: Expr) -> Contributions:
    """What the stored value hands on of the cotangent of its place."""
    dims = taken.kind.dims if isinstance(taken.kind, Array) else ()
    value, alike = with_shape(r, stmt.value, own_place(stmt), dims)
    out = Contributions(r, stmt.span, None, alike=alike)
    out.visit(value, taken if value in alike else seed_for(taken, value), name in r.masked)
    return out


def own_place(stmt: Store) -> Expr:
    """What is stored to, as the value would read it."""
    whole = stmt.index == WHOLE and isinstance(stmt.base, Name)
    return stmt.base if whole else Apply(operator.getitem, (stmt.base, stmt.index))


def with_shape(r: Reverse, value: Expr, place: Expr, dims: tuple[Dim, ...]) -> tuple[Expr, frozenset[Expr]]:
    """The value and its parts that meet the old content entry by entry: these have the shape of the place."""
    if value == place or not isinstance(value, Apply) or not r.elementwise(value.fn):
        return value, frozenset({value} if value == place else ())
    parts = [with_shape(r, a, place, dims) for a in value.args]
    alike = frozenset().union(*(found for _, found in parts))
    if not alike or not isinstance(value.kind, Array) or value.kind.ndim != len(dims):
        return value, frozenset()
    value = replace(value, args=tuple(a for a, _ in parts), kind=replace(value.kind, dims=dims))
    return value, alike | {value}


def with_seed_named(
    r: Reverse, stmt: Store, items: list[tuple[Place, Expr]]
) -> tuple[list[Stmt], list[tuple[Place, Expr]]]:
    """A number that is worked out of memory and goes to several places is worked out once."""
    repeated = [v for _, v in items if isinstance(v.kind, Scalar) and any(is_getitem(e) for e in subexpressions(v))]
    count = Counter(repeated)
    value = next((v for v in repeated if count[v] > 1), None)
    if value is None:
        return [], items
    name = Name(r.fresh("g"), value.kind)
    return [Assign(name.id, value, stmt.span)], [(p, name if v == value else v) for p, v in items]


def can_update_directly(
    r: Reverse, own: list[Expr], others: list[tuple[Place, Expr]], place: Expr, name: str, stmt: Store
) -> bool:
    """Whether the contributions may read the element's adjoint where it lies."""
    if any(place not in set(subexpressions(o)) for o in own):
        return False
    if any(not covers(o.kind, place.kind) for o in own):
        return False
    near = [p for p, _ in others if r.memory.group(p.name) == r.memory.group(name) and may_touch(r, p, stmt)]
    if not near:
        return True
    return len(others) == 1 and own == [place] and not isinstance(place.kind, Array)


def may_touch(r: Reverse, place: Place, stmt: Store) -> bool:
    if place.index is None or place.base != Name(root(stmt.base) or "") or place.base != stmt.base:
        return True
    return not apart(place.index, stmt.index, r.ranges)


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


def keeps_memory(value: Expr) -> bool:
    """Whether a contribution may be the seed's own memory rather than something computed from it."""
    return bool(maybe_shared(value)) and (isinstance(value, Name) or isinstance(value.kind, Array))
