"""The derivative of a callee: a forward half, a backward half, and the tape between them."""

from __future__ import annotations

from functools import partial

from zygote_nb.frontend.instances import Instance
from zygote_nb.ir.core import Assign, Expr, Name, Stmt
from zygote_nb.ir.generated import Generated
from zygote_nb.ir.kinds import Opaque, carries_tangent, is_memory
from zygote_nb.ir.walk import all_bound
from zygote_nb.transform.derive.derivation import Derivation
from zygote_nb.transform.derive.entry import initialised, is_users, param_shadows
from zygote_nb.transform.derive.forwarded import forwarded
from zygote_nb.transform.derive.halves import halves
from zygote_nb.transform.derive.plain import plain_pair
from zygote_nb.transform.derive.prepare import prepare
from zygote_nb.transform.derive.prepared import Prepared
from zygote_nb.transform.derive.rerun import kept_arguments, rerun_functions
from zygote_nb.transform.derive.schedule import scheduled, widened
from zygote_nb.transform.derive.sweeps import both_sweeps
from zygote_nb.transform.reverse.shadows import shadowed
from zygote_nb.transform.reverse.state import CalleePair, Reverse
from zygote_nb.transform.reverse.tangents import tangent_kind, zeros_like


def pair_of(derivation: Derivation, instance: Instance, flags: tuple[bool, ...]) -> CalleePair:
    flags = tuple(f and carries_tangent(p.kind) for f, p in zip(flags, derivation.base(instance).params, strict=True))
    if instance.spans:
        flags = widened(derivation, instance, flags)
    key = (id(instance), flags)
    if key in derivation.pairs:
        return derivation.pairs[key]
    results, written = derivation.activity(instance, flags)
    if not any(results) and not written:
        derivation.pairs[key] = plain_pair(derivation, instance, flags)
        return derivation.pairs[key]
    derivation.pairs[key] = assumed(derivation, instance, flags, results)
    if instance.checkpointed or (derivation.flat and instance.recursive):
        pair = derivation.pairs[key] = kept_arguments(derivation, instance, derivation.pairs[key])
        derivation.functions += rerun_functions(derivation, instance, pair, partial(pair_of, derivation), pair_seeds)
        if instance.spans:
            pair = derivation.pairs[key] = scheduled(derivation, instance, pair)
        return pair
    if instance.forwarded and not derivation.flat:
        derivation.pairs[key] = forwarded(derivation, instance, derivation.pairs[key])
        return derivation.pairs[key]
    made, functions = make_pair(derivation, instance, flags)
    derivation.pairs[key] = made
    derivation.functions += functions
    return made


def assumed(
    derivation: Derivation, instance: Instance, flags: tuple[bool, ...], results: tuple[bool, ...]
) -> CalleePair:
    """What a recursive call of the function is taken to look like while the pair is made."""
    function = derivation.base(instance)
    shares = derivation.summary(instance).shares
    memory = derivation.memory(function)
    names_ = [p.name for p in function.params]
    # The adjoint of a variable that is bound again is another array then, unless it is restored with the variable.
    again = {n for n in names_ if n in all_bound(function.body) and not memory.has_shadow(n)}
    buffers = frozenset(
        i for i, p in enumerate(function.params) if flags[i] and is_memory(p.kind) and p.name not in again
    )
    shadowed = tuple(i for i in sorted(buffers) if memory.has_shadow(names_[i]))
    shadow_results = tuple(active and bool(s & frozenset(buffers)) for active, s in zip(results, shares, strict=True))
    seeded = tuple(active and not shadow for active, shadow in zip(results, shadow_results, strict=True))
    stem = derivation.unique_stem(instance.name)
    everything = tuple(range(len(flags)))
    return CalleePair(
        f"{stem}_forward", f"{stem}_backward", (Opaque("tape"),), flags, buffers, shadowed, shadow_results, seeded,
        everything, writes=bool(derivation.activity(instance, flags)[1]), changes=derivation.summary(instance).writes,
        held_results=tuple(i for i, r in enumerate(function.result) if instance.recursive and is_memory(r.kind)),
    )  # fmt: skip


def make_pair(
    derivation: Derivation, instance: Instance, flags: tuple[bool, ...]
) -> tuple[CalleePair, list[Generated]]:
    pair = derivation.pairs[(id(instance), flags)]
    prepared, reverse = prepare(derivation, instance, flags, partial(pair_of, derivation))
    function, memory = prepared.function, prepared.memory
    params = [p.name for p in function.params]
    reverse.buffers = frozenset(params[i] for i in pair.buffers)
    seeds, seed_names = pair_seeds(prepared, reverse, pair)
    scalars = [p for i, p in enumerate(function.params) if flags[i] and i not in pair.buffers]
    results: list[Expr] = []

    def tail() -> list[Stmt]:
        results.clear()
        results.extend(
            reverse.d(p.name) if reverse.is_live(p.name) else zeros_like(Name(p.name, p.kind)) for p in scalars
        )
        return []

    written = frozenset(f"memory:{memory.group(params[i])}" for i in derivation.summary(instance).writes)
    sweeps = both_sweeps(derivation, prepared, reverse, seeds, written, tail)
    buffers = [reverse.adjoint(params[i]) for i in sorted(pair.buffers)]
    outputs = [
        *function.result,
        *(shadowed(reverse, r) for r, s in zip(function.result, pair.shadow_results, strict=True) if s),
    ]
    # A parameter without adjoint has a shadow, where the result may be its memory and depends on others.
    shadows = [s for s in param_shadows(prepared, reverse) if not isinstance(s, Assign) or s.target not in buffers]
    forward = initialised([*shadows, *sweeps.forward], sweeps.backward, sweeps, {*params, *buffers})
    return halves(derivation, instance, pair, prepared, forward, sweeps, seed_names, buffers, outputs, results)


def pair_seeds(prepared: Prepared, reverse: Reverse, pair: CalleePair) -> tuple[list[tuple[Expr, Expr]], list[str]]:
    seeds: list[tuple[Expr, Expr]] = []
    seed_names: list[str] = []
    results = prepared.function.result
    for i, (result, seeded) in enumerate(zip(results, pair.seeded, strict=True)):
        if not seeded:
            continue
        direct = is_users(prepared, result) and sum(r == result for r in results) == 1
        if (
            direct
            and isinstance(result, Name)
            and not prepared.memory.has_shadow(result.id)
            and result.id not in reverse.buffers
        ):
            name = reverse.adjoint(result.id)
        else:
            name = prepared.fresh("d_out" if len(results) == 1 else f"d_out{i}")
        seed_names.append(name)
        seeds.append((result, Name(name, tangent_kind(result.kind))))
    return seeds, seed_names
