"""No time is taken of a wrong gradient."""

from __future__ import annotations

from collections.abc import Callable
from inspect import signature
from types import FunctionType
from typing import Any

import numpy as np

import zygote_nb as zg
from benchmarks.workloads import Arguments, Workload

TOLERANCE = 1e-7
STEP = 1e-3


def require_right(workload: Workload, n: int, backend: str = "numba") -> None:
    """Raise AssertionError unless the gradient agrees with differences and with the adjoint by hand."""
    args = workload.arguments(n)
    with zg.options(backend=backend):
        found = derivative(workload)(*args)
    require_close(workload, found, differences(workload, n))
    if workload.by_hand is not None:
        require_close(workload, found, workload.by_hand(*args))


def require_right_at_length(workload: Workload, n: int) -> None:
    """The same at a length at which only compiled code is quick, and the adjoint by hand is the judge."""
    args = workload.arguments(n)
    with zg.options(backend="numba"):
        require_close(workload, derivative(workload)(*args), compiled(workload.by_hand)(*args))


def derivative(workload: Workload, **options: Any) -> Callable[..., Arguments]:
    """What is asked of a workload, as a function of all its arguments."""
    if not workload.jacobian:
        return zg.grad(workload.function, workload.argnums, **options)

    names = list(signature(workload.function).parameters)
    active = tuple(names[i] for i in workload.argnums)
    return lambda *args: zg.jacobian(zg.call(workload.function, *args, wrt=active))


def require_close(workload: Workload, found: Arguments, expected: Arguments, tolerance: float = TOLERANCE) -> None:
    for one, other in zip(found, expected, strict=True):
        scale = np.max(np.abs(other), initial=1e-300)
        error = np.max(np.abs(np.asarray(one) - other), initial=0.0)
        assert error <= tolerance * scale, f"{workload.name}: {one} is off by {error:.1g}, expected {other}"


def compiled(function: Any) -> Any:
    """By Numba, with the functions of its own module that it calls; Numba is loaded no sooner than here."""
    import numba

    names = dict(function.__globals__)
    own = {name: f for name, f in names.items() if isinstance(f, FunctionType) and f.__module__ == function.__module__}
    names.update({name: numba.njit(FunctionType(f.__code__, names, name)) for name, f in own.items()})
    return names[function.__name__]


def differences(workload: Workload, n: int) -> Arguments:
    """The gradient by central differences of fourth order."""
    args = workload.arguments(n)
    return tuple(by_argument(workload, args, k) for k in workload.argnums)


def by_argument(workload: Workload, args: Arguments, k: int) -> Any:
    """Of shape ``y.shape + x.shape``."""
    value = np.asarray(args[k], dtype=float)
    slopes = np.array([by_entry(workload, args, k, entry) for entry in np.ndindex(value.shape)])
    return np.moveaxis(slopes, 0, -1).reshape(slopes.shape[1:] + value.shape)


def by_entry(workload: Workload, args: Arguments, k: int, entry: tuple[int, ...]) -> Any:
    def at(step: float) -> Any:
        moved = np.array(args[k], dtype=float)
        moved[entry] += step
        value = moved if np.ndim(args[k]) else float(moved)
        return np.asarray(workload.function(*args[:k], value, *args[k + 1 :]))

    near, far = at(STEP) - at(-STEP), at(2 * STEP) - at(-2 * STEP)
    return (8 * near - far) / (12 * STEP)
