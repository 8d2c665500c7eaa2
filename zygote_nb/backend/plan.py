"""What is compiled, and how the result is called: all that a warm start reads."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from zygote_nb.backend import allocation
from zygote_nb.dataclass import dataclass, field
from zygote_nb.runtime.depth import stack_room


@dataclass(frozen=True, slots=True)
class Decision:
    """What became of a loop where there are several threads: why it is not divided, and the line that says so."""

    line: int
    sweep: str
    why: str | None = None
    where: int = 0


class NotCompiled(Exception):
    """Something has no compiled form; the message says what, ``line`` where, if it is known."""

    line = 0


class GivenUp(NotCompiled):
    """Numba does not compile the text; not ``lasting`` where that may be for want of room."""

    lasting = True


@dataclass(frozen=True, slots=True)
class Plan:
    """How the compiled function ``name`` is called.

    It takes ``params``, then arrays that are ``made`` of these: Python expressions. ``held`` says for each result which
    of all these arguments holds it afterwards, or None if it is returned. ``calls_python`` says that it calls functions
    of Python's.
    """

    name: str
    params: tuple[str, ...]
    made: tuple[str, ...]
    held: tuple[int | None, ...]
    calls_python: bool = False

    @property
    def allocate(self) -> str:
        """Source of the function that makes the arrays."""
        return f"def allocate({', '.join(self.params)}):\n    return ({', '.join(self.made)},)\n"


@dataclass(frozen=True, slots=True)
class Text:
    """Source for Numba and what it names.

    Arrays that are given are ``apart`` if none shares memory with another. A text that takes a tape out of a handle
    comes ``after`` the one that put it there, for arguments of these types, which say what type the tape has.
    ``parts`` are functions for parts of loops, which say whether the arrays that they take are apart.
    """

    source: str
    namespace: dict[str, Any]
    functions: tuple[str, ...]
    plan: Plan
    apart: bool = True
    after: tuple[Text, tuple[str, ...]] | None = None
    parts: dict[str, bool] = field(default_factory=dict)
    decisions: tuple[Decision, ...] = ()


def allocator(plan: Plan) -> Callable[..., tuple[np.ndarray[Any, Any], ...]] | None:
    """The function that makes arrays, from its source."""
    if not plan.made:
        return None
    scope: dict[str, Any] = {"np": allocation.makers(), "stack_room": stack_room}
    exec(plan.allocate, scope)
    made: Callable[..., tuple[np.ndarray[Any, Any], ...]] = scope["allocate"]
    return made
