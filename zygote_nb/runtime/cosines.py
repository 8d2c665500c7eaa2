"""Adjoints of cosine and sine transforms. Loads SciPy, as do the programs that need it."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import fft

from zygote_nb.runtime.fourier import OTHER, in_length
from zygote_nb.runtime.shaped import may_hand_back, shaped_like

INVERSE = {1: 1, 2: 3, 3: 2, 4: 4}


def scaled(g: Any, axis: int, factor: float, first: bool, last: bool) -> Any:
    """The ends of an axis, multiplied."""
    factors = np.ones(np.shape(g)[axis])
    if first:
        factors[0] = factor
    if last:
        factors[-1] = factor
    return g * np.reshape(factors, [-1 if a == axis % np.ndim(g) else 1 for a in range(np.ndim(g))])


def transposed(g: Any, kind: int, axis: int, cosine: bool) -> Any:
    """The transposed transform without normalisation: that of the other kind, but for the ends."""
    transform = fft.dct if cosine else fft.dst
    match kind:
        case 1 if cosine:
            return scaled(transform(scaled(g, axis, 2.0, True, True), 1, axis=axis), axis, 0.5, True, True)
        case 2:
            return transform(scaled(g, axis, 2.0, cosine, not cosine), 3, axis=axis)
        case 3:
            return scaled(transform(g, 2, axis=axis), axis, 0.5, cosine, not cosine)
    return transform(g, kind, axis=axis)


def back(g: Any, kind: int, axis: int, norm: Any, cosine: bool) -> Any:
    """The adjoint along one axis."""
    if norm == "ortho":
        return (fft.idct if cosine else fft.idst)(g, kind, axis=axis, norm="ortho")
    n = np.shape(g)[axis]
    count = 2 * (n if kind != 1 else n - 1 if cosine else n + 1)
    return transposed(g, kind, axis, cosine) / (count if norm == "forward" else 1)


@shaped_like(1, dtype=True)
@may_hand_back
def cosine_adjoint(dy: Any, x: Any, kind: int, sizes: Any, axes: Any, norm: Any, cosine: bool, inverse: bool) -> Any:
    """Of ``dct``, ``dst``, ``idct``, ``idst`` along some axes."""
    along = tuple(range(-(np.ndim(x) if sizes is None else len(sizes)), 0)) if axes is None else axes
    along = along if isinstance(along, (tuple, list)) else (along,)
    kind, norm = (INVERSE[kind], OTHER[norm]) if inverse else (kind, norm)
    for axis in along:
        dy = in_length(back(dy, kind, axis, norm, cosine), np.shape(x)[axis], axis)
    return dy
