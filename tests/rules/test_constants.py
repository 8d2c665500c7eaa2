"""What is declared constant is constant: a function whose result moves with an argument had a silent zero."""

import itertools
import math
import warnings

import numpy as np
import pytest
from scipy import fft, special
from scipy.spatial import distance

import zygote_nb as zg
from tests.oracle import check
from tests.rules.contract import case, hold
from zygote_nb.rules import library, registry

X, Y = np.array([0.31, 0.77, 0.45]), np.array([0.63, 0.21, 0.92])
M = np.array([[0.93, 0.21, 0.12], [0.34, 0.85, 0.26], [0.17, 0.38, 0.79]])
TRIED = (
    *((a,) for a in (0.41, 0.75, X, M)), *itertools.product((0.41, X, M, 2), repeat=2),
    *itertools.product((0.41, X, 2), repeat=3), (3, 0.3, 0.4, 0.5), (0.3, 0.4, 0.5, 0.6),
)  # fmt: skip
OTHERWISE = {
    "repr", "str", "np.format_float_positional", "np.format_float_scientific",  # texts that reach a result are refused
    "np.empty_like", "np.mintypecode",  # nothing yet; what it is given in case of need
}  # fmt: skip
STEP = 1e-6


def numbers(value):
    """The numbers with a fraction in a result."""
    if isinstance(value, (tuple, list)):
        return np.concatenate([np.zeros(0), *map(numbers, value)])
    if isinstance(value, (str, bytes, np.ndarray, float, np.floating)):
        try:
            found = np.array(value, np.float64).ravel()
        except (ValueError, TypeError):
            return np.zeros(0)
        return found if np.any(found != np.round(found)) else np.zeros(0)
    return np.zeros(0)


def called(fn, args):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return numbers(fn(*(np.copy(a) if isinstance(a, np.ndarray) else a for a in args)))
        except Exception:
            return np.zeros(0)


def moves(fn):
    """Whether a small change of an argument makes a small change of the result."""
    for args in TRIED:
        here = called(fn, args)
        for i, a in enumerate(args):
            if len(here) == 0 or isinstance(a, int):
                continue
            there = called(
                fn, (*args[:i], a + STEP * (1.0 + 0.1 * np.arange(np.size(a)).reshape(np.shape(a))), *args[i + 1 :])
            )
            if here.shape == there.shape and np.any((here != there) & (np.abs(here - there) < 1e3 * STEP)):
                return True
    return False


def test_nothing_is_declared_constant_that_moves_with_an_argument():
    """Eight functions of NumPy, ``math`` and SciPy were."""
    library.load()
    constant = [r.fn for r in registry.registered() if r.form == "constant" and r.built_in and callable(r.fn)]
    public = [fn for fn in constant if not str(getattr(fn, "__module__", "")).startswith("zygote_nb.")]
    assert len(public) > 200
    assert {registry.name_of(fn) for fn in public if moves(fn)} <= OTHERWISE


CASES = [
    case(np.nextafter, X, 9.0), case(math.nextafter, 0.7, 9.0), case(math.frexp, 0.7),
    case(np.fft.fftfreq, 5, 0.3), case(np.fft.rfftfreq, 5, d=0.3), case(fft.fftfreq, 6, 0.3),
    case(fft.rfftfreq, 6, 0.3),
    case(distance.hamming, np.array([1, 0, 1]), np.array([0, 0, 1]), X),
]  # fmt: skip
EDGES = [
    case(np.histogram_bin_edges, X, 3), case(np.histogram_bin_edges, X), case(np.histogram_bin_edges, X, 4, (0.1, 0.9)),
    case(np.histogram_bin_edges, X, np.array([0.2, 0.5, 0.8])),
]  # fmt: skip
"""Without a second derivative, as those of np.histogram."""


@pytest.mark.parametrize("call", [*CASES, *EDGES])
def test_what_was_declared_constant(call):
    hold(call)


def test_the_frequencies_of_a_grid_of_unknown_length():
    def energy(u, length):
        k = 2.0 * np.pi * np.fft.fftfreq(len(u), d=length / len(u))
        return np.sum(np.abs(1j * k * np.fft.fft(u)) ** 2)

    check(energy, X, 1.3)


def test_a_mantissa_in_compiled_code():
    def f(x, s):
        for i in range(len(x)):
            m, e = math.frexp(x[i])
            s += m * e * math.nextafter(x[i], 2.0)
        return s

    check(f, X, 0.5, compile=True, compiles=False)


@pytest.mark.parametrize(
    "f",
    [
        lambda s: special.roots_gegenbauer(3, s)[0][0] * s, lambda s: special.roots_jacobi(3, s, 0.3)[1][0],
        lambda s: special.roots_genlaguerre(3, s)[0][0], lambda s: special.roots_sh_jacobi(3, 1.0, s)[0][0],
        lambda s: special.j_roots(3, s, 0.3)[0][0],
        lambda s: fft.fhtoffset(0.1, s), lambda s: distance.directed_hausdorff(s * M, M)[0],
        lambda s: float(np.str_(s)), lambda s: float(np.bytes_(s)), lambda s: np.object_(s) * s,
        lambda s: np.ix_(s * X)[0][1] * s, lambda s: np.hanning(5.0 * s)[1],
    ],
)  # fmt: skip
def test_what_was_declared_constant_and_has_no_rule_is_refused(f):
    with pytest.raises(zg.NoRuleError):
        zg.gradient(f, 0.7)


def test_they_are_called_with_constants():
    def f(x):
        nodes, weights = special.roots_jacobi(3, 0.5, 0.3)
        far = distance.directed_hausdorff(M, 2.0 * M)[0]
        return np.sum(weights * nodes * x) + far * x[0] + np.sum((x * M)[np.ix_([0, 1], [2, 0])])

    check(f, X)
