"""Lists and dicts from outside that have other entries by now, and are used by a function that is called.

A function is lowered for the entries that they had before. If it may be, such a container is lowered again as one that
gets entries as the program runs.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from zygote_nb.frontend.heap import Object, slot
from zygote_nb.frontend.instances import Instance
from zygote_nb.frontend.origins import OUTSIDE, must_grow
from zygote_nb.frontend.tables import needs_table_at
from zygote_nb.ir.core import Invoke
from zygote_nb.ir.walk import statements

if TYPE_CHECKING:
    from zygote_nb.frontend.lower import Lowering


def refuse_changed_outside(lo: Lowering, node: ast.AST, instance: Instance) -> None:
    """A call that reads or changes such a container would find the entries of the beginning."""
    for ident, label in changed_layouts(lo):
        if uses(lo, instance, ident, set()):
            carry(lo, node, ident)
            what = f"`{label}`, from outside, has got or lost entries, and `{instance.shown}` uses it"
            raise lo.refuse(node, what, "pass it as an argument, or change and use it in one function")


def carry(lo: Lowering, node: ast.AST, ident: int) -> None:
    content = lo.env[slot(ident)]
    if content.cls is list:
        must_grow(lo, node, ident, content)
    for key in content.keys() if content.cls is dict else ():
        needs_table_at(lo, node, (OUTSIDE, ident, 0), lo.constant(key))


def changed_layouts(lo: Lowering) -> list[tuple[int, str]]:
    found = []
    for key, content in lo.env.items():
        if not isinstance(content, Object) or not content.outside or content.cls not in (list, dict):
            continue
        ident = int(key[1:])
        if not content.is_read_outside or set(content.keys()) - set(lo.program.outside_entries(ident)):
            found.append((ident, content.label))
    return found


def uses(lo: Lowering, instance: Instance, ident: int, seen: set[int]) -> bool:
    """Whether a function, or one that it calls, touches an object from outside."""
    if id(instance) in seen:
        return False
    seen.add(id(instance))
    if instance.source.code in lo.program.outside.users.get(ident, ()):
        return True
    body = instance.function.body if instance.complete else ()
    calls = [s.callee for s in statements(body) if isinstance(s, Invoke) and isinstance(s.callee, Instance)]
    return any(uses(lo, callee, ident, seen) for callee in calls)
