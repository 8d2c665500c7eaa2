"""What a function changed outside of its arguments."""

from __future__ import annotations

from types import CellType, FunctionType
from typing import Any

from zygote_nb.driver.assembly import assembled
from zygote_nb.driver.bound import Bound
from zygote_nb.driver.carried import Carried, refill
from zygote_nb.driver.ready import Ready
from zygote_nb.driver.values import leaf_kinds
from zygote_nb.frontend.free import read
from zygote_nb.ir.kinds import UNCHANGED, WHOLE, ObjectOf


def written_back(ready: Ready, bound: Bound, results: tuple[Any, ...], again: bool = False) -> tuple[Any, ...]:
    """What the function changed outside of its arguments is as after one plain call; the results without it.

    ``again`` says that the plain call has been made, and nothing is to be changed.
    """
    facts = ready.facts
    if not facts.outside and not facts.captured:
        return results
    first = len(leaf_kinds(facts.result_kind)) if ready.question.value else 0
    if again:
        count = len(facts.captured) + sum(len(leaf_kinds(kind)) for _, kind in facts.outside)
        return (*results[:first], *results[first + count :])
    queue = iter(results[first:])
    objects = dict(enumerate(bound.reader.objects))
    objects |= {ident: read(way, bound.function, bound.values) for ident, way in facts.ways.items()}
    start = len(facts.parameters) - len(facts.free)
    paths = [facts.free[position - start].path for position in facts.captured]
    # What is written to is what was there before: the function may have put something else in its place.
    targets = [read(p[:-1] if p[-1][0] == "column" else p, bound.function, bound.values) for p in paths]
    for ident, kind in facts.outside:
        assert isinstance(kind, ObjectOf)
        holder = read(facts.ways[ident], bound.function, bound.values)
        parts = {
            key: entry(holder, key) if item == UNCHANGED else assembled(item, queue, objects)
            for key, item in zip(kind.keys, kind.items, strict=True)
        }
        if kind.note is WHOLE:
            replace_all(holder, parts)
        for key, item in zip(kind.keys, kind.items, strict=True):
            if item != UNCHANGED:
                put(holder, key, parts[key])
    found: dict[int, Carried] = {}
    for path, target in zip(paths, targets, strict=True):
        if path[-1][0] == "column":
            found.setdefault(id(target), Carried(target)).take(path[-1][1], next(queue))
        elif isinstance(target, list):
            refill(target, next(queue))
        else:
            target[...] = next(queue)
    for container in found.values():
        container.put_together()
    return (*results[:first], *queue)


def entry(holder: Any, key: Any) -> Any:
    if isinstance(holder, (dict, list)):
        return holder[key]
    return holder.cell_contents if isinstance(holder, CellType) else getattr(holder, key)


def replace_all(holder: Any, parts: dict[Any, Any]) -> None:
    """Entries were added in between, or taken away."""
    match holder:
        case list():
            holder[:] = parts.values()
        case dict():
            holder.clear()
            holder.update(parts)
        case _:
            for name in [n for n in vars(holder) if n not in parts]:
                delattr(holder, name)


def put(holder: Any, key: Any, value: Any) -> None:
    match holder:
        case dict() | list():
            holder[key] = value
        case CellType():
            holder.cell_contents = value
        case _ if isinstance(type(holder).__setattr__, FunctionType):
            object.__setattr__(holder, key, value)  # what a method of the user's has made of it
        case _:
            setattr(holder, key, value)
