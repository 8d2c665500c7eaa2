"""Second derivatives of every rule: the product of the Hessian with a vector against differences of the gradient.

Those that are refused are named here.
"""

import linecache
import zlib
from importlib import import_module
from itertools import count
from pathlib import Path

import numpy as np
import pytest

import zygote_nb as zg
from tests.oracle import FULL
from tests.rules.contract import written
from tests.trees import leaves
from zygote_nb.rules.registry import name_of

NUMBER = count()
REFUSED = {
    "np.average": "its weights are put on the axes by an order that is computed",
    "np.cumulative_prod": "where the start is included",
    "np.gradient": "by the spacing",
    "np.interp": "by what stands beyond the ends",
    "np.kaiser": "the Bessel function of the window has one derivative",
    "np.i0": "of a number",
    "np.linalg.lstsq": "use pinv",
    "np.linalg.matrix_norm": "use norm of the entries, or svdvals",
    "np.linalg.tensorsolve": "reshape, and use solve",
    "np.nanquantile": "by the quantile", "np.nanpercentile": "by the quantile", "np.quantile": "by the quantile",
    "np.percentile": "by the quantile",
    "np.polyval": "of a number",
    "np.trapezoid": "by the points",
    "block_diag": "it has no forward rule", "solve_banded": "write the matrix out",
    "lstsq": "it has no forward rule",
    "boxcox": "by a series", "boxcox1p": "by a series", "inv_boxcox": "by a series", "inv_boxcox1p": "by a series",
    "exprel": "by a series", "elliprf": "its slopes have none in SciPy", "elliprc": "as elliprf",
    "voigt_profile": "by a complex function",
    "cdf": "the density of a distribution with shapes", "logpdf": "of several points at once", "norm": "of a matrix",
}  # fmt: skip
KINKED = {"np.unique", "np.union1d", "np.setdiff1d", "np.setxor1d", "np.trim_zeros", "cityblock", "cdist", "logpdf"}
"""Where two values of a case are equal, or a symmetric matrix is moved out of symmetry, differences cross a kink."""


def cases():
    """One call of a function, of every third; all in a full run."""
    seen = set()
    for path in sorted(Path(__file__).parent.glob("test_*.py")):
        if path.name == Path(__file__).name:
            continue
        for case in getattr(import_module(f"tests.rules.{path.stem}"), "CASES", ()):
            fn, args, kwargs = case.values[0]
            data = [v for v in (*args, *kwargs.values()) if isinstance(v, np.ndarray)]
            chosen = FULL or (fn not in seen and zlib.crc32(name_of(fn).encode()) % 3 == 0)
            if chosen and all(d.dtype == np.float64 for d in data):
                seen.add(fn)
                yield pytest.param(fn, args, kwargs, id=case.id)


def loss_of(fn, args, kwargs):
    """The sum of the squares of all that a call returns, as a function of its data; None if nothing is real."""
    f, values = written(fn, args, kwargs)
    out = f(*[np.copy(v) if isinstance(v, np.ndarray) else v for v in values])
    head, line = linecache.cache[f.__code__.co_filename][2][:2]
    several = isinstance(out, (tuple, list))
    parts = [i for i, o in enumerate(out if several else [out]) if np.asarray(o).dtype.kind in "fc"]
    if not parts or not values:
        return None, []
    terms = [f"np.sum(np.abs(r[{i}]) ** 2)" if several else "np.sum(np.abs(r) ** 2)" for i in parts]
    text = f"{head.replace('call', 'loss')}    r = {line.strip()[7:]}\n    return {' + '.join(terms)}\n"
    filename = f"<loss {next(NUMBER)}>"
    linecache.cache[filename] = (len(text), None, text.splitlines(True), filename)
    scope = {"fn": fn, "np": np}
    exec(compile(text, filename, "exec"), scope)
    return scope["loss"], values


def direction(values):
    rng = np.random.default_rng(0)
    one = lambda v: rng.uniform(-1, 1, np.shape(v)) if isinstance(v, np.ndarray) else float(rng.uniform(-1, 1))
    return tuple(one(v) if isinstance(v, (float, np.ndarray)) else None for v in values)


def moved(values, tangents, step):
    return [v if t is None else v + step * t for v, t in zip(values, tangents, strict=True)]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("fn", "args", "kwargs"), list(cases()))
def test_second_derivatives(fn, args, kwargs):
    name = name_of(fn)
    f, values = loss_of(fn, args, kwargs)
    tangents = direction(values)
    if f is None or all(t is None for t in tangents):
        return
    with zg.options(backend="python"):
        try:
            product = zg.hvp(f, tuple(values), tangents)
        except zg.NoRuleError as error:
            if name not in REFUSED or not error.lineno:
                raise
            return
        except zg.UnsupportedSyntaxError:
            with pytest.raises(zg.ZygoteError):
                zg.gradient(f, *values)
            return
        up, down = (zg.gradient(f, *moved(values, tangents, s * 1e-5)) for s in (1, -1))
    if name in KINKED:
        return
    product = (product,) if len(values) == 1 else product
    for a, b, p in zip(up, down, product, strict=True):
        for (_, x), (_, y), (_, z) in zip(leaves(a), leaves(b), leaves(p), strict=True):
            if x is not None:
                numeric = (np.asarray(x) - np.asarray(y)) / 2e-5
                scale = 1 + np.max(np.abs(numeric), initial=0.0)
                np.testing.assert_allclose(z, numeric, rtol=2e-4, atol=2e-4 * scale)


S = np.diag([1.0, 1.0, 2.0])


@pytest.mark.parametrize(
    "f", [lambda a: np.sum(np.linalg.eigvalsh(a) ** 2), lambda a: np.sum(np.linalg.svd(a, compute_uv=False) ** 3)]
)
def test_equal_values_are_refused(f):
    """Their derivatives depend on how they part, and zeros in place of that would be wrong."""
    with pytest.raises(zg.NoRuleError, match="two eigenvalues, or singular values, are equal") as caught:
        zg.hessian(f, S)
    assert caught.value.lineno == f.__code__.co_firstlineno


def test_determinants_of_equal_singular_values():
    h = zg.hessian(np.linalg.det, np.eye(2))
    np.testing.assert_allclose(h[0, 0], [[0, 0], [0, 1]], atol=1e-12)
    np.testing.assert_allclose(h[0, 1], [[0, 0], [-1, 0]], atol=1e-12)
