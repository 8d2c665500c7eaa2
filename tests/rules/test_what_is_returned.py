"""What functions return, written to; and their arguments, written to afterwards: right, or refused.

A function may hand back its argument, or a view of it, always or for certain settings.
"""

import warnings

import numpy as np
import pytest

import zygote_nb as zg
from tests.random_loops import loaded
from tests.rules.typical import cases, written
from tests.trees import arrays_in
from zygote_nb.analysis.alias import alias_map, held_in
from zygote_nb.driver.bound import bind
from zygote_nb.driver.lowered import lowered

X = np.array([0.3, 1.2, -0.7, 2.0])
PROGRAM = """
import numpy as np
from scipy import fft, linalg, signal

def result(x):
    x = x * 1.0
    y = {0}
    y[0] *= 3.0
    return np.sum(x * x) + np.sum(np.sin(y))

def argument(x):
    x = x * 1.0
    y = {0}
    x[1] *= 3.0
    return np.sum(x * x) + np.sum(np.sin(y))
"""
ITSELF = [
    "np.diff(x, 0)", "np.diff(x, n=0)", "np.polyder(x, 0)", "np.polyint(x, m=0)", "np.nan_to_num(x, copy=False)",
    "np.nan_to_num(x, False)", "np.linalg.matrix_power(x.reshape(2, 2), 1)[0]",
    "linalg.fractional_matrix_power(x.reshape(2, 2), 1)[0]", "np.trim_zeros(x)", "np.trim_zeros(x)[1:]",
    "np.broadcast_to(x, 4)[:2]", "np.array(x, copy=None)", "np.meshgrid(x, sparse=True, copy=False)[0]",
]  # fmt: skip
"""Which may be the argument in a way that an adjoint can't follow: refused."""
OTHERS = [
    "np.diff(np.append(x, 1.0), 1)", "np.polyder(np.append(x, 1.0), 1)", "np.nan_to_num(x)",
    "np.linalg.matrix_power(x.reshape(2, 2), 2)[0]", "np.asarray(x, dtype=float)", "np.real(x)", "x.conj()",
    "np.squeeze(x)", "x.ravel()", "x.flatten()", "x[...]", "x[None][0]", "np.flip(x, ())", "np.moveaxis(x, 0, 0)",
    "np.rot90(x[None], 0)[0]", "np.atleast_2d(x)[0]", "np.atleast_1d(x, x)[0]", "np.split(x, 1)[0]",
    "np.einsum('i->i', x)", "np.einsum('i', x)", "np.linalg.matrix_transpose(x.reshape(2, 2))[0]",
    "np.real_if_close(x)",
    "+x", "np.positive(x)",
    "np.sum(x, axis=())", "np.max(x, axis=())", "np.clip(x, None, 99)", "np.pad(x, 0)", "np.roll(x, 0)",
    "np.resize(x, 4)",
    "np.tile(x, 1)", "np.repeat(x, 1)", "np.append(x, [])", "np.block([x])", "np.hstack([x])", "np.unwrap(x)",
    "np.convolve(x, [1.0])", "np.median(x[None], axis=0)", "np.fft.fftshift(x)", "linalg.solve(np.eye(4), x)",
    "linalg.circulant(x)[0]", "signal.lfilter([1.0], [1.0], x)", "fft.dct(x)",
]  # fmt: skip


def program(call: str, directory):
    number = (ITSELF + OTHERS).index(call)
    return loaded(PROGRAM.format(call), directory / f"what_is_returned_{number}.py")


@pytest.mark.parametrize("call", OTHERS)
def test_what_is_written_to(call: str, tmp_path) -> None:
    module = program(call, tmp_path)
    for f in (module.result, module.argument):
        with zg.options(backend="python"):
            (found,) = zg.gradient(f, X)
        steps = 1e-6 * np.eye(4)
        np.testing.assert_allclose(found, [(f(X + s) - f(X - s)) / 2e-6 for s in steps], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("call", ITSELF)
def test_an_adjoint_that_can_not_follow_is_refused(call: str, tmp_path) -> None:
    """Their gradients were those of a copy."""
    module = program(call, tmp_path)
    for f in (module.result, module.argument):
        with pytest.raises(zg.ZygoteError, match=r"shares memory|leave `copy` out"):
            zg.gradient(f, X)


def test_settings_that_the_program_finds_out_count_as_any() -> None:
    def f(x, n):
        x = x * 1.0
        y = np.diff(x, n)
        y[0] *= 3.0
        return np.sum(x * x) + np.sum(y)

    with pytest.raises(zg.UnsupportedSyntaxError, match="shares memory"):
        zg.gradient(f, X, 1)


def test_what_shares_memory_is_known_to() -> None:
    """All functions with a derivative, called as people call them."""
    unknown, shared = set(), 0
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        for fn, calls in cases().items():
            for call in calls:
                try:
                    f, values = written(*call)
                    result = f(*values)
                    function = lowered(bind(f, tuple(values), {}))[1].function
                except Exception:  # as other tests say
                    continue
                if not any(np.shares_memory(r, v) for r in arrays_in(result) for v in arrays_in(tuple(values))):
                    continue
                shared += 1
                groups = alias_map(function.body)
                results = set().union(*map(held_in, function.result))
                if not any(groups.get(n, {n}) & {p.name for p in function.params} for n in results):
                    unknown.add(fn)
    assert shared > 50
    assert unknown == set()
