"""Derivations in forward mode, kept for reuse with those of the gradients."""

from __future__ import annotations

from zygote_nb.driver.bound import Bound
from zygote_nb.driver.compilable import module_of
from zygote_nb.driver.derived import (
    Derived,
    captured_writes,
    is_none,
    leaf_flags,
    recalled,
)
from zygote_nb.driver.lowered import has_effects, lowered
from zygote_nb.driver.read_by_rules import dependencies
from zygote_nb.driver.result import refuse_numbered
from zygote_nb.ir.kinds import carries_tangent
from zygote_nb.options import Options
from zygote_nb.transform.derive.derivation import Derivation
from zygote_nb.transform.forward.functions import Tangents
from zygote_nb.transform.forward.rows import LOCAL
from zygote_nb.transform.forward.wide import OneAtATime

Sizes = tuple[tuple[int, int], ...]


def derive_forward(bound: Bound, wrt: tuple[bool, ...], value: bool, width: int = 1, sizes: Sizes = ()) -> Derived:
    """The pushforward for a call, made now or before. ``wrt`` has a flag for each parameter that has a tangent."""
    return recalled(
        bound, ("forward", wrt, value, width, sizes), lambda settings: widest(bound, wrt, value, settings, width, sizes)
    )


def widest(bound: Bound, wrt: tuple[bool, ...], value: bool, settings: Options, width: int, sizes: Sizes) -> Derived:
    """For so many tangents at once, if they can be had."""
    try:
        return make(bound, wrt, value, settings, width, sizes)
    except OneAtATime:
        return make(bound, wrt, value, settings)


def make(
    bound: Bound, wrt: tuple[bool, ...], value: bool, settings: Options, width: int = 1, sizes: Sizes = ()
) -> Derived:
    program, instance, outside = lowered(bound, forward=True)
    refuse_numbered(instance)
    derivation = Derivation(
        program, settings.record == "all", settings.arrays == "shadow", settings.inline, forward=True
    )
    if sizes:
        derivation.take_entrywise(instance, dict(sizes))
    flags = leaf_flags(instance, bound.kinds, wrt)
    active = tuple(
        f and carries_tangent(p.kind) and not is_none(derivation, instance, i)
        for i, (f, p) in enumerate(zip(flags, instance.function.params, strict=True))
    )
    name = f"{instance.name}_pushforward"
    derivation.names.add(name)
    captured, returned = captured_writes(derivation, instance, outside), range(instance.returned)
    values = (*(returned if value else ()), *range(instance.returned, len(instance.function.result)))
    tangents = Tangents(derivation, width)
    made = tangents.root(instance, active, name, values, returned, captured)
    functions = (*derivation.functions, made)
    program.dependencies.extend(dependencies(derivation.used_rules))
    module = module_of(derivation, functions, name)
    return Derived(
        program, instance, derivation, (), functions, module, value, (), instance.function.result_kind,
        has_effects(program), bool(derivation.summary(instance).writes), outside, captured,
        directions=active, width=LOCAL if tangents.local else width,
    )  # fmt: skip
