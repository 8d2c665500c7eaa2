"""A lowered function with what the analyses found."""

from __future__ import annotations

from zygote_nb.analysis.alias import Memory
from zygote_nb.dataclass import dataclass, field
from zygote_nb.ir.core import Function, Stmt


@dataclass(slots=True)
class Prepared:
    """A lowered function with what the analyses found, for one set of active parameters."""

    function: Function
    memory: Memory
    varied: set[str]
    taken: set[str]
    users: frozenset[str] = frozenset()
    checks: list[Stmt] = field(default_factory=list)
    last: dict[str, int] = field(default_factory=dict)

    def fresh(self, stem: str) -> str:
        number = self.last.get(stem, 0)
        name = f"{stem}{number}" if number else stem
        while name in self.taken:
            number += 1
            name = f"{stem}{number}"
        self.taken.add(name)
        self.last[stem] = number
        return name
