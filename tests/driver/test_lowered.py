"""One program for all that is asked of a call; made again when what it depends on has changed."""

import numpy as np
import pytest

import zygote_nb as zg
from zygote_nb.driver import lowered as room


@pytest.fixture
def made(monkeypatch):
    """The functions that were lowered."""
    names, now = [], room.lowered_now

    def noted(bound, *rest):
        names.append(bound.plain.__name__)
        return now(bound, *rest)

    monkeypatch.setattr(room, "lowered_now", noted)
    return names


def ask_everything(f, x):
    with zg.options(backend="python"):
        gradient, (value, also) = zg.gradient(f, x), zg.withgradient(f, x)
        again, back = zg.pullback(f, x)
        moved, change = zg.jvp(f, (x,), (np.ones_like(x),))
        with zg.options(record="all", arrays="shadow", inline=False):
            other = zg.gradient(f, x)
    assert value == again == moved == f(x)
    for g in (*also, *back(1.0), *other):
        np.testing.assert_allclose(g, gradient[0])
    np.testing.assert_allclose(change, gradient[0].sum())
    return gradient[0]


def test_whatever_is_asked(made):
    def f(x):
        y = np.sin(x)
        for i in range(3):
            y = y * x
        return y.sum()

    ask_everything(f, np.array([0.3, 0.8]))
    assert made == ["f"]


def test_the_program_is_that_of_today(made):
    scale, table = 2.0, {"a": 3.0}

    def scaled(x):
        return scale * x

    part = scaled

    def f(x):
        return (part(x) * table["a"] * weights).sum()

    global weights
    x = np.array([0.3, 0.8])
    weights = 1.0
    np.testing.assert_allclose(ask_everything(f, x), [6.0, 6.0])
    scale = 5.0
    np.testing.assert_allclose(ask_everything(f, x), [15.0, 15.0])
    assert made == ["f"]
    weights = np.array([1.0, 2.0])
    np.testing.assert_allclose(ask_everything(f, x), [15.0, 30.0])
    assert made == ["f"] * 2

    def squared(x):
        return x * x

    part = squared
    np.testing.assert_allclose(ask_everything(f, x), [1.8, 9.6])
    table["b"], scale = 1.0, 1.0
    np.testing.assert_allclose(ask_everything(f, x), [1.8, 9.6])


def test_forward_mode_has_a_program_of_its_own_where_only_it_has_a_rule(made):
    def shifted(x):
        return x * 3.0

    @zg.frule(shifted)
    def shifted_forward(tangents, x):
        return shifted(x), tangents[0] * 30.0

    def f(x):
        return shifted(x) * 1.0

    for _ in range(2):
        assert zg.gradient(f, 0.5) == (3.0,)
        assert zg.jvp(f, (0.5,), (1.0,)) == (1.5, 30.0)
        zg.withgradient(f, 0.5)
    assert made == ["f", "f"]


def test_what_derivations_add_is_their_own(made):
    def f(x):
        return zg.gradient(lambda y: (y**3).sum(), x)[0].sum() + inner(x, 3)

    def inner(x, n):
        y = x
        for _ in range(n):
            y = np.sin(y) * x
        return y.sum()

    x = np.array([0.3, 0.8])
    first = ask_everything(f, x), zg.hessian(f, x)
    second = ask_everything(f, x), zg.hessian(f, x)
    zg.refresh()
    third = zg.hessian(f, x), ask_everything(f, x)[None]
    for g in (second[0], third[1][0]):
        np.testing.assert_array_equal(first[0], g)
    for h in (second[1], third[0]):
        np.testing.assert_array_equal(first[1], h)
