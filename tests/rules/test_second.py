"""Second derivatives of every rule: the product of the Hessian with a vector against differences of the gradient.

It is taken forward over reverse, and by the gradient of the gradient. What is refused is named here.
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
from tests.rules.contract import label, written
from tests.trees import leaves
from zygote_nb.rules.registry import name_of

NUMBER = count()
REFUSED = {
    "np.average": "its weights are put on the axes by an order that is computed",
    "np.polyval": "of a number",
    "solve_banded": "write the matrix out",
    "schur": "its equations are solved as one system", "hessenberg": "as schur",
    "zeta": "by a series", "zetac": "by a series", "kolmogorov": "by a series", "kolmogi": "by a series",
    **dict.fromkeys((
        "gammainc", "gammaincc", "gammaincinv", "gammainccinv", "betainc", "betaincc", "betaincinv", "betainccinv",
        "chdtr", "chdtrc", "chdtri", "gdtr", "gdtrc", "gdtrix", "stdtr", "stdtrit", "fdtr", "fdtrc", "fdtri", "kv",
        "kve",
    ), "by an integral"),
    "boxcox": "by a series", "boxcox1p": "by a series", "inv_boxcox": "by a series", "inv_boxcox1p": "by a series",
    "exprel": "by a series", "elliprf": "its slopes have none in SciPy", "elliprc": "as elliprf",
    "elliprg": "as elliprf",
    "voigt_profile": "by a complex function",
    "cdf": "the density of a distribution with shapes", "logpdf": "of several points at once",
}  # fmt: skip
KINKED = {
    "np.unique", "np.union1d", "np.setdiff1d", "np.setxor1d", "np.trim_zeros", "cityblock", "cdist", "logpdf",
    "np.linalg.norm((2,3,4),1,axis=(0, 2))",
}  # fmt: skip
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
    """The sum of squares of all that a call returns, as a function of its data; None if nothing is real."""
    f, values = written(fn, args, kwargs)
    out = f(*[np.copy(v) if isinstance(v, np.ndarray) else v for v in values])
    head, line = linecache.cache[f.__code__.co_filename][2][:2]
    several = isinstance(out, (tuple, list))
    kinds = [np.asarray(o).dtype.kind for o in (out if several else [out])]
    squares = {"f": "np.sum({} ** 2)", "c": "np.sum(np.abs({}) ** 2)"}
    terms = [squares[k].format(f"r[{i}]" if several else "r") for i, k in enumerate(kinds) if k in squares]
    if not terms or not values:
        return None, []
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
            by_pairs(f, values, tangents)
            return
        except zg.UnsupportedSyntaxError:
            with pytest.raises(zg.ZygoteError):
                zg.gradient(f, *values)
            return
        if {name, label(fn, args, kwargs)} & KINKED or at_an_end(fn, values):
            return
        up, down = (zg.gradient(f, *moved(values, tangents, s * 1e-5)) for s in (1, -1))
    product = (product,) if len(values) == 1 else product
    for a, b, p in zip(up, down, product, strict=True):
        for (_, x), (_, y), (_, z) in zip(leaves(a), leaves(b), leaves(p), strict=True):
            if x is not None:
                numeric = (np.asarray(x) - np.asarray(y)) / 2e-5
                scale = 1 + np.max(np.abs(numeric), initial=0.0)
                np.testing.assert_allclose(z, numeric, rtol=2e-4, atol=2e-4 * scale)


def at_an_end(fn, values):
    """Whether differences would leave what the function takes."""
    return fn in (np.quantile, np.nanquantile) and np.max(np.abs(np.asarray(values[1]) - 0.5)) == 0.5


def by_pairs(f, values, tangents):
    """Where the second derivative by all arguments together is refused, that by two of them is right or refused."""
    moving = [i for i, t in enumerate(tangents) if t is not None]
    for i in moving:
        gradient = zg.grad(f, i)
        for j in moving:
            partly = tuple(t if k == j else None for k, t in enumerate(tangents))
            try:
                _, found = zg.jvp(gradient, tuple(values), partly)
            except zg.NoRuleError:
                continue
            up, down = (gradient(*moved(values, partly, s * 1e-5)) for s in (1, -1))
            for (_, x), (_, y), (_, z) in zip(leaves(up), leaves(down), leaves(found), strict=True):
                numeric = (np.asarray(x) - np.asarray(y)) / 2e-5
                scale = 1 + np.max(np.abs(numeric), initial=0.0)
                np.testing.assert_allclose(z, numeric, rtol=2e-4, atol=2e-4 * scale)


def differs(x, q):
    return np.sum(np.gradient(x, q) ** 2) + np.quantile(x, 0.2 * q) ** 2


def test_what_a_helper_of_the_gradient_takes_besides_its_cotangent_moves_too():
    """The spacing, and the place of a quantile, were taken for constants."""
    x, q = np.array([0.7, -1.2, 0.4, 2.1]), 1.3
    mixed = zg.jacobian(lambda q: zg.gradient(lambda x: differs(x, q), x)[0], q)[0]
    up, down = (zg.gradient(differs, x, q + s)[0] for s in (1e-6, -1e-6))
    np.testing.assert_allclose(mixed, (up - down) / 2e-6, rtol=1e-6)
    np.testing.assert_allclose(zg.hessian_reverse(differs, x, q)[0][1], mixed, rtol=1e-10)


@pytest.mark.parametrize("f", [np.sort, np.ravel, lambda x: np.pad(x, 1, "edge"), lambda x: np.partition(x, 2)])
def test_reverse_over_reverse_through_helpers(f):
    x = np.array([0.7, -1.2, 0.4, 2.1])
    g = lambda x: np.sum(f(x) ** 3)
    np.testing.assert_allclose(zg.hessian_reverse(g, x), zg.hessian(g, x))


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
