"""What an expert writes for JAX alone."""

from __future__ import annotations

import jax.numpy as jnp
from jax import lax


def seidel(_, A, sweeps, n):
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


FORMS = {"seidel": seidel}
