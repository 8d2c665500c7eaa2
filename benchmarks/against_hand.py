"""Gradients into given buffers, over the compiled primal and over the adjoint that one would write by hand."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

import zygote_nb as zg
from benchmarks.clock import in_turns
from benchmarks.correct import compiled, require_close
from benchmarks.kernels import equations, factors, networks, stencils, sums
from benchmarks.table import Row
from benchmarks.workloads import Workload

TOLERANCE = 1e-10
LARGE, SMALL = 1_000_000, 12

KERNELS = {
    "jacobi": stencils.JACOBI,
    "seidel": stencils.SEIDEL,
    "cholesky": factors.CHOLESKY,
    "log_sum_exp": sums.LOG_SUM_EXP,
    "mixture": sums.MIXTURE,
    "k_means": sums.K_MEANS,
    "logistic": sums.LOGISTIC,
    "perceptron": networks.PERCEPTRON,
    "attention": networks.ATTENTION,
    "lstm": networks.LSTM,
    "runge_kutta": equations.RUNGE_KUTTA,
}


def points() -> dict[str, Callable[[], list[Row]]]:
    return {name: partial(rows, workload) for name, workload in KERNELS.items()}


def rows(workload: Workload) -> list[Row]:
    """Right to ten digits first, at both sizes."""
    gradient, by_hand, primal = into_buffers(workload), compiled(workload.by_hand), compiled(workload.function)
    for n in (SMALL, LARGE):
        args = workload.arguments(n)
        require_close(workload, gradient(*args), by_hand(*args), TOLERANCE)
    ours, hand, plain = in_turns(*(partial(f, *args) for f in (gradient, by_hand, primal)), budget=3.0)
    details = f"{1e6 * ours.least:.4g} us over {1e6 * plain.least:.4g}"
    against = f"{1e6 * ours.least:.4g} us over {1e6 * hand.least:.4g}"
    return [
        Row(workload.name, ours.least / plain.least, ours.middle / plain.middle, "x primal", details=details),
        Row(
            f"{workload.name}, against hand",
            ours.least / hand.least,
            ours.middle / hand.middle,
            "x hand",
            1.15,
            against,
        ),
    ]


def into_buffers(workload: Workload) -> Callable[..., Any]:
    """The gradient into buffers that are made once for each size."""
    made: dict[int, Any] = {}

    def gradient(*args: Any) -> Any:
        key = sum(a.size for a in args if isinstance(a, np.ndarray))
        if key not in made:
            buffers = tuple(np.empty(args[i].shape) for i in workload.argnums)
            made[key] = zg.grad(workload.function, workload.argnums, out=buffers)
        return made[key](*args)

    zg.options(backend="numba")
    return gradient
