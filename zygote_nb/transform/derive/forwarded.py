"""Callees that are differentiated in forward mode within a gradient: the forward half computes their Jacobian.

A row of it belongs to an entry of the active arguments, captured values among them; the backward half multiplies.
"""

from __future__ import annotations

import operator

import numpy as np

from zygote_nb.dataclass import replace
from zygote_nb.frontend.instances import Instance
from zygote_nb.ir.callables import Attribute
from zygote_nb.ir.core import (
    INT_ZERO,
    ONE,
    WHOLE,
    ZERO,
    Accumulate,
    Apply,
    Assign,
    Choice,
    Const,
    Expr,
    For,
    Invoke,
    Name,
    Stmt,
    Store,
    Tuple,
)
from zygote_nb.ir.generated import Generated
from zygote_nb.ir.integers import plus
from zygote_nb.ir.kinds import BOOL, INT, Array, Kind, Opaque, Static
from zygote_nb.runtime import directions
from zygote_nb.transform.derive.derivation import Derivation, reserved
from zygote_nb.transform.derive.plain import plain_pair
from zygote_nb.transform.derive.rerun import refusal, refuse_effects
from zygote_nb.transform.derive.spans import free
from zygote_nb.transform.forward.functions import Tangents
from zygote_nb.transform.forward.wide import OneAtATime
from zygote_nb.transform.reverse.state import CalleePair
from zygote_nb.transform.reverse.tangents import tangent_kind

WIDTH = 8
NOTHING = Const(None, Static(None))
VECTOR, MATRIX = Array("float64", (None,)), Array("float64", (None, None))


def forwarded(derivation: Derivation, instance: Instance, pair: CalleePair) -> CalleePair:
    """The pair of a callee whose Jacobian is computed in the forward half."""
    refuse_effects(instance, set())
    function = derivation.base(instance)
    if any(pair.shadow_results):
        raise refusal(function, "returns memory of its argument", "return a copy")
    if derivation.summary(instance).writes:
        raise refusal(function, "writes to its argument", "write to a copy")
    made = replace(pair, tape=(Opaque("tape"),), shadowed=(), backward_args=(), held_results=())
    tangents, width = in_directions(derivation, instance, pair.active)
    derivation.functions += [
        forward_half(derivation, instance, made, tangents, width),
        backward_half(derivation, instance, made),
    ]
    return made


def in_directions(derivation: Derivation, instance: Instance, active: tuple[bool, ...]) -> tuple[str, int]:
    """The function that pushes several tangents at once, or one."""
    before = list(derivation.functions)
    try:
        return Tangents(derivation, WIDTH).pushed(instance, active).name, WIDTH
    except OneAtATime:
        derivation.functions[:] = before
        return Tangents(derivation).pushed(instance, active).name, 1


def size_of(x: Expr) -> Expr:
    return Apply(Attribute("size"), (x,), (), INT) if isinstance(x.kind, Array) else Const(1, INT)


