"""Joining arrays, and taking them apart: linear in all of them together."""

import numpy as np

from zygote_nb.rules.linearity import linear
from zygote_nb.rules.registry import alias, linear_rule, lowered, refuse
from zygote_nb.runtime.arrays import split_like, unstack
from zygote_nb.runtime.rearranging import block_adjoint, meshgrid_adjoint

# Joining

linear_rule(np.concatenate, lambda dy, y, arrays, axis=0, out=None, *, dtype=None, casting="same_kind": (
    split_like(dy, arrays, axis)
))  # fmt: skip
linear_rule(np.stack, lambda dy, y, arrays, axis=0, out=None, *, dtype=None, casting="same_kind": (
    unstack(dy, arrays, axis)
))  # fmt: skip
linear_rule(np.vstack, lambda dy, y, tup, *, dtype=None, casting="same_kind": split_like(dy, tup, 0))
linear_rule(np.hstack, lambda dy, y, tup, *, dtype=None, casting="same_kind": (
    split_like(dy, tup, 0) if y.ndim == 1 else split_like(dy, tup, 1)
))  # fmt: skip
linear_rule(np.dstack, lambda dy, y, tup: split_like(dy, tup, 2))
linear_rule(np.column_stack, lambda dy, y, tup: split_like(dy, tup, 1))
linear_rule(np.block, lambda dy, y, arrays: block_adjoint(dy, arrays))
linear(block_adjoint)
if "row_stack" in vars(np):
    alias(vars(np)["row_stack"], np.vstack)

# Taking apart: the parts are views, which the frontend makes itself where their number is known

lowered(np.split, np.array_split, np.vsplit, np.hsplit, np.dsplit, np.broadcast_arrays)
if hasattr(np, "unstack"):
    refuse("how many arrays it returns depends on a length; index the array, or loop over it", np.unstack)

# Several arrays brought to one shape


@linear_rule(np.meshgrid)
def meshgrid_pullback(dy, y, *xi, copy=True, sparse=False, indexing="xy"):
    if copy is not True:
        raise NotImplementedError("without copies the results share the memory of the arguments; leave `copy` out")
    return meshgrid_adjoint(dy, xi, indexing)
