"""Adjoints of assignments."""

from __future__ import annotations

import operator

from zygote_nb.analysis.activity import is_varied
from zygote_nb.analysis.alias import mirrored
from zygote_nb.dataclass import replace
from zygote_nb.frontend.values import make_tuple
from zygote_nb.ir.core import Apply, Assign, Const, Expr, Span, Stmt, Tuple, is_getitem
from zygote_nb.ir.kinds import INT, Kind, Static, TupleOf
from zygote_nb.ir.walk import blocks, with_blocks
from zygote_nb.transform.reverse.contributions import Contributions
from zygote_nb.transform.reverse.shadows import is_made_late, is_made_on_the_way_back, shadow_of
from zygote_nb.transform.reverse.state import Mirror, Reverse


def assign(r: Reverse, stmt: Assign) -> Mirror:
    m = Mirror(stmt)
    add_rule_forward(r, m, stmt)
    if stmt.target not in r.varied:
        return m
    if isinstance(stmt.value.kind, TupleOf) and has_entries(r, stmt):
        assign_entries(r, m, stmt, stmt.value.kind)
    elif r.memory.has_shadow(stmt.target):
        assign_shadow(r, m, stmt)
    elif r.is_live(stmt.target):
        assign_value(r, m, stmt)
    return m


def has_entries(r: Reverse, stmt: Assign) -> bool:
    """Whether each entry has an adjoint of its own: of several results, and of a tuple of values."""
    return isinstance(stmt.value, Apply) or not r.memory.has_shadow(stmt.target)


def add_rule_forward(r: Reverse, m: Mirror, stmt: Assign) -> None:
    """A rule may compute the result in its own way."""
    if not isinstance(stmt.value, Apply) or is_getitem(stmt.value) or r.constant(stmt.value.fn):
        return
    if not is_varied(stmt.value, r.varied, r.constant):
        return
    pullback = r.pullback_of(stmt.value)
    if pullback is not None and pullback.value is not None:
        m.before.extend(placed(s, stmt.span) for s in pullback.forward)
        m.stmt = replace(stmt, value=pullback.value)


def placed(stmt: Stmt, span: Span) -> Stmt:
    """A statement of a rule, at the line of the call: the rule may be in another file."""
    inner = tuple(tuple(placed(s, span) for s in block) for block in blocks(stmt))
    return replace(with_blocks(stmt, inner), span=span)


def assign_value(r: Reverse, m: Mirror, stmt: Assign) -> None:
    name = stmt.target
    out = Contributions(r, stmt.span, stmt.target, stmt.value)
    out.visit(stmt.value, r.d(name), name in r.masked)
    r.live[name] = False
    if any(p.name == name and p.index is not None for p, _ in out.items):
        m.adjoint = out.through_elements(name)
    else:
        m.adjoint = out.statements(own=name)


def assign_entries(r: Reverse, m: Mirror, stmt: Assign, kind: TupleOf) -> None:
    """A function with several results: each has an adjoint of its own."""
    names: list[str] = []

    def seed(kind: Kind, path: tuple[int, ...]) -> Expr:
        if isinstance(kind, TupleOf):
            return make_tuple(tuple(seed(k, (*path, i)) for i, k in enumerate(kind.items)), tuple)
        names.append(r.entry(stmt.target, path))
        return r.d(names[-1]) if r.is_live(names[-1]) else Const(None, Static(None))

    seeds = seed(kind, ())
    if any(r.is_live(n) for n in names):
        out = Contributions(r, stmt.span, stmt.target, stmt.value)
        out.visit(stmt.value, seeds, stmt.target in r.masked)
        m.adjoint = out.statements()
    for n in names:
        r.live[n] = False


def assign_shadow(r: Reverse, m: Mirror, stmt: Assign) -> None:
    """The shadow is made with the variable; what is copied into fresh memory flows back from there."""
    shadow = shadow_of(r, stmt.value, stmt.target)
    make = Assign(r.adjoint(stmt.target), shadow, stmt.span)
    if is_made_late(r, stmt):
        r.late_shadows[stmt.target] = make
    elif is_made_on_the_way_back(r, stmt):
        r.scopes[-1].late.append(make)
    else:
        m.after.append(make)
    if mirrored(stmt.value):
        return
    out = Contributions(r, stmt.span, stmt.target, stmt.value)
    if isinstance(stmt.value, Tuple):
        for i, item in enumerate(stmt.value.items):
            element = Apply(operator.getitem, (r.d(stmt.target), Const(i, INT)), (), item.kind)
            out.visit(item, element, False)
    else:
        out.visit(stmt.value, r.d(stmt.target), stmt.target in r.masked)
    m.adjoint = out.statements()
