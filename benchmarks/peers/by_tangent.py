"""Gradients by Tangent, which transforms source as well: it is given the same functions, interpreted by Python."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tangent

from benchmarks.peers.system import Unsupported
from benchmarks.workloads import Workload


def gradient(name: str, workload: Workload, args: tuple[Any, ...]) -> Callable[[], Any]:
    if workload.jacobian:
        raise Unsupported("Tangent has no Jacobians")
    made = tangent.grad(workload.function, wrt=workload.argnums, verbose=0)
    single = len(workload.argnums) == 1
    return lambda: (made(*args),) if single else made(*args)
