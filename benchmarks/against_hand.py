"""Gradients into given buffers, over the compiled primal and over the adjoint that one would write by hand."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

import zygote_nb as zg
from benchmarks.catalogue import KERNELS, LARGE, SMALL
from benchmarks.clock import Times, enough_calls, in_turns
from benchmarks.correct import compiled, derivative, require_close
from benchmarks.table import Row
from benchmarks.workloads import Workload

TOLERANCE = 1e-10


def points() -> dict[str, Callable[[], list[Row]]]:
    return {name: partial(rows, name) for name in KERNELS}


def rows(name: str) -> list[Row]:
    """Right to ten digits first, at both sizes."""
    workload = KERNELS[name]
    gradient, by_hand, primal = into_buffers(workload), compiled(workload.by_hand), plain(workload)
    for n in (SMALL, LARGE):
        args = workload.arguments(n)
        require_close(workload, gradient(*args), by_hand(*args), TOLERANCE)
    thunks = [partial(f, *args) for f in (gradient, by_hand, primal)]
    ours, hand, once = in_turns(*thunks, calls=enough_calls(thunks[0]), budget=2.0, least=3)
    details = f"{1e6 * ours.least:.4g} us over {1e6 * once.least:.4g}{how(workload)}"
    return [
        Row(workload.name, ours.least / once.least, ours.middle / once.middle, "x primal", details=details),
        held_to(f"{workload.name}, against hand", "x hand", 1.15, ours, hand),
    ]


def held_to(what: str, unit: str, target: float, ours: Times, other: Times) -> Row:
    details = f"{1e6 * ours.least:.4g} us over {1e6 * other.least:.4g}"
    return Row(what, ours.least / other.least, ours.middle / other.middle, unit, round(target, 2), details)


def plain(workload: Workload) -> Callable[..., Any]:
    """The function compiled, or as it is where Numba doesn't take it."""
    import numba

    function = compiled(workload.function)
    try:
        function(*workload.arguments(SMALL))
    except numba.core.errors.NumbaError:
        return workload.function
    return function


def how(workload: Workload) -> str:
    """Why the gradient is interpreted, if it is."""
    with zg.options(backend="numba"):
        try:
            derivative(workload)(*workload.arguments(SMALL))
        except zg.CompileError as error:
            return f"; interpreted: {str(error).partition(' is not compiled: ')[2].splitlines()[0]}"
    return ""


def into_buffers(workload: Workload) -> Callable[..., Any]:
    """The gradient into buffers that are made once for each size; numbers and Jacobians are new every time."""
    zg.options(backend="python" if how(workload) else "numba")
    made: dict[int, Any] = {}

    def gradient(*args: Any) -> Any:
        key = sum(a.size for a in args if isinstance(a, np.ndarray))
        if key not in made:
            buffers = tuple(np.empty(args[i].shape) for i in workload.argnums)
            made[key] = derivative(workload, out=buffers)
        return made[key](*args)

    numbers = any(np.ndim(workload.arguments(SMALL)[i]) == 0 for i in workload.argnums)
    return derivative(workload) if numbers or workload.jacobian else gradient
