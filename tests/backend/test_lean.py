"""What is left out of compilation is missed by nobody: exceptions, and those who compile with Numba beside us."""

import numpy as np
import pytest
from numba.np import arrayobj

import zygote_nb as zg
from tests.backend.processes import Bench


def stored(x, n):
    y = np.zeros(3)
    for i in range(n):
        y[: i + 1] = x[:n]
    return np.sum(y)


def test_what_does_not_fit_raises_what_numpy_raises():
    before = arrayobj.raise_with_shape_context
    with zg.options(backend="numba", cache=False):
        with pytest.raises(ValueError, match="could not broadcast input array"):
            zg.gradient(stored, np.ones(2), 2)
        assert zg.gradient(stored, np.ones(1), 1)[0].tolist() == [1.0]
    assert arrayobj.raise_with_shape_context is before


def test_numba_compiles_for_others_as_it_did():
    import numba

    with zg.options(backend="numba", cache=False):
        assert zg.gradient(stored, np.ones(1), 1)[0].tolist() == [1.0]

    @numba.njit
    def own(a, b):
        a[:] = b

    with pytest.raises(ValueError, match=r"slice of shape \(3,\) from input of shape \(2,\)"):
        own(np.zeros(3), np.zeros(2))


WHEN_COMPILED = """
(lambda beside, gradient: [gradient(), [p.wait() for p in beside._running], gradient()])(
    setattr(trial, "LIMIT", 100) or __import__("zygote_nb.backend.beside", fromlist=["beside"]),
    lambda: zg.gradient(f, np.arange(40000.0), 40000)[0][:3].tolist(),
)
"""


def test_the_process_that_only_compiles_makes_the_same_code(tmp_path):
    bench = Bench(tmp_path / "beside")
    bench.write()
    first, codes, again = bench.run(WHEN_COMPILED.strip()).result
    assert set(codes) <= {0}
    assert first == again == [0.0, 2.0, 4.0]
