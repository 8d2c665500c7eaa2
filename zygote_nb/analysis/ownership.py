"""Who owns an array: ``+=`` may write to memory that nobody else keeps, and iterations have what they make."""

from __future__ import annotations

import operator
from typing import TypeGuard

import numpy as np

from zygote_nb.analysis.alias import sharing
from zygote_nb.ir.callables import Method
from zygote_nb.ir.core import Append, Apply, Assign, Block, Choice, Expr, For, Invoke, Name, Stmt, Store, Tuple, While
from zygote_nb.ir.kinds import Array, ListOf
from zygote_nb.ir.walk import all_bound, blocks, bound, children, read, statements
from zygote_nb.runtime import arrays, contractions
from zygote_nb.runtime.calling import Called

FRESH = {
    operator.add, operator.sub, operator.mul, operator.truediv, operator.neg, operator.pow, operator.matmul,
    np.zeros_like, np.zeros, np.full_like, np.copy, np.empty, np.ones, np.full, np.empty_like, np.ones_like,
    Method("copy"), np.where, np.outer, np.sum, np.dot, np.convolve, np.correlate, np.cumsum, np.cumprod, np.kron,
    np.tensordot, np.inner, np.take, np.repeat, np.concatenate, np.stack, np.sort, np.mean, np.interp,
    np.linalg.solve, np.linalg.inv, np.linalg.cholesky, np.roll, arrays.expand,
    contractions.convolve_adjoint_left, contractions.convolve_adjoint_right,
}  # fmt: skip


def owned(block: Block, params: set[str]) -> set[str]:
    """Array variables bound to fresh memory only, which nobody else keeps: ``+=`` may write to it."""
    borrowed = set(params)
    for stmt in statements(block):
        match stmt:
            case Assign():
                shared = maybe_shared(stmt.value)
                if shared:
                    borrowed.add(stmt.target)
                    borrowed |= shared
            case Append() if isinstance(stmt.value.kind, (Array, ListOf)):
                borrowed |= maybe_shared(stmt.value)
            case Store() if not isinstance(stmt.base.kind, Array):
                borrowed |= maybe_shared(stmt.value)
            case Invoke():
                borrowed.update(stmt.targets)
    return {n for s in statements(block) for n in bound(s)} - borrowed


def maybe_shared(value: Expr) -> set[str]:
    """Variables whose memory the value may be part of: everything but arithmetic is suspected."""
    match value:
        case Name():
            return {value.id}
        case Tuple():
            return set().union(*map(maybe_shared, value.items)) if value.items else set()
        case Choice():
            return maybe_shared(value.body) | maybe_shared(value.orelse)
        case Apply():
            if is_fresh(value):
                return set()
            if value.fn is arrays.unbroadcast:
                return maybe_shared(value.args[0])
            return set().union(*map(maybe_shared, children(value)))
    return set()


def is_fresh(value: Apply) -> bool:
    """Whether the call makes new memory, whatever its arguments are."""
    if value.fn is np.einsum:
        return len(value.args) > 2
    if isinstance(value.fn, Called):
        return not value.fn.shows_memory
    return value.fn in FRESH or isinstance(value.fn, np.ufunc)


def makes_anew(loop: For | While, group: frozenset[str]) -> bool:
    """Whether each iteration makes what the variables of a group of memory are in it, before it uses them."""
    return not read(loop) & group and binds_first(loop.body, group, frozenset())


def binds_first(block: Block, group: frozenset[str], made: frozenset[str]) -> bool:
    for stmt in block:
        if not read(stmt) & group <= made:
            return False
        if group.intersection(bound(stmt)):
            if not is_made(stmt, made):
                return False
            made |= {stmt.target}
        if not all(binds_first(b, group, made) for b in blocks(stmt)):
            return False
        # What one of several blocks binds is not known to be made behind them.
        made -= all_bound((stmt,)) if blocks(stmt) else set()
    return True


def is_made(stmt: Stmt, made: frozenset[str]) -> TypeGuard[Assign]:
    """Whether a variable becomes new memory, or a view of what the iteration has made."""
    if not isinstance(stmt, Assign):
        return False
    return bool(shared) if (shared := sharing(stmt.value)) else isinstance(stmt.value, Apply) and is_fresh(stmt.value)
