"""The Jacobian and the Hessians of `higher` as one writes them for JAX, jitted."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jax import lax

jax.config.update("jax_enable_x64", True)


def rosenbrock(x):
    return jnp.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2)


def logistic(w, x, y):
    return jnp.sum(jnp.log1p(jnp.exp(-y * (x @ w))))


def sweeps(x):
    def element(left, pair):
        own, factor = pair
        value = 0.5 * left + jnp.sin(own) * factor
        return value, value

    y = x
    for _ in range(5):
        _, rest = lax.scan(element, y[0], (y[1:], x[1:]))
        y = jnp.concatenate((y[:1], rest))
    return y


rosenbrock_hessian = jax.jit(jax.hessian(rosenbrock))
logistic_hessian = jax.jit(jax.hessian(logistic))
sweeps_jacobian = jax.jit(jax.jacfwd(sweeps))
