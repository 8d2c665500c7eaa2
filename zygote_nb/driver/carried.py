"""Lists and dicts outside that got entries: put together again from their columns, old entries as they were."""

from __future__ import annotations

from typing import Any

import numpy as np

from zygote_nb.dataclass import dataclass, field
from zygote_nb.driver.columns import entry, row
from zygote_nb.frontend.columns import Column
from zygote_nb.ir.kinds import Kind

ABSENT = object()


@dataclass(slots=True)
class Carried:
    """A container, and the columns that it has now."""

    holder: Any
    templates: dict[str, Kind] = field(default_factory=dict)
    columns: dict[str, list[Any]] = field(default_factory=dict)

    def take(self, column: Column, values: Any) -> None:
        self.templates[column.part] = column.template
        self.columns.setdefault(column.part, []).append(values)

    def put_together(self) -> None:
        if isinstance(self.holder, list):
            refill(self.holder, [self.entry("list", i) for i in range(len(self.columns["list"][0]))])
            return
        (places,) = self.columns["places"]
        after = {key: kept(self.holder.get(key, ABSENT), self.entry("values", i)) for key, i in places.items()}
        self.holder.clear()
        self.holder.update(after)

    def entry(self, part: str, index: int) -> Any:
        return entry(self.templates[part], row(self.columns[part], index), {})


def refill(holder: list[Any], entries: list[Any]) -> None:
    before = [*holder, *[ABSENT] * len(entries)]
    holder[:] = [kept(old, new) for old, new in zip(before, entries, strict=False)]


def kept(old: Any, new: Any) -> Any:
    """What was there before, where it is what is there now; an array that was written to is the same array."""
    if type(old) is not type(new):
        return new
    match new:
        case np.ndarray() if old.shape == new.shape and old.dtype == new.dtype and old.flags.writeable:
            if old is not new:
                np.copyto(old, new)
            return old
        case tuple() if len(old) == len(new):
            parts = tuple(map(kept, old, new))
            return old if all(a is b for a, b in zip(parts, old, strict=True)) else new
        case list() if len(old) == len(new):
            old[:] = map(kept, old, new)
            return old
        case int() | float() | str() | np.generic():
            return old if old == new else new
    return new
