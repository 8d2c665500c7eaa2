"""The single functions as one writes them for PyTorch, on the processor: eager, as nearly all its programs are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch

LOSSES: dict[str, Callable[..., Any]] = {
    "exp": lambda x, w: torch.sum(torch.exp(x) * w),
    "tanh": lambda x, w: torch.sum(torch.tanh(x) * w),
    "sum(axis=0)": lambda x, w: torch.sum(torch.sum(x, dim=0) * w[0]),
    "softmax": lambda x, w: torch.sum(torch.softmax(x, 0) * w),
    "matmul": lambda a, b, w: torch.sum((a @ b) * w),
    "einsum": lambda a, b, w: torch.sum(torch.einsum("ij,ij->i", a, b) * w[0]),
    "cumsum": lambda x, w: torch.sum(torch.cumsum(x, 0) * w),
    "x[idx]": lambda x, index, w: torch.sum(x[index] * w),
    "convolve": lambda x, k, w: torch.sum(torch.conv1d(x[None, None], k.flip(0)[None, None])[0, 0] * w),
    "solve": lambda a, b, w: torch.sum(torch.linalg.solve(a, b) * w),
    "cholesky": lambda a, w: torch.sum(torch.linalg.cholesky(torch.tril(a) + torch.tril(a, -1).T) * w),
}


def gradient(name: str, active: int, args: tuple[Any, ...]) -> Callable[[], Any]:
    """The gradient, on tensors that are already PyTorch's own."""
    given = [torch.tensor(np.asarray(a)) for a in args]
    wanted = [t.requires_grad_() for t in given[:active]]
    return lambda: torch.autograd.grad(LOSSES[name](*given), wanted)
