"""Calls of ``scipy.sparse.linalg``, inside of functions that are differentiated."""

from __future__ import annotations

import ast
from typing import Any

from scipy.sparse import linalg

from zygote_nb.frontend.heap import read_field
from zygote_nb.frontend.lower import Lowering
from zygote_nb.frontend.lowered import FUNCTIONS
from zygote_nb.frontend.sparse import is_compressed, is_sparse, parts
from zygote_nb.higher.inside.keywords import bound
from zygote_nb.ir.kinds import Array, describe
from zygote_nb.runtime.sparse import entries_solved, sparse_solved

Kwargs = tuple[tuple[str, Any], ...]


def call_spsolve(lo: Lowering, node: ast.AST, args: list[Any], kwargs: Kwargs) -> Any:
    given = bound(lo, node, linalg.spsolve, args, kwargs, "A b")
    a, b = (lo.snapshot(given[name]) for name in ("A", "b"))
    if is_compressed(a) and isinstance(b.kind, Array):
        return lo.apply(node, entries_solved, [read_field(lo, node, a, "data"), b, *parts(lo, node, a)])
    if not is_sparse(a) or not isinstance(b.kind, Array):
        what = f"`spsolve` is given {describe(a.kind)} and {describe(b.kind)}"
        raise lo.refuse(node, what, "make the sparse matrix outside of the function")
    return lo.apply(node, sparse_solved, [a, b])


FUNCTIONS[linalg.spsolve] = call_spsolve
