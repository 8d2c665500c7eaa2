"""Many backward sweeps after one forward sweep: rows of a Jacobian, and a pullback that is called again."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Lock
from typing import Any

import numpy as np

from zygote_nb.driver.bound import Bound
from zygote_nb.driver.ready import Ready
from zygote_nb.driver.run import call_arguments, is_on_trial, is_to_compile, own_places, run
from zygote_nb.driver.values import deep_copy
from zygote_nb.driver.written import written_back

Seeds = tuple[Any, ...]
WORTH_COMPILING = 16
"""From so many runs on: what the interpreter takes seconds for, a compiled forward sweep does while one is compiled."""


class Repeats:
    """Takes seeds to gradients, as ``run`` does, but goes forward once; whatever goes wrong is left to ``run``.

    ``runs`` says how many are expected, or have been made.
    """

    def __init__(self, found: Ready, bound: Bound, held: tuple[Any, ...] | None = None, runs: int = 1) -> None:
        self.found, self.bound, self.held, self.runs = found, bound, held, runs
        self.given: Seeds = ()
        self.running: Iterator[tuple[Any, ...]] | None = None
        self.failed, self.lock = False, Lock()

    def __call__(self, seeds: Seeds) -> tuple[Any, ...]:
        __tracebackhide__ = True
        with self.lock:
            self.runs += 1
            results = self.next(seeds) if self.is_worth_while() else None
        if results is None:
            # A backward sweep adds to its seeds, and the caller makes the next one of these.
            return run(self.found, self.bound, tuple(map(deep_copy, seeds)), held=self.held)
        return written_back(self.found, self.bound, results, True)

    def is_worth_while(self) -> bool:
        """Called once, it keeps nothing; nor before it has been called often, where there is something to compile.

        What is on trial runs whole each time, so that its iterations are counted.
        """
        if self.failed or self.running is not None:
            return not self.failed
        if is_on_trial(self.found, self.bound):
            return False
        return self.runs > (WORTH_COMPILING if is_to_compile(self.found, self.bound) else 2)

    def next(self, seeds: Seeds) -> tuple[Any, ...] | None:
        try:
            if self.running is None:
                self.start(seeds)
            for place, seed in zip(self.given, seeds, strict=True):
                place[...] = seed
            with np.errstate(all="ignore"):
                return next(self.running)  # type: ignore[arg-type]
        except Exception:
            self.failed, self.running = True, None
            return None

    def start(self, seeds: Seeds) -> None:
        leaves = (
            call_arguments(self.found.facts, self.bound) if self.held is None else tuple(map(own_places, self.held))
        )
        self.given = tuple(np.zeros(np.shape(s) or 1, np.asarray(s).dtype) for s in seeds)
        args = (*leaves, *self.given)
        from zygote_nb.driver.generators import generator

        made = generator(self.found.derived(self.bound), args, is_to_compile(self.found, self.bound))
        self.running = made(*args)
