"""``scipy.signal``."""

import numpy as np
import pytest
from scipy import signal

import zygote_nb as zg
from tests.rules.contract import array, case, hold

MODES = ("full", "same", "valid")
A, B = array(7), array(4)
P, Q = array(5, 6), array(2, 3)
NUMERATOR, DENOMINATOR = np.array([0.5, 0.2, -0.1]), np.array([1.3, -0.4, 0.2, 0.1])

CASES = [
    *(case(signal.convolve, a, b, mode) for a, b in ((A, B), (P, Q)) for mode in MODES),
    *(case(signal.correlate, a, b, mode) for a, b in ((A, B), (P, Q)) for mode in MODES),
    *(case(signal.convolve, B, A, mode) for mode in MODES),
    *(case(fn, P, Q, mode) for fn in (signal.fftconvolve, signal.oaconvolve) for mode in MODES),
    case(signal.lfilter, NUMERATOR, DENOMINATOR, A),
    case(signal.lfilter, NUMERATOR, DENOMINATOR, P, axis=0),
    case(signal.lfilter, array(9), np.array([1.0]), A),
]


@pytest.mark.parametrize("call", CASES)
def test_signal(call):
    hold(call)


def test_an_initial_state_is_refused():
    with pytest.raises(zg.ZygoteError, match=r"initial state|can.t be told"):
        zg.gradient(lambda x: np.sum(signal.lfilter(NUMERATOR, DENOMINATOR, x, zi=np.zeros(3))[0]), A)
