"""The table: one row for each figure, with what it is held to."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """A figure from the least of the times, the same from their medians, the target, if it has one, and what is drawn.

    Without a figure the details say why.
    """

    what: str
    figure: float
    middle: float | None = None
    unit: str = ""
    target: float | None = None
    details: str = ""
    drawn: tuple[tuple[float, ...], ...] = ()

    @property
    def verdict(self) -> str:
        if self.target is None or math.isnan(self.target):
            return ""
        return "met" if self.figure <= self.target else "MISSED"

    def cells(self) -> tuple[str, ...]:
        middle = "" if self.middle is None else f"{self.middle:.3g}"
        target = "" if self.target is None else f"{self.target:g}"
        figure = "" if math.isnan(self.figure) else f"{self.figure:.3g}"
        return self.what, figure, middle, self.unit, target, self.verdict, self.details


HEADER = ("what", "figure", "median", "unit", "at most", "", "details")
RIGHT = (False, True, True, False, True, False, False)


def rendered(rows: list[Row]) -> str:
    """The rows as a Markdown table with aligned columns, which is the table that is printed too."""
    cells = [HEADER, *(row.cells() for row in rows)]
    widths = [max(3, *(len(line[k]) for line in cells)) for k in range(len(HEADER))]
    rule = "|".join("-" * (w + 1) + (":" if right else "-") for w, right in zip(widths, RIGHT, strict=True))
    lines = [joined(line, widths) for line in cells]
    return "\n".join([lines[0], f"|{rule}|", *lines[1:]])


def joined(line: tuple[str, ...], widths: list[int]) -> str:
    padded = (c.rjust(w) if right else c.ljust(w) for c, w, right in zip(line, widths, RIGHT, strict=True))
    return f"| {' | '.join(padded)} |"
