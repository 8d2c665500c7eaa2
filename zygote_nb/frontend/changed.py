"""What a call has done to the objects that it was given."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from zygote_nb.dataclass import replace
from zygote_nb.frontend import cells
from zygote_nb.frontend.boundary import Receiver, Sender, shared_numbers
from zygote_nb.frontend.heap import get_object, slot, write_field
from zygote_nb.frontend.instances import Instance
from zygote_nb.ir.core import Tuple
from zygote_nb.ir.kinds import UNCHANGED, WHOLE, Kind, leaves

if TYPE_CHECKING:
    from zygote_nb.frontend.lower import Lowering
    from zygote_nb.frontend.program import Program


def lists_kept(instance: Instance, sender: Sender) -> list[Tuple]:
    """The list displays among the arguments that the call changes, or that are in objects or in the result after it."""
    kinds = (instance.function.result_kind, *(k for _, k in instance.after))
    numbers = set().union(*map(shared_numbers, kinds)) | {n for n, _ in instance.after}
    return [o for i, o in enumerate(sender.objects) if i in numbers and isinstance(o, Tuple)]


def result_kinds(instance: Instance) -> tuple[Kind, ...]:
    kinds = leaves(instance.function.result_kind)[: instance.returned]
    return (*kinds, *(k for _, changed in instance.after for k in leaves(changed)))


def apply_changes(program: Program, lo: Lowering, node: ast.AST, instance: Instance, receiver: Receiver) -> None:
    """The objects that a call has changed."""
    for number, changed in instance.after:
        obj = program.outside_object(lo, number) if number < 0 else receiver.objects[number]
        before = get_object(lo, obj)
        if number < 0 and changed.note is WHOLE:  # type: ignore[union-attr]
            lo.env[slot(obj.ident)] = replace(before, fields=(), whole=True)
        for key in before.keys() if not before.outside else ():
            if key not in changed.keys:  # type: ignore[union-attr]
                lo.env[slot(obj.ident)] = get_object(lo, obj).without(key)
        for key, kind in zip(changed.keys, changed.items, strict=True):  # type: ignore[union-attr]
            if kind != UNCHANGED:
                write_field(lo, node, obj, key, receiver.value(kind, f"{before.label}_{key}"))
        if cells.is_cell(obj):
            cells.take_back(lo, node, obj)
