"""Adjoints of convolutions and filters of SciPy. Loads SciPy, as do the programs that need it."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import signal

from zygote_nb.runtime.shaped import shaped_like


def whole(dy: Any, a: Any, b: Any, mode: str) -> Any:
    """The cotangent of the full convolution, of which ``mode`` took the middle."""
    if mode == "full":
        return dy
    sizes = [n + m - 1 for n, m in zip(np.shape(a), np.shape(b), strict=True)]
    starts = [
        (size - n) // 2 if mode == "same" else min(n, m) - 1
        for size, n, m in zip(sizes, np.shape(a), np.shape(b), strict=True)
    ]
    made = np.zeros(sizes, dy.dtype)
    made[tuple(slice(s, s + n) for s, n in zip(starts, np.shape(dy), strict=True))] = dy
    return made


@shaped_like(1)
def convolve_left(dy: Any, a: Any, b: Any, mode: str) -> Any:
    """The cotangent of the first array of a convolution of real arrays of any rank."""
    return signal.correlate(whole(dy, a, b, mode), b, "valid")


@shaped_like(2)
def convolve_right(dy: Any, a: Any, b: Any, mode: str) -> Any:
    return signal.correlate(whole(dy, a, b, mode), a, "valid")


@shaped_like(1)
def correlate_left(dy: Any, a: Any, b: Any, mode: str) -> Any:
    """A correlation is a convolution with the second array reversed."""
    return convolve_left(dy, a, np.flip(b), mode)


@shaped_like(2)
def correlate_right(dy: Any, a: Any, b: Any, mode: str) -> Any:
    return np.flip(convolve_right(dy, a, b, mode)).copy()


def backward(b: Any, a: Any, g: Any, axis: int) -> Any:
    """A filter that runs from the end."""
    return np.flip(signal.lfilter(b, a, np.flip(g, axis), axis), axis)


@shaped_like(3)
def lfilter_signal(dy: Any, b: Any, a: Any, x: Any, axis: int) -> Any:
    return backward(b, a, dy, axis).copy()


@shaped_like(1)
def lfilter_numerator(dy: Any, b: Any, a: Any, x: Any, axis: int) -> Any:
    """Of the coefficients that the signal is multiplied with."""
    return delayed_products(backward(np.ones(1), a, dy, axis), x, np.size(b), axis)


@shaped_like(2)
def lfilter_denominator(dy: Any, b: Any, a: Any, y: Any, axis: int) -> Any:
    """Of the coefficients that the result is fed back with."""
    return -delayed_products(backward(np.ones(1), a, dy, axis), y, np.size(a), axis)


def delayed_products(v: Any, x: Any, count: int, axis: int) -> Any:
    """Sums of ``v[t] * x[t - k]``."""
    v, x = np.moveaxis(v, axis, -1), np.moveaxis(x, axis, -1)
    n = np.shape(x)[-1]
    return np.array([np.sum(v[..., k:] * x[..., : n - k]) if k < n else 0.0 for k in range(count)])


def lfilter_tangent(t: Any, y: Any, b: Any, a: Any, x: Any, axis: int) -> Any:
    """The tangent of the filtered signal."""
    forced = signal.lfilter(t[0], a, x, axis) + signal.lfilter(b, a, t[2], axis)
    return forced - signal.lfilter(t[1], a, y, axis)
