"""Where a container comes from, and what it must be lowered as from there on.

Lists and dicts of known entries are found to be of run time only when a function does with them what can't be written
out. Their place says where they begin: the display that makes them, an argument of the outermost function, or a
variable outside. The function that has the place begins again, and makes them as lists that grow, as columns, or as
tables.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

from zygote_nb.dataclass import replace
from zygote_nb.frontend import rows
from zygote_nb.frontend.growing import is_uniform, list_display
from zygote_nb.frontend.heap import Obj, Object, get_object, put_object
from zygote_nb.frontend.values import make_tuple
from zygote_nb.ir.kinds import Static

if TYPE_CHECKING:
    from zygote_nb.frontend.instances import Instance
    from zygote_nb.frontend.lower import Lowering
    from zygote_nb.frontend.program import Program
    from zygote_nb.frontend.templates import NeedsColumns

ARGUMENT, OUTSIDE = "argument", "outside"
# The place under which it is noted that the arguments have places.
NUMBERED = (ARGUMENT, "", 0)


def is_begun_before(place: Any) -> bool:
    """Whether a container was there before the call: nothing but the outermost function can begin it in another way."""
    return bool({ARGUMENT, OUTSIDE, "pool"} & set(map(str, place[:2]))) if isinstance(place, tuple) else False


def owners(program: Program, place: Any) -> list[Instance]:
    """The functions being lowered that have the place in their source; else the outermost."""
    active = [i for i in program.instances.values() if not i.complete]
    found = [] if is_begun_before(place) else [i for i in active if i.source.covers(place)]
    return found or active[:1]


def is_elsewhere(program: Program, instance: Instance, place: Any) -> bool:
    """Whether a place in the source is in another function that is being lowered."""
    return place is not None and instance not in owners(program, place)


def takes_columns(program: Program, instance: Instance, need: NeedsColumns) -> bool:
    """Whether something new is known of a list of this function's; of one that no active function makes, the
    outermost takes note."""
    if program.columns.get(need.place) == need.template or instance not in owners(program, need.place):
        return False
    program.columns[need.place] = need.template
    return True


def place_of(lo: Lowering, node: ast.AST, obj: Obj) -> Any:
    return place_in(lo, node, obj.ident, get_object(lo, obj))


def place_in(lo: Lowering, node: ast.AST, ident: int, content: Object) -> Any:
    """The place of a container. Arguments get theirs when one is first asked for."""
    if content.outside:
        return (OUTSIDE, ident, 0)
    if content.note is None and NUMBERED not in lo.program.columns:
        raise rows.needs_columns(lo, node, NUMBERED, Static(None))
    return content.note if isinstance(content.note, tuple) else None


def must_grow(lo: Lowering, node: ast.AST, ident: int, content: Object) -> None:
    """The list turns out to be one that grows, if it can be."""
    from zygote_nb.frontend.joining import Mixed
    from zygote_nb.frontend.lists import needs_rows
    from zygote_nb.frontend.pools import needs_pool_for

    place = place_in(lo, node, ident, content)
    mixed = [v for v in content.values() if isinstance(v, Mixed)]
    if mixed:
        kinds = [k for v in mixed for k in v.kinds]
        needs_pool_for(lo, node, kinds, "entries of a list are of several classes, depending on the path taken")
        return
    if is_uniform(make_tuple(content.values(), list)):
        lo.program.grows(place)
    needs_rows(lo, node, place, content.values())


def begun(lo: Lowering, node: ast.AST, obj: Obj, number: int) -> Any:
    """A container among the arguments of the outermost function, as what it is known to be."""
    from zygote_nb.frontend import tables

    place = (ARGUMENT, number, 0)
    content = replace(get_object(lo, obj), note=place)
    put_object(lo, obj, content)
    if content.cls is dict and ("keys", *place) in lo.program.columns:
        return tables.table_at(lo, node, list(content.fields), content.label, place)
    if content.cls is list and place in lo.program.columns:
        made = rows.new_rows(lo, node, lo.program.columns[place], content.label, place)
        for value in content.values():
            rows.append(lo, node, made, value)
        return made
    if content.cls is list and place in lo.program.growing:
        value = make_tuple(content.values(), list)
        lo.written[id(value)] = value, place
        return list_display(lo, node, value)
    return obj
