"""Both sweeps of a function, from its seeds to its adjoints."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from zygote_nb.analysis.alias import Memory
from zygote_nb.analysis.dependence import Dependence
from zygote_nb.analysis.required import Required
from zygote_nb.dataclass import dataclass
from zygote_nb.ir.core import Apply, Effect, Expr, For, Function, Name, Stmt, While
from zygote_nb.ir.kinds import Kind, ListOf, Opaque
from zygote_nb.ir.walk import all_bound, bound, names, statements
from zygote_nb.runtime import lists
from zygote_nb.transform.derive.derivation import Derivation
from zygote_nb.transform.derive.prepared import Prepared
from zygote_nb.transform.record.assemble import Assembler
from zygote_nb.transform.record.replay import written_in
from zygote_nb.transform.record.tapes import Tapes
from zygote_nb.transform.reverse.contributions import Contributions
from zygote_nb.transform.reverse.state import Mirror, Reverse
from zygote_nb.transform.reverse.statements import mirrored_block
from zygote_nb.transform.reverse.tangents import tangent_kind


@dataclass(slots=True)
class Sweeps:
    forward: list[Stmt]
    backward: list[Stmt]
    unset: set[str]
    kinds: dict[str, Kind]


def both_sweeps(
    derivation: Derivation,
    prepared: Prepared,
    reverse: Reverse,
    seeds: list[tuple[Expr, Expr]],
    start: frozenset[str],
    tail: Callable[[], list[Stmt]],
) -> Sweeps:
    """Both sweeps of a function. ``seeds`` pairs results with their cotangents, ``start`` is required at entry."""
    function = prepared.function
    while True:
        masked = set(reverse.masked)
        reverse.live.clear()
        reverse.scopes.clear()
        reverse.late_shadows.clear()
        opening = seeded(reverse, seeds)
        mirrors = mirrored_block(reverse, function.body)
        closing = tail()
        if masked == reverse.masked:
            break
    opening = [*reverse.late_shadows.values(), *opening]
    loop_bound = {n for s in statements(function.body) if isinstance(s, For | While) for n in all_bound((s,))}
    fixed = never_overwritten(function, loop_bound, mirrors)
    dependence = Dependence(prepared.memory, fixed, start)
    dependence.collect(mirrors)
    required = Required(prepared.memory, derivation.record_all, dependence)
    kept = {reverse.adjoints[p.name] for p in function.params if p.name in reverse.adjoints}
    required.run(mirrors, start | kept, opening)
    kinds = dict(prepared.memory.kinds)
    for name, adjoint in reverse.adjoints.items():
        kinds[adjoint] = tangent_kind(reverse.kind(name))
    changing = loop_bound | lists_changed_in_loops(prepared.memory, function)
    tapes = Tapes(prepared.fresh, kinds, lambda e: not names(e) & changing, flat=derivation.flat)
    lasting = tuple(p.name for p in function.params if p.name in fixed)
    again = not derivation.record_all
    writes = {pair.forward: frozenset(pair.changes) for pair in derivation.pairs.values()}
    assembler = Assembler(prepared.memory, required, prepared.fresh, kinds, tapes, again, fixed, lasting, writes)
    forward, backward = assembler.block(mirrors, [])
    derivation.unset += tapes.unset
    derivation.kept += tapes.kept
    derivation.adjoints.update(reverse.adjoints.values())
    return Sweeps([*tapes.starts, *forward], [*opening, *backward, *closing], tapes.unset, kinds)


def lists_changed_in_loops(memory: Memory, function: Function) -> set[str]:
    """Lists that may have another length in each iteration of some loop."""
    loops = tuple(s for s in statements(function.body) if isinstance(s, For | While))
    changed = set().union(*(written_in(s) for s in loops)) if loops else set()
    groups = {memory.group(n) for n in changed}
    return {n for n, k in memory.kinds.items() if isinstance(k, ListOf) and memory.group(n) in groups}


def seeded(reverse: Reverse, seeds: list[tuple[Expr, Expr]]) -> list[Stmt]:
    opening: list[Stmt] = []
    direct = [(r, s) for r, s in seeds if isinstance(r, Name) and reverse.adjoints.get(r.id) == getattr(s, "id", "")]
    for result, seed in direct + [pair for pair in seeds if pair not in direct]:
        if isinstance(result, Name) and isinstance(result.kind, ListOf):
            if result.id in reverse.varied:
                add = Apply(lists.add_lists, (reverse.d(result.id), seed), (), Opaque())
                opening.append(Effect(add))
            continue
        if isinstance(result, Name) and isinstance(seed, Name) and reverse.adjoints.get(result.id) == seed.id:
            reverse.live[result.id] = True
            continue
        out = Contributions(reverse, reverse.function.exit, None)
        out.visit(result, seed, False)
        opening += out.statements()
    return opening


def never_overwritten(function: Function, loop_bound: set[str], mirrors: list[Mirror]) -> frozenset[str]:
    """Variables that keep their value from their one binding, outside of all loops, on."""
    count = Counter(n for s in statements(function.body) for n in bound(s))
    count.update(n for m in mirrors for s in (*m.before, *m.after) for n in bound(s))
    params = {p.name for p in function.params}
    once = {n for n, k in count.items() if k == 1 and n not in loop_bound and n not in params}
    return frozenset(once | {p for p in params if not count[p]})
