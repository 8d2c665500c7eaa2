"""Adjoints of Fourier transforms. The adjoint of a transform is the opposite one, scaled the other way."""

from __future__ import annotations

from typing import Any

import numpy as np

from zygote_nb.runtime.shaped import shaped_like

OTHER = {None: "forward", "backward": "forward", "forward": "backward", "ortho": "ortho"}


def in_length(g: Any, length: int, axis: int) -> Any:
    """Cut, or filled up with zeros, as the transform did it with its argument."""
    size = np.shape(g)[axis]
    if size == length:
        return g
    if size > length:
        return np.take(g, np.arange(length), axis)
    missing = [(0, 0)] * np.ndim(g)
    missing[axis] = (0, length - size)
    return np.pad(g, missing)


def all_axes(x: Any, sizes: Any, axes: Any) -> tuple[int, ...]:
    if axes is not None:
        return tuple(axes)
    return tuple(range(-(np.ndim(x) if sizes is None else len(sizes)), 0))


def projected(g: Any, x: Any) -> Any:
    """The cotangent of a real array is real."""
    return g if np.iscomplexobj(x) else np.real(g).copy()


@shaped_like(1, dtype=True)
def fft_adjoint(dy: Any, x: Any, inverse: bool, sizes: Any, axes: Any, norm: Any) -> Any:
    """Of ``fft`` or ``ifft`` along some axes."""
    back = np.fft.fft if inverse else np.fft.ifft
    for axis in reversed(all_axes(x, sizes, axes)):
        dy = in_length(back(dy, axis=axis, norm=OTHER[norm]), np.shape(x)[axis], axis)
    return projected(dy, x)


@shaped_like(1, dtype=True)
def rfft_adjoint(dy: Any, x: Any, sizes: Any, axes: Any, norm: Any) -> Any:
    """Of the transform of a real array, of which the half is kept."""
    along = all_axes(x, sizes, axes)
    last = along[-1]
    length = np.shape(x)[last] if sizes is None or sizes[-1] in (None, -1) else sizes[-1]
    g = fft_adjoint(dy, np.empty((*np.shape(dy),), complex) if len(along) == 1 else spectrum(x, dy, last), False,
                    None if sizes is None else sizes[:-1], along[:-1], norm)  # fmt: skip
    g = np.fft.ifft(in_length(g, length, last), axis=last, norm=OTHER[norm])
    return np.real(in_length(g, np.shape(x)[last], last)).copy()


def spectrum(x: Any, dy: Any, last: int) -> Any:
    """What the other axes are transformed from: the argument, with the last axis of the result."""
    shape = list(np.shape(x))
    shape[last] = np.shape(dy)[last]
    return np.empty(shape, complex)


@shaped_like(1, dtype=True)
def irfft_adjoint(dy: Any, x: Any, axes: Any, norm: Any) -> Any:
    """Of the real array whose transform has a given half."""
    along = all_axes(x, None, axes)
    last = along[-1]
    n = np.shape(dy)[last]
    g = np.fft.rfft(dy, axis=last, norm=OTHER[norm])
    weights = np.full(np.shape(g)[last], 2.0)
    weights[0] = 1.0
    if n % 2 == 0:
        weights[-1] = 1.0
    g = in_length(g * np.reshape(weights, [-1 if a == last % np.ndim(x) else 1 for a in range(np.ndim(x))]),
                  np.shape(x)[last], last)  # fmt: skip
    return projected(fft_adjoint(g, np.empty(np.shape(x), complex), True, None, along[:-1], norm), x)


@shaped_like(1, dtype=True)
def hfft_adjoint(dy: Any, x: Any, axis: int, norm: Any) -> Any:
    """``hfft(x)`` is ``irfft(conj(x))``, scaled the other way."""
    return np.conj(irfft_adjoint(dy, x, (axis,), OTHER[norm]))


@shaped_like(1, dtype=True)
def ihfft_adjoint(dy: Any, x: Any, n: Any, axis: int, norm: Any) -> Any:
    """``ihfft(x)`` is ``conj(rfft(x))``, scaled the other way."""
    return rfft_adjoint(np.conj(dy), x, None if n is None else (n,), (axis,), OTHER[norm])
