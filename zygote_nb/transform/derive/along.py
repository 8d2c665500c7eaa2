"""Gradients by one number, in forward mode: the slope along it, for which nothing is kept."""

from __future__ import annotations

from zygote_nb.dataclass import replace
from zygote_nb.errors import ZygoteError
from zygote_nb.frontend.instances import Instance
from zygote_nb.ir.core import Apply, Invoke
from zygote_nb.ir.generated import Generated
from zygote_nb.ir.kinds import Array, Kind, Scalar, is_float
from zygote_nb.ir.walk import expressions, statements, subexpressions
from zygote_nb.runtime import steering
from zygote_nb.transform.derive.derivation import Derivation
from zygote_nb.transform.forward.functions import Tangents

HOOKS = {steering.hooked, steering.shown}


def in_forward_mode(
    derivation: Derivation, instance: Instance, wrt: tuple[bool, ...], value: bool, name: str,
    captured: tuple[int, ...] = (),
) -> tuple[Generated, ...] | None:  # fmt: skip
    """The functions of a gradient by one number, the last one in the form of an ``adjoint`` of a loss.

    It is linear in the tangent of that number as the gradient is in its seed, so that this takes the place of the seed.
    None where there is more than one number, or something happens, or has a rule, on the way back only.
    """
    chosen = [p.kind for p, f in zip(instance.function.params, wrt, strict=True) if f]
    loss = instance.function.result[0].kind
    if len(chosen) != 1 or not isinstance(chosen[0], Scalar) or has_hook(instance, set()):
        return None
    if not all(map(is_real, (chosen[0], loss))):
        return None
    forward = Derivation(derivation.program, forward=True, names=derivation.names)
    returned = range(instance.returned)
    values = (*(returned if value else ()), *range(instance.returned, len(instance.function.result)))
    try:
        made = Tangents(forward).root(instance, wrt, name, values, returned[:1], captured)
    except ZygoteError:
        return None
    derivation.used_rules += forward.used_rules
    return (*forward.functions, replace(made, arguments=len(made.params) - 1, seeds=1))


def is_real(kind: Kind) -> bool:
    number = isinstance(kind, Scalar) or (isinstance(kind, Array) and kind.ndim == 0)
    return number and is_float(kind) and kind.dtype[0] == "f"


def has_hook(instance: Instance, seen: set[int]) -> bool:
    """Whether the function, or one that it calls, does something with a cotangent."""
    if id(instance) in seen:
        return False
    seen.add(id(instance))
    body = tuple(statements(instance.function.body))
    whole = (e for s in body for e in expressions(s))
    if any(
        isinstance(e, Apply) and e.fn in HOOKS for w in (*whole, *instance.function.result) for e in subexpressions(w)
    ):
        return True
    return any(has_hook(s.callee, seen) for s in body if isinstance(s, Invoke))