def forward_half(derivation: Derivation, instance: Instance, pair: CalleePair, push: str, width: int) -> Generated:
    function = derivation.base(instance)
    params = [Name(p.name, p.kind) for p in function.params]
    taken = reserved() | {p.id for p in params}
    fresh = lambda n, kind: Name(free(n, taken), kind)  # noqa: E731
    outs = [fresh("out", r.kind) for r in function.result]
    plain = plain_pair(derivation, instance, pair.active).forward
    body: list[Stmt] = [Invoke(tuple(o.id for o in outs), plain, tuple(params), tuple(o.kind for o in outs))]
    firsts, count = offsets([p for p, a in zip(params, pair.active, strict=True) if a])
    total, k = fresh("total", INT), fresh("k", INT)
    seeded = [o for o, s in zip(outs, pair.seeded, strict=True) if s]
    rows = [fresh("rows", MATRIX if isinstance(o.kind, Array) else VECTOR) for o in seeded]
    body.append(Assign(total.id, count))
    room = plus(total, Const(width, INT))
    for r, o in zip(rows, seeded, strict=True):
        wide = Apply(directions.rows_like, (room, o), (), r.kind)
        body.append(Assign(r.id, wide if isinstance(o.kind, Array) else Apply(np.zeros, (room,), (), r.kind)))
    moved = [p for p, a in zip(params, pair.active, strict=True) if a]
    dots = [
        along(p, first, plus(k, Const(w, INT))) for w in range(width) for p, first in zip(moved, firsts, strict=True)
    ]
    values = [fresh("value", o.kind) for o in outs]
    tangents = [fresh("dot", tangent_kind(o.kind)) for _ in range(width) for o in seeded]
    bound = (*values, *tangents)
    call = Invoke(tuple(t.id for t in bound), push, (*params, *dots), tuple(t.kind for t in bound))
    kept: list[Stmt] = []
    for i, t in enumerate(tangents):
        row = Apply(directions.flat_entries, (t,), (), VECTOR) if isinstance(t.kind, Array) else t
        kept.append(Store(rows[i % len(seeded)], plus(k, Const(i // len(seeded), INT)), row))
    body.append(For(k.id, INT_ZERO, total, Const(width, INT), (call, *kept)))
    tape = Tuple((total, *rows))
    return Generated(
        pair.forward, tuple(p.id for p in params), tuple(body), (), (*outs, tape), frozenset(), instance, len(outs)
    )


def offsets(moved: list[Name]) -> tuple[list[Expr], Expr]:
    """Where the entries of each argument begin among all entries, and how many there are."""
    firsts: list[Expr] = []
    count: Expr = INT_ZERO
    for p in moved:
        firsts.append(count)
        count = plus(count, size_of(p))
    return firsts, count


def along(p: Name, first: Expr, k: Expr) -> Expr:
    """The tangent of an argument in the ``k``-th direction of all."""
    if isinstance(p.kind, Array):
        at = k if first == INT_ZERO else Apply(operator.sub, (k, first), (), INT)
        return Apply(directions.along_entry, (p, at), (), tangent_kind(p.kind))
    return Choice(Apply(operator.eq, (k, first), (), BOOL), ONE, ZERO)


def backward_half(derivation: Derivation, instance: Instance, pair: CalleePair) -> Generated:
    function = derivation.base(instance)
    taken = reserved() | {p.name for p in function.params}
    fresh = lambda n, kind: Name(free(n, taken), kind)  # noqa: E731
    tape, total, g = fresh("tape", Opaque()), fresh("total", INT), fresh("g", VECTOR)
    seeds = [fresh("d_out", tangent_kind(r.kind)) for r, s in zip(function.result, pair.seeded, strict=True) if s]
    moved = [(i, p) for i, (p, a) in enumerate(zip(function.params, pair.active, strict=True)) if a]
    buffers = {i: fresh(f"d_{p.name}", p.kind) for i, p in moved if i in pair.buffers}
    room = plus(total, Const(0, INT))
    body: list[Stmt] = [Assign(total.id, part(tape, 0, INT)), Assign(g.id, Apply(np.zeros, (room,), (), VECTOR))]
    for n, seed in enumerate(seeds):
        kind = MATRIX if isinstance(seed.kind, Array) else VECTOR
        rows = fresh("rows", kind)
        whole = Apply(slice, (NOTHING, total, NOTHING), (), Opaque())
        used = Apply(operator.getitem, (rows, whole), (), kind)
        product = (
            Apply(operator.matmul, (used, Apply(directions.flat_entries, (seed,), (), VECTOR)), (), VECTOR)
            if isinstance(seed.kind, Array)
            else Apply(operator.mul, (used, seed), (), VECTOR)
        )
        body += [
            Assign(rows.id, part(tape, n + 1, kind)),
            Store(g, WHOLE, Apply(operator.add, (g, product), (), VECTOR)),
        ]
    results: list[Expr] = []
    first: Expr = INT_ZERO
    for i, p in moved:
        if i in buffers:
            entries = Apply(directions.entries_of, (g, first, buffers[i]), (), p.kind)
            body.append(Accumulate(buffers[i].id, entries, None, None, True, p.kind))
            first = plus(first, size_of(buffers[i]))
        else:
            results.append(Apply(operator.getitem, (g, first), (), tangent_kind(p.kind)))
            first = plus(first, Const(1, INT))
    given = (tape.id, *(s.id for s in seeds), *(b.id for b in buffers.values()))
    return Generated(pair.backward, given, (), tuple(body), tuple(results), frozenset(), instance)


def part(tape: Name, i: int, kind: Kind) -> Expr:
    return Apply(operator.getitem, (tape, Const(i, INT)), (), kind)
