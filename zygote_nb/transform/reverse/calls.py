"""Adjoints of calls: the forward half in the one sweep, the backward half in the other."""

from __future__ import annotations

from zygote_nb.analysis.activity import is_varied
from zygote_nb.dataclass import replace
from zygote_nb.ir.core import ZERO, Apply, Assign, Expr, Invoke, Name, Span, Stmt
from zygote_nb.ir.kinds import ListOf, Scalar
from zygote_nb.ir.walk import root
from zygote_nb.runtime import lists
from zygote_nb.transform.reverse.contributions import Contributions
from zygote_nb.transform.reverse.shadows import shadowed
from zygote_nb.transform.reverse.state import CalleePair, Mirror, Reverse
from zygote_nb.transform.reverse.tangents import tangent_kind, zeros_like


def invoke(r: Reverse, stmt: Invoke) -> Mirror:
    flags = tuple(is_varied(a, r.varied, r.constant) for a in stmt.args)
    pair = r.pair_of(stmt.callee, flags)
    m = Mirror(stmt)
    changed = tuple(a for i, a in enumerate(stmt.args) if i in pair.changes and root(a) is not None)
    if pair.plain:
        m.overwrites = changed
        m.stmt = replace(stmt, callee=pair.forward)
        shadows_of_results(r, m, stmt, pair)
        return m
    tapes = tuple(r.fresh(f"{pair.forward.removesuffix('_forward')}_tape") for _ in pair.tape)
    shadows = tuple(r.adjoint(t) for t, s in zip(stmt.targets, pair.shadow_results, strict=True) if s)
    args = stmt.args + tuple(shadowed(r, stmt.args[i]) for i in pair.shadowed)
    kinds = (
        stmt.kinds
        + tuple(tangent_kind(k) for k, s in zip(stmt.kinds, pair.shadow_results, strict=True) if s)
        + pair.tape
    )
    m.stmt = Invoke(stmt.targets + shadows + tapes, pair.forward, args, kinds, stmt.span)
    shadows_of_results(r, m, stmt, pair)
    seeds = seeds_of_results(r, stmt, pair)
    if seeds is None:
        m.overwrites = changed
        return m
    m.adjoint = invoke_backward(r, stmt, pair, tapes, seeds)
    return m


def shadows_of_results(r: Reverse, m: Mirror, stmt: Invoke, pair: CalleePair) -> None:
    """A result that is written to later has a shadow here, although the callee made none."""
    for target, given, kind in zip(stmt.targets, pair.shadow_results, stmt.kinds, strict=True):
        if not given and target in r.varied and r.memory.has_shadow(target):
            if isinstance(kind, ListOf):
                value: Expr = Apply(lists.zero_list, (Name(target, kind),), (), kind)
            else:
                value = zeros_like(Name(target, kind))
            m.after.append(Assign(r.adjoint(target), value, stmt.span))


def seeds_of_results(r: Reverse, stmt: Invoke, pair: CalleePair) -> list[Expr] | None:
    """The cotangents of the results; None if the call's adjoint has nothing to do."""
    seeds: list[Expr] = []
    needed = pair.writes or any(pair.shadow_results)
    for target, seeded, kind in zip(stmt.targets, pair.seeded, stmt.kinds, strict=True):
        if not seeded:
            continue
        if target in r.varied and r.is_live(target):
            needed = True
            seeds.append(r.d(target))
        else:
            seeds.append(ZERO if isinstance(kind, Scalar) else zeros_like(Name(target, kind)))
        if not r.memory.has_shadow(target):
            r.live[target] = False
    return seeds if needed else None


def invoke_backward(
    r: Reverse, stmt: Invoke, pair: CalleePair, tapes: tuple[str, ...], seeds: list[Expr]
) -> list[Stmt]:
    out = Contributions(r, stmt.span, None)
    opening: list[Stmt] = []
    buffers: list[Expr] = []
    returned: list[str] = []
    for i, arg in enumerate(stmt.args):
        if not pair.active[i]:
            continue
        if i in pair.buffers:
            buffers.append(buffer_for(r, arg, opening, stmt.span))
        else:
            if (
                isinstance(arg, Name)
                and stmt.args.count(arg) == 1
                and not r.is_live(arg.id)
                and not r.memory.has_shadow(arg.id)
            ):
                returned.append(r.adjoint(arg.id))
                r.live[arg.id] = True
                continue
            g = r.fresh(f"d_{root(arg) or 'arg'}_")
            returned.append(g)
            out.visit(arg, Name(g, tangent_kind(arg.kind)), False)
    primal = tuple(stmt.args[i] for i in pair.backward_args)
    held = tuple(Name(t, k) for t, k in zip(tapes, pair.tape, strict=True))
    results = tuple(Name(stmt.targets[i], stmt.kinds[i]) for i in pair.held_results)
    args = (*primal, *held, *seeds, *buffers, *results)
    kinds = tuple(tangent_kind(a.kind) for i, a in enumerate(stmt.args) if pair.active[i] and i not in pair.buffers)
    call = Invoke(tuple(returned), pair.backward, args, kinds, stmt.span)
    return [*opening, call, *out.statements()]


def buffer_for(r: Reverse, arg: Expr, opening: list[Stmt], span: Span) -> Expr:
    """Memory for the adjoint of an array argument, which the callee adds to."""
    if isinstance(arg, Name):
        if not r.is_live(arg.id):
            opening.append(Assign(r.adjoint(arg.id), zeros_like(arg), span))
            r.live[arg.id] = True
        return r.d(arg.id)
    name = root(arg)
    assert name is not None
    if not r.is_live(name):
        opening.append(Assign(r.adjoint(name), zeros_like(Name(name, r.memory.kinds[name])), span))
        r.live[name] = True
    return shadowed(r, arg)
