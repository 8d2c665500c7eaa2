"""Variables that closures share: each is an object of its own, as it is in Python.

A variable that an inner function declares ``nonlocal`` has a cell as soon as a closure captures it: all closures lead
to that cell, and what one of them writes is read by the others. In the function that the variable belongs to it stays a
variable, which agrees with the cell before each call and after.
"""

from __future__ import annotations

import ast
from types import CellType
from typing import TYPE_CHECKING, Any

from zygote_nb.frontend.heap import Obj, Object, get_object, put_object, read_field, slot, write_field
from zygote_nb.ir.kinds import Reference

if TYPE_CHECKING:
    from zygote_nb.frontend.lower import Lowering

CONTENTS = "cell_contents"


def is_cell(value: Any) -> bool:
    return isinstance(value, Obj) and value.cls is CellType


def are_shared(lo: Lowering) -> set[str]:
    """The variables that inner functions write to."""
    return {n for node in lo.nodes() if isinstance(node, ast.Nonlocal) for n in node.names}


def cell_of(lo: Lowering, name: str) -> Obj:
    """The cell of a variable of this function, with what the variable holds now."""
    key = ("cell", name)
    cell: Obj = lo.joints.get(key) or Obj(lo.new_ident(), Reference(CellType))
    lo.joints[key] = cell
    fill(lo, cell, name)
    return cell


def fill(lo: Lowering, cell: Obj, name: str) -> None:
    content = Object(CellType, ((CONTENTS, lo.env[name]),), name, frozenset((cell.ident,)))
    put_object(lo, cell, content)


def cells(lo: Lowering) -> list[tuple[str, Obj]]:
    """The cells of this function's own variables."""
    pairs = [(key[1], cell) for key, cell in lo.joints.items() if isinstance(key, tuple) and key[0] == "cell"]
    return [(name, cell) for name, cell in pairs if slot(cell.ident) in lo.env and name in lo.env]


def fill_all(lo: Lowering) -> None:
    """Before a call: what the function itself has assigned since."""
    for name, cell in cells(lo):
        fill(lo, cell, name)


def take_back(lo: Lowering, node: ast.AST, changed: Obj) -> None:
    """After a call that has written to a cell: the variable holds the same."""
    for name, cell in cells(lo):
        if cell == changed:
            lo.bind(name, get_object(lo, cell).get(CONTENTS), node)
            fill(lo, cell, name)


def read(lo: Lowering, node: ast.AST, closure: Obj, name: str) -> Any:
    """What a closure finds in a captured variable."""
    value = read_field(lo, node, closure, name)
    return read_field(lo, node, value, CONTENTS) if is_cell(value) else value


def write(lo: Lowering, node: ast.AST, closure: Obj, name: str, value: Any) -> None:
    held = get_object(lo, closure).get(name)
    if is_cell(held):
        write_field(lo, node, held, CONTENTS, value)
    else:
        write_field(lo, node, closure, name, value)
