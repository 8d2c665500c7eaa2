"""What a call from Python costs."""

from __future__ import annotations

from statistics import median

import zygote_nb as zg
from benchmarks.clock import in_turns
from benchmarks.correct import compiled, require_right
from benchmarks.table import Row
from benchmarks.workloads import BUMP


def scalar_call() -> list[Row]:
    """A gradient of one number against a compiled function of one number."""
    require_right(BUMP, 0)
    zg.options(backend="numba")
    f = BUMP.function
    plain, gradient = compiled(f), zg.grad(f)
    thunks = (lambda: plain(1.3), lambda: gradient(1.3), lambda: zg.grad(f)(1.3), lambda: zg.gradient(f, 1.3))
    base, *others = in_turns(*thunks, calls=1000, budget=5.0)
    whats = ("g = zg.grad(f); g(x)", "zg.grad(f)(x)", "zg.gradient(f, x)")
    rows = []
    for what, target, times in zip(whats, (1.0, None, 1.0), others, strict=True):
        more = [a - b for a, b in zip(times.seconds, base.seconds, strict=True)]
        details = f"{1e6 * times.least:.2f} us a call, plain njit {1e6 * base.least:.2f}"
        rows.append(Row(what, 1e6 * (times.least - base.least), 1e6 * median(more), "us above njit", target, details))
    return rows
