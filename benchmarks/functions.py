"""Gradients of single functions of NumPy, over the primal, over the gradient by hand, and over JAX and PyTorch."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from time import perf_counter
from typing import Any

import numpy as np

import zygote_nb as zg
from benchmarks.clock import Times, in_turns
from benchmarks.kernels.functions import FUNCTIONS, Function
from benchmarks.table import Row

SIZES = (10, 1_000, 1_000_000)
TARGET = 1.2
PEERS = {"jax": "JAX", "torch": "PyTorch"}
"""Modules, each with a file of its own beside this one, and what they are called."""


def points() -> dict[str, Callable[[], list[Row]]]:
    return {f"function {name}": partial(rows, name) for name in FUNCTIONS}


def rows(name: str) -> list[Row]:
    """Right first; then one row over the hand-written gradient for each size, and one over JAX where that is there."""
    made = []
    for n in SIZES:
        function, args = FUNCTIONS[name], FUNCTIONS[name].arguments(n)
        gradient = fastest(function, args)
        require_equal(name, gradient(*args), function.by_hand(*args))
        calls = max(1, 20_000 // n)
        thunks = [partial(f, *args) for f in (gradient, function.by_hand, function.loss)]
        ours, hand, plain = in_turns(*thunks, calls=calls, budget=1.5)
        details = f"{shown(ours)} over {shown(hand)} us by hand, primal {shown(plain)}"
        ratio = ours.least / hand.least
        made.append(Row(f"{name}, n={n:.0e}", ratio, ours.middle / hand.middle, "x hand", TARGET, details))
        made += [against(peer, name, n, gradient, args, calls) for peer in PEERS if find_spec(peer) is not None]
    return made


def shown(times: Times) -> str:
    return f"{1e6 * times.least:.4g}"


def fastest(function: Function, args: tuple[Any, ...]) -> Callable[..., Any]:
    """Interpreted or compiled, whichever is faster: large arrays go through NumPy's own loops as fast or faster."""
    found = []
    for backend in ("python", "numba"):
        gradient = zg.grad(function.loss, tuple(range(function.active)))
        zg.options(backend=backend)
        try:
            (times,) = in_turns(partial(gradient, *args), budget=0.3)
        except zg.CompileError:
            continue
        found.append((times.least, backend, gradient))
    _, backend, gradient = min(found, key=lambda f: f[0])
    zg.options(backend=backend)
    return gradient


def require_equal(name: str, ours: Any, wanted: Any) -> None:
    for a, b in zip(ours, wanted, strict=True):
        if not np.allclose(a, b, rtol=1e-8, atol=1e-10 * (1 + np.max(np.abs(b)))):
            raise AssertionError(f"{name}: the gradient is not that by hand")


def against(peer: str, name: str, n: int, gradient: Callable[..., Any], args: tuple[Any, ...], calls: int) -> Row:
    """By the clock on the wall: peers work in threads of their own."""
    theirs = import_module(f"benchmarks.{peer}_functions").gradient(name, FUNCTIONS[name].active, args)
    require_equal(name, gradient(*args), tuple(map(np.asarray, theirs())))
    ours, other = in_turns(partial(gradient, *args), theirs, calls=calls, budget=1.5, clock=perf_counter)
    ratio, middle, called = ours.least / other.least, ours.middle / other.middle, PEERS[peer]
    details = f"{shown(ours)} over {shown(other)} us"
    return Row(f"{name}, n={n:.0e}, against {called}", ratio, middle, f"x {called}", None, details)
