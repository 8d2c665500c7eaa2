"""The bytes that each statement of the forward sweep leaves for the backward sweep."""

from __future__ import annotations

import ast
import re

from zygote_nb.dataclass import dataclass
from zygote_nb.frontend.syntax import walk
from zygote_nb.notebook.replay.observer import Observer
from zygote_nb.notebook.replay.record import walk_functions

__all__ = ["kept_bytes"]


@dataclass(frozen=True, slots=True)
class _Names:
    """Of one generated function: what its backward sweep (or its caller's) reads, assigns, and what is allocated."""

    read: frozenset[str]
    restored: frozenset[str]
    allocated: frozenset[str]


def kept_bytes(source: str, observer: Observer) -> tuple[int, ...]:
    """For each site. A list counts by what is appended, an array made in advance by the entries stored into it."""
    sweeps = {site.line: site.sweep for site in observer.sites}
    functions = {f.name: _names(f, sweeps) for f in walk_functions(ast.parse(source))}
    found = list(observer.nbytes)
    counted: set[tuple[str, str]] = set()
    for index, site in reversed(list(enumerate(observer.sites))):
        names = functions.get(site.function)
        if names is None or site.sweep == "backward" or site.appends or site.returns or not observer.hits[index]:
            continue
        for position, name in enumerate(site.names):
            is_tape = re.search(r"_tape\d*$", name)  # of a callee, whose own lines made it
            if (site.function, name) not in counted and not is_tape:  # a variable keeps what it was given last
                found[index] += _of_name(name, names, _last(observer, index, position), observer.hits[index])
            counted.add((site.function, name))
    return tuple(found)


def _of_name(name: str, names: _Names, nbytes: int, hits: int) -> int:
    base, indexed, _ = name.partition("[")
    if indexed:
        return nbytes * hits if base in names.allocated else 0
    if base in names.read and base not in names.restored and base not in names.allocated:
        return nbytes
    return 0


def _last(observer: Observer, site: int, position: int) -> int:
    events = observer.made[site]
    value = events[-1].values[position] if events and len(events[-1].values) > position else None
    return 0 if value is None else value.nbytes


def _names(function: ast.FunctionDef, sweeps: dict[int, str]) -> _Names:
    nodes = list(walk(function))
    bare = {n for r in nodes if isinstance(r, ast.Return) and r.value for n in _items(r.value)}
    backward = [n for n in nodes if isinstance(n, ast.Name) and sweeps.get(n.lineno) == "backward" and n not in bare]
    returned = [n for r in nodes if isinstance(r, ast.Return) and r.value for n in _after_first(r.value)]
    allocated = (
        target.id
        for node in nodes
        if isinstance(node, ast.Assign) and _is_empty(node.value) and sweeps.get(node.lineno) != "backward"
        for target in node.targets
        if isinstance(target, ast.Name)
    )
    return _Names(
        frozenset(n.id for n in (*backward, *returned) if isinstance(n.ctx, ast.Load)),
        frozenset(n.id for n in backward if isinstance(n.ctx, ast.Store)),
        frozenset(allocated),
    )


def _items(value: ast.expr) -> list[ast.expr]:
    """What is returned: values that are only handed on among it."""
    return value.elts if isinstance(value, ast.Tuple) else [value]


def _after_first(value: ast.expr) -> list[ast.Name]:
    """The names in a returned tuple behind its first entry: of a forward half, its tape."""
    items = value.elts[1:] if isinstance(value, ast.Tuple) else []
    return [n for item in items for n in walk(item) if isinstance(n, ast.Name)]


def _is_empty(value: ast.expr) -> bool:
    match value:
        case ast.Call(func=ast.Attribute(attr="empty" | "empty_like")):
            return True
        case _:
            return False
