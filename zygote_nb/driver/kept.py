"""What the forward sweep of a gradient leaves for the backward one, in bytes, measured at the arguments of a call."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

import numpy as np

from zygote_nb.analysis.exposed import exposed
from zygote_nb.backend.module import Module
from zygote_nb.backend.printing import build
from zygote_nb.backend.recursion import calling_themselves
from zygote_nb.dataclass import dataclass, replace
from zygote_nb.driver.bound import Bound
from zygote_nb.driver.derived import Derived
from zygote_nb.driver.run import call_arguments
from zygote_nb.driver.trial import COUNT, Counting, TooMany
from zygote_nb.driver.values import deep_copy
from zygote_nb.ir.core import Assign, Name, Tuple
from zygote_nb.ir.kinds import Opaque
from zygote_nb.ir.walk import all_bound

LIMIT = 200_000
"""Longer loops are not run for the sake of a measurement."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A variable that the backward sweep reads: its bytes, and the number of its entries if it is a tape."""

    name: str
    nbytes: int
    entries: int | None = None

    def __str__(self) -> str:
        times = "" if self.entries is None else f" in {self.entries:,} {'entry' if self.entries == 1 else 'entries'}"
        return f"{self.nbytes:,} bytes{times}"


def names_kept(derived: Derived) -> tuple[str, ...]:
    """What the forward sweep binds and the backward sweep reads, adjoints aside; tapes last."""
    found = handed_over(derived) - derived.derivation.adjoints
    return tuple(sorted(found, key=lambda n: (n in derived.derivation.kept, n)))


def handed_over(derived: Derived) -> set[str]:
    root = derived.generated[-1]
    return exposed([*root.backward, *(Assign("_", r) for r in root.results)]) & all_bound(root.forward)


def measured(derived: Derived, bound: Bound) -> tuple[Kept, ...] | str:
    """The bytes of what is kept, from running the forward sweep on copies; or why it isn't run."""
    wanted = names_kept(derived)
    if not wanted:
        return ()
    if derived.has_effects or derived.outside or derived.captured:
        return "it is not run for a measurement, because what it does outside would be done twice"
    leaves = [deep_copy(v, {}) for v in call_arguments(derived.facts, bound)]
    adjoints = sorted(handed_over(derived) - set(wanted))
    try:
        with np.errstate(all="ignore"):
            values = run(first_half(derived, (*adjoints, *wanted)), leaves)
    except TooMany:
        return f"its loops run more than {LIMIT:,} times, too many for a measurement"
    except Exception as error:
        return f"it raises {type(error).__name__}"
    seen = {id(base_of(a)) for leaf in leaves for a in arrays(leaf)}
    for value in values[: len(adjoints)]:
        size(value, seen)
    named = zip(wanted, values[len(adjoints) :], strict=True)
    found = [Kept(n, size(v, seen), len(v) if isinstance(v, list) else None) for n, v in named]
    return tuple(k for k in found if k.nbytes or k.entries is not None)


def first_half(derived: Derived, results: tuple[str, ...]) -> Module:
    """The forward sweep of a gradient as a function that returns some of its variables."""
    root = derived.generated[-1]
    returned = (Tuple(tuple(Name(n, Opaque()) for n in results)),)
    half = replace(root, params=root.params[: root.arguments], backward=(), results=returned)
    return build((*derived.generated[:-1], half), half.name, None)


def run(module: Module, leaves: list[Any]) -> tuple[Any, ...]:
    """The results of a module's function, whose loops are counted."""
    iterations = iter(range(LIMIT))

    def count() -> None:
        if next(iterations, None) is None:
            raise TooMany

    scope = {**module.namespace, COUNT: count, "__name__": "zygote_nb.generated"}
    tree = Counting(calling_themselves(module.functions)).visit(ast.parse(module.source))
    exec(compile(tree, module.filename, "exec"), scope)
    result: tuple[Any, ...] = scope[module.name](*leaves)
    return result


def size(value: Any, seen: set[int]) -> int:
    """The bytes of numbers and of memory that was not seen before: 8 a number, one a truth value."""
    total, waiting = 0, [value]
    while waiting:  # the tapes of a recursion are nested as deep as it goes
        found = waiting.pop()
        if isinstance(found, list | tuple):
            waiting.extend(found)
        else:
            total += size_alone(found, seen)
    return total


def size_alone(value: Any, seen: set[int]) -> int:
    if isinstance(value, np.ndarray):
        base = base_of(value)
        fresh = id(base) not in seen
        seen.add(id(base))
        return int(base.nbytes) if fresh else 0
    if isinstance(value, np.generic):
        return int(value.nbytes)
    return 1 if isinstance(value, bool) else 16 if isinstance(value, complex) else 8 if value is not None else 0


def base_of(array: Any) -> Any:
    """The array that owns the memory."""
    while isinstance(array.base, np.ndarray):
        array = array.base
    return array


def arrays(leaf: Any) -> Iterator[Any]:
    for value in leaf if isinstance(leaf, list | tuple) else (leaf,):
        if isinstance(value, np.ndarray):
            yield value
