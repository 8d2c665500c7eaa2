"""Second derivatives of programs in whose gradients an array is read through a view of itself."""

import numpy as np
import pytest

import zygote_nb as zg
from tests.as_written import same_as_written
from tests.oracle import FULL
from tests.random_loops import loaded

STORES = [
    "v[1:] += np.sin(v[:-1])",
    "v[:] = v[::-1] * v",
    "v += v[::-1] * 0.5",
    "B = A[:3, :3] * 1.0; B[:] = B.T * v; v += B[0] * B[:, 1]",
]
PROGRAM = """
import numpy as np
import zygote_nb as zg

def f(x, y, A):
    v = np.tanh(np.where(x[1:] > 0.137, x[:-1], y[:-1]) / (1.3 + (A[:, 3]) ** 2))
    for _ in range(2):
        {}
    return np.sum(v * v * np.arange(1.0, 1.0 + len(v)))

def along(x, y, A, u, w):
    of_x, of_y, of_A = zg.gradient(f, x, y, A)
    return np.sum(of_x * u) + np.sum(of_A * w)
"""


CASES = [*((k, "python") for k in range(len(STORES))), *((k, "numba") for k in (1, 2) if FULL)]


@pytest.mark.parametrize(("k", "backend"), CASES)
def test_the_gradient_of_a_gradient(k: int, backend: str, tmp_path) -> None:
    """What sums a cotangent to a shape may hand back the cotangent itself, or a view of it.

    Interpreted, and the text for the compiler; two are compiled with ZYGOTE_NB_FULL=1.
    """
    module = loaded(PROGRAM.format(STORES[k].replace("; ", "\n        ")), tmp_path / f"views_of_adjoints_{k}.py")
    rng = np.random.default_rng(k)
    x, y, A, u, w, d, e = (rng.standard_normal(s) for s in (4, 4, (3, 4), 4, (3, 4), 4, (3, 4)))
    with zg.options(backend=backend):
        grads = zg.gradient(module.along, x, y, A, u, w)
    of_x, _, of_A = grads[:3]
    if backend == "python":
        same_as_written(module.along, (x, y, A, u, w), grads)
    step = 1e-5
    with zg.options(backend="python"):
        after, before = (module.along(x + s * d, y, A + s * e, u, w) for s in (step, -step))
    expected = (after - before) / (2 * step)
    assert np.sum(of_x * d) + np.sum(of_A * e) == pytest.approx(expected, rel=1e-6, abs=1e-8)
