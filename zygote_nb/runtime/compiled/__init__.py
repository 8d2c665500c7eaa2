"""The helpers of ``arrays`` for code compiled by Numba: importing this package makes them callable there."""

from zygote_nb.runtime.compiled import joining, numbers, reductions, rows, scattering, shapes

__all__ = ["joining", "numbers", "reductions", "rows", "scattering", "shapes"]
