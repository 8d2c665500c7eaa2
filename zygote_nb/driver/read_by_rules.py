"""What users' rules read outside of themselves and is written into the generated code with them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from zygote_nb.errors import SourceNotFoundError
from zygote_nb.frontend.free import read, step
from zygote_nb.frontend.layout import Dependency, is_static
from zygote_nb.frontend.source import capture, free_names
from zygote_nb.ir.kinds import is_plain
from zygote_nb.rules.registry import Rule


def dependencies(rules: Iterable[Rule]) -> Iterator[Dependency]:
    """What the rules depend on."""
    for rule in dict.fromkeys(r for r in rules if not r.built_in and r.form not in ("called", "pushed")):
        yield from read_outside(rule.definition)


def read_outside(definition: Any) -> Iterator[Dependency]:
    """The functions, modules and numbers that a rule finds outside; other data makes it one that is called."""
    try:
        source = capture(definition)
    except SourceNotFoundError:
        return
    names = free_names(source)
    for name in (*names.cells, *names.globals):
        path = step((("constant", definition),), source.function, name)
        value = read(path, None) if path is not None else None
        if path is not None and (is_static(value) or is_plain(value)):
            yield Dependency(path, value)
        if path is None:
            yield Dependency((("constant", definition), ("globals", None), ("lacks", name)), True)


__all__ = ["dependencies", "read_outside"]
