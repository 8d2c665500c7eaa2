"""What loops over ``zg.checkpoint_range`` will keep and run again, from the arguments of a call."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod
from typing import Any

import numpy as np

from zygote_nb.dataclass import dataclass
from zygote_nb.driver.bound import Bound
from zygote_nb.driver.derived import Derived
from zygote_nb.driver.run import call_arguments
from zygote_nb.frontend.instances import Instance
from zygote_nb.ir.core import Const, Expr, Invoke, Name
from zygote_nb.ir.kinds import Array, Kind
from zygote_nb.ir.walk import statements
from zygote_nb.runtime.checkpoints import states_kept, steps_again


@dataclass(frozen=True, slots=True)
class Predicted:
    """A loop: its line, the bytes of a state, the number of steps, and how many states it keeps; None where unknown."""

    line: int
    size: int | None
    steps: int | None
    snapshots: int | None

    def __str__(self) -> str:
        size = "unknown size" if self.size is None else f"{self.size:,} bytes"
        if self.steps is None and self.snapshots:
            return f"at most {self.snapshots} states of {size}; how many steps it makes is known when it has run"
        if self.steps is None or self.snapshots is None:
            return "as many states as it is told as the program runs"
        kept = min(states_kept(self.steps, self.snapshots), self.steps)
        again = steps_again(self.steps, self.snapshots)
        return f"{kept} states of {size}; {again:,} of {self.steps:,} steps are run again"


def loops(derived: Derived, bound: Bound) -> Iterator[Predicted]:
    """The loops of the functions that were reached."""
    values = dict(zip(derived.facts.parameters, call_arguments(derived.facts, bound), strict=False))
    lengths = {label: n for n, label in bound.reader.labels.items()} | {1: 1}
    for function in derived.derivation.renamed.values():
        root = function.name == derived.instance.function.name
        for stmt in statements(function.body):
            if isinstance(stmt, Invoke) and isinstance(stmt.callee, Instance) and stmt.callee.spans:
                steps, snapshots = (known(a, values if root else {}) for a in stmt.args[1:3])
                sizes = [size(k, lengths) for k in stmt.kinds]
                whole = None if None in sizes else sum(s for s in sizes if s is not None)
                yield Predicted(stmt.span.line, whole, steps, snapshots)


def known(expr: Expr, values: dict[str, Any]) -> int | None:
    if isinstance(expr, Const):
        return int(expr.value)
    value = values.get(expr.id) if isinstance(expr, Name) else None
    return int(value) if isinstance(value, int | np.integer) else None


def size(kind: Kind, lengths: dict[Any, int]) -> int | None:
    """The bytes of a number, or of an array whose lengths are those of arguments."""
    if not isinstance(kind, Array):
        return 8
    found = [lengths.get(d[0], 0) - d[1] if isinstance(d, tuple) else lengths.get(d) for d in kind.dims]
    if any(n is None for n in found):
        return None
    return np.dtype(kind.dtype).itemsize * prod(n for n in found if n is not None)
