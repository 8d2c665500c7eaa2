"""``scipy.fft``: Fourier, cosine and sine transforms, all of them linear."""

import numpy as np
from scipy import fft

from zygote_nb.rules.complex import AWARE, LINEAR
from zygote_nb.rules.linearity import linear
from zygote_nb.rules.named import constants, refusals
from zygote_nb.rules.registry import is_known, linear_rule, only_of_constants, pullback_rule, pushforward_rule
from zygote_nb.runtime import cosines
from zygote_nb.runtime.cosines import cosine_adjoint
from zygote_nb.runtime.fourier import fft_adjoint, hfft_adjoint, ihfft_adjoint, irfft_adjoint, rfft_adjoint


def one_axis(fn, inverse):
    linear_rule(fn, lambda dy, y, x, n=None, axis=-1, norm=None, overwrite_x=False, workers=None, *, plan=None: (
        fft_adjoint(dy, x, inverse, None if n is None else (n,), (axis,), norm)
    ))  # fmt: skip


def two_axes(fn, inverse):
    linear_rule(fn, lambda dy, y, x, s=None, axes=(-2, -1), norm=None, overwrite_x=False, **settings: (
        fft_adjoint(dy, x, inverse, s, axes, norm)
    ))  # fmt: skip


def all_axes(fn, inverse):
    linear_rule(fn, lambda dy, y, x, s=None, axes=None, norm=None, overwrite_x=False, workers=None, *, plan=None: (
        fft_adjoint(dy, x, inverse, s, axes, norm)
    ))  # fmt: skip


for _fn, _inverse in ((fft.fft, False), (fft.ifft, True)):
    one_axis(_fn, _inverse)
for _fn, _inverse in ((fft.fft2, False), (fft.ifft2, True)):
    two_axes(_fn, _inverse)
for _fn, _inverse in ((fft.fftn, False), (fft.ifftn, True)):
    all_axes(_fn, _inverse)
linear_rule(fft.rfft, lambda dy, y, x, n=None, axis=-1, norm=None, overwrite_x=False, workers=None, *, plan=None: (
    rfft_adjoint(dy, x, None if n is None else (n,), (axis,), norm)
))  # fmt: skip
linear_rule(fft.rfft2, lambda dy, y, x, s=None, axes=(-2, -1), norm=None, overwrite_x=False, **settings: (
    rfft_adjoint(dy, x, s, axes, norm)
))  # fmt: skip
linear_rule(fft.rfftn, lambda dy, y, x, s=None, axes=None, norm=None, overwrite_x=False, workers=None, *, plan=None: (
    rfft_adjoint(dy, x, s, axes, norm)
))  # fmt: skip
linear_rule(fft.irfft, lambda dy, y, x, n=None, axis=-1, norm=None, overwrite_x=False, workers=None, *, plan=None: (
    irfft_adjoint(dy, x, (axis,), norm)
))  # fmt: skip
linear_rule(fft.irfft2, lambda dy, y, x, s=None, axes=(-2, -1), norm=None, overwrite_x=False, **settings: (
    irfft_adjoint(dy, x, axes, norm)
))  # fmt: skip
linear_rule(fft.irfftn, lambda dy, y, x, s=None, axes=None, norm=None, overwrite_x=False, workers=None, *, plan=None: (
    irfft_adjoint(dy, x, axes if s is None or axes is not None else tuple(range(-len(s), 0)), norm)
))  # fmt: skip
linear_rule(fft.hfft, lambda dy, y, x, n=None, axis=-1, norm=None, overwrite_x=False, workers=None, *, plan=None: (
    hfft_adjoint(dy, x, axis, norm)
))  # fmt: skip
linear_rule(fft.ihfft, lambda dy, y, x, n=None, axis=-1, norm=None, overwrite_x=False, workers=None, *, plan=None: (
    ihfft_adjoint(dy, x, n, axis, norm)
))  # fmt: skip
AWARE.update((
    fft.fft, fft.ifft, fft.fft2, fft.ifft2, fft.fftn, fft.ifftn, fft.rfft, fft.rfft2, fft.rfftn, fft.irfft, fft.irfft2,
    fft.irfftn, fft.hfft, fft.ihfft,
))  # fmt: skip


def along_axis(fn, cosine, inverse):
    linear_rule(fn, lambda dy, y, x, type=2, n=None, axis=-1, norm=None, overwrite_x=False, workers=None: (
        cosine_adjoint(dy, x, type, None if n is None else (n,), axis, norm, cosine, inverse)
    ))  # fmt: skip


def along_axes(fn, cosine, inverse):
    linear_rule(fn, lambda dy, y, x, type=2, s=None, axes=None, norm=None, overwrite_x=False, workers=None: (
        cosine_adjoint(dy, x, type, s, axes, norm, cosine, inverse)
    ))  # fmt: skip


for _fn, _cosine, _inverse in (
    (fft.dct, True, False), (fft.idct, True, True), (fft.dst, False, False), (fft.idst, False, True),
):  # fmt: skip
    along_axis(_fn, _cosine, _inverse)
for _fn, _cosine, _inverse in (
    (fft.dctn, True, False), (fft.idctn, True, True), (fft.dstn, False, False), (fft.idstn, False, True),
):  # fmt: skip
    along_axes(_fn, _cosine, _inverse)
linear_rule(fft.fftshift, lambda dy, y, x, axes=None: fft.ifftshift(dy, axes))
linear_rule(fft.ifftshift, lambda dy, y, x, axes=None: fft.fftshift(dy, axes))
LINEAR.update((fft.fftshift, fft.ifftshift))
for _fn in (fft.fftfreq, fft.rfftfreq):
    if not is_known(_fn):
        pullback_rule(_fn, lambda dy, y, n, d=1.0, *, xp=None, device=None: (None, -np.sum(dy * y) / d))
        pushforward_rule(_fn, lambda t, y, n, d=1.0, *, xp=None, device=None: -t[1] * y / d)
constants(fft, "next_fast_len prev_fast_len get_workers")
refusals(fft, "it changes settings; call it outside the function",
         "set_workers set_backend skip_backend register_backend set_global_backend test")  # fmt: skip
refusals(fft, "use hfft or ihfft along one axis, and fft or ifft along the others", "hfft2 hfftn ihfft2 ihfftn")
GAMMA = "its kernel is made of gamma functions; write it with rfft and scipy.special.loggamma"
refusals(fft, GAMMA, "fht ifht")
only_of_constants(GAMMA, fft.fhtoffset)

linear(cosines.cosine_adjoint)
