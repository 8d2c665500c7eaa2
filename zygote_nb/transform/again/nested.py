"""Derivatives of functions of a program, as further functions of the same program."""

from __future__ import annotations

from zygote_nb.dataclass import replace
from zygote_nb.frontend.instances import Instance
from zygote_nb.frontend.program import Program
from zygote_nb.ir.core import ONE
from zygote_nb.ir.generated import Generated
from zygote_nb.ir.kinds import Kind, carries_tangent, is_float
from zygote_nb.transform.again.reopen import Reopening, with_constants
from zygote_nb.transform.derive.along import in_forward_mode
from zygote_nb.transform.derive.derivation import Derivation
from zygote_nb.transform.derive.gradient import adjoint
from zygote_nb.transform.forward.functions import Tangents
from zygote_nb.transform.reverse.tangents import tangent_kind

Flags = tuple[bool, ...]


def gradient_of(program: Program, instance: Instance, wrt: Flags, value: bool) -> tuple[Instance, Flags]:
    """The gradient by the leaf parameters ``wrt``, after the value if it is asked for, and which of these have one.

    It takes what the function takes. An integer without a path to the result has no gradient.
    """
    key = ("gradient", instance, wrt, value)
    if key not in program.instances:
        derivation = Derivation(program, flat=True)
        own = alone(instance)
        active = with_path(derivation, own, wrt)
        name = program.unique(f"{instance.name}_gradient")
        made = in_forward_mode(derivation, own, active, value, name)
        if made is None:
            last = adjoint(derivation, own, active, value, name, loss_only=True)
            made = (*derivation.functions, last)
        seed = made[-1].params[len(own.function.params)]
        functions = (*made[:-1], with_constants(made[-1], {seed: ONE}))
        program.instances[key] = opened(program, functions, kinds_of(own))
        program.memo[key] = active
    return program.instances[key], program.memo[key]


def pullback_of(program: Program, instance: Instance, wrt: Flags) -> tuple[Instance, Flags]:
    """The gradient for a cotangent of each result that has one; these come after what the function takes."""
    key = ("pullback", instance, wrt)
    if key not in program.instances:
        derivation = Derivation(program, flat=True)
        own = alone(instance)
        active = with_path(derivation, own, wrt)
        made = adjoint(derivation, own, active, False, program.unique(f"{instance.name}_pullback"))
        seeds = tuple(tangent_kind(r.kind) for r in own.function.result if carries_tangent(r.kind))
        program.instances[key] = opened(program, (*derivation.functions, made), (*kinds_of(own), *seeds))
        program.memo[key] = active
    return program.instances[key], program.memo[key]


def pushforward_of(program: Program, instance: Instance, wrt: Flags, value: bool) -> tuple[Instance, Flags]:
    """Tangents of the results, after their values if asked for; it takes tangents after what the function takes."""
    key = ("pushforward", instance, wrt, value)
    if key not in program.instances:
        derivation = Derivation(program, forward=True)
        own = alone(instance)
        active = with_path(derivation, own, wrt)
        results = range(len(own.function.result))
        name = program.unique(f"{instance.name}_pushforward")
        made = Tangents(derivation).root(own, active, name, results if value else (), results)
        moved = tuple(tangent_kind(k) for k, a in zip(kinds_of(own), active, strict=True) if a)
        program.instances[key] = opened(program, (*derivation.functions, made), (*kinds_of(own), *moved))
        program.memo[key] = active
    return program.instances[key], program.memo[key]


def writes_of(program: Program, instance: Instance) -> frozenset[int]:
    """The leaf parameters that the function writes to."""
    return Derivation(program).summary(instance).writes


def kinds_of(instance: Instance) -> tuple[Kind, ...]:
    return tuple(p.kind for p in instance.function.params)


def alone(instance: Instance) -> Instance:
    """The function without what it tells its caller about objects that it changed."""
    function = instance.function
    return replace(instance, function=replace(function, result=function.result[: instance.returned]), after=())


def with_path(derivation: Derivation, instance: Instance, wrt: Flags) -> Flags:
    """Those of the parameters that are floats, or lead to the result through real arithmetic."""

    def leads(i: int, kind: Kind) -> bool:
        if is_float(kind):
            return True
        flags = tuple(j == i for j in range(len(wrt)))
        return any(derivation.activity(instance, flags)[0])

    return tuple(
        f and carries_tangent(k) and leads(i, k) for i, (f, k) in enumerate(zip(wrt, kinds_of(instance), strict=True))
    )


def opened(program: Program, functions: tuple[Generated, ...], kinds: tuple[Kind, ...]) -> Instance:
    reopening = Reopening({f.name: f for f in functions}, program)
    return reopening.instance(functions[-1].name, kinds)
