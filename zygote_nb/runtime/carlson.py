"""Slopes of Carlson's symmetric elliptic integrals, by duplication. Loads SciPy.

B. C. Carlson, Numerical computation of real or complex elliptic integrals, 1995; DLMF 19.36 for the series. All that
is added up has one sign, so that nothing cancels where arguments are almost equal, as it does in the slopes that DLMF
19.18 writes with the integrals themselves.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import special

from zygote_nb.runtime.arrays import quotient
from zygote_nb.runtime.shaped import shaped_like

CLOSE = 5e-4
"""Arguments that agree so far leave terms of sixth order beyond double precision, in slopes too."""


@shaped_like(0)
def second_kind_slope(s: Any, x: Any, y: Any, z: Any, by: int) -> Any:
    """Of ``elliprd(x, y, z)``, which is ``elliprj(x, y, z, z)``."""
    slope = third_kind_slope(s, x, y, z, z, by)
    return slope + third_kind_slope(s, x, y, z, z, 3) if by == 2 else slope


@shaped_like(0)
def third_kind_slope(s: Any, x: Any, y: Any, z: Any, p: Any, by: int) -> Any:
    """Of ``elliprj(x, y, z, p)`` by one of its arguments."""
    if np.any(p <= 0.0):
        raise NotImplementedError("the principal value of scipy.special.elliprj for p <= 0 is not differentiated")
    zero = 0.0 * (x + y + z + p)
    a, b, c, q = x + zero, y + zero, z + zero, p + zero
    d_a, d_b, d_c, d_q = zero + (by == 0), zero + (by == 1), zero + (by == 2), zero + (by == 3)
    apart = (q - a) * (q - b) * (q - c)
    d_apart = (d_q - d_a) * (q - b) * (q - c) + (q - a) * ((d_q - d_b) * (q - c) + (q - b) * (d_q - d_c))
    total, scale = zero, 1.0
    while np.max(spread(a, b, c, q)) > CLOSE:
        ra, rb, rc, rq = np.sqrt(a), np.sqrt(b), np.sqrt(c), np.sqrt(q)
        ta, tb, tc, tq = quotient(0.5 * d_a, ra), quotient(0.5 * d_b, rb), quotient(0.5 * d_c, rc), 0.5 * d_q / rq
        d = (rq + ra) * (rq + rb) * (rq + rc)
        d_log = (tq + ta) / (rq + ra) + (tq + tb) / (rq + rb) + (tq + tc) / (rq + rc)
        r = scale**3 * apart / (d * d)
        d_r = scale**3 * d_apart / (d * d) - 2.0 * r * d_log
        part, d_part = special.elliprc(1.0, 1.0 + r), -special.elliprd(1.0, 1.0 + r, 1.0 + r) / 3.0
        total = total + 6.0 * scale / d * (d_part * d_r - part * d_log)
        shift, d_shift = ra * rb + rb * rc + rc * ra, ta * (rb + rc) + tb * (ra + rc) + tc * (ra + rb)
        a, b, c, q = 0.25 * (a + shift), 0.25 * (b + shift), 0.25 * (c + shift), 0.25 * (q + shift)
        d_a, d_b, d_c, d_q = (
            0.25 * (d_a + d_shift),
            0.25 * (d_b + d_shift),
            0.25 * (d_c + d_shift),
            0.25 * (d_q + d_shift),
        )
        scale = 0.25 * scale
    return total + scale * close_slope(a, b, c, q, d_a, d_b, d_c, d_q)


def spread(a: Any, b: Any, c: Any, q: Any) -> Any:
    """How far the arguments are from their mean, relative to it."""
    mean = (a + b + c + 2.0 * q) / 5.0
    far = np.maximum(np.maximum(np.abs(mean - a), np.abs(mean - b)), np.maximum(np.abs(mean - c), np.abs(mean - q)))
    return far / mean


def close_slope(a: Any, b: Any, c: Any, q: Any, d_a: Any, d_b: Any, d_c: Any, d_q: Any) -> Any:
    """The tangent of the integral of arguments that are almost equal: of its series."""
    mean, d_mean = (a + b + c + 2.0 * q) / 5.0, (d_a + d_b + d_c + 2.0 * d_q) / 5.0
    u, v, w = 1.0 - a / mean, 1.0 - b / mean, 1.0 - c / mean
    d_u, d_v, d_w = (
        ((1.0 - u) * d_mean - d_a) / mean,
        ((1.0 - v) * d_mean - d_b) / mean,
        ((1.0 - w) * d_mean - d_c) / mean,
    )
    t, d_t = -0.5 * (u + v + w), -0.5 * (d_u + d_v + d_w)
    whole, d_whole = u * v * w, d_u * v * w + u * d_v * w + u * v * d_w
    e2 = u * v + u * w + v * w - 3.0 * t * t
    d_e2 = d_u * (v + w) + d_v * (u + w) + d_w * (u + v) - 6.0 * t * d_t
    e3, d_e3 = whole + 2.0 * e2 * t + 4.0 * t**3, d_whole + 2.0 * (d_e2 * t + e2 * d_t) + 12.0 * t * t * d_t
    f, d_f = 2.0 * whole + e2 * t + 3.0 * t**3, 2.0 * d_whole + d_e2 * t + e2 * d_t + 9.0 * t * t * d_t
    e4, d_e4 = f * t, d_f * t + f * d_t
    e5, d_e5 = whole * t * t, d_whole * t * t + 2.0 * whole * t * d_t
    series = 1.0 - 3.0 * e2 / 14.0 + e3 / 6.0 + 9.0 * e2 * e2 / 88.0 - 3.0 * e4 / 22.0 - 9.0 * e2 * e3 / 52.0
    d_series = -3.0 * d_e2 / 14.0 + d_e3 / 6.0 + 9.0 * e2 * d_e2 / 44.0 - 3.0 * d_e4 / 22.0
    d_series = d_series - 9.0 * (d_e2 * e3 + e2 * d_e3) / 52.0 + 3.0 * d_e5 / 26.0
    return (d_series - 1.5 * (series + 3.0 * e5 / 26.0) * d_mean / mean) / (mean * np.sqrt(mean))
