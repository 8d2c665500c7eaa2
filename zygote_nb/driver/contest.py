"""Code without loops is interpreted; what takes long in all is compiled in another process, and the faster one stays.

NumPy does most of the work of such code, and compiled code needn't be faster. Which is depends on sizes, so both are
timed as calls are made, in turn.
"""

from __future__ import annotations

from itertools import repeat
from typing import Any

from zygote_nb.dataclass import dataclass, field

WORTH = 1.0
"""Seconds that calls have taken in all when another process begins to compile."""
SOON = 0.1
"""Seconds of calls between two looks whether it has."""
ROUNDS = 3
WINNING = 0.9
"""Compiled code must be faster by a tenth, since results change in their last digits with it."""


@dataclass(slots=True)
class Contest:
    """``seconds`` that the interpreter has taken, and the time of each call from when the compiled code ``is_there``.

    ``compiled_wins`` is known in the end; compiled code from the disk has won before.
    """

    seconds: float = 0.0
    last: float = 0.0
    is_there: bool = False
    interpreted: list[float] = field(default_factory=list)
    compiled: list[float] = field(default_factory=list)
    compiled_wins: bool | None = None

    def is_turn_of_compiled(self) -> bool:
        if self.compiled_wins is not None:
            return self.compiled_wins
        return self.is_there and len(self.compiled) < len(self.interpreted)

    def is_due(self) -> bool:
        """Whether it is time to compile, or to look whether that is done."""
        return self.compiled_wins is None and not self.is_there and self.seconds >= WORTH

    def interpreter_took(self, seconds: float) -> None:
        self.last = seconds
        self.seconds += seconds
        if self.is_there and self.compiled_wins is None:
            self.interpreted.append(seconds)

    def compiled_took(self, seconds: float | None) -> None:
        """None where compiled code has given up, and the interpreter has to do."""
        if self.compiled_wins is None:
            self.compiled.append(float("inf") if seconds is None else seconds)
            if len(self.compiled) == ROUNDS:
                self.compiled_wins = min(self.compiled) < WINNING * min(self.interpreted)

    def allowance(self) -> Any:
        """Yields for each call that may be made before somebody looks again; None where nobody needs to."""
        if self.compiled_wins is not None:
            return None
        left = SOON if self.seconds >= WORTH else WORTH - self.seconds
        self.seconds = max(self.seconds, WORTH)
        return repeat(None, int(left / max(self.last, 1e-7)))
