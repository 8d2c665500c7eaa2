"""Every rule through the whole road: interpreted always, compiled where the backend knows the function."""

import math

import numpy as np
import pytest

from tests.oracle import check
from tests.rules.test_partials import (
    BINARY,
    OTHER,
    POSITIVE,
    REAL,
    UNARY,
    array,
    label,
    takes_arrays,
    well_conditioned,
)
from zygote_nb.runtime import arrays as helpers

HELPERS = {fn for fn in vars(helpers).values() if callable(fn)}


def of_one(fn):
    return lambda x: fn(x)


def of_two(fn):
    return lambda a, b: fn(a, b)


ELEMENTWISE = [(fn, (x,)) for x, fns in UNARY.values() for fn in fns if fn not in HELPERS]
ELEMENTWISE += [(fn, (a, b)) for a, b, fns in BINARY.values() for fn in fns if fn not in HELPERS]


# np.real_if_close makes a 0-d array of a number, whose cotangent the engine does not handle yet.
@pytest.mark.parametrize(("fn", "args"), [e for e in ELEMENTWISE if e[0] is not np.real_if_close], ids=label)
def test_numbers(fn, args):
    made = of_one(fn) if len(args) == 1 else of_two(fn)
    check(made, *(float(a[1]) for a in args), compiles=False)


@pytest.mark.parametrize(("fn", "args"), [e for e in ELEMENTWISE if takes_arrays(e[0])], ids=label)
def test_arrays(fn, args):
    made = of_one(fn) if len(args) == 1 else of_two(fn)
    check(made, *args, compiles=False)
    if len(args) == 2:
        check(made, args[0][:, None], args[1], variants=False, compiles=False)
        check(made, args[0], float(args[1][0]), variants=False, compiles=False)
        check(made, float(args[0][0]), args[1], variants=False, compiles=False)


