"""What each rule keeps for the way back: its result, an argument, a shape, or nothing.

A function of one call is differentiated as a callee, so that what its backward half takes is what was kept.
"""

import numpy as np
import pytest

import zygote_nb as zg
from zygote_nb.inspection import derived_for
from zygote_nb.ir.callables import Attribute
from zygote_nb.ir.core import Apply, Name, Tuple
from zygote_nb.ir.walk import expressions, statements, subexpressions
from zygote_nb.runtime import arrays, rearranging

X = np.arange(1.0, 13.0).reshape(3, 4) / 9
S = X[:, :3] @ X[:, :3].T + np.eye(3)
V, U = np.array([0.3, 0.7, 0.2, 0.9]), np.array([0.5, 0.1, 0.4])
FIRST = {Attribute("shape"), Attribute("size"), Attribute("ndim"), np.zeros_like, np.full_like, np.ones_like, len}
SECOND = {
    arrays.unbroadcast, arrays.reshape_like, arrays.expand, arrays.tile_adjoint, arrays.repeat_adjoint,
    arrays.diff_adjoint, arrays.split_like, arrays.unstack, rearranging.pad_adjoint,
}  # fmt: skip


def kept(inner, args, wrt):
    """What the backward half reads, in words."""
    outer = (lambda a: (inner(a), 0.0)) if len(args) == 1 else (lambda a, b: (inner(a, b), 0.0))
    with zg.options(inline=False):
        call = zg.call(outer, *args, wrt=wrt) if wrt else zg.call(outer, *args)
        derived = derived_for(call, (), None)
    (pair,) = derived.derivation.pairs.values()
    halves = {f.name: f for f in derived.generated}
    forward, back = halves[pair.forward], halves[pair.backward]
    body = [e for s in statements((*back.forward, *back.backward)) for e in expressions(s)] + list(back.results)
    words = set()
    results = [r.id for r in forward.results if isinstance(r, Name) and r.id in back.params]
    for name in dict.fromkeys((*back.params[: len(pair.backward_args) + len(pair.tape)], *results)):
        word = "y" if Name(name) == forward.results[0] else name if name in forward.params else "computed"
        words.add(f"shape of {word}" if only_shape(Name(name), body) else word)
    return ", ".join(sorted(words))


def only_shape(name, body):
    """Whether nothing of a variable is read but its shape."""
    every = [e for whole in body for e in subexpressions(whole)]
    calls = [e for e in every if isinstance(e, Apply)]
    shapes = [e.args[0] for e in calls if e.fn in FIRST] + [e.args[1] for e in calls if e.fn in SECOND]
    shapes = [e for s in shapes for e in (s.items if isinstance(s, Tuple) else (s,))]
    return every.count(name) == shapes.count(name)


ONE = {
    "y": [np.exp, np.tanh, np.sqrt, np.linalg.inv],
    "a": [np.expm1, np.sin, np.cos, np.log, np.abs, np.arctan, np.prod, np.var, np.sort, np.cumprod, np.linalg.det],
    "a, y": [np.max, np.std, np.linalg.norm, np.linalg.cholesky],
    "": [np.negative, np.sum, np.cumsum, np.ravel, np.flip, np.transpose, np.triu, np.copy, np.diag, np.degrees],
    "shape of a": [np.mean, np.trace, np.diff],
}


@pytest.mark.parametrize(
    ("words", "fn"),
    [(w, f) for w, fns in ONE.items() for f in fns],
    ids=lambda v: v if isinstance(v, str) else v.__name__,
)
def test_of_functions_of_one_argument(words, fn):
    matrix = fn in (np.linalg.inv, np.linalg.cholesky, np.linalg.det, np.trace, np.transpose, np.triu, np.ravel)
    assert kept(lambda a: fn(a), (S if matrix else V,), None) == words


@pytest.mark.parametrize(
    ("words", "f"),
    [
        ("a", lambda a: a**3),
        ("a", lambda a: np.where(a > 0.5, a, 0.0)),
        ("a", lambda a: np.clip(a, 0.2, 0.8)),
        ("", lambda a: 3.0 * a + 1.0),
        ("", lambda a: np.sum(a, axis=0, keepdims=True)),
        ("", lambda a: np.reshape(a, (2, 2))),
        ("", lambda a: np.broadcast_to(a, (3, 4))),
        ("", lambda a: a[[0, 0, 1]]),
        ("", lambda a: a[1:]),
        ("", lambda a: np.roll(a, 1)),
        ("shape of a", lambda a: np.tile(a, 2)),
        ("shape of a", lambda a: np.repeat(a, 2)),
        ("shape of a", lambda a: np.pad(a, 1)),
        ("computed", lambda a: np.log(np.sum(np.exp(a)))),
    ],
)
def test_of_calls_with_settings(words, f):
    assert kept(f, (V,), None) == words


TWO = [
    (lambda a, b: a + b, X, V, "", "", ""),
    (lambda a, b: a * b, X, X, "a, b", "b", "a"),
    (lambda a, b: a / b, X, X, "b, y", "b", "b, y"),
    (lambda a, b: a @ b, X, V, "a, b", "b", "a"),
    (lambda a, b: np.dot(a, b), V, V, "a, b", "b", "a"),
    (lambda a, b: np.outer(a, b), V, U, "a, b", "b", "a"),
    (lambda a, b: np.einsum("ij,j->i", a, b), X, V, "a, b", "b", "a"),
    (lambda a, b: np.linalg.solve(a, b), S, U, "a, y", "a, y", "a"),
    (lambda a, b: np.concatenate([a, b]), V, U, *["shape of a, shape of b"] * 3),
    (lambda a, b: np.stack([a, b]), V, V, *["shape of a, shape of b"] * 3),
    (lambda a, b: np.arctan2(a, b), V, V, *["a, b"] * 3),
]


@pytest.mark.parametrize("wrt", [None, "a", "b"])
@pytest.mark.parametrize("case", TWO, ids=range(len(TWO)))
def test_of_two_arguments_only_what_the_active_one_needs(case, wrt):
    f, a, b, *words = case
    assert kept(f, (a, b), wrt) == words[[None, "a", "b"].index(wrt)]


def iterated(step):
    def f(x, n):
        y = x
        for _ in range(n):
            y = step(y)
        return np.sum(y)

    return f


@pytest.mark.parametrize(
    ("step", "tape"),
    [(lambda y: np.sin(y), 1), (lambda y: np.exp(y), 1), (lambda y: y + np.sum(y), 0)],
)
def test_the_tape_of_a_loop_has_one_number_for_each_step_or_none(step, tape):
    rows = zg.explain(iterated(step), 0.3, 5).kept
    assert len(rows) == tape
    assert {row.value for row in rows} <= {"40 bytes"}
