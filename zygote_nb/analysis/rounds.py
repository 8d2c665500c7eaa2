"""What is found of functions that call each other, in rounds, until nothing is new."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from zygote_nb.dataclass import dataclass, field


@dataclass(slots=True)
class Rounds:
    """Answers for functions, where that for one depends on those for the functions that it calls.

    A function that calls itself, directly or through others, is first taken to have the least answer. If that was
    asked for, all functions that were looked at meanwhile are looked at again, until no answer changes. ``known`` are
    the answers that are settled. An answer must grow with those that it depends on.
    """

    known: dict[Any, Any] = field(default_factory=dict)
    same: Callable[[Any, Any], bool] = operator.eq
    found: dict[Any, Any] = field(default_factory=dict)
    looked_at: set[Any] = field(default_factory=set)
    unfinished: set[Any] = field(default_factory=set)
    too_early: bool = False

    def answer(self, key: Any, least: Any, find: Callable[[], Any]) -> Any:
        """The answer under the key, which ``find`` gives."""
        if key in self.known:
            return self.known[key]
        if key in self.looked_at:
            self.too_early = self.too_early or key in self.unfinished
            return self.found[key]
        if self.looked_at:
            return self.look(key, least, find)
        try:
            while True:
                before, self.too_early = dict(self.found), False
                self.looked_at.clear()
                self.look(key, least, find)
                if not self.too_early or all(self.is_old(k, before) for k in self.looked_at):
                    break
            self.known.update({k: self.found[k] for k in self.looked_at})
        finally:
            for each in (self.found, self.looked_at, self.unfinished):
                each.clear()
        return self.known[key]

    def look(self, key: Any, least: Any, find: Callable[[], Any]) -> Any:
        self.looked_at.add(key)
        self.unfinished.add(key)
        self.found.setdefault(key, least)
        self.found[key] = find()
        self.unfinished.discard(key)
        return self.found[key]

    def is_old(self, key: Any, before: dict[Any, Any]) -> bool:
        return key in before and self.same(before[key], self.found[key])
