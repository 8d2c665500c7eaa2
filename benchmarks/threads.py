"""Gradients in two threads, over the same in one, by the clock on the wall."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter
from typing import Any

import numpy as np

import zygote_nb as zg
from benchmarks.clock import in_turns
from benchmarks.table import Row


def classes(w, X, y):
    n, d = X.shape
    total = 0.0
    for i in range(n):
        z = 0.0
        for j in range(d):
            z += X[i, j] * w[j]
        total += np.log1p(np.exp(-y[i] * z))
    return total


def chain(x):
    y = np.exp(-x * x) + x
    z = np.tanh(y) * y - np.log1p(x * x)
    return np.sum(np.sin(z) * z)


def rows_in_threads() -> list[Row]:
    rng = np.random.default_rng(3)
    args = rng.normal(size=50), rng.normal(size=(100_000, 50)), np.sign(rng.normal(size=100_000))
    return [in_two_threads("logistic loss of 100,000 rows", classes, *args)]


def chain_in_threads() -> list[Row]:
    return [
        in_two_threads(
            "ten elementwise operations on 1,000,000 numbers", chain, np.random.default_rng(3).random(1_000_000)
        )
    ]


def in_two_threads(what: str, f: Callable[..., Any], *args: Any) -> Row:
    """The same to rounding first, and the same digits each time."""
    one, two = (with_threads(f, args, count) for count in (1, 2))
    for serial, parallel, again in zip(one(), two(), two(), strict=True):
        assert np.allclose(serial, parallel, rtol=1e-12, atol=1e-12), f"{what} differs in two threads"
        assert np.array_equal(parallel, again), f"{what} has other digits the second time"
    parallel, serial = in_turns(two, one, clock=perf_counter)
    details = f"{1e3 * parallel.least:.3g} ms over {1e3 * serial.least:.3g}"
    ratio = parallel.least / serial.least
    return Row(f"{what}, two threads", ratio, parallel.middle / serial.middle, "x one", 0.65, details)


def with_threads(f: Callable[..., Any], args: tuple[Any, ...], count: int) -> Callable[[], Any]:
    def call() -> Any:
        with zg.options(backend="numba", parallel=count):
            return zg.gradient(f, *args)

    return call
