"""Adjoints of products that contract axes: einsum, tensordot, dot of stacks, kron, convolutions."""

from __future__ import annotations

from string import ascii_letters
from typing import Any

import numpy as np

from zygote_nb.runtime.arrays import unbroadcast
from zygote_nb.runtime.shaped import folded, shaped_like

# Einstein sums


def terms_of(subscripts: str, ranks: tuple[int, ...] | None = None) -> tuple[list[str], str]:
    """The letters of each operand and of the result; an ellipsis becomes letters if the ranks are given."""
    given, arrow, out = subscripts.replace(" ", "").partition("->")
    operands = given.split(",")
    if ranks is not None and "." in given:
        operands, out = _without_ellipsis(operands, out if arrow else None, ranks)
    elif not arrow:
        out = _implied(given.replace(",", ""))
    return operands, out


def _implied(letters: str) -> str:
    return "".join(sorted(c for c in set(letters) if letters.count(c) == 1))


def _without_ellipsis(operands: list[str], out: str | None, ranks: tuple[int, ...]) -> tuple[list[str], str]:
    free = [c for c in ascii_letters if c not in "".join(operands)]
    hidden = [rank - len(t.replace("...", "")) for t, rank in zip(operands, ranks, strict=True)]
    widest = "".join(free[: max(h for h, t in zip(hidden, operands, strict=True) if "..." in t)])
    full = [t.replace("...", widest[len(widest) - h :]) for t, h in zip(operands, hidden, strict=True)]
    if out is None:
        return full, widest + _implied("".join(t.replace("...", "") for t in operands).replace(",", ""))
    return full, out.replace("...", widest)


@folded
def is_plain(subscripts: str) -> bool:
    """Whether each adjoint is one einsum of the cotangent and the other operand: two operands, no index lost."""
    if "." in subscripts:
        return False
    operands, out = terms_of(subscripts)
    once = all(len(set(t)) == len(t) for t in operands)
    return len(operands) == 2 and once and all(set(a) <= set(b + out) for a, b in (operands, operands[::-1]))


@folded
def adjoint_subscripts(subscripts: str, i: int) -> str:
    """The subscripts that give the cotangent of operand ``i``, where ``is_plain``."""
    operands, out = terms_of(subscripts)
    given = [operands[0], out] if i == 1 else [out, operands[1]]
    return f"{','.join(given)}->{operands[i]}"


@shaped_like(-1)
def einsum_adjoint(dy: Any, subscripts: str, operands: tuple[Any, ...], i: int, operand: Any) -> Any:
    """The cotangent of operand ``i``, which is ``operand``: an einsum of the cotangent and the others."""
    letters, out = terms_of(subscripts, tuple(map(np.ndim, operands)))
    wanted = "".join(dict.fromkeys(letters[i]))
    given = [out, *(t for k, t in enumerate(letters) if k != i)]
    values = [dy, *(v for k, v in enumerate(operands) if k != i)]
    lengths = dict(zip(letters[i], np.shape(operand), strict=True))
    lost = [c for c in wanted if c not in "".join(given)]
    if lost:
        given.append("".join(lost))
        values.append(np.ones([lengths[c] for c in lost]))
    g = np.einsum(f"{','.join(given)}->{wanted}", *values)
    if len(wanted) < len(letters[i]):
        g = _on_diagonal(g, wanted, letters[i], operand)
    return unbroadcast(g, operand)


def einsum_adjoint_tangent(t: Any, moved: Any, dy: Any, subscripts: str, operands: Any, i: int, operand: Any) -> Any:
    """It is linear in the cotangent and in each of the other operands."""
    total = einsum_adjoint(t, subscripts, operands, i, operand)
    for k in range(len(operands) if isinstance(moved, tuple) else 0):
        if k != i:
            others = (*operands[:k], moved[k], *operands[k + 1 :])
            total = total + einsum_adjoint(dy, subscripts, others, i, operand)
    return total


def _on_diagonal(g: Any, wanted: str, letters: str, operand: Any) -> Any:
    """Put the entries where the repeated indices agree."""
    whole = np.zeros(np.shape(operand), np.result_type(g))
    np.einsum(f"{letters}->{wanted}", whole)[...] = g
    return whole


