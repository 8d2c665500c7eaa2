"""Slices of lists that grow: assigned, and deleted."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

from zygote_nb.frontend import list_loops, rows
from zygote_nb.frontend.values import none
from zygote_nb.ir.core import Const
from zygote_nb.ir.kinds import INT

if TYPE_CHECKING:
    from zygote_nb.frontend.lower import Lowering


def store_in_slice(lo: Lowering, node: ast.AST, base: Any, index: Any, value: Any) -> None:
    """``base[start:stop:step] = value``."""
    from zygote_nb.frontend.comprehensions import slice_bounds_of
    from zygote_nb.frontend.generators import value_of

    start, stop, step = slice_bounds_of(lo, node, rows.length_of(lo, base), index)
    if index.args[2] in (none(), Const(1, INT)):
        value_of(lo, node, list_loops.assign_slice, [base, start, stop, value])
    else:
        value_of(lo, node, list_loops.assign_steps, [base, start, stop, step, value])


def delete_slice(lo: Lowering, node: ast.AST, base: Any, index: Any) -> None:
    """``del base[start:stop:step]``."""
    from zygote_nb.frontend.comprehensions import slice_bounds_of
    from zygote_nb.frontend.generators import value_of

    bounds = slice_bounds_of(lo, node, rows.length_of(lo, base), index)
    if isinstance(bounds[2], Const) and bounds[2].value < 0:
        raise lo.refuse(node, "a slice that goes backwards is deleted", "delete the same entries forwards")
    value_of(lo, node, list_loops.delete_slice, [base, *bounds])
