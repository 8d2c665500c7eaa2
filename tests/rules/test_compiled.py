"""Which gradients are compiled: those of all functions with a derivative, but for a few, each with its reason."""

import zlib

import numpy as np
import pytest

from tests.oracle import FULL, check
from tests.rules.test_coverage import TABLE
from tests.rules.typical import how, typical

ONE_IN = 60
INTERPRETED = {
    "numpy float16": "half precision", "numpy half": "half precision", "numpy longdouble": "extended precision",
    "numpy float128": "extended precision",
    "numpy real_if_close": "its result may be a view",
    "Methods and attributes of arrays conj": "its result may be a view",
    "Methods and attributes of arrays conjugate": "its result may be a view",
    "numpy fromiter": "an iterator is no value of compiled code",
    "numpy trim_zeros": "a view whose place depends on values",
    "numpy.linalg diagonal": "a view that can't be written to, of stacks of matrices",
}  # fmt: skip
"""Functions whose typical call is interpreted."""
UNKNOWN = {
    "Methods and attributes of arrays choose": "of an integer",
    "scipy.linalg cho_solve": "takes a factorisation", "scipy.linalg lu_solve": "takes a factorisation",
    "scipy.linalg cho_solve_banded": "takes a factorisation",
    "scipy.linalg fractional_matrix_power": "takes a special matrix",
    "scipy.linalg solve_continuous_are": "takes special matrices",
    "scipy.linalg solve_discrete_are": "takes special matrices",
}  # fmt: skip
"""Functions without a call of which anything could be said."""


SINGLE = {"numpy float32", "numpy single", "numpy complex64", "numpy csingle"}
"""Functions whose results are of single precision, and so are their arguments here."""


def single(x):
    return x.astype(np.float32) if isinstance(x, np.ndarray) else np.float32(x)


def functions():
    for title, found in TABLE.sections():
        for name, fn in found:
            if TABLE.rule_of(fn).form != "constant" and not TABLE.rule_of(fn).reason:
                yield f"{title.strip('`')} {name}", fn


FUNCTIONS = dict(functions())


def test_all_but_a_few_are_compiled():
    ways = {name: how(fn) for name, fn in FUNCTIONS.items()}
    assert {name for name, way in ways.items() if way is None} <= set(UNKNOWN)
    interpreted = {name: way for name, way in ways.items() if way not in ("compiled", "called", None)}
    assert not {name: way for name, way in interpreted.items() if name not in INTERPRETED}


WITHOUT_ALIASES = {id(fn): name for name, fn in reversed(FUNCTIONS.items()) if name not in INTERPRETED | UNKNOWN}


@pytest.mark.parametrize("name", WITHOUT_ALIASES.values())
def test_compiled_as_interpreted(name):
    """Each rule that has a compiled form; of those which compiled code leaves to Python, one in so many."""
    if how(FUNCTIONS[name]) == "called" and not FULL and zlib.crc32(name.encode()) % ONE_IN:
        return
    f, values = typical(FUNCTIONS[name])
    values = [single(v) if name in SINGLE else v for v in values]
    check(f, *values, backends=("python", "numba"), variants=False, modes=False, second=False, flat=True,
          rtol=1e-3 if name in SINGLE else None)  # fmt: skip
