"""What is added up to be added to an adjoint is added to it at once, where nothing is in between."""

import numpy as np
import pytest

import zygote_nb as zg
from tests.oracle import check

RNG = np.random.default_rng(3)
P, Q = RNG.normal(size=(5, 6)), RNG.normal(size=(5, 6))


def copied(p, n):
    p = p.copy()
    for _ in range(n):
        old = p.copy()
        p[1:-1] = 0.25 * (old[2:] + old[:-2])
    return np.sum(p * p)


def added_in_loops(p, n):
    p = p.copy()
    for _ in range(n):
        old = p.copy()
        for i in range(1, 4):
            if p[i, 0] > 0.0:
                p[i] = old[i - 1] + old[i + 1] * old[i, 2]
    return np.sum(p * p)


def of_two_kinds(p, r):
    """The copy has a row for each of the other's."""
    p = p.copy()
    wide = p + r
    kept = wide.copy()
    wide[1:] = kept[:-1] * 2.0
    return np.sum(wide * p) + np.sum(kept[1:])


def left_early(p, n):
    p = p.copy()
    for k in range(n):
        old = p.copy()
        p[1:] = old[:-1] * 1.5
        if p[2, 2] > 0.1 * k:
            break
        p[0] = old[1] * old[2]
    return np.sum(p * p)


def written_to(p, n):
    """The copy's adjoint is read, as the copy is written to."""
    p = p.copy()
    for _ in range(n):
        old = p.copy()
        old[1:] *= p[:-1]
        p[1:-1] = old[2:] + old[:-2]
    return np.sum(p * p)


def scaled_between(p, q):
    p = p.copy()
    old = p.copy()
    p *= q
    s = np.sum(old[1:] * p[:-1])
    p[1:] = p[1:] * 3.0
    return s + np.sum(p * p)


def through_a_view(p, q):
    """The array is written to by another name of its memory."""
    p = p.copy()
    old = p.copy()
    v = p[1:]
    v *= q[1:]
    p2 = old[1:] * v
    v[:, 1:] = old[1:, :-1]
    return np.sum(p2 * p2) + np.sum(p * p)


def kept_for_later(p, n):
    p = p.copy()
    old = p.copy()
    for _ in range(n):
        p[1:] = old[:-1] * p[1:]
        old = p.copy()
    return np.sum(p * old)


CASES = {
    "copied": (copied, (P, 2)),
    "in loops": (added_in_loops, (P, 2)),
    "two kinds": (of_two_kinds, (P, P[0])),
    "left early": (left_early, (P, 3)),
    "written to": (written_to, (P, 2)),
    "scaled": (scaled_between, (P, Q)),
    "view": (through_a_view, (P, Q)),
    "kept": (kept_for_later, (P, 2)),
}


@pytest.mark.parametrize("name", CASES)
def test_numbers(name):
    f, args = CASES[name]
    check(f, *args, written=True)


def test_there_is_one_adjoint():
    f, args = CASES["copied"]
    assert "d_old" not in str(zg.code_adjoint(f, *args))


@pytest.mark.parametrize("name", ["written to", "scaled"])
def test_there_are_two_where_something_is_in_between(name):
    f, args = CASES[name]
    assert "d_old = " in str(zg.code_adjoint(f, *args))
