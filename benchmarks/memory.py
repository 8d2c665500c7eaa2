"""Memory that the gradient of a loop needs, over the bytes that it has to record."""

from __future__ import annotations

import ctypes
import resource
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import zygote_nb as zg
from benchmarks.correct import require_right
from benchmarks.table import Row
from benchmarks.workloads import ROLLOUT, SINE_POWER, WHILE, Workload

N = 1_000_000
STATUS = Path("/proc/self/status")


def of(workload: Workload, recorded: int, target: float | None = 2.5) -> list[Row]:
    """One gradient of a million iterations that must record so many floats each; compiled and warmed up before."""
    require_right(workload, 12)
    gradient = zg.grad(workload.function, workload.argnums)
    small, large = workload.arguments(100), workload.arguments(N)
    with zg.options(backend="numba"):
        gradient(*small)
        peak = peak_bytes(lambda: gradient(*large))
    must = 8 * recorded * N
    details = f"{peak / 1e6:.1f} MB at the peak, {recorded} float{'s' * (recorded > 1)} an iteration"
    return [Row(f"memory of {workload.name}", peak / must, None, "x recorded", target, details)]


def peak_bytes(thunk: Callable[[], object]) -> int:
    """By how much resident memory rises at most while ``thunk`` runs."""
    before = forget_peak()
    thunk()
    return peak() - before


def forget_peak() -> int:
    """Start anew, where the system can; elsewhere the peak so far is the starting point.

    What was freed before is given back to the system: memory that is used again would not be seen to rise.
    """
    if not STATUS.exists():
        return peak()
    getattr(ctypes.CDLL(None), "malloc_trim", int)(0)
    Path("/proc/self/clear_refs").write_text("5")
    return status("VmRSS")


def peak() -> int:
    if STATUS.exists():
        return status("VmHWM")
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def status(name: str) -> int:
    line = next(line for line in STATUS.read_text().splitlines() if line.startswith(f"{name}:"))
    return int(line.split()[1]) * 1024


for_loop = partial(of, SINE_POWER, 1)
while_loop = partial(of, WHILE, 1)
rollout = partial(of, ROLLOUT, 2)
