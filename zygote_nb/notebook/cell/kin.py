"""Variables of the notebook that lead to the same objects or memory: what is done to one is done to the other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from zygote_nb.dataclass import dataclass, field
from zygote_nb.notebook.cell.values import is_object, parts

__all__ = ["Kin", "kin"]

Kin = Mapping[str, frozenset[str]]


@dataclass(slots=True)
class _Reach:
    """What a variable leads to: containers and objects by identity, and arrays."""

    ids: set[int] = field(default_factory=set)
    arrays: list[Any] = field(default_factory=list)

    def add(self, value: Any) -> None:
        if isinstance(value, np.ndarray):
            self.arrays.append(value)
        elif (isinstance(value, list | tuple | dict) or is_object(value)) and id(value) not in self.ids:
            self.ids.add(id(value))
            for part in parts(value):
                self.add(part)

    def meets(self, other: _Reach) -> bool:
        if self.ids & other.ids:
            return True
        return any(np.may_share_memory(a, b) for a in self.arrays for b in other.arrays)


def kin(names: Iterable[str], namespace: Mapping[str, Any]) -> Kin:
    """For each name, the others that lead to something of what it leads to.

    >>> x = np.ones(3)
    >>> kin(["x", "tail", "k"], {"x": x, "tail": x[1:], "k": 2.0})["x"]
    frozenset({'tail'})
    """
    reached = {}
    for name in names:
        reach = _Reach()
        reach.add(namespace.get(name))
        if reach.ids or reach.arrays:
            reached[name] = reach
    return {a: frozenset(b for b in reached if a != b and reached[a].meets(reached[b])) for a in reached}
