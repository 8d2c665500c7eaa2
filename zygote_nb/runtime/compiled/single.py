"""Compiled sums of single precision."""

from __future__ import annotations

from typing import Any

from numba.extending import overload

from zygote_nb.runtime import single
from zygote_nb.runtime.compiled.reductions import _mean, _sum, reduced


@overload(single.total, strict=False, prefer_literal=True)
def _total(x: Any, axis: Any = None, keepdims: Any = False) -> Any:
    impl = reduced(x, axis, keepdims, _sum, x.dtype)
    return impl and (lambda x, axis=None, keepdims=False: impl(x, axis, 0))


@overload(single.average, strict=False, prefer_literal=True)
def _average(x: Any, axis: Any = None, keepdims: Any = False) -> Any:
    impl = reduced(x, axis, keepdims, _mean, x.dtype)
    return impl and (lambda x, axis=None, keepdims=False: impl(x, axis, 0))
