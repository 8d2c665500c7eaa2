"""The kernels as one writes them for JAX: whole arrays, `scan` for loops, `at[].set` where a loop writes in place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax
from jax.scipy.special import logsumexp

jax.config.update("jax_enable_x64", True)


def jacobi(A, B, steps, n):
    def stencil(X, Y):
        inner = X[1:-1, 1:-1] + X[1:-1, :-2] + X[1:-1, 2:] + X[2:, 1:-1] + X[:-2, 1:-1]
        return Y.at[1:-1, 1:-1].set(0.2 * inner)

    def step(state, _):
        A, B = state
        B = stencil(A, B)
        return (stencil(B, A), B), None

    (A, B), _ = lax.scan(step, (A, B), None, length=steps)
    return jnp.sum(A * A)


def seidel(A, sweeps, n):
    """A row at a time: what lies above and beside it is known but for the neighbour on the left, a recurrence."""

    def row(A, i):
        above, own, below = (lax.dynamic_slice(A, (i + k, 0), (1, n))[0] for k in (-1, 0, 1))
        known = above[:-2] + above[1:-1] + above[2:] + own[1:-1] + own[2:] + below[:-2] + below[1:-1] + below[2:]

        def element(left, k):
            value = (k + left) / 9.0
            return value, value

        _, values = lax.scan(element, own[0], known)
        return lax.dynamic_update_slice(A, values[None], (i, 1)), None

    def sweep(A, _):
        return lax.scan(row, A, jnp.arange(1, n - 1))[0], None

    A, _ = lax.scan(sweep, A, None, length=sweeps)
    return jnp.sum(A * A)


def cholesky(A, n):
    """The library's factorisation, which reads the lower half as well; it is given a symmetric matrix."""
    lower = jnp.tril(A)
    return jnp.sum(jnp.linalg.cholesky(lower + jnp.tril(A, -1).T, symmetrize_input=False))


def mixture(alphas, means, scales, x):
    z = jnp.exp(scales) * (x[:, None, :] - means)
    terms = alphas + jnp.sum(scales, axis=1) - 0.5 * jnp.sum(z * z, axis=2)
    return jnp.sum(logsumexp(terms, axis=1))


def k_means(centres, points):
    squares = jnp.sum(points**2, axis=1)[:, None] + jnp.sum(centres**2, axis=1) - 2.0 * points @ centres.T
    return jnp.sum(jnp.min(squares, axis=1))


def logistic(w, X, y):
    return jnp.sum(jnp.log1p(jnp.exp(-y * (X @ w))))


def perceptron(W1, b1, W2, b2, X, Y):
    scores = jnp.tanh(X @ W1 + b1) @ W2 + b2
    return (jnp.sum(logsumexp(scores, axis=1)) - jnp.sum(Y * scores)) / scores.shape[0]


def attention(Q, K, V):
    out = jax.nn.softmax(Q @ K.T / jnp.sqrt(Q.shape[1]), axis=1) @ V
    return jnp.sum(out * out)


def lstm(W, b, x, width):
    def step(state, letter):
        h, c = state
        z = W[:, :width] @ h + W[:, width] * letter + b
        i, f, o = (jax.nn.sigmoid(z[k * width : (k + 1) * width]) for k in range(3))
        c = f * c + i * jnp.tanh(z[3 * width :])
        return (o * jnp.tanh(c), c), None

    (h, _), _ = lax.scan(step, (jnp.zeros(width), jnp.zeros(width)), x)
    return jnp.sum(h * h)


def runge_kutta(x, k, steps, h):
    def slope(y):
        return -k * y * y * y

    def step(x, _):
        a = slope(x)
        b = slope(x + 0.5 * h * a)
        c = slope(x + 0.5 * h * b)
        d = slope(x + h * c)
        return x + h / 6.0 * (a + 2.0 * b + 2.0 * c + d), None

    return jnp.sum(lax.scan(step, x, None, length=steps)[0] ** 2)


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "jacobi": jacobi,
    "seidel": seidel,
    "cholesky": cholesky,
    "log_sum_exp": logsumexp,
    "mixture": mixture,
    "k_means": k_means,
    "logistic": logistic,
    "perceptron": perceptron,
    "attention": attention,
    "lstm": lstm,
    "runge_kutta": runge_kutta,
}


def gradient(name: str, argnums: tuple[int, ...], args: tuple[Any, ...]) -> Callable[[], Any]:
    """The gradient at these arguments, compiled, its arrays with JAX already, and waited for."""
    static = tuple(i for i, a in enumerate(args) if isinstance(a, int))
    compiled = jax.jit(jax.grad(FUNCTIONS[name], argnums), static_argnums=static)
    held = tuple(a if isinstance(a, int) else jnp.asarray(a) for a in args)
    return lambda: jax.block_until_ready(compiled(*held))