# Contractions of whole axes


def _paired(axes: Any, rank_a: int, rank_b: int) -> tuple[list[int], list[int]]:
    if isinstance(axes, (int, np.integer)):
        return list(range(rank_a - int(axes), rank_a)), list(range(int(axes)))
    first, second = axes
    of_a = [first] if isinstance(first, (int, np.integer)) else list(first)
    of_b = [second] if isinstance(second, (int, np.integer)) else list(second)
    return [k % rank_a for k in of_a], [k % rank_b for k in of_b]


@shaped_like(1)
def tensordot_adjoint_left(dy: Any, a: Any, b: Any, axes: Any = 2) -> Any:
    """The cotangent of the first factor of ``np.tensordot(a, b, axes)``."""
    of_a, of_b = _paired(axes, np.ndim(a), np.ndim(b))
    free_b = [k for k in range(np.ndim(b)) if k not in of_b]
    free_a = [k for k in range(np.ndim(a)) if k not in of_a]
    g = np.tensordot(dy, b, (list(range(len(free_a), np.ndim(dy))), free_b))
    order = [*free_a, *(of_a[of_b.index(k)] for k in sorted(of_b))]
    return np.transpose(g, np.argsort(order))


@shaped_like(2)
def tensordot_adjoint_right(dy: Any, a: Any, b: Any, axes: Any = 2) -> Any:
    """The cotangent of the second factor of ``np.tensordot(a, b, axes)``."""
    of_a, of_b = _paired(axes, np.ndim(a), np.ndim(b))
    free_a = [k for k in range(np.ndim(a)) if k not in of_a]
    free_b = [k for k in range(np.ndim(b)) if k not in of_b]
    g = np.tensordot(a, dy, (free_a, list(range(len(free_a)))))
    order = [*(of_b[of_a.index(k)] for k in sorted(of_a)), *free_b]
    return np.transpose(g, np.argsort(order))


