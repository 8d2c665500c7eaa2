"""How time and peak memory of gradients grow with n, over four decades, beside the primal's."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from math import log10
from typing import Any

import zygote_nb as zg
from benchmarks.clock import enough_calls, in_turns
from benchmarks.correct import compiled, require_close
from benchmarks.kernels.scalars import CHAIN
from benchmarks.memory import peak_bytes
from benchmarks.table import Row
from benchmarks.workloads import OVERWRITTEN, ROLLOUT, SINE_PRODUCT, WHILE, Workload

WORKLOADS = {
    "rollout": ROLLOUT,
    "product": SINE_PRODUCT,
    "while": WHILE,
    "stores": OVERWRITTEN,
    "chain": CHAIN,
}
SIZES = (100, 1_000, 10_000, 100_000, 1_000_000)
SLACK = 0.1


def points() -> dict[str, Callable[[], list[Row]]]:
    return {f"growth of {name}": partial(rows, workload) for name, workload in WORKLOADS.items()}


def rows(workload: Workload) -> list[Row]:
    """Exponents over the last decade. What a loop records is as long as it: memory is held to the primal's time."""
    zg.options(backend="numba")
    gradient, primal = zg.grad(workload.function, workload.argnums), compiled(workload.function)
    small = workload.arguments(SIZES[0])
    require_close(workload, gradient(*small), compiled(workload.by_hand)(*small))
    drawn = tuple(measured(gradient, primal, workload.arguments(n), n) for n in SIZES)
    time, once, memory = (exponent(drawn, k) for k in (1, 2, 3))
    _, ours, plain, peak = drawn[-1]
    return [
        Row(
            f"time of {workload.name} ~ n^", time, None, "", round(once + SLACK, 2),
            f"primal ~ n^{once:.2f}; {1e6 * ours:.4g} us over {1e6 * plain:.4g} at n=1e6", drawn,
        ),
        Row(
            f"peak memory of {workload.name} ~ n^", memory, None, "", round(once + SLACK, 2),
            f"{peak / 1e6:.1f} MB at n=1e6",
        ),
    ]  # fmt: skip


def measured(gradient: Callable[..., Any], primal: Callable[..., Any], args: Any, n: int) -> tuple[float, ...]:
    """n, seconds of gradient and primal, bytes that the gradient needs at most."""
    peak = peak_bytes(lambda: gradient(*args))
    thunks = partial(gradient, *args), partial(primal, *args)
    ours, plain = in_turns(*thunks, calls=enough_calls(thunks[0]), budget=0.5, least=3)
    return float(n), ours.least, plain.least, float(max(peak, 4096))


def exponent(drawn: tuple[tuple[float, ...], ...], k: int) -> float:
    before, last = drawn[-2], drawn[-1]
    return log10(last[k] / before[k]) / log10(last[0] / before[0])
