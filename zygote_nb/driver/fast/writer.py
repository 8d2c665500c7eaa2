"""A function that is written: its lines, the conditions under which it goes on, and the values that these name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from zygote_nb.backend import allocation
from zygote_nb.dataclass import dataclass, field
from zygote_nb.runtime.depth import stack_room

Fast = Callable[..., Any]
HELD = "_zg_"
"""No variable of the user's begins like the names in what is written here."""


class TooVaried(Exception):
    """The call is of a form for which no function is written."""


@dataclass(slots=True)
class Writer:
    """Lines of a function, the conditions under which it goes on, and the values that these name."""

    values: dict[str, Any] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)
    tests: list[str] = field(default_factory=list)
    objects: list[str] = field(default_factory=list)
    made: set[int] = field(default_factory=set)

    def name(self, value: Any) -> str:
        """A name for a constant."""
        for known, other in self.values.items():
            if other is value:
                return known
        made = f"{HELD}{len(self.values)}"
        self.values[made] = value
        return made

    def of_type(self, at: str, value: Any) -> None:
        self.tests.append(f"{self.name(type)}({at}) is {self.name(type(value))}")

    def of_length(self, at: str, value: Any) -> None:
        self.tests.append(f"{self.name(len)}({at}) == {len(value)}")

    def check(self) -> None:
        """Return if one of the conditions gathered so far does not hold."""
        if self.tests:
            self.lines.append(f"if not ({' and '.join(self.tests)}): return None")
            self.tests.clear()

    def function(self) -> Fast:
        text = f"def fast({HELD}f, {HELD}args, {HELD}out=None):\n    " + "\n    ".join(self.lines) + "\n"
        scope: dict[str, Any] = {**self.values, "stack_room": stack_room}
        if " np." in text:
            scope["np"] = allocation.makers()
        exec(compile(text, "<zygote_nb call>", "exec"), scope)
        function: Fast = scope["fast"]
        return function
