"""Random programs through the oracle until interrupted: `python -m tests.fuzz [--minutes N] [--seed S] [--forward]`.

A failing program is printed once for each kind of failure, shrunk, with the seed that finds it again.
"""

from __future__ import annotations

import argparse
import contextlib
import random
import re
import signal
import sys
import threading
import time
import warnings
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import zygote_nb as zg
from tests.as_written import same_as_written
from tests.forward_oracle import check_forward
from tests.oracle import check, only_compiled
from tests.random_names import renamed, with_pairs
from tests.random_programs import Program, seeded
from tests.shrink import shrink
from tests.trees import copied
from zygote_nb.backend.plan import NotCompiled

NUMBERS = re.compile(r"-?\d[\d.e+-]*|<.*?>|`[^`]*`")


def main() -> int:
    """Exit status 1 if anything failed."""
    options = parsed()
    seed, deadline = options.seed, time.monotonic() + 60 * options.minutes
    seen: Counter[str] = Counter()
    with contextlib.suppress(KeyboardInterrupt):
        while time.monotonic() < deadline:
            backends = ("python", "numba") if options.compile and seed % options.compile == 0 else ("python",)
            kinds = {k: getattr(options, k) for k in ("data", "wide", "flow", "complex", "grids", "small", "mixed")}
            source = seeded(seed, **kinds).source
            if options.renamed:
                source = with_pairs(source) if options.small or options.mixed else source
                source = renamed(source, random.Random(seed).randrange)
            failure = failure_of(source, backends, options.forward)
            seen[failure or "right"] += 1
            if failure and seen[failure] == 1 and (options.refusals or not failure.startswith("refused")):
                report(source, seed, failure, backends, options)
            seed += 1
    print("\n".join(f"{count:7} {kind}" for kind, count in seen.most_common()))
    return 0 if all(k == "right" or k.startswith("refused") for k in seen) else 1


def parsed() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--minutes", type=float, default=float("inf"))
    parser.add_argument("--seed", type=int, default=0, help="the first program's seed")
    parser.add_argument("--compile", type=int, default=20, metavar="N", help="compile every Nth program, 0: none")
    parser.add_argument("--data", action="store_true", help="programs with objects, dicts and inner functions")
    parser.add_argument("--wide", action="store_true", help="programs with more of Python and NumPy in expressions")
    parser.add_argument(
        "--flow", action="store_true", help="programs with exceptions that carry values, and generators"
    )
    parser.add_argument("--complex", action="store_true", help="programs with complex numbers")
    parser.add_argument("--grids", action="store_true", help="programs of stencils, rows and columns")
    parser.add_argument("--small", action="store_true", help="programs of few statements, many of them")
    parser.add_argument("--mixed", action="store_true", help="such programs over places of all kinds, with callees")
    parser.add_argument("--renamed", action="store_true", help="under names that generated code might choose itself")
    parser.add_argument("--forward", action="store_true", help="forward mode and second derivatives only")
    parser.add_argument("--refusals", action="store_true", help="report what is refused as well")
    parser.add_argument("--shrink", type=float, default=60.0, metavar="SECONDS", help="spent on each failure")
    return parser.parse_args()


@contextlib.contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """TimeoutError after so many seconds, where there are signals: a shrunk loop may have lost its counter."""

    def stop(*_: object) -> None:
        raise TimeoutError

    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        signal.signal(signal.SIGALRM, before)


def runs(program: Program) -> bool:
    """Whether the plain call gives a moderate number without a warning."""
    try:
        with warnings.catch_warnings(), time_limit(2.0):
            warnings.simplefilter("error")
            value = program.function()(*copied(program.arguments()))
    except Exception:
        return False
    return isinstance(value, float) and bool(np.isfinite(value) and abs(value) < 1e3)


def failure_of(source: str, backends: tuple[str, ...], forward: bool = False) -> str | None:
    """The kind of failure, numbers and names taken out of its message, or None."""
    program = Program(source)
    if not runs(program):
        return None
    try:
        with time_limit(120.0):
            checked(program, backends, forward)
    except Exception as error:
        return kind(error)
    return None


def checked(program: Program, backends: tuple[str, ...], forward: bool) -> None:
    """The whole oracle, or what is asked of forward mode."""
    if not forward:
        f, args = program.function(), program.arguments()
        grads = check(f, *args, backends=backends, compiles=False, flat=True)
        with contextlib.suppress(NotCompiled):
            same_as_written(f, args, grads)
        return
    for backend in backends:
        with zg.options(backend=backend), only_compiled(backend == "numba"), contextlib.suppress(zg.CompileError):
            check_forward(program.function(), program.arguments(), loose=backend == "numba")


def kind(error: Exception) -> str:
    """What tells one failure from another."""
    message = str(error).partition("\n")[0].partition(":")[0]
    if isinstance(error, zg.ZygoteError):
        message = " ".join(line for line in str(error).splitlines()[:1])
        if error.lineno:
            return f"refused: {NUMBERS.sub('#', message)[:120]}"
    return f"{type(error).__name__}: {NUMBERS.sub('#', message)[:120]}"


def report(source: str, seed: int, failure: str, backends: tuple[str, ...], options: argparse.Namespace) -> None:
    """The shrunk program and the message it fails with."""
    source = shrink(source, lambda text: failure_of(text, backends, options.forward) == failure, options.shrink)
    print(f"--- seed {seed}, {' and '.join(backends)}: {failure}\n{source}")
    try:
        checked(Program(source), backends, options.forward)
    except Exception as error:
        print(f"--- {type(error).__name__}: {str(error)[:1500]}\n", flush=True)


if __name__ == "__main__":
    sys.exit(main())
