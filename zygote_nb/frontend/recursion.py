"""Lists that are handed down a recursion and get longer on the way: no number of entries is the last one."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from zygote_nb.frontend.growing import is_uniform
from zygote_nb.frontend.heap import Obj, get_object
from zygote_nb.frontend.lists import needs_rows
from zygote_nb.frontend.values import make_tuple
from zygote_nb.ir.kinds import Kind, ObjectOf, parts_of

if TYPE_CHECKING:
    from zygote_nb.frontend.boundary import Sender
    from zygote_nb.frontend.lower import Lowering
    from zygote_nb.frontend.source import Source


def find_growing(lo: Lowering, node: ast.AST, source: Source, kinds: tuple[Kind, ...], sender: Sender) -> None:
    """A list that is longer each time a function is entered is lowered again as one that grows."""
    active = [i for i in lo.program.instances.values() if not i.complete and i.source.tree is source.tree]
    if len(active) < 2:
        return
    *_, first, second = (lengths(i.kinds) for i in active)
    now = lengths(kinds)
    for place in now:
        if first.get(place, now[place]) < second.get(place, 0) < now[place]:
            for obj in sender.objects:
                if isinstance(obj, Obj) and note_of(lo, obj) == place:
                    grow(lo, node, place, obj)


def lengths(kinds: Iterable[Kind]) -> dict[Any, int]:
    """The lengths of the lists among the arguments, by the place where they are made."""
    lists = (part for kind in kinds for part in parts_of(kind) if isinstance(part, ObjectOf) and part.cls is list)
    return {part.note: len(part.keys) for part in lists if part.note is not None}


def note_of(lo: Lowering, obj: Obj) -> Any:
    content = get_object(lo, obj)
    return content.note if content.cls is list else None


def grow(lo: Lowering, node: ast.AST, place: Any, obj: Obj) -> None:
    values = get_object(lo, obj).values()
    if is_uniform(make_tuple(values, list)):
        lo.program.grows(place)
    needs_rows(lo, node, place, values)
