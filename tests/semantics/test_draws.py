"""Random draws: their parameters have derivatives, and what they reorder is followed."""

# ruff: noqa: NPY002

import random

import numpy as np
import pytest

import zygote_nb as zg

P = np.array([0.2, 0.5, 0.9])


def normal(p, g):
    return g.normal(p[0], p[1]) * p[2] + g.normal(p, 0.1, size=3).sum() + g.normal(p, p[::-1]).prod()


def uniform(p, g):
    return (g.uniform(0.0, p) * p[2]).sum()


def others(p, g):
    first = g.exponential(p[0]) + g.laplace(p[0], p[1]) + g.logistic(p[1], p[2], size=2).sum()
    return first * (g.gumbel(p[2], p[0]) + g.lognormal(p[0], p[1]) + g.gamma(2.3, p[2]))


def permuted(p, g):
    return g.permutation(p)[0] * p[1] + p[g.permutation(3)[:2]].sum()


def picked(p, g):
    return (g.choice(p, 4) * p[0]).sum() + g.choice([p[0], p[1]]) + g.choice(3) * p[0]


def shuffled(p, g):
    q = p * p
    g.shuffle(q)
    whole = np.outer(q, p)
    g.shuffle(whole)
    entries = [p[0], p[1], p[2]]
    g.shuffle(entries)
    return q[0] * p[1] + whole[0].sum() + entries[0] ** 2


def epochs(p, g):
    order, x = np.arange(3), 1.0
    for _ in range(4):
        g.shuffle(order)
        x = x * p[order[0]] + p[order[1]]
    return x


def filled(p, g):
    z, s = np.empty(3), 0.0
    for _ in range(4):
        g.standard_normal(out=z)
        s += (p * p * z).sum()
    return s


def made_inside(p, g):
    own, legacy, python = np.random.default_rng(4), np.random.RandomState(3), random.Random(5)
    z = own.standard_normal(5) * p[0] + legacy.uniform(0.0, p[1], 5)
    return np.tanh(z).sum() + python.gauss(p[2], 1.0)


def of_python(p, g):
    pairs = [1, 2, 0]
    random.shuffle(pairs)
    found = []
    for v in p:
        found.append(v * 2.0)
    random.shuffle(found)
    drawn = random.gauss(p[0], p[1]) + random.uniform(p[0], p[1]) + random.expovariate(p[2])
    return drawn * found[0] + p[pairs[0]] + random.choice(p) + random.normalvariate(p[1], 0.1)


def of_the_global_source(p, g):
    return np.random.normal(p[0], p[1]) * np.random.uniform(p[0], 2.0) + np.random.permutation(p)[0]


DRAWS = [
    normal,
    uniform,
    others,
    permuted,
    picked,
    shuffled,
    epochs,
    filled,
    made_inside,
    of_python,
    of_the_global_source,
]


@pytest.mark.parametrize("f", DRAWS)
def test_the_value_is_that_of_the_plain_call_and_the_gradient_that_of_its_numbers(f):
    if f in (others, filled):
        sources = [np.random.default_rng]
    else:
        sources = [np.random.default_rng, np.random.RandomState]
    for make in sources:
        random.seed(1)
        np.random.seed(1)
        plain = f(P.copy(), make(7))
        random.seed(1)
        np.random.seed(1)
        value, _ = zg.withgradient(f, P, make(7))
        assert np.allclose(value, plain, rtol=1e-14)
        random.seed(1)
        np.random.seed(1)
        zg.check_grads(f, P, make(7))


def test_a_draw_of_which_no_derivative_is_known_is_refused():
    with pytest.raises(zg.NoRuleError, match=r"multivariate_normal\(...\)` depends on what is differentiated"):
        zg.gradient(lambda p, g: g.multivariate_normal(p, np.eye(3)).sum(), P, np.random.default_rng(0))
    with pytest.raises(zg.NoRuleError, match=r"standard_gamma\(.*\)` depends on what is differentiated"):
        zg.gradient(lambda p, g: g.gamma(p[0]) * 2.0, P, np.random.default_rng(0))


def test_such_a_draw_may_be_said_to_be_constant():
    def f(p, g):
        return zg.ignore_derivatives(g.poisson(p[0])) * p[1] + zg.ignore_derivatives(g.standard_gamma(p[0])) * p[2]

    grad, _ = zg.gradient(f, P, np.random.default_rng(0))
    assert grad[0] == 0.0
    assert grad[2] > 0.0
