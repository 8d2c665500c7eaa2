"""Derivations of derivatives: forward over reverse, and reverse over reverse."""

from __future__ import annotations

from zygote_nb.driver.bound import Bound
from zygote_nb.driver.compilable import module_of
from zygote_nb.driver.derived import (
    Derived,
    captured_writes,
    is_none,
    leaf_flags,
    recalled,
    shapes,
)
from zygote_nb.driver.facts import Wrt
from zygote_nb.driver.lowered import has_effects, lowered
from zygote_nb.driver.read_by_rules import dependencies
from zygote_nb.driver.result import check_result
from zygote_nb.errors import UnsupportedSyntaxError
from zygote_nb.ir.core import ONE
from zygote_nb.ir.kinds import FLOAT, carries_tangent
from zygote_nb.options import Options
from zygote_nb.transform.again.nested import pushforward_of
from zygote_nb.transform.again.reopen import reopened, with_constants
from zygote_nb.transform.derive.derivation import Derivation
from zygote_nb.transform.derive.gradient import adjoint
from zygote_nb.transform.derive.rerun import RERUN
from zygote_nb.transform.forward.functions import Tangents
from zygote_nb.transform.forward.rows import LOCAL, ROWS
from zygote_nb.transform.forward.wide import OneAtATime


def derive_hvp(bound: Bound, wrt: tuple[bool, ...], moved: tuple[bool, ...], width: int = 1) -> Derived:
    """The tangent of the gradient by ``wrt``, where the parameters ``moved`` have tangents."""
    return recalled(bound, ("hvp", wrt, moved, width), lambda settings: widest(bound, wrt, moved, settings, width))


def widest(bound: Bound, wrt: tuple[bool, ...], moved: tuple[bool, ...], settings: Options, width: int) -> Derived:
    """For so many tangents at once, if they can be had."""
    try:
        return make(bound, wrt, moved, settings, width)
    except OneAtATime:
        return make(bound, wrt, moved, settings)
    except UnsupportedSyntaxError as error:
        if RERUN not in error.what:
            raise
        return over_forward(bound, wrt, moved, settings, error)


def over_forward(bound: Bound, wrt: Wrt, moved: Wrt, settings: Options, error: UnsupportedSyntaxError) -> Derived:
    """The gradient of the derivative in a direction, which is the same.

    A function that calls itself keeps what its own gradient needs; for a derivative of that gradient it would have to
    be run again, which ``error`` says can't be done.
    """
    program, instance, outside = lowered(bound, forward=True)
    if outside:
        raise error
    check_result(instance, True, bound.reader)
    flags = leaf_flags(instance, bound.kinds, moved)
    pushed, directions = pushforward_of(program, instance, flags, False)
    derivation = Derivation(program, settings.record == "all", settings.arrays == "shadow", settings.inline)
    if captured_writes(derivation, instance, outside):
        raise error
    params = instance.function.params
    asked = zip(leaf_flags(instance, bound.kinds, wrt), params, strict=True)
    active = tuple(
        f and carries_tangent(p.kind) and not is_none(derivation, instance, i) for i, (f, p) in enumerate(asked)
    )
    none = (False,) * (len(pushed.function.params) - len(params))
    made = adjoint(derivation, pushed, (*active, *none), False, f"{instance.name}_hvp", True, False, ())
    made = with_constants(made, {made.params[len(pushed.function.params)]: ONE})
    functions = (*derivation.functions, made)
    module = module_of(derivation, functions, made.name)
    program.dependencies.extend(dependencies(derivation.used_rules))
    return Derived(
        program, instance, derivation, active, functions, module, False, (False,) * len(active),
        instance.function.result_kind, has_effects(program), bool(derivation.summary(instance).writes),
        directions=directions,
    )  # fmt: skip


def make(bound: Bound, wrt: tuple[bool, ...], moved: tuple[bool, ...], settings: Options, width: int = 1) -> Derived:
    program, instance, outside = lowered(bound, forward=True)
    first = Derivation(program, settings.record == "all", settings.arrays == "shadow", settings.inline, flat=True)
    check_result(instance, True, bound.reader)
    params = instance.function.params
    active, directions = (
        tuple(
            f and carries_tangent(p.kind) and not is_none(first, instance, i)
            for i, (f, p) in enumerate(zip(leaf_flags(instance, bound.kinds, flags), params, strict=True))
        )
        for flags in (wrt, moved)
    )
    name = f"{instance.name}_gradient"
    captured = captured_writes(first, instance, outside)
    gradient = adjoint(first, instance, active, False, name, True, False, captured)
    seeds = gradient.params[len(params) :]
    kinds = (*(p.kind for p in params), *(FLOAT for _ in seeds[1:]))
    root, inner = reopened((*first.functions, gradient), kinds, {seeds[0]: ONE}, program)
    second = Derivation(inner, settings.record == "all", settings.arrays == "shadow", settings.inline, forward=True)
    name = f"{instance.name}_hvp"
    written = len(gradient.results) - sum(active)
    tangents = Tangents(second, width)
    made = tangents.root(root, directions, name, range(written), range(written, len(gradient.results)))
    functions = (*second.functions, made)
    module = module_of(second, functions, name)
    if width != ROWS:
        module.shapes = (*[None] * written, *shapes(instance, active, sum(active)) * width)
    second.used_rules += first.used_rules
    return Derived(
        program, instance, second, active, functions, module, False, (False,) * len(active),
        instance.function.result_kind, has_effects(program), bool(first.summary(instance).writes), outside, captured,
        directions=directions, width=LOCAL if tangents.local else width,
    )  # fmt: skip
