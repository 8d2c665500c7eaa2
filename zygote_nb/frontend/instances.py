"""A function lowered for one tuple of kinds."""

from __future__ import annotations

import ast
from typing import Any

from zygote_nb.dataclass import dataclass
from zygote_nb.frontend.layout import FreeVariable
from zygote_nb.frontend.source import Source
from zygote_nb.ir.core import (
    Function,
    Invoke,
)
from zygote_nb.ir.kinds import (
    Bottom,
    Kind,
    leaves,
)
from zygote_nb.ir.walk import always_raises, statements


class Restart(Exception):
    """Something is known now that must be known from the start: a function is lowered again, that which has the place
    in its source if there is one."""

    def __init__(self, place: Any = None) -> None:
        self.place = place


class Apart(Exception):
    """The outermost function calls itself, and must return objects in another way than to itself."""


@dataclass(slots=True, eq=False)
class Instance:
    """One function lowered for one tuple of kinds.

    ``free`` are the parameters after those of the arguments, the callees' included. ``after`` says which objects the
    call changes, by their number among the arguments or, below zero, their identity; what they hold then are the
    function's last results. ``learned`` are the kinds of lists among the parameters of which nothing was known, by
    position; ``same_lists`` are results, and parameters after these, that are one list. A ``total`` one never raises,
    but returns its exception. A ``checkpointed`` one keeps its arguments only, and is run again on the way back; one
    that ``spans`` iterations of a loop is run again for some of them at a time. A ``forwarded`` one is differentiated
    in forward mode. Through a ``constant`` one no derivative passes. ``level`` says how often it, or what it calls, has
    been differentiated. ``unclear`` says where it writes to what may be a copy, if only NumPy knows.
    """

    source: Source
    kinds: tuple[Kind, ...]
    function: Function
    free: tuple[FreeVariable, ...] = ()
    complete: bool = False
    recursive: bool = False
    after: tuple[tuple[int, Kind], ...] = ()
    learned: tuple[tuple[int, Kind], ...] = ()
    same_lists: tuple[tuple[int, ...], ...] = ()
    total: bool = False
    checkpointed: bool = False
    spans: bool = False
    forwarded: bool = False
    constant: bool = False
    level: int = 0
    unclear: str | None = None

    @property
    def name(self) -> str:
        return self.function.name

    @property
    def shown(self) -> str:
        """What it is called where a person reads it."""
        return "the lambda" if isinstance(self.source.tree, ast.Lambda) else self.name

    @property
    def never_returns(self) -> bool:
        """Whether every path through the function raises."""
        return self.complete and isinstance(self.function.result_kind, Bottom) and always_raises(self.function.body)

    @property
    def returned(self) -> int:
        """How many of the results are those of the returned value."""
        return 0 if self.never_returns else len(leaves(self.function.result_kind))


def mark_recursive(instances: list[Instance]) -> None:
    """Say of all functions that call themselves through others that they do, in whatever order they are looked at."""
    for instance in instances:
        seen: dict[int, Instance] = {}
        queue = called_by(instance)
        while queue:
            callee = queue.pop()
            if id(callee) not in seen:
                seen[id(callee)] = callee
                queue += called_by(callee)
        instance.recursive = instance.recursive or id(instance) in seen


def called_by(instance: Instance) -> list[Instance]:
    calls = (s.callee for s in statements(instance.function.body) if isinstance(s, Invoke))
    return [c for c in calls if isinstance(c, Instance)]