CALLS = [
    # powers of literals
    (lambda x: x**2, (REAL,)),
    (lambda x: x**3, (REAL,)),
    (lambda x: x**-1, (REAL,)),
    (lambda x: x**0.5, (POSITIVE,)),
    (lambda x: x**2.5, (POSITIVE,)),
    (lambda x: 2.0**x, (REAL,)),
    (lambda x: x**2, (1.5,)),
    (lambda x, n: x ** (n + 1), (1.5, 2)),
    (lambda x: np.power(x, 3), (REAL,)),
    (lambda x: math.pow(x, 2.5), (1.5,)),
    (lambda x: math.log(x, 3.0), (1.5,)),
    (lambda x: abs(x) + +x, (REAL,)),
    (lambda x: -x % 2.0, (REAL,)),
    (lambda x: math.ldexp(x, 3) + np.ldexp(x, 2), (1.5,)),
    # bounds and choices
    (lambda x: np.clip(x, -1.0, 1.0), (REAL,)),
    (lambda x: np.clip(x, 0.0, None), (REAL,)),
    (lambda x: np.clip(x, None, 0.5), (REAL,)),
    (lambda x, lo, hi: np.clip(x, lo, hi), (REAL, -0.9, 1.1)),
    (lambda x: x.clip(-1.0, 1.0), (REAL,)),
    (lambda x: np.clip(x, -1.0, 1.0), (0.3,)),
    (lambda x: np.maximum(x, 0.0), (REAL,)),
    (lambda x: max(x, 0.5, x * x), (1.5,)),
    (lambda a, b: min(a, b), (1.5, 0.5)),
    (lambda x: np.where(x > 0, x * x, 3.0 * x), (REAL,)),
    (lambda x, y: np.where(x > 0, x, y), (REAL, 2.0)),
    (lambda x, y: np.where(x[:, None] > 0, x[:, None], y), (REAL, OTHER[:3])),
    (lambda x: np.where(x > 0, x * x, 3.0 * x), (1.5,)),
    (lambda x: np.heaviside(x, 0.5) * x, (REAL,)),
    (lambda x: np.nan_to_num(x), (REAL,)),
    # Python's functions
    (lambda x: float(x) * 2.0, (1.5,)),
    (lambda x: round(x) * x, (1.7,)),
    (lambda x: int(x) * x, (1.7,)),
    (lambda x: sum([x, x * x, 1.0]), (1.5,)),
    (lambda x: sum(x), (REAL,)),
    (lambda x: max(x), (REAL,)),
    (lambda x: math.fsum(x), (REAL,)),
    (lambda x: math.prod(x), (REAL,)),
    (lambda x: np.floor(x) * x + np.sign(x) * x, (REAL,)),
    (lambda x: np.round(x, 1) * x, (REAL,)),
    # reductions
    (lambda x: np.sum(x), (array(3, 4),)),
    (lambda x: np.sum(x, axis=0), (array(3, 4),)),
    (lambda x: np.sum(x, 1), (array(3, 4),)),
    (lambda x: np.sum(x, axis=-1, keepdims=True) * x, (array(3, 4),)),
    (lambda x: np.sum(x, axis=(0, 2)), (array(2, 3, 4),)),
    (lambda x: np.sum(x, axis=(0, 2), keepdims=True) * x, (array(2, 3, 4),)),
    (lambda x: x.sum() + x.sum(axis=0), (array(3, 4),)),
    (lambda x: x.mean() * x.mean(1), (array(3, 4),)),
    (lambda x: np.mean(x), (array(3, 4),)),
    (lambda x: np.mean(x, axis=0), (array(3, 4),)),
    (lambda x: np.mean(x, axis=(0, 1)), (array(3, 4),)),
    (lambda x: np.mean(x, axis=-1, keepdims=True) * x, (array(3, 4),)),
    (lambda x: np.prod(x), (array(4),)),
    (lambda x: np.prod(x, axis=1), (array(3, 4),)),
    (lambda x: np.prod(x, axis=1, keepdims=True), (array(3, 4),)),
    (lambda x: np.var(x), (array(3, 4),)),
    (lambda x: np.var(x, axis=0, ddof=1), (array(3, 4),)),
    (lambda x: np.var(x, axis=(0, 1), keepdims=True), (array(3, 4),)),
    (lambda x: np.std(x), (array(3, 4),)),
    (lambda x: np.std(x, axis=1), (array(3, 4),)),
    (lambda x: np.std(x, axis=1, ddof=1, keepdims=True), (array(3, 4),)),
    (lambda x: x.var() + x.std(axis=0), (array(3, 4),)),
    (lambda x: np.max(x), (array(3, 4),)),
    (lambda x: np.max(x, axis=1), (array(3, 4),)),
    (lambda x: x - np.max(x, axis=1, keepdims=True), (array(3, 4),)),
    (lambda x: np.min(x, axis=(0, 1)) + np.amin(x), (array(3, 4),)),
    (lambda x: x.max() - x.min(axis=0), (array(3, 4),)),
    (lambda x: np.ptp(x), (array(3, 4),)),
    (lambda x: np.ptp(x, axis=0), (array(3, 4),)),
    (lambda x: np.cumsum(x), (array(4),)),
    (lambda x: np.cumsum(x), (array(3, 4),)),
    (lambda x: np.cumsum(x, axis=1), (array(3, 4),)),
    (lambda x: x.cumsum(), (array(4),)),
    (lambda x: np.cumprod(x), (array(4),)),
    (lambda x: np.cumprod(x, axis=0), (array(3, 4),)),
    (lambda x: np.diff(x), (array(4),)),
    (lambda x: np.diff(x, n=2, axis=0), (array(4, 3),)),
    (lambda x: x[np.argmax(x)] * x[np.argmin(x)], (array(5),)),
    (lambda x: x * np.any(x > 0) + x * np.all(x > 0), (array(5),)),
    # products
    (lambda a, b: a @ b, (array(4), array(4))),
    (lambda a, b: a @ b, (array(3, 4), array(4))),
    (lambda a, b: a @ b, (array(3), array(3, 4))),
    (lambda a, b: a @ b, (array(3, 4), array(4, 2))),
    (lambda a, b: a @ b, (array(2, 3, 4), array(2, 4, 2))),
    (lambda a, b: np.matmul(a, b), (array(3, 4), array(4, 2))),
    (lambda a, b: np.dot(a, b), (array(3, 4), array(4, 2))),
    (lambda a, b: np.dot(a, b), (array(4), array(4))),
    (lambda a, b: np.dot(a, b), (2.0, array(4))),
    (lambda a, b: a.dot(b), (array(3, 4), array(4))),
    (lambda a, b: np.vdot(a, b), (array(4), array(4))),
    (lambda a, b: np.inner(a, b), (array(3, 4), array(2, 4))),
    (lambda a, b: np.inner(a, b), (array(4), array(2, 4))),
    (lambda a, b: np.outer(a, b), (array(3), array(4))),
    (lambda a, b: np.cross(a, b), (array(3), array(3))),
    (lambda x: np.trace(x) * x.trace(), (array(3, 3),)),
    (lambda x: np.diag(x), (array(3),)),
    (lambda x: np.diag(x, 1), (array(3, 4),)),
    (lambda x: np.diagonal(x), (array(3, 4),)),
    (lambda x: np.triu(x) + np.tril(x, -1), (array(3, 4),)),
    (lambda x: np.linalg.norm(x), (array(4),)),
    (lambda x: np.linalg.norm(x, axis=1), (array(3, 4),)),
    (lambda a, b: np.linalg.solve(a, b), (well_conditioned(3), array(3))),
    (lambda a, b: np.linalg.solve(a, b), (well_conditioned(3), array(3, 2))),
    (lambda a: np.linalg.inv(a), (well_conditioned(3),)),
    (lambda a: np.linalg.det(a), (well_conditioned(3),)),
    (lambda x: np.linalg.norm(x, 1) + np.linalg.norm(x, np.inf), (array(4),)),
    (lambda p, q: math.dist(p, q), (array(4), array(4))),
    # shapes
    (lambda x: np.reshape(x, (3, 4)), (array(2, 6),)),
    (lambda x: x.reshape(3, 4), (array(2, 6),)),
    (lambda x: x.reshape((3, -1)), (array(2, 6),)),
    (lambda x: x.reshape(-1), (array(2, 6),)),
    (lambda x: np.ravel(x), (array(2, 3),)),
    (lambda x: x.ravel() * x.flatten(), (array(2, 3),)),
    (lambda x: x.T @ x, (array(2, 3),)),
    (lambda x: np.transpose(x), (array(2, 3),)),
    (lambda x: np.transpose(x, (1, 2, 0)), (array(2, 3, 4),)),
    (lambda x: x.transpose(1, 2, 0), (array(2, 3, 4),)),
    (lambda x: x.transpose(), (array(2, 3),)),
    (lambda x: np.swapaxes(x, 0, 2), (array(2, 3, 4),)),
    (lambda x: x.swapaxes(0, 1), (array(2, 3),)),
    (lambda x: np.moveaxis(x, 0, -1), (array(2, 3, 4),)),
    (lambda x: np.squeeze(x), (array(1, 3),)),
    (lambda x: np.squeeze(x, axis=0), (array(1, 3),)),
    (lambda x: np.expand_dims(x, 1), (array(3),)),
    (lambda x: np.expand_dims(x, (0, -1)), (array(3),)),
    (lambda x: x[:, None] * x[None, :], (array(3),)),
    (lambda x: np.atleast_1d(x), (1.5,)),
    (lambda x: np.atleast_2d(x), (array(3),)),
    (lambda x: np.flip(x), (array(2, 3),)),
    (lambda x: np.flip(x, axis=1), (array(2, 3),)),
    (lambda x: np.flipud(x) * np.fliplr(x), (array(2, 3),)),
    (lambda x: np.rot90(x), (array(2, 3),)),
    (lambda x: np.roll(x, 1), (array(4),)),
    (lambda x: np.roll(x, 1, axis=1), (array(2, 3),)),
    (lambda x: np.broadcast_to(x, (2, 3)), (array(3),)),
    (lambda x: np.tile(x, 2), (array(3),)),
    (lambda x: np.tile(x, (2, 1)), (array(2, 3),)),
    (lambda x: np.repeat(x, 2), (array(3),)),
    (lambda x: np.repeat(x, 2, axis=1), (array(2, 3),)),
    (lambda x: x.copy() * np.copy(x), (array(3),)),
    (lambda x: np.array(x) * np.asarray(x), (array(3),)),
    (lambda x: np.ascontiguousarray(x.T), (array(2, 3),)),
    (lambda x: x.astype(float) * 2.0, (array(3),)),
    (lambda x: np.float64(x) * 2.0, (1.5,)),
    (lambda x: x.real * x.conj(), (array(3),)),
    (lambda x: x.item() * 2.0, (array(1),)),
    (lambda a, b: np.concatenate((a, b)), (array(2), array(3))),
    (lambda a, b: np.concatenate([a, b], axis=1), (array(2, 3), array(2, 1))),
    (lambda a, b: np.stack((a, b)), (array(3), array(3))),
    (lambda a, b: np.stack([a, b], axis=-1), (array(3), array(3))),
    (lambda a, b: np.vstack((a, b)), (array(3), array(2, 3))),
    (lambda a, b: np.hstack((a, b)), (array(2), array(3))),
    (lambda a, b: np.column_stack((a, b)), (array(3), array(3, 2))),
    (lambda a, b: np.array([a, b, a * b]), (1.5, 2.5)),
    (lambda a, b: np.array([[a, b], [b, 1.0]]), (1.5, 2.5)),
    (lambda x: np.array([x, 2.0 * x]), (array(3),)),
    # selection and creation
    (lambda x: np.take(x, np.array([0, 2, 2])), (array(4),)),
    (lambda x: np.take(x, np.array([0, 2, 2]), axis=1), (array(2, 3),)),
    (lambda x: x.take(1) * x, (array(4),)),
    (lambda x: np.full((2, 3), x), (1.5,)),
    (lambda x: np.full_like(np.zeros(3), x), (1.5,)),
    (lambda a, b: np.linspace(a, b, 5), (0.5, 2.5)),
    (lambda a, b: np.linspace(a, b, 5, endpoint=False), (0.5, 2.5)),
    (lambda a, h: np.arange(a, 3.0, h), (0.5, 0.7)),
    (lambda x: np.zeros(3) + np.ones_like(x) * x, (array(3),)),
    (lambda x: x.size * x + x.shape[0] * x.ndim + len(x), (array(3),)),
]


