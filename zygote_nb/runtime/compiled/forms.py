"""Convolutions, as loops. What they don't do themselves they leave to the interpreter."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba.core.types import StringLiteral
from numba.extending import overload as numba_overload

from zygote_nb.runtime import contractions, forms
from zygote_nb.runtime.compiled.registration import inside, overload

BLOCK = 1024
"""How many sums are formed at a time, which stay in the cache."""
LONG = 32
"""From this length on a product of vectors is left to BLAS."""


def part_of(mode: Any) -> str | None:
    """The part of all sums that a mode keeps."""
    return mode.literal_value if isinstance(mode, StringLiteral) else None


@inside(boundscheck=False)
def _add(out, x, factor):  # type: ignore[no-untyped-def]
    for k in range(out.shape[0]):
        out[k] += x[k] * factor


@inside(boundscheck=False)
def _add_four(out, x, factors):  # type: ignore[no-untyped-def]
    one, two, three, four = factors[0], factors[1], factors[2], factors[3]
    for k in range(out.shape[0]):
        out[k] = out[k] + x[k] * one + x[k + 1] * two + x[k + 2] * three + x[k + 3] * four


@inside(boundscheck=False)
def _correlated(a, v, first, count):  # type: ignore[no-untyped-def]
    """``sum(a[k + j] * v[j] for j)`` for ``count`` values of ``k`` from ``first`` on, where ``a`` has entries."""
    out = np.zeros(count, a.dtype)
    if v.shape[0] < LONG or count > v.shape[0]:
        for start in range(0, count, BLOCK):
            stop, j = min(start + BLOCK, count), 0
            while j < v.shape[0]:
                begin, end = max(start, -first - j), min(stop, a.shape[0] - first - j)
                if j + 4 <= v.shape[0] and begin == start and stop <= a.shape[0] - first - j - 3:
                    _add_four(out[start:stop], a[first + j + start : first + j + stop + 3], v[j : j + 4])
                    j += 4
                    continue
                if begin < end:
                    _add(out[begin:end], a[first + j + begin : first + j + end], v[j])
                j += 1
    else:
        for start in range(0, v.shape[0], BLOCK):
            for k in range(count):
                begin, end = max(start, -first - k), min(start + BLOCK, v.shape[0], a.shape[0] - first - k)
                if begin < end:
                    out[k] += np.dot(a[first + k + begin : first + k + end], v[begin:end])
    return out


@numba_overload(forms.correlate, strict=False, prefer_literal=True)
def _correlate(a: Any, v: Any, mode: Any) -> Any:
    part = part_of(mode)

    def correlate(a, v, mode):  # type: ignore[no-untyped-def]
        n, m = a.shape[0], v.shape[0]
        if m == 0 or n < m:
            raise ValueError("left to the interpreter")
        if part == "valid":
            return _correlated(a, v, 0, n - m + 1)
        if part == "same":
            return _correlated(a, v, -(m // 2), n)
        return _correlated(a, v, 1 - m, n + m - 1)

    return correlate if part in ("valid", "same", "full") else None


@numba_overload(forms.convolve, strict=False, prefer_literal=True)
def _convolve(a: Any, v: Any, mode: Any) -> Any:
    part = part_of(mode)

    def convolve(a, v, mode):  # type: ignore[no-untyped-def]
        long, short = (a, v) if a.shape[0] >= v.shape[0] else (v, a)
        n, m = long.shape[0], short.shape[0]
        if m == 0:
            raise ValueError("left to the interpreter")
        turned = short[::-1].copy()
        if part == "valid":
            return _correlated(long, turned, 0, n - m + 1)
        if part == "same":
            return _correlated(long, turned, -(m // 2), n)
        return _correlated(long, turned, 1 - m, n + m - 1)

    return convolve if part in ("valid", "same", "full") else None


@numba_overload(contractions.like_convolve, strict=False, prefer_literal=True)
def _like_convolve(a: Any, v: Any, mode: Any) -> Any:
    part = part_of(mode)

    def like_convolve(a, v, mode):  # type: ignore[no-untyped-def]
        n, m = max(a.shape[0], v.shape[0]), min(a.shape[0], v.shape[0])
        if m == 0:
            raise ValueError("left to the interpreter")
        return np.empty(n if part == "same" else n - m + 1 if part == "valid" else n + m - 1)

    return like_convolve if part in ("valid", "same", "full") else None


@numba_overload(contractions.convolve_adjoint_left, strict=False, prefer_literal=True)
def _convolve_adjoint_left(dy: Any, a: Any, v: Any, mode: Any) -> Any:
    """The sums of ``dy`` and ``v`` that stand where ``a`` has entries."""
    part = part_of(mode)

    def adjoint(dy, a, v, mode):  # type: ignore[no-untyped-def]
        return _correlated(dy, v, -_start(a, v, part), a.shape[0])

    return adjoint if part is not None else None


@numba_overload(contractions.convolve_adjoint_right, strict=False, prefer_literal=True)
def _convolve_adjoint_right(dy: Any, a: Any, v: Any, mode: Any) -> Any:
    part = part_of(mode)

    def adjoint(dy, a, v, mode):  # type: ignore[no-untyped-def]
        return _correlated(dy, a, -_start(a, v, part), v.shape[0])

    return adjoint if part is not None else None


def _start(a: Any, v: Any, part: Any) -> Any: ...


@overload(_start)
def _start_overload(a: Any, v: Any, part: Any) -> Any:
    """Which of all sums is the first that a mode keeps."""

    def start(a, v, part):  # type: ignore[no-untyped-def]
        short = min(a.shape[0], v.shape[0])
        if part == "full":
            return 0
        return (short - 1) // 2 if part == "same" else short - 1

    return start
