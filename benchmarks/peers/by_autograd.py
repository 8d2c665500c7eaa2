"""Gradients by autograd, which follows calls of its own NumPy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import autograd
import autograd.numpy as anp
from autograd.scipy.linalg import solve_triangular
from autograd.scipy.special import logsumexp

from benchmarks.peers.arrays import FORMS
from benchmarks.peers.system import System, looped, missing
from benchmarks.workloads import Workload

AUTOGRAD = System(
    np=anp,
    loop=looped,
    put=missing("autograd has no assignment to entries"),
    largest=lambda x, axis: anp.max(x, axis=axis, keepdims=True),
    logsumexp=lambda x, axis: logsumexp(x, axis=axis),
    flip=lambda x: x[::-1],
    cholesky=anp.linalg.cholesky,
    packed_lu=missing("autograd has no LU factorisation"),
    solve_lower=lambda a, b: solve_triangular(a, b, lower=True),
)


def gradient(name: str, workload: Workload, args: tuple[Any, ...]) -> Callable[[], Any]:
    form = FORMS[name]

    def function(*args: Any) -> Any:
        return form(AUTOGRAD, *args)

    if workload.jacobian:
        rows = [autograd.jacobian(function, i) for i in workload.argnums]
        return lambda: tuple(row(*args) for row in rows)
    made = autograd.grad(function, workload.argnums)
    return lambda: made(*args)
