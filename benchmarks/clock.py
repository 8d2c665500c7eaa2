"""Taking the time, on a machine that has other things to do.

The clock is that of the process: an idle machine shows the same figure on the wall, and a busy one is not counted
against the code. What is compared is timed in turns, so that both see the same machine. What works in threads of its
own is timed by the clock on the wall: the process's clock hears of these too late.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
Thunk = Callable[[], object]
Clock = Callable[[], float]
LEFT_OUT = {"PYTHONDONTWRITEBYTECODE", "OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"}
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")


@dataclass(frozen=True)
class Times:
    """Seconds of each repetition; the processor's clock may stand still in one."""

    seconds: tuple[float, ...]

    @property
    def least(self) -> float:
        return min(filter(None, self.seconds))

    @property
    def middle(self) -> float:
        return median(self.seconds)


def in_turns(
    *thunks: Thunk, calls: int = 1, budget: float = 4.0, least: int = 7, clock: Clock = process_time
) -> tuple[Times, ...]:
    """Times of one call of each, measured in rounds until ``budget`` seconds have passed; ``calls`` make one sample."""
    for thunk in thunks:
        thunk()
    rounds: list[tuple[float, ...]] = []
    end = perf_counter() + budget
    while len(rounds) < least or perf_counter() < end:
        rounds.append(tuple(sample(thunk, calls, clock) for thunk in thunks))
    return tuple(map(Times, zip(*rounds, strict=True)))


def enough_calls(thunk: Thunk, seconds: float = 1e-4) -> int:
    """How often to call what is quick, for the clock to say how long a call takes."""
    thunk()
    return max(1, round(seconds / max(sample(thunk, 3), 1e-9)))


def sample(thunk: Thunk, calls: int, clock: Clock = process_time) -> float:
    start = clock()
    for _ in range(calls):
        thunk()
    return (clock() - start) / calls


def in_fresh_process(code: str, directory: str, threads: int = 1) -> Any:
    """What ``code`` prints as JSON in a new process whose caches are in ``directory``."""
    command, own = [sys.executable, "-c", code], environment(directory, threads)
    done = subprocess.run(command, cwd=ROOT, env=own, check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(done.stdout.splitlines()[-1])


def environment(directory: str, threads: int = 1) -> dict[str, str]:
    """So many threads; byte code is kept, as it is on anybody's machine; OpenBLAS finds out what the processor is."""
    kept = {name: value for name, value in os.environ.items() if name not in LEFT_OUT}
    own = {
        **dict.fromkeys(THREADS, str(threads)),
        "XLA_FLAGS": f"--xla_cpu_multi_thread_eigen={'true' if threads > 1 else 'false'}",
        "NUMBA_CACHE_DIR": f"{directory}/numba",
        "ZYGOTE_NB_CACHE_DIR": f"{directory}/zygote_nb",
    }
    return {**kept, **own, "XDG_CACHE_HOME": directory}
