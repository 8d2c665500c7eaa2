"""Gradients of loops over their compiled primals."""

from __future__ import annotations

from typing import Any

import numpy as np

import zygote_nb as zg
from benchmarks.clock import Times, in_turns
from benchmarks.correct import compiled, require_close, require_right, require_right_at_length
from benchmarks.table import Row
from benchmarks.workloads import (
    DOT,
    OVERWRITTEN,
    ROLLOUT,
    SINE_POWER,
    SINE_PRODUCT,
    SQUARES,
    Workload,
    rollout_in_scalars,
)

N = 1_000_000
SMALL = 12


def dot() -> list[Row]:
    """Into given buffers, and with fresh arrays, whose first touch costs more than the arithmetic."""
    args = prepared(DOT)
    buffers = tuple(np.empty(N) for _ in DOT.argnums)
    into = zg.grad(DOT.function, DOT.argnums, out=buffers)
    require_close(DOT, into(*args), compiled(DOT.by_hand)(*args))
    primal, given, fresh = in_turns(*calls(args, compiled(DOT.function), into, zg.grad(DOT.function, DOT.argnums)))
    return [ratio(f"{DOT.name}, out=", given, primal, 2.0), ratio(f"{DOT.name}, fresh arrays", fresh, primal)]


def sine_power() -> list[Row]:
    return against_primal(SINE_POWER, 4.0)


def sine_product() -> list[Row]:
    return against_primal(SINE_PRODUCT, 4.0)


def rollout() -> list[Row]:
    """Against the primal, the adjoint written by hand, and one with its state in scalars."""
    args = prepared(ROLLOUT)
    by_hand, in_scalars = compiled(ROLLOUT.by_hand), compiled(rollout_in_scalars)
    require_close(ROLLOUT, in_scalars(*args), by_hand(*args))
    gradient = zg.grad(ROLLOUT.function, ROLLOUT.argnums)
    thunks = calls(args, compiled(ROLLOUT.function), gradient, by_hand, in_scalars)
    primal, ours, hand, scalars = in_turns(*thunks, budget=8.0)
    return [
        ratio(ROLLOUT.name, ours, primal, 4.5),
        ratio("rollout, adjoint by hand", hand, primal),
        ratio("rollout, by hand in scalars", scalars, primal),
    ]


def reading() -> list[Row]:
    """Reading x[i] n times: the growth of the time between the two largest n, as a power of n."""
    prepared(SQUARES)
    times = {n: reading_time(n) for n in (1_000, 10_000, 100_000, 1_000_000)}
    rows = [Row(f"reading x[i], n={n:.0e}", 1e9 * t.least / n, 1e9 * t.middle / n, "ns each") for n, t in times.items()]
    last, before = times[1_000_000], times[100_000]
    growth, middle = (float(np.log10(a / b)) for a, b in ((last.least, before.least), (last.middle, before.middle)))
    return [*rows, Row("time of reading x[i] n times ~ n^", growth, middle, "", 1.2, "from n=1e5 to 1e6")]


def reading_time(n: int) -> Times:
    args = SQUARES.arguments(n)
    into = zg.grad(SQUARES.function, SQUARES.argnums, out=(np.empty(n),))
    return in_turns(lambda: into(*args), calls=max(1, 100_000 // n), budget=1.0)[0]


def writing() -> list[Row]:
    """1e5 entries of an array written one at a time: an iteration costs the same whatever the array's length."""
    require_right(OVERWRITTEN, SMALL)
    lengths = (10, 1_000, 100_000)
    times = {m: writing_time(np.linspace(0.1, 0.9, m)) for m in lengths}
    rows = [Row(f"writing a[i], {m:.0e} entries", 1e4 * t.least, 1e4 * t.middle, "ns each") for m, t in times.items()]
    short, long = times[10], times[1_000]
    growth, middle = long.least / short.least, long.middle / short.middle
    return [*rows, Row("writing to 1e3 entries over writing to 10", growth, middle, "x", 1.2, "1e5 iterations")]


def writing_time(a: Any) -> Times:
    into = zg.grad(OVERWRITTEN.function, OVERWRITTEN.argnums, out=(np.empty(len(a)),))
    return in_turns(lambda: into(a, 100_000), budget=1.0)[0]


def against_primal(workload: Workload, target: float) -> list[Row]:
    args = prepared(workload)
    gradient = zg.grad(workload.function, workload.argnums)
    primal, ours, hand = in_turns(*calls(args, compiled(workload.function), gradient, compiled(workload.by_hand)))
    return [ratio(workload.name, ours, primal, target), ratio(f"{workload.name}, adjoint by hand", hand, primal)]


def prepared(workload: Workload) -> tuple[Any, ...]:
    require_right(workload, SMALL)
    require_right_at_length(workload, N)
    return workload.arguments(N)


def calls(args: tuple[Any, ...], *functions: Any) -> list[Any]:
    return [lambda f=f: f(*args) for f in functions]


def ratio(what: str, ours: Times, primal: Times, target: float | None = None) -> Row:
    details = f"{per_iteration(ours)} over {per_iteration(primal)} ns an iteration"
    return Row(what, ours.least / primal.least, ours.middle / primal.middle, "x primal", target, details)


def per_iteration(times: Times) -> str:
    return f"{1e9 * times.least / N:.3g}"
