"""``scipy.fft``."""

import numpy as np
import pytest
from scipy import fft

import zygote_nb as zg
from tests.rules.contract import array, case, hold

REAL = array(4, 6)
W = array(400) + 1j * array(400)[::-1]

CASES = [
    case(fn, REAL, kind, norm=norm)
    for fn in (fft.dct, fft.idct, fft.dst, fft.idst)
    for kind in (1, 2, 3, 4)
    for norm in (None, "ortho", "forward")
]
CASES += [case(fn, REAL, 2, n, axis=0) for fn in (fft.dct, fft.idst) for n in (3, 7)]
CASES += [case(fn, REAL) for fn in (fft.dctn, fft.idctn, fft.dstn, fft.idstn, fft.fftshift, fft.ifftshift)]
CASES += [case(fft.dctn, REAL, 2, (3, 8), axes=(1, 0))]


@pytest.mark.parametrize("call", CASES)
def test_cosine_and_sine_transforms(call):
    hold(call)


def loss(w):
    v = np.ravel(w)
    return np.sum(np.real(v * W[: v.size]))


COMPLEX = [
    fft.fft,
    fft.ifft,
    fft.fft2,
    fft.ifft2,
    fft.fftn,
    fft.ifftn,
    fft.irfft,
    fft.irfft2,
    fft.irfftn,
    fft.hfft,
    lambda z: fft.fft(z, 9, axis=0, norm="ortho"),
    lambda z: fft.ifftn(fft.fftshift(z), norm="forward"),
]


@pytest.mark.parametrize("fn", COMPLEX)
def test_fourier_transforms(fn):
    zg.check_grads(lambda x, y: loss(fn(x + 1j * y)), REAL, REAL[::-1].copy())
    zg.check_grads(lambda x: loss(fn(x)), REAL)


@pytest.mark.parametrize("fn", [fft.rfft, fft.rfft2, fft.rfftn, fft.ihfft, lambda x: fft.rfft(x, 5, 0, "ortho")])
def test_transforms_of_real_arrays(fn):
    zg.check_grads(lambda x: loss(fn(x)), REAL)
