"""Gradients by JAX: compiled, in double precision, arrays with JAX already, and waited for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jax.scipy.linalg import solve_triangular
from jax.scipy.special import logsumexp

from benchmarks.peers import own_forms
from benchmarks.peers.arrays import FORMS
from benchmarks.peers.ported import PORTS
from benchmarks.peers.system import System
from benchmarks.workloads import Workload

jax.config.update("jax_enable_x64", True)

JAX = System(
    np=jnp,
    loop=lambda n, step, state: lax.fori_loop(0, n, step, state),
    put=lambda array, index, value: array.at[index].set(value),
    largest=lambda x, axis: jnp.max(x, axis=axis, keepdims=True),
    logsumexp=lambda x, axis: logsumexp(x, axis=axis),
    flip=jnp.flip,
    cholesky=lambda a: jnp.linalg.cholesky(a, symmetrize_input=False),
    packed_lu=lambda a: lax.linalg.lu(a)[0],
    solve_lower=lambda a, b: solve_triangular(a, b, lower=True),
)


def gradient(name: str, workload: Workload, args: tuple[Any, ...]) -> Callable[[], Any]:
    return made((FORMS | own_forms.FORMS)[name], workload, args)


def gradient_of_port(name: str, workload: Workload, args: tuple[Any, ...]) -> Callable[[], Any]:
    return made(PORTS[name], workload, args)


def made(form: Callable[..., Any], workload: Workload, args: tuple[Any, ...]) -> Callable[[], Any]:
    static = tuple(
        i for i, a in enumerate(args) if isinstance(a, int) or (np.ndim(a) == 0 and i not in workload.argnums)
    )

    def function(*args: Any) -> Any:
        return form(JAX, *args)

    few_rows = workload.jacobian and np.size(workload.function(*args)) < sum(np.size(args[i]) for i in workload.argnums)
    derivative = jax.grad if not workload.jacobian else jax.jacrev if few_rows else jax.jacfwd
    compiled = jax.jit(derivative(function, workload.argnums), static_argnums=static)
    held = tuple(a if i in static else jnp.asarray(a) for i, a in enumerate(args))
    return lambda: jax.block_until_ready(compiled(*held))
