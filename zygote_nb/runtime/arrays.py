"""Array helpers of generated code, for the interpreter; ``compiled`` has the same functions for Numba.

The functions are pure, except ``add_at`` and ``add_shares``. A function called ``<name>_adjoint`` maps a cotangent of
``np.<name>`` to the cotangent of the array that was its argument.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from zygote_nb.runtime.shaped import SHAPED_LIKE, may_hand_back

# Shapes


@may_hand_back
def unbroadcast(g: Any, like: Any) -> Any:
    """Sum ``g`` over the axes that broadcasting gave it, down to the shape of ``like``, a number or an array."""
    shape = np.shape(like)
    if np.shape(g) == shape:
        return g
    extra = np.ndim(g) - len(shape)
    if extra < 0:
        return g
    if extra:
        g = np.sum(g, axis=tuple(range(extra)))
    stretched = tuple(i for i, n in enumerate(shape) if n == 1 and g.shape[i] != 1)
    return np.sum(g, axis=stretched, keepdims=True) if stretched else g


def together(a: Any, b: Any) -> bool:
    """Raise where the arrays do not broadcast."""
    np.broadcast(a, b)
    return True


def expand(g: Any, like: Any) -> Any:
    """A fresh array of the shape of ``like``, filled with ``g``; a number stays a number."""
    if np.ndim(like) == 0 and not isinstance(like, np.ndarray):
        return g
    dtype = like.dtype if like.dtype.kind in "fc" else np.float64
    return np.full(like.shape, g, np.result_type(dtype, g) if np.iscomplexobj(g) else dtype)


@may_hand_back
def reshape_like(g: Any, like: Any) -> Any:
    """The entries of ``g`` in the shape of ``like``."""
    return np.reshape(g, np.shape(like)) if np.ndim(like) or isinstance(like, np.ndarray) else np.ravel(g)[0]


def count(x: Any, axis: Any) -> int:
    """How many entries of ``x`` a reduction over ``axis`` takes together."""
    if axis is None:
        return int(np.size(x))
    return math.prod(x.shape[i] for i in (axis if isinstance(axis, tuple) else (axis,)))


def add_at(buffer: Any, index: Any, g: Any) -> None:
    """``buffer[index] += g`` in place, where an entry that ``index`` names repeatedly gets the sum."""
    if _repeats(index):
        # NumPy 2.4 adds the wrong numbers where it has to broadcast a vector against an index of several axes.
        vector = isinstance(index, np.ndarray) and index.ndim == 1
        np.add.at(buffer, index, g if vector or np.ndim(g) == 0 else np.broadcast_to(g, buffer[index].shape))
    else:
        buffer[index] += g


def _repeats(index: Any) -> bool:
    """Whether the index may name an entry twice."""
    if isinstance(index, tuple):
        return any(map(_repeats, index))
    return isinstance(index, (list, np.ndarray)) and np.ndim(index) > 0 and np.asarray(index).dtype != bool


def transpose_back(dy: Any, axes: Any) -> Any:
    """Undo ``np.transpose(x, axes)``."""
    return np.transpose(dy, np.argsort([axis % len(axes) for axis in axes]))


# Arithmetic where the plain operators raise, or make NaN of a zero cotangent


def literal(value: Any) -> bool:
    """Whether ``value`` stands in the program as a literal; known when the code is generated, false at run time."""
    return False


def quotient(a: Any, b: Any) -> Any:
    """``a / b`` that is infinite where only ``b`` is zero, and zero where ``a`` is zero whatever ``b``."""
    if np.ndim(a) == 0 and np.ndim(b) == 0:
        if a == 0:
            return a
        return a / b if b != 0 else math.copysign(math.inf, a) * math.copysign(1.0, b)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        return np.where(np.equal(a, 0), np.zeros_like(a), np.divide(a, b))


def damped(y: Any, t: Any) -> Any:
    """``y * t`` that is zero where ``y`` is zero, whatever ``t``."""
    if np.ndim(y) == 0 and np.ndim(t) == 0:
        return y if y == 0 else y * t
    with np.errstate(invalid="ignore", over="ignore"):
        return np.where(np.equal(y, 0), np.zeros_like(y), np.multiply(y, t))


def power_partial_base(x: Any, p: Any) -> Any:
    """The derivative of ``x ** p`` by ``x``: ``p * x ** (p - 1)``, infinite or zero at 0 as its limit is."""
    if np.ndim(x) == 0 and np.ndim(p) == 0:
        return _scalar_power_partial(x, p)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        exponent = np.subtract(p, 1) if np.result_type(x, p).kind in "fc" else np.subtract(p, 1.0)
        return np.where(np.equal(p, 0), np.zeros_like(p), p * np.power(x, exponent))


def _scalar_power_partial(x: Any, p: Any) -> Any:
    if p == 0:
        return 0.0
    if x == 0 and p < 1:
        return math.copysign(math.inf, p)
    return p * x ** (p - 1)


def power_partial_exponent(y: Any, x: Any, p: Any) -> Any:
    """The derivative of ``y = x ** p`` by ``p``: ``y * log(abs(x))``; at ``x == 0`` 0 for positive ``p``, else NaN."""
    if np.ndim(x) == 0 and np.ndim(p) == 0:
        return y * math.log(abs(x)) if x != 0 else 0.0 if p > 0 else math.nan
    zero = np.equal(x, 0)
    safe = np.where(zero, np.ones_like(x), np.abs(x))
    return np.where(zero, np.where(np.greater(p, 0), 0.0, math.nan), y * np.log(safe))


def above(a: Any, b: Any) -> Any:
    """1 where ``a`` is above ``b``, 1/2 where they are equal, else 0; a NaN is below everything."""
    return ((a > b) | (b != b)) + 0.5 * (a == b)


def below(a: Any, b: Any) -> Any:
    """1 where ``a`` is below ``b``, 1/2 where they are equal, else 0; a NaN is above everything."""
    return ((a < b) | (b != b)) + 0.5 * (a == b)


def sinc_partial(x: Any) -> Any:
    """The derivative of ``np.sinc(x)``, by its series near 0."""
    u = np.pi * np.asarray(x)
    small = np.abs(u) < 0.05
    series = -np.pi * u * (1 / 3 - u * u * (1 / 30 - u * u / 840))
    return np.where(small, series, (np.cos(u) - np.sinc(x)) / np.where(small, 1.0, x))[()]


def expit(x: Any) -> Any:
    """``1 / (1 + exp(-x))`` as ``scipy.special.expit`` has it, for compiled code."""
    small = np.exp(-np.abs(x))
    return np.where(np.less(x, 0), small, 1.0)[()] / (1.0 + small)


def digamma(x: float) -> float:
    """The derivative of ``math.lgamma``."""
    if x > 0:
        return _digamma_above_zero(x)
    if x == math.floor(x):
        return math.nan
    return _digamma_above_zero(1.0 - x) - math.pi / math.tan(math.pi * x)


def _digamma_above_zero(x: float) -> float:
    """Recurrence up to 8, then the asymptotic series (Abramowitz and Stegun 6.3.18)."""
    shift = 0.0
    while x < 8.0:
        shift -= 1.0 / x
        x += 1.0
    t = 1.0 / (x * x)
    series = t * (1 / 12 - t * (1 / 120 - t * (1 / 252 - t * (1 / 240 - t * (1 / 132 - t * (691 / 32760 - t / 12))))))
    return shift + math.log(x) - 0.5 / x - series


def trigamma(x: float) -> float:
    """The derivative of ``digamma``."""
    if x > 0:
        return _trigamma_above_zero(x)
    if x == math.floor(x):
        return math.nan
    return (math.pi / math.sin(math.pi * x)) ** 2 - _trigamma_above_zero(1.0 - x)


def _trigamma_above_zero(x: float) -> float:
    """Recurrence up to 8, then the asymptotic series (Abramowitz and Stegun 6.4.12)."""
    shift = 0.0
    while x < 8.0:
        shift += 1.0 / (x * x)
        x += 1.0
    t = 1.0 / (x * x)
    series = t * (1 / 6 - t * (1 / 30 - t * (1 / 42 - t * (1 / 30 - t * (5 / 66 - t * (691 / 2730 - t * 7 / 6))))))
    return shift + 1.0 / x + 0.5 * t + series / x


# Reductions


def products_of_others(x: Any, axis: Any = None) -> Any:
    """For each entry the product of those that ``np.prod`` over ``axis`` takes with it; zeros may occur."""
    if axis is None:
        return _others(np.ravel(x)).reshape(np.shape(x))
    if not isinstance(axis, tuple):
        return np.moveaxis(_others(np.moveaxis(x, axis, -1)), -1, axis)
    last = tuple(range(-len(axis), 0))
    moved = np.moveaxis(x, axis, last)
    flat = moved.reshape(*moved.shape[: moved.ndim - len(axis)], count(x, axis))
    return np.moveaxis(_others(flat).reshape(moved.shape), last, axis)


def _others(x: Any) -> Any:
    """Products of the others along the last axis."""
    before = np.ones(x.shape, np.result_type(x, np.float16))
    after = before.copy()
    before[..., 1:] = np.cumprod(x[..., :-1], axis=-1)
    after[..., :-1] = np.cumprod(x[..., :0:-1], axis=-1)[..., ::-1]
    return before * after


def products_of_others_adjoint(dy: Any, x: Any, axis: Any = None) -> Any:
    """What is linear in ``dy`` of the products of the other ``x + dy``, from both ends."""
    axes = tuple(range(np.ndim(x))) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    front = tuple(range(len(axes)))
    moved = np.moveaxis(x, axes, front)
    a = moved.reshape(count(x, axes), math.prod(moved.shape[len(axes) :]))
    g = np.moveaxis(dy, axes, front).reshape(a.shape)
    before, change = _running_products(a, g)
    after, change_after = (p[::-1] for p in _running_products(a[::-1], g[::-1]))
    return np.moveaxis((before * change_after + change * after).reshape(moved.shape), front, axes)


def _running_products(a: Any, g: Any) -> tuple[Any, Any]:
    """Products of the rows before each, of ``a + g``: what is constant and what is linear in ``g``."""
    value, change = np.ones(a.shape, np.result_type(a, g)), np.zeros(a.shape, np.result_type(a, g))
    for i in range(1, len(a)):
        value[i] = value[i - 1] * a[i - 1]
        change[i] = change[i - 1] * a[i - 1] + value[i - 1] * g[i - 1]
    return value, change


def shares(x: Any, y: Any, axis: Any = None) -> Any:
    """1/k where ``x`` equals its extremum ``y`` (``axis`` kept), which k entries along ``axis`` do; 0 elsewhere."""
    taken = (x == y) | ((x != x) & (y != y))
    return taken / np.sum(taken, axis=axis, keepdims=True)


def share(x: Any, y: Any) -> Any:
    """The share in the extremum ``y`` of all entries of ``x``, for each that is equal to it."""
    return 1.0 / np.sum((x == y) | ((x != x) & (y != y)))


def shared(x: Any, y: Any, part: Any) -> Any:
    """``shares`` of all entries, by their extremum and the share in it: entry by entry, for compiled code."""
    return np.where((x == y) | ((x != x) & (y != y)), part, 0.0 * part)[()]


def add_shares(d_x: Any, x: Any, y: Any, d_y: Any) -> None:
    """``d_x += d_y * shares(x, y)`` in place, of vectors: for compiled code, which looks for the extremum."""
    d_x += d_y * shares(x, y)


def deviations(x: Any, axis: Any = None) -> Any:
    """``x`` minus its mean over ``axis``, centred again: zero where all are equal, even if their mean is rounded."""
    centred = x - np.mean(x, axis=axis, keepdims=True)
    return centred - np.mean(centred, axis=axis, keepdims=True)


def cumsum_adjoint(dy: Any, x: Any, axis: Any = None) -> Any:
    """Sums of what comes after, each entry included."""
    if axis is None or np.ndim(x) == 0:
        return np.reshape(np.cumsum(np.ravel(dy)[::-1])[::-1], np.shape(x))
    return np.flip(np.cumsum(np.flip(dy, axis), axis=axis), axis)


def cumprod_adjoint(dy: Any, x: Any, axis: Any = None) -> Any:
    """Without division: what precedes an entry times a recurrence over what follows it."""
    if axis is None or np.ndim(x) == 0:
        return cumprod_adjoint(np.ravel(dy), np.ravel(x), 0).reshape(np.shape(x))
    a, g = np.moveaxis(x, axis, 0), np.moveaxis(dy, axis, 0)
    before, after = np.ones(a.shape, np.result_type(g, a)), np.zeros(a.shape, np.result_type(g, a))
    for i in range(1, len(a)):
        before[i] = before[i - 1] * a[i - 1]
    for i in range(len(a) - 1, -1, -1):
        after[i] = g[i] + after[i + 1] * a[i + 1] if i + 1 < len(a) else g[i]
    return np.moveaxis(before * after, 0, axis)


def diff_adjoint(dy: Any, x: Any, n: int = 1, axis: int = -1) -> Any:
    """Minus the differences of the cotangent with a zero at either end, ``n`` times."""
    if n > np.shape(x)[axis]:
        return np.zeros(np.shape(x))
    g = np.moveaxis(dy, axis, -1)
    for _ in range(n):
        ends = np.zeros((*g.shape[:-1], 1), g.dtype)
        g = -np.diff(np.concatenate((ends, g, ends), axis=-1), axis=-1)
    return np.moveaxis(g, -1, axis)


# Joining, repeating, selecting


@may_hand_back
def split_like(dy: Any, arrays: Any, axis: Any = 0) -> tuple[Any, ...]:
    """The parts of a cotangent of arrays joined along ``axis``, each in the shape of its array."""
    if axis is None:
        dy, axis = np.ravel(dy), 0
    others = math.prod(n for i, n in enumerate(dy.shape) if i != axis % dy.ndim)
    parts, start = [], 0
    for a in arrays:
        length = np.size(a) // others if others else 0
        stop = start + length
        parts.append(reshape_like(dy[(slice(None),) * (axis % dy.ndim) + (slice(start, stop),)], a))
        start = stop
    return tuple(parts)


def unstack(dy: Any, arrays: Any, axis: int = 0) -> Any:
    """The slices of a cotangent of arrays stacked along a new ``axis``, one for each; nested as they are."""
    slices = np.moveaxis(dy, axis, 0)
    parts = [unstack(slices[i], a) if isinstance(a, (tuple, list)) else slices[i] for i, a in enumerate(arrays)]
    return parts if isinstance(arrays, list) else tuple(parts)


def entries_like(dy: Any, x: Any) -> Any:
    """The cotangent of what ``np.array`` was given: an array, or a tuple or list to be taken apart."""
    return unstack(dy, x) if isinstance(x, (tuple, list)) else dy


def tile_adjoint(dy: Any, x: Any, reps: Any) -> Any:
    """Sum over the copies."""
    counts = reps if isinstance(reps, tuple) else (reps,)
    rank = max(len(counts), np.ndim(x))
    counts = (1,) * (rank - len(counts)) + tuple(counts)
    lengths = (1,) * (rank - np.ndim(x)) + np.shape(x)
    pairs = tuple(n for pair in zip(counts, lengths, strict=True) for n in pair)
    return reshape_like(np.sum(np.reshape(dy, pairs), axis=tuple(range(0, 2 * rank, 2))), x)


def repeat_adjoint(dy: Any, x: Any, repeats: Any, axis: Any = None) -> Any:
    """Sum over the repetitions of each entry."""
    if axis is None:
        return np.reshape(repeat_adjoint(dy, np.ravel(x), repeats, 0), np.shape(x))
    n = np.shape(x)[axis]
    d_x = np.zeros(np.shape(x), np.result_type(dy))
    source = np.repeat(np.arange(n), repeats)
    np.add.at(np.moveaxis(d_x, axis, 0), source, np.moveaxis(dy, axis, 0))
    return d_x


def take_adjoint(dy: Any, x: Any, indices: Any, axis: Any = None) -> Any:
    """Add each cotangent to the entry that was taken."""
    d_x = np.zeros(np.shape(x), np.result_type(dy))
    if axis is None:
        np.add.at(d_x.reshape(-1), indices, dy)
    else:
        np.add.at(d_x, (slice(None),) * (axis % d_x.ndim) + (indices,), dy)
    return d_x


def roll_back(dy: Any, shift: Any, axis: Any = None) -> Any:
    """Undo ``np.roll``."""
    return np.roll(dy, tuple(-s for s in shift) if isinstance(shift, tuple) else -shift, axis)


def diagonal_adjoint(dy: Any, x: Any, k: int = 0) -> Any:
    """A matrix of the shape of ``x`` with the cotangent on its ``k``-th diagonal."""
    d_x = np.zeros(x.shape, np.result_type(dy))
    i = np.arange(np.shape(dy)[0])
    d_x[i + max(-k, 0), i + max(k, 0)] = dy
    return d_x


# Linear algebra


def cofactors(a: Any) -> Any:
    """The gradient of the determinant, conjugate cofactors: by singular values, so ``a`` may be singular."""
    u, s, vh = np.linalg.svd(a)
    return np.conj(np.linalg.det(u) * np.linalg.det(vh)) * (u * products_of_others(s)) @ vh


SHAPED_LIKE |= {
    unbroadcast: 1, expand: 1, reshape_like: 1, entries_like: 1, unstack: 1, products_of_others: 0,
    products_of_others_adjoint: 1, shares: 0, deviations: 0, cumsum_adjoint: 1, cumprod_adjoint: 1, diff_adjoint: 1,
    tile_adjoint: 1, repeat_adjoint: 1, take_adjoint: 1, roll_back: 0, diagonal_adjoint: 1, split_like: 1, cofactors: 0,
}  # fmt: skip
