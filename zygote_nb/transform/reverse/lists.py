"""Adjoints of appending to a list and popping from it."""

from __future__ import annotations

from zygote_nb.analysis.alias import sharing
from zygote_nb.ir.core import Append, Expr, Name, Pop
from zygote_nb.transform.reverse.contributions import Contributions
from zygote_nb.transform.reverse.shadows import late_bases, shadowed
from zygote_nb.transform.reverse.state import Mirror, Reverse
from zygote_nb.transform.reverse.tangents import zero_for, zero_number


def append(r: Reverse, stmt: Append) -> Mirror:
    m = Mirror(stmt)
    if stmt.base not in r.varied:
        return m
    d = r.d(stmt.base)
    if sharing(stmt.value):
        m.after.append(Append(d.id, shadowed(r, stmt.value), stmt.span))
        m.adjoint = [Pop((), d.id, (), stmt.span)]
        return m
    if stmt.base not in late_bases(r):
        m.after.append(Append(d.id, zero_for(stmt.value), stmt.span))
    g = r.fresh("g")
    out = Contributions(r, stmt.span, None)
    out.visit(stmt.value, Name(g, stmt.value.kind), False)
    m.adjoint = [Pop((g,), d.id, (stmt.value.kind,), stmt.span), *out.statements()]
    return m


def pop(r: Reverse, stmt: Pop) -> Mirror:
    m = Mirror(stmt)
    if stmt.base not in r.varied:
        return m
    d = r.d(stmt.base)
    (target,) = stmt.targets
    if r.memory.has_shadow(target):
        m.after.append(Pop((r.adjoint(target),), d.id, stmt.kinds, stmt.span))
        m.adjoint = [Append(d.id, r.d(target), stmt.span)]
        return m
    if stmt.base not in late_bases(r):
        m.after.append(Pop((), d.id, (), stmt.span))
    value: Expr = r.d(target) if r.is_live(target) else zero_number(stmt.kinds[0])
    r.live[target] = False
    m.adjoint = [Append(d.id, value, stmt.span)]
    return m
