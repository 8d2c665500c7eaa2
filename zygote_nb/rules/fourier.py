"""Fourier transforms: linear, over complex numbers. And the helpers of complex numbers, for second derivatives."""

import numpy as np

from zygote_nb.rules.linearity import linear
from zygote_nb.rules.registry import frule, linear_rule, pullback_rule, pushforward_rule
from zygote_nb.runtime.fourier import fft_adjoint, hfft_adjoint, ihfft_adjoint, irfft_adjoint, rfft_adjoint
from zygote_nb.runtime.polar import abs_adjoint, abs_adjoint_tangent, real_part

linear_rule(np.fft.fft, lambda dy, y, a, n=None, axis=-1, norm=None, out=None: (
    fft_adjoint(dy, a, False, None if n is None else (n,), (axis,), norm)
))  # fmt: skip
linear_rule(np.fft.ifft, lambda dy, y, a, n=None, axis=-1, norm=None, out=None: (
    fft_adjoint(dy, a, True, None if n is None else (n,), (axis,), norm)
))  # fmt: skip
linear_rule(np.fft.fft2, lambda dy, y, a, s=None, axes=(-2, -1), norm=None, out=None: (
    fft_adjoint(dy, a, False, s, axes, norm)
))  # fmt: skip
linear_rule(np.fft.ifft2, lambda dy, y, a, s=None, axes=(-2, -1), norm=None, out=None: (
    fft_adjoint(dy, a, True, s, axes, norm)
))  # fmt: skip
linear_rule(np.fft.fftn, lambda dy, y, a, s=None, axes=None, norm=None, out=None: (
    fft_adjoint(dy, a, False, s, axes, norm)
))  # fmt: skip
linear_rule(np.fft.ifftn, lambda dy, y, a, s=None, axes=None, norm=None, out=None: (
    fft_adjoint(dy, a, True, s, axes, norm)
))  # fmt: skip
linear_rule(np.fft.rfft, lambda dy, y, a, n=None, axis=-1, norm=None, out=None: (
    rfft_adjoint(dy, a, None if n is None else (n,), (axis,), norm)
))  # fmt: skip
linear_rule(np.fft.rfft2, lambda dy, y, a, s=None, axes=(-2, -1), norm=None, out=None: (
    rfft_adjoint(dy, a, s, axes, norm)
))  # fmt: skip
linear_rule(np.fft.rfftn, lambda dy, y, a, s=None, axes=None, norm=None, out=None: rfft_adjoint(dy, a, s, axes, norm))
linear_rule(np.fft.irfft, lambda dy, y, a, n=None, axis=-1, norm=None, out=None: (
    irfft_adjoint(dy, a, (axis,), norm)
))  # fmt: skip
linear_rule(np.fft.irfft2, lambda dy, y, a, s=None, axes=(-2, -1), norm=None, out=None: (
    irfft_adjoint(dy, a, axes, norm)
))  # fmt: skip
linear_rule(np.fft.irfftn, lambda dy, y, a, s=None, axes=None, norm=None, out=None: (
    irfft_adjoint(dy, a, axes if s is None or axes is not None else tuple(range(-len(s), 0)), norm)
))  # fmt: skip
linear_rule(np.fft.hfft, lambda dy, y, a, n=None, axis=-1, norm=None, out=None: hfft_adjoint(dy, a, axis, norm))
linear_rule(np.fft.ihfft, lambda dy, y, a, n=None, axis=-1, norm=None, out=None: ihfft_adjoint(dy, a, n, axis, norm))

for _fn in (np.fft.fftfreq, np.fft.rfftfreq):
    pullback_rule(_fn, lambda dy, y, n, d=1.0, device=None: (None, -np.sum(dy * y) / d))
    pushforward_rule(_fn, lambda t, y, n, d=1.0, device=None: -t[1] * y / d)

for _helper in (fft_adjoint, rfft_adjoint, irfft_adjoint, hfft_adjoint, ihfft_adjoint, real_part):
    linear(_helper)


@frule(abs_adjoint)
def abs_adjoint_forward(tangents, dy, z, y):
    t, dz, d_abs = tangents
    return abs_adjoint(dy, z, y), abs_adjoint_tangent(t, dz, d_abs, dy, z, y)
