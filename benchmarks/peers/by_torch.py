"""Gradients by PyTorch on the processor, as its users take them: a backward pass into fresh arrays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from benchmarks.peers.arrays import FORMS
from benchmarks.peers.system import System, looped
from benchmarks.workloads import Workload

torch.set_default_dtype(torch.float64)


def put(array: torch.Tensor, index: Any, value: Any) -> torch.Tensor:
    changed = array.clone()
    changed[index] = value
    return changed


TORCH = System(
    np=torch,
    loop=looped,
    put=put,
    largest=lambda x, axis: torch.amax(x, dim=axis, keepdim=True),
    logsumexp=torch.logsumexp,
    flip=lambda x: torch.flip(x, (0,)),
    cholesky=torch.linalg.cholesky,
    packed_lu=lambda a: torch.linalg.lu_factor(a)[0],
    solve_lower=lambda a, b: torch.linalg.solve_triangular(a, b[:, None], upper=False)[:, 0],
)


def gradient(name: str, workload: Workload, args: tuple[Any, ...]) -> Callable[[], Any]:
    held = [torch.as_tensor(a) if isinstance(a, np.ndarray) or i in workload.argnums else a for i, a in enumerate(args)]
    form = FORMS[name]
    if workload.jacobian:
        few_rows = np.size(workload.function(*args)) < sum(np.size(args[i]) for i in workload.argnums)
        derivative = torch.func.jacrev if few_rows else torch.func.jacfwd
        return lambda: derivative(lambda *a: form(TORCH, *a), workload.argnums)(*held)
    active = [held[i].requires_grad_() for i in workload.argnums]
    return lambda: tuple(g.detach() for g in torch.autograd.grad(form(TORCH, *held), active))