def keeps_entry(a):
    first = math.modf(a)
    total = 0.0
    for i in range(3):
        total += first[0] * (i + 1)
    return total


def in_a_branch(a, b):
    total = a
    for i in range(1, 4):
        q, r = divmod(a * i, b)
        if r > 0.6:
            total += q * r * a
    return total


CALLS += [
    # several results
    (lambda a, b: divmod(a, b)[1] * a, (7.5, 2.0)),
    (lambda x: math.modf(x)[0] * 2.0, (2.25,)),
    (keeps_entry, (2.25,)),
    (in_a_branch, (2.25, 0.7)),
    # arguments by name, and sequences before other arguments
    (lambda x: np.full(3, fill_value=x), (1.5,)),
    (lambda x: np.full(shape=(2, 3), fill_value=x * x), (1.5,)),
    (lambda a, b: np.linspace(a, stop=b * b), (0.5, 2.5)),
    (lambda x, b: np.clip(x, -0.5, a_max=b * 0.5), (REAL, POSITIVE)),
    (lambda a, b: np.concatenate((a, b), 0) ** 2, (array(3), array(2))),
    (lambda a, b: np.stack([a, b], 1) ** 2, (array(3), array(3))),
    # a minus before a floor division
    (lambda a, b: -(a // b) * b, (7.5, 2.0)),
]


@pytest.mark.parametrize(("f", "args"), CALLS, ids=[f"{i}" for i in range(len(CALLS))])
def test_calls(f, args):
    check(f, *args, compiles=False)
