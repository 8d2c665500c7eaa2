"""What it costs that a function has an effect: it is interpreted, but what it calls is compiled."""

from __future__ import annotations

import logging
from typing import Any

import zygote_nb as zg
from benchmarks.clock import in_turns
from benchmarks.correct import require_close
from benchmarks.table import Row
from benchmarks.workloads import ROLLOUT
from zygote_nb.driver.trial import LIMIT

LOG = logging.getLogger("benchmarks")
FEWER = 1_000
"""The interpreter runs the loop for so many iterations."""


def reported(theta: Any, x0: Any, n: int) -> Any:
    cost = ROLLOUT.function(theta, x0, n)
    LOG.debug("cost %s", cost)
    return cost


def callee() -> list[Row]:
    """A rollout whose cost is logged, against the rollout alone, compiled, and against itself, interpreted."""
    return [against_rollout(1_000), against_rollout(1_000_000)]


def against_rollout(n: int) -> Row:
    args = ROLLOUT.arguments(n)
    alone, told = (zg.grad(f, ROLLOUT.argnums) for f in (ROLLOUT.function, reported))
    for _ in range(2 + 2 * LIMIT // n):
        require_close(ROLLOUT, alone(*args), told(*args))
    compiled, mixed, plain = in_turns(lambda: alone(*args), lambda: told(*args), lambda: interpreted(FEWER))
    times = (f"{1e6 * t:.3g}" for t in (mixed.least, compiled.least, n // FEWER * plain.least))
    details = "{} over {} us; interpreted {}".format(*times)
    ratio, middle = mixed.least / compiled.least, mixed.middle / compiled.middle
    return Row(f"rollout that logs, {n:,} iterations", ratio, middle, "x without log", None, details)


def interpreted(n: int) -> object:
    with zg.options(backend="python"):
        return zg.gradient(reported, *ROLLOUT.arguments(n))
