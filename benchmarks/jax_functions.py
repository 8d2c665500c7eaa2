"""The single functions as one writes them for JAX, compiled for the size they are called with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp

jax.config.update("jax_enable_x64", True)

LOSSES: dict[str, Callable[..., Any]] = {
    "exp": lambda x, w: jnp.sum(jnp.exp(x) * w),
    "tanh": lambda x, w: jnp.sum(jnp.tanh(x) * w),
    "sum(axis=0)": lambda x, w: jnp.sum(jnp.sum(x, axis=0) * w[0]),
    "softmax": lambda x, w: jnp.sum(jax.nn.softmax(x) * w),
    "matmul": lambda a, b, w: jnp.sum((a @ b) * w),
    "einsum": lambda a, b, w: jnp.sum(jnp.einsum("ij,ij->i", a, b) * w[0]),
    "cumsum": lambda x, w: jnp.sum(jnp.cumsum(x) * w),
    "x[idx]": lambda x, index, w: jnp.sum(x[index] * w),
    "convolve": lambda x, k, w: jnp.sum(jnp.convolve(x, k, "valid") * w),
    "solve": lambda a, b, w: jnp.sum(jnp.linalg.solve(a, b) * w),
    "cholesky": lambda a, w: jnp.sum(jnp.linalg.cholesky(jnp.tril(a) + jnp.tril(a, -1).T, symmetrize_input=False) * w),
}


def gradient(name: str, active: int, args: tuple[Any, ...]) -> Callable[[], Any]:
    """The compiled gradient, on arrays that are already JAX's own; what it returns has been computed."""
    compiled = jax.jit(jax.grad(LOSSES[name], tuple(range(active))))
    given = tuple(map(jnp.asarray, args))
    return lambda: jax.block_until_ready(compiled(*given))
