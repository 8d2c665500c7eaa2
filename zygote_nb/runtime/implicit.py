"""The change of a fixed point, from the change of one step at that point."""

from __future__ import annotations

from typing import Any

import numpy as np

from zygote_nb.runtime.shaped import shaped_like

FEWER = "a fixed point, or what a solver returned, was followed for fewer derivatives"


@shaped_like(1)
def settled(slopes: Any, rest: Any) -> Any:
    """Where the iteration ends that starts ``rest`` away from its fixed point, to first order; ``slopes`` are fixed."""
    return solved(slopes, rest, False)


@shaped_like(1)
def settled_along(slopes: Any, rest: Any) -> Any:
    """The tangent of ``settled``."""
    return solved(slopes, rest, False)


@shaped_like(1)
def settled_back(slopes: Any, dy: Any) -> Any:
    """The cotangent of ``rest`` in ``settled``."""
    return solved(slopes, dy, True)


def followed(x: Any, order: int) -> Any:
    """The same value; what is made of it has so many derivatives that are right."""
    return x


def solved(slopes: Any, right: Any, transposed: bool) -> Any:
    """``(1 - slopes)**-1 right``, where ``slopes`` is the Jacobian of a step."""
    if np.ndim(right) == 0:
        return right / (1.0 - slopes)
    n = np.size(right)
    matrix = np.eye(n) - np.reshape(slopes, (n, n))
    return np.reshape(np.linalg.solve(matrix.T if transposed else matrix, np.ravel(right)), np.shape(right))
