"""Checking derivatives against finite differences."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from zygote_nb.api import Call, Request, gradient, request
from zygote_nb.dataclass import replace
from zygote_nb.driver.bound import spread
from zygote_nb.driver.restoring import as_before
from zygote_nb.driver.run import call_plainly
from zygote_nb.errors import GradientCheckError, NoRuleError
from zygote_nb.higher.hessians import hvp
from zygote_nb.higher.tangents import jvp
from zygote_nb.testing.numbers import direction, inner, is_object, moved
from zygote_nb.trees import children_of, is_data, is_whole, leaves, ravel

MODES = ("reverse", "forward")


def check_grads(
    f: Any,
    *args: Any,
    order: int = 1,
    modes: tuple[str, ...] = MODES,
    eps: float = 1e-6,
    rtol: float = 1e-5,
    atol: float = 1e-7,
    kwargs: dict[str, Any] | None = None,
) -> None:
    """Compare the derivatives of a function with central finite differences.

    The function runs many times, each time with the same random numbers, without output, and with what it captures put
    back afterwards.

    Args:
        f: a function that returns a real number, or a frozen call.
        args, kwargs: where to check; every float in the positional arguments is varied.
        order: 1 for the gradient; 2 to compare the Hessian along a direction with differences of the gradient too.
        modes: ``"reverse"`` compares the gradient entry by entry, ``"forward"`` the derivative along a direction. If
            ``modes`` is left out, a function of which forward mode has no rule is checked in reverse mode only.
        eps: the relative step.
        rtol, atol: how far the two may be apart. Entries at which two step sizes disagree are kinks, and skipped.

    Raises:
        GradientCheckError: names the argument, the entry, and both numbers, for the worst entry.
        ValueError: an order or a mode that there isn't.

    Example:
        >>> check_grads(lambda x: float(np.sin(x)), 0.5, order=2)
    """
    if order not in (1, 2) or not modes or set(modes) - set(MODES):
        raise ValueError(f"order is 1 or 2, and modes are among {MODES}; got order={order!r}, modes={modes!r}")
    req = request(f, args, kwargs or {})
    run = Runs(f, args, kwargs or {}, req)
    if "reverse" in modes:
        check_reverse(run, eps, rtol, atol)
    if "forward" in modes:
        try:
            check_forward(run, eps, rtol, atol)
        except NoRuleError:
            if modes is not MODES:
                raise
    if order == 2:
        check_second(run, eps, rtol, atol)


class Runs:
    """A call that is repeated, each time as if for the first time."""

    def __init__(self, f: Any, args: tuple[Any, ...], kwargs: dict[str, Any], req: Request) -> None:
        self.f, self.kwargs, self.bound, self.order = f, kwargs, req.bound, req.order
        values = ((i, req.bound.values[i]) for i in req.order)
        frozen = tuple(v for i, value in values for v in (value if spread(req.bound, i) else (value,)))
        self.args = frozen if isinstance(f, Call) else args

    def by_parameter(self, flat: tuple[Any, ...]) -> list[Any]:
        """What there is one of for each argument, in order of the parameters; ``*args`` takes several together."""
        queue, grouped = list(flat), []
        for i in self.order:
            several = spread(self.bound, i)
            count = len(self.bound.values[i]) if several else 1
            grouped.append(tuple(queue[:count]) if several else queue[0])
            queue = queue[count:]
        return grouped

    def value(self, position: int, value: Any) -> float:
        values = (*self.bound.values[:position], value, *self.bound.values[position + 1 :])
        return self.number(replace(self.bound, values=values))

    def number(self, bound: Any) -> float:
        with as_before(self.bound.plain), np.errstate(all="ignore"):
            result = call_plainly(bound)
        return float(result[0] if isinstance(result, tuple) else result)

    def gradient(self, args: tuple[Any, ...]) -> tuple[Any, ...]:
        with as_before(self.bound.plain):
            made = gradient(self.f) if isinstance(self.f, Call) else gradient(self.f, *args, **self.kwargs)
        return tuple(made)

    def along(self, fn: Callable[..., Any], tangents: tuple[Any, ...]) -> Any:
        with as_before(self.bound.plain):
            if isinstance(self.f, Call):
                return fn(self.f, (), tangents)
            return fn(self.f, self.args, tangents, kwargs=self.kwargs)


def failure(what: str) -> GradientCheckError:
    hint = "a kink, a discontinuity or a wrong rule nearby; zg.code_adjoint shows the code"
    return GradientCheckError(what, hint=hint)


# Reverse mode, entry by entry


def check_reverse(run: Runs, eps: float, rtol: float, atol: float) -> None:
    worst = (0.0, "")
    for position, grad in zip(run.order, run.by_parameter(run.gradient(run.args)), strict=True):
        worst = max(worst, compared(run, position, grad, eps, rtol, atol), key=lambda pair: pair[0])
    if worst[1]:
        raise failure(worst[1])


def compared(run: Runs, position: int, grad: Any, eps: float, rtol: float, atol: float) -> tuple[float, str]:
    """The largest error in the gradient of one argument, and what to say of it."""
    worst = (0.0, "")
    value = run.bound.values[position]
    if grad is None or not leaves(grad):
        return worst
    vector, unravel = ravel(value)
    ours, _ = ravel(filled(grad, value))
    for i in range(vector.size):
        try:
            numeric = difference(run, position, vector, unravel, i, eps)
        except TypeError:
            if is_whole(value):  # a count or an index, which can't be moved by a step
                return worst
            raise
        if numeric is None:
            continue
        error = abs(numeric - ours[i])
        if not error <= atol + rtol * max(abs(numeric), abs(ours[i])):
            name = run.bound.names[position]
            what = f"entry {i} of `{name}`: the gradient is {ours[i]:.10g}, finite differences give {numeric:.10g}"
            worst = max(worst, (float(error) if np.isfinite(error) else np.inf, what), key=lambda pair: pair[0])
    return worst


def filled(grad: Any, value: Any) -> Any:
    """A gradient with zeros for the numbers that have none."""
    parts = children_of(value)
    if parts is None:
        return np.zeros(np.shape(value)) if grad is None and is_data(value) else grad
    return [filled(entry(grad, key), part) for key, part in parts.items()]


def entry(grad: Any, key: Any) -> Any:
    """The gradient of a part, None if it has none."""
    match grad:
        case None:
            return None
        case dict():
            return grad.get(key)
        case tuple() | list():
            return grad[key]
    return getattr(grad, key, None)


def difference(run: Runs, position: int, vector: Any, unravel: Any, i: int, eps: float) -> float | None:
    """The central difference by one entry; None at a kink, or where the function is not defined on both sides."""

    def at(step: float) -> float:
        other = vector.copy()
        other[i] += step
        return run.value(position, unravel(other))

    return central(at, eps * max(1.0, abs(vector[i])))


def central(at: Callable[[float], float], eps: float) -> float | None:
    """The derivative of a function of a step by central differences; None where two step sizes disagree."""
    wide, narrow = ((at(h) - at(-h)) / (2 * h) for h in (eps, 0.25 * eps))
    spread = abs(wide - narrow)
    if not np.isfinite(spread) or spread > 1e-3 * max(1.0, abs(wide), abs(narrow)):
        return None
    return float(wide)


# Along a direction


def check_forward(run: Runs, eps: float, rtol: float, atol: float) -> None:
    if not is_plain(run.args):
        return
    tangents = direction(run.args, 1)
    ours = run.along(jvp, tangents)[1]
    ours = float(ours[0] if isinstance(ours, tuple) else ours or 0.0)
    numeric = central(lambda h: run.number(replaced(run, moved(run.args, h, tangents))), eps)
    if numeric is not None and not abs(ours - numeric) <= atol + rtol * scale(run, tangents, numeric):
        raise failure(f"along a direction, forward mode gives {ours:.10g}, finite differences give {numeric:.10g}")


def check_second(run: Runs, eps: float, rtol: float, atol: float) -> None:
    if isinstance(run.f, Call) or not is_plain(run.args):
        raise ValueError("second derivatives are checked of functions of float64 numbers and arrays")
    tangents, others = direction(run.args, 1), direction(run.args, 2)
    ours = inner(as_tuple(run.along(hvp, tangents)), others)
    h = 1e-5
    numeric = central(lambda t: inner(run.gradient(moved(run.args, t, tangents)), others), h)
    if numeric is not None and not abs(ours - numeric) <= 10 * (atol + rtol * scale(run, tangents, numeric)):
        raise failure(f"a second derivative is {ours:.10g}, differences of the gradient give {numeric:.10g}")


def as_tuple(value: Any) -> tuple[Any, ...]:
    return value if isinstance(value, tuple) else (value,)


def is_plain(tree: Any, seen: set[int] | None = None) -> bool:
    """Whether it is made of numbers of double precision, objects in one place each, so that a step can be taken."""
    seen = set() if seen is None else seen
    if isinstance(tree, (np.ndarray, np.generic)):
        return bool(tree.dtype.kind in "biu" or tree.dtype == np.float64)
    if isinstance(tree, (bool, str, int, float)) or tree is None:
        return True
    if id(tree) in seen:
        return False
    seen.add(id(tree))
    parts = parts_of(tree)
    return parts is not None and all(is_plain(part, seen) for part in parts)


def parts_of(tree: Any) -> list[Any] | None:
    """What a container or an object of the user's holds."""
    if type(tree) in (list, dict) or isinstance(tree, tuple):
        return list(tree.values() if isinstance(tree, dict) else tree)
    return list(vars(tree).values()) if is_object(tree) else None


def replaced(run: Runs, args: tuple[Any, ...]) -> Any:
    values = list(run.bound.values)
    for position, value in zip(run.order, run.by_parameter(args), strict=True):
        values[position] = value
    return replace(run.bound, values=tuple(values))


def scale(run: Runs, tangents: tuple[Any, ...], numeric: float) -> float:
    """What the error of a sum over many entries is measured by."""
    return max(1.0, abs(numeric), float(np.sqrt(inner(tangents, tangents))))
