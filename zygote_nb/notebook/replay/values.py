"""What a picture keeps of a value: not the value itself, but what can be said of it."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

import numpy as np

from zygote_nb.dataclass import dataclass

__all__ = ["Seen", "is_bad", "seen", "shape_text", "short_number"]

SIDE = 12  # of the small copy of an array, in each of its last two directions


@dataclass(frozen=True, slots=True)
class Seen:
    """One value at one moment.

    `norm` is the Euclidean one, `low` and `high` bound the finite entries, `bad` counts NaN and infinity, and `sample`
    is a thinned copy of at most 12 by 12 entries. A Python number has the dtype of its type's name.
    """

    dtype: str
    shape: tuple[int, ...]
    norm: float
    low: float
    high: float
    nans: int = 0
    infinities: int = 0
    zeros: int = 0
    nbytes: int = 8
    scalar: bool = True
    sample: Any = None

    @property
    def bad(self) -> int:
        """How many entries are not finite."""
        return self.nans + self.infinities

    @property
    def size(self) -> int:
        return math.prod(self.shape)

    def __str__(self) -> str:
        if self.scalar:
            return short_number(self.sample)
        span = f"{short_number(self.low)} to {short_number(self.high)}"
        trouble = "".join(f", {n} {word}" for n, word in ((self.nans, "NaN"), (self.infinities, "inf")) if n)
        return f"{self.dtype}{shape_text(self.shape)}: {span}{trouble}"


def is_bad(value: Seen | None) -> bool:
    """Whether something in a value is not finite."""
    return value is not None and value.bad > 0


def seen(value: Any) -> Seen | None:
    """What can be said of a number or an array; None of anything else."""
    if isinstance(value, np.ndarray):
        return _array(value) if value.dtype.kind in "biufc" else None
    if isinstance(value, (bool, int, float, complex, np.generic)):
        return _number(value)
    return None


@lru_cache(64)
def _name(dtype: Any) -> str:
    """Numpy works it out anew each time."""
    return str(dtype)


def _number(value: Any) -> Seen | None:
    dtype = _name(value.dtype) if isinstance(value, np.generic) else type(value).__name__
    if isinstance(value, np.generic) and value.dtype.kind not in "biufc":
        return None
    try:
        size = float(abs(value))
        low = float(value.real)
    except OverflowError:
        size = low = math.inf
    nan = size != size
    infinite = size == math.inf
    return Seen(dtype, (), size, low, low, int(nan), int(infinite), int(size == 0.0), 8, True, value)


def _array(value: np.ndarray) -> Seen:
    if not value.size:
        return Seen(
            _name(value.dtype), value.shape, 0.0, math.nan, math.nan, nbytes=0, scalar=False, sample=value.copy()
        )
    flat = value.ravel()
    kind = value.dtype.kind
    with np.errstate(all="ignore"):
        real = flat.astype(np.float64, copy=False) if kind != "c" else flat.real
        norm = float(np.linalg.norm(flat if kind == "c" else real))
        nans = infinities = 0
        finite = real
        if not math.isfinite(norm) and kind in "fc":
            nans = int(np.isnan(flat).sum())
            infinities = int(np.isinf(flat).sum())
            finite = real[np.isfinite(real)]
            if not nans + infinities:  # squares that overflow
                norm = float(np.abs(real).max()) * float(np.linalg.norm(real / np.abs(real).max()))
        low, high = (float(finite.min()), float(finite.max())) if finite.size else (math.nan, math.nan)
        zeros = int(value.size - np.count_nonzero(flat))
    shape, dtype = value.shape, _name(value.dtype)
    return Seen(dtype, shape, norm, low, high, nans, infinities, zeros, value.nbytes, not shape, thinned(value))


def thinned(value: np.ndarray) -> Any:
    """Every so many entries of the last two axes, the first of the others."""
    if not value.ndim:
        return value[()]
    while value.ndim > 2:
        value = value[0]
    steps = tuple(slice(None, None, -(-n // (SIDE if value.ndim == 2 else SIDE * SIDE)) or 1) for n in value.shape)
    return value[steps].copy()


def shape_text(shape: tuple[int, ...]) -> str:
    """The lengths of the axes, as they stand behind a dtype.

    >>> shape_text((2, 3)), shape_text((3,)), shape_text(())
    ('[2,3]', '[3]', '')
    """
    return f"[{','.join(map(str, shape))}]" if shape else ""


def short_number(value: Any) -> str:
    """A number in few characters.

    >>> short_number(0.123456), short_number(3), short_number(1e-9), short_number(12345.678)
    ('0.1235', '3', '1e-09', '1.235e+04')
    """
    if isinstance(value, (bool, np.bool_)):
        return str(bool(value))
    if isinstance(value, (complex, np.complexfloating)):
        return f"{value:.3g}"
    if isinstance(value, (int, np.integer)):
        return str(value) if abs(int(value)) < 10**9 else f"{float(value):.4g}"
    return f"{float(value):.4g}"