@folded
def dot_axes(rank_b: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The axes that ``np.dot`` contracts, for tensordot."""
    return (-1,), (-2 if rank_b > 1 else -1,)


@shaped_like(1)
def kron_adjoint_left(dy: Any, a: Any, b: Any) -> Any:
    """The cotangent of the first factor of ``np.kron(a, b)``."""
    blocks, b = _kron_blocks(dy, a, b)
    rank = np.ndim(b)
    return np.reshape(np.tensordot(blocks, b, (range(1, 2 * rank, 2), range(rank))), np.shape(a))


@shaped_like(2)
def kron_adjoint_right(dy: Any, a: Any, b: Any) -> Any:
    """The cotangent of the second factor of ``np.kron(a, b)``."""
    blocks, _ = _kron_blocks(dy, a, b)
    rank = np.ndim(blocks) // 2
    whole = np.reshape(a, (1,) * (rank - np.ndim(a)) + np.shape(a))
    return np.reshape(np.tensordot(blocks, whole, (range(0, 2 * rank, 2), range(rank))), np.shape(b))


def _kron_blocks(dy: Any, a: Any, b: Any) -> tuple[Any, Any]:
    """The cotangent with one axis for each axis of either factor, and ``b`` with as many axes as the product."""
    rank = max(np.ndim(a), np.ndim(b))
    shape_a, shape_b = ((1,) * (rank - np.ndim(x)) + np.shape(x) for x in (a, b))
    pairs = [n for pair in zip(shape_a, shape_b, strict=True) for n in pair]
    return np.reshape(dy, pairs), np.reshape(b, shape_b)


@shaped_like(2)
def vecdot_adjoint(dy: Any, other: Any, x: Any, axis: int = -1) -> Any:
    """The cotangent of the factor ``x`` of ``np.vecdot``."""
    g = np.expand_dims(dy, -1) * np.moveaxis(other, axis, -1)
    return np.moveaxis(unbroadcast(g, np.moveaxis(x, axis, -1)), -1, axis)


@shaped_like(2)
def cross_adjoint(u: Any, v: Any, x: Any, of_u: int, of_v: int, of_x: int) -> Any:
    """The cotangent of the factor ``x`` of ``np.cross``: a product again, summed along what ``x`` was stretched to."""
    return np.moveaxis(unbroadcast(np.cross(u, v, of_u, of_v, -1), np.moveaxis(x, of_x, -1)), -1, of_x)


# Convolutions


def _full(dy: Any, a: Any, v: Any, mode: str, reverse: bool) -> Any:
    """The cotangent of the full convolution, of which ``mode`` keeps a part."""
    longer, shorter = max(len(a), len(v)), min(len(a), len(v))
    total = longer + shorter - 1
    start = {"full": 0, "same": (shorter - 1) // 2, "valid": shorter - 1}[mode]
    if reverse and mode == "same":
        # np.correlate of a shorter first argument turns its result round.
        start = total - start - longer
    g = np.zeros(total, np.result_type(dy))
    g[start : start + len(dy)] = dy
    return g


@shaped_like(1)
def convolve_adjoint_left(dy: Any, a: Any, v: Any, mode: str = "full") -> Any:
    """The cotangent of the first argument of ``np.convolve(a, v, mode)``."""
    if mode == "valid" and len(a) >= len(v):
        return np.correlate(dy, v, "full")
    return np.correlate(_full(dy, a, v, mode, False), v, "valid")


@shaped_like(2)
def convolve_adjoint_right(dy: Any, a: Any, v: Any, mode: str = "full") -> Any:
    """The cotangent of the second argument of ``np.convolve(a, v, mode)``."""
    if mode == "valid" and len(a) >= len(v):
        return np.correlate(dy, a, "valid")
    return np.correlate(_full(dy, a, v, mode, False), a, "valid")


def like_convolve(a: Any, v: Any, mode: str = "full") -> Any:
    """An array of the shape of ``np.convolve(a, v, mode)``, for vectors; what it holds is not determined."""
    shorter, longer = sorted((np.size(a), np.size(v)))
    if not shorter:
        return np.convolve(a, v, mode)
    return np.empty({"full": longer + shorter - 1, "same": longer, "valid": longer - shorter + 1}[mode])


def like_correlate(a: Any, v: Any, mode: str = "valid") -> Any:
    """An array of the shape of ``np.correlate(a, v, mode)``."""
    return like_convolve(a, v, mode)


def like_einsum(subscripts: str, *operands: Any) -> Any:
    """An array of the shape of ``np.einsum(subscripts, *operands)``; what it holds is not determined."""
    terms, out = terms_of(subscripts, tuple(map(np.ndim, operands)))
    axes = [axis for t, x in zip(terms, operands, strict=True) for axis in zip(t, np.shape(x), strict=True)]
    lengths = dict(axes) | {c: n for c, n in axes if n != 1}
    if any(n not in (1, lengths[c]) for c, n in axes):
        return np.einsum(subscripts, *operands)
    return np.empty([lengths[c] for c in out])


SHAPED_AS = {np.convolve: like_convolve, np.correlate: like_correlate, np.einsum: like_einsum}
"""Functions that make an array of the shape of another function's result, and raise where that does."""


@shaped_like(1)
def correlate_adjoint_left(dy: Any, a: Any, v: Any, mode: str = "valid") -> Any:
    """The cotangent of the first argument of ``np.correlate(a, v, mode)``."""
    g = _full(dy, a, v, mode, len(a) < len(v))
    return np.convolve(g, v, "valid") if len(g) >= len(v) else np.zeros(len(a))


@shaped_like(2)
def correlate_adjoint_right(dy: Any, a: Any, v: Any, mode: str = "valid") -> Any:
    """The cotangent of the second argument of ``np.correlate(a, v, mode)``."""
    g = _full(dy, a, v, mode, len(a) < len(v))
    return np.correlate(g, a, "valid")[::-1]


@shaped_like(1)
def trace_adjoint(dy: Any, x: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    """The cotangent on a diagonal of each matrix of a stack."""
    return diagonals_adjoint(np.expand_dims(dy, -1), x, offset, axis1, axis2)


@shaped_like(1)
def diagonals_adjoint(dy: Any, x: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    """Zeros of the shape of ``x`` with the cotangent on the diagonals that ``np.diagonal`` takes."""
    g = np.zeros(np.shape(x), np.result_type(dy))
    view = np.diagonal(g, offset, axis1, axis2)
    view.flags.writeable = True
    view[...] = dy
    return g
