"""What the workloads need of a system that works on whole arrays, and how its gradients are had."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


class Unsupported(Exception):
    """The system can't do it, and says why."""


@dataclass(frozen=True)
class System:
    """``np`` is its NumPy; ``loop(n, step, state)`` calls ``step(i, state)``; ``put`` returns a changed copy."""

    np: Any
    loop: Callable[[int, Callable[[Any, Any], Any], Any], Any]
    put: Callable[[Any, Any, Any], Any]
    largest: Callable[[Any, int], Any]
    logsumexp: Callable[[Any, int], Any]
    flip: Callable[[Any], Any]
    cholesky: Callable[[Any], Any]
    packed_lu: Callable[[Any], Any]
    solve_lower: Callable[[Any, Any], Any]


def looped(n: int, step: Callable[[int, Any], Any], state: Any) -> Any:
    for i in range(n):
        state = step(i, state)
    return state


def missing(what: str) -> Callable[..., Any]:
    def raises(*_: Any) -> Any:
        raise Unsupported(what)

    return raises
