"""Gradients over those of other systems, each beside ours in a process of its own."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from time import perf_counter
from typing import Any

import numpy as np

from benchmarks.against_hand import TOLERANCE, into_buffers
from benchmarks.catalogue import KERNELS, LARGE, MATRICES
from benchmarks.clock import Times, enough_calls, in_turns
from benchmarks.correct import compiled, require_close
from benchmarks.peers.system import Unsupported
from benchmarks.table import Row

SYSTEMS = {
    "JAX": ("jax", "by_jax"),
    "PyTorch": ("torch", "by_torch"),
    "autograd": ("autograd", "by_autograd"),
    "Tangent": ("tangent", "by_tangent"),
    "Enzyme": ("enzyme_ad", "by_enzyme"),
}
PORTED = ("seidel", "cholesky", "lu", "triangular", "gram_schmidt")
TWO_THREADS = " on two threads"

TARGETS = {
    "JAX": {
        **dict.fromkeys(("log_sum_exp", "mixture", "k_means"), 1 / 1.5),
        **dict.fromkeys(("seidel", "cholesky", "lu", "triangular", "gram_schmidt"), 1 / 5),
    },
    "JAX as ported": dict.fromkeys(PORTED, 1 / 300),
}
"""What our time over a system's is held to; 1 for the others."""

SLOW = 0.3
"""Seconds from which a gradient is timed once more, and no more often."""


def points() -> dict[str, Callable[[], list[Row]]]:
    """Those of the systems that are installed."""
    there = [system for system, (package, _) in SYSTEMS.items() if find_spec(package) is not None]
    made = {f"{name} against {system}": partial(rows, name, system) for name in KERNELS for system in there}
    if "JAX" in there:
        made |= {f"{name} against JAX as ported": partial(rows, name, "JAX as ported") for name in PORTED}
    two = [(name, system) for name in MATRICES for system in there if system in ("JAX", "PyTorch")]
    more = {f"{name} against {system}{TWO_THREADS}": partial(rows, name, system, TWO_THREADS) for name, system in two}
    return {**made, **more}


def rows(name: str, system: str, threads: str = "") -> list[Row]:
    """One row: a figure if the system's gradient is right to ten digits, and why there is none if not."""
    what = f"{KERNELS[name].name}, against {system}{threads}"
    args = KERNELS[name].arguments(LARGE)
    try:
        theirs, first = checked(name, system, args)
    except Exception as error:  # whatever another system raises is the answer
        reason = str(error) if isinstance(error, Unsupported) else f"{type(error).__name__}: {error}"
        return [Row(what, math.nan, details=f"none: {shortened(reason)}")]
    ours, other = timed(into_buffers(KERNELS[name]), theirs, args)
    target = TARGETS.get(system, {}).get(name, 1.0)
    details = f"{1e6 * ours.least:.4g} us over {1e6 * other.least:.4g}, its first call {first:.2g} s"
    ratio, middle = ours.least / other.least, ours.middle / other.middle
    return [Row(what, ratio, middle, f"x {system.split()[0]}", round(target, 4), details)]


def shortened(reason: str) -> str:
    words = " ".join(word for word in reason.split() if not word.startswith("==="))
    return words if len(words) <= 120 else f"{words[:117]}..."


def checked(name: str, system: str, args: tuple[Any, ...]) -> tuple[Callable[[], Any], float]:
    """The system's gradient and the seconds of its first call."""
    module = import_module(f"benchmarks.peers.{SYSTEMS[system.split()[0]][1]}")
    make = module.gradient_of_port if system == "JAX as ported" else module.gradient
    start = perf_counter()
    theirs = make(name, KERNELS[name], args)
    found = theirs()
    first = perf_counter() - start
    by_hand = compiled(KERNELS[name].by_hand)(*args)
    require_close(KERNELS[name], tuple(map(np.asarray, found)), by_hand, TOLERANCE)
    return theirs, first


def timed(gradient: Callable[..., Any], theirs: Callable[[], Any], args: tuple[Any, ...]) -> tuple[Times, ...]:
    """By the clock on the wall, since others work in threads of their own."""
    start = perf_counter()
    theirs()
    slow = perf_counter() - start > SLOW
    ours = partial(gradient, *args)
    calls = 1 if slow else enough_calls(ours)
    return in_turns(ours, theirs, calls=calls, budget=0.0 if slow else 2.0, least=1 if slow else 7, clock=perf_counter)
