"""Checking derivatives against finite differences."""

from __future__ import annotations

from typing import Any

import numpy as np

from zygote_nb.api import Call, gradient, request
from zygote_nb.driver.run import call_plainly
from zygote_nb.errors import GradientCheckError
from zygote_nb.trees import is_whole, leaves, ravel


def check_grads(
    f: Any,
    *args: Any,
    order: int = 1,
    modes: tuple[str, ...] = ("reverse",),
    eps: float = 1e-6,
    rtol: float = 1e-5,
    atol: float = 1e-7,
    kwargs: dict[str, Any] | None = None,
) -> None:
    """Compare the gradient of a function with central finite differences.

    Args:
        f: a function that returns a real number, or a frozen call.
        args, kwargs: where to check; every float in the positional arguments is varied.
        order: only first derivatives are checked.
        modes: only reverse mode is checked.
        eps: the relative step.
        rtol, atol: how far the two may be apart. Entries at which two step sizes disagree are kinks, and skipped.

    Raises:
        GradientCheckError: names the argument, the entry, and both numbers, for the worst entry.

    Example:
        >>> check_grads(lambda x: float(np.sin(x)), 0.5)
    """
    if order != 1 or tuple(modes) != ("reverse",):
        raise NotImplementedError("check_grads checks first derivatives in reverse mode")
    req = request(f, args, kwargs or {})
    given = gradient(f) if isinstance(f, Call) else gradient(f, *args, **(kwargs or {}))
    worst: tuple[float, str] | None = None
    for position, grad in zip(req.order, given, strict=True):
        worst = _compare(req.bound, position, grad, eps, rtol, atol, worst)
    if worst is not None:
        raise GradientCheckError(
            worst[1], hint="a kink, a discontinuity or a wrong rule nearby; zg.code_adjoint shows the code"
        )


def _compare(bound: Any, position: int, grad: Any, eps: float, rtol: float, atol: float, worst: Any) -> Any:
    if grad is None or not leaves(grad):
        return worst
    value = bound.values[position]
    vector, unravel = ravel(value)
    ours, _ = ravel(_filled(grad, value))
    for i in range(vector.size):
        try:
            numeric = _difference(bound, position, vector, unravel, i, eps)
        except TypeError:
            if is_whole(value):  # a count or an index, which can't be moved by a step
                return worst
            raise
        if numeric is None:
            continue
        error = abs(numeric - ours[i])
        if not error <= atol + rtol * max(abs(numeric), abs(ours[i])):
            excess = float(error) if np.isfinite(error) else np.inf
            if worst is None or excess > worst[0]:
                name = bound.names[position]
                worst = (
                    excess,
                    f"entry {i} of `{name}`: the gradient is {ours[i]:.10g}, finite differences give {numeric:.10g}",
                )
    return worst


def _filled(grad: Any, value: Any) -> Any:
    """A gradient with zeros for the leaves that have none."""
    if grad is None:
        return (
            np.zeros(np.shape(value))
            if not isinstance(value, (tuple, list))
            else type(value)(_filled(None, v) for v in value)
        )
    if isinstance(value, (tuple, list)):
        return [_filled(g, v) for g, v in zip(grad, value, strict=True)]
    return grad


def _difference(bound: Any, position: int, vector: Any, unravel: Any, i: int, eps: float) -> float | None:
    """The central difference by one entry; None at a kink, or where the function is not defined on both sides."""
    found: list[float] = []
    for scale in (1.0, 0.25):
        step = scale * eps * max(1.0, abs(vector[i]))
        values = []
        for sign in (1, -1):
            moved = vector.copy()
            moved[i] += sign * step
            values.append(_value(bound, position, unravel(moved)))
        found.append((values[0] - values[1]) / (2 * step))
    spread: float = abs(found[0] - found[1])
    if not np.isfinite(spread) or spread > 1e-3 * max(1.0, abs(found[0]), abs(found[1])):
        return None
    return found[0]


def _value(bound: Any, position: int, value: Any) -> float:
    from dataclasses import replace

    values = (*bound.values[:position], value, *bound.values[position + 1 :])
    result = call_plainly(replace(bound, values=values))
    return float(result[0] if isinstance(result, tuple) else result)
