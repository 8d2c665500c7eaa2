"""Second derivatives of what a first derivative keeps: tapes of callees and of attempts that a path leaves out."""

import numpy as np
import pytest

import zygote_nb as zg
from tests.oracle import check

Y = np.array([1.0, 0.5, -0.7, 0.3])


def first_from_third(u):
    w = u
    w[0] = w[2]


def smooth_mean(p, q=0.7):
    s = np.sin(p * q)
    return np.mean(np.full(3, s * s))


def test_a_writer_called_on_one_path_keeps_its_memory_in_the_second_derivative():
    def f(y, n):
        for i in range(n):
            if i:
                continue
            first_from_third(y)
        return np.sum(y * y)

    check(f, Y, 3, second=True)
    assert zg.hvp(f, (Y, 3), (np.ones(4), None))[0].tolist() == [0.0, 2.0, 4.0, 2.0]


@pytest.mark.parametrize("skips", [0.0, 1.0])
def test_a_callee_whose_tape_a_path_leaves_out_has_a_second_derivative(skips):
    def f(a, n):
        for i in range(1, n):
            if skips * i > 1.5:
                continue
            a += smooth_mean(a * i)
        return a

    check(f, 0.4, 4, second=True)


def test_an_attempt_in_a_loop_that_breaks_has_a_second_derivative():
    def f(A, n):
        for i in range(n):
            if i > 1:
                break
            try:
                A[i, 2] *= A[i, 2]
            except IndexError:
                A[0, 0] = 1.0
        return np.sum(A**3)

    check(f, np.reshape(Y, (1, 4)) + np.ones((3, 1)), 5, second=True)


def turned_round_and_written(u):
    try:
        u = u[::-1]
    except IndexError:
        u[1] = 0.0
    u[0] = u[1] * u[2]


def test_a_callee_that_moves_to_a_view_of_its_argument_has_a_second_derivative():
    def f(y):
        turned_round_and_written(y)
        return np.sum(y**3)

    check(f, Y, second=True)


A = np.random.default_rng(5).standard_normal((3, 3))


def factors_in_a_loop(a):
    for _ in range(2):
        q, r = np.linalg.qr(a)
        a = r @ q + a
    return np.sum(a * a)


def vectors_on_some_paths(a):
    for i in range(3):
        if i != 1:
            w, v = np.linalg.eigh(a + a.T)
            a = a + 0.1 * v * v * w
    return np.sum(a * a)


def vectors_until_a_break(a):
    i = 0
    while True:
        if i > 2:
            break
        u, s, vt = np.linalg.svd(a)
        a = a + 0.1 * (u * s) @ vt**2
        i += 1
    return np.sum(a * a)


def refined(a, k):
    for _ in range(k):
        q, r = np.linalg.qr(a)
        q[0] *= 1.1
        a = a + 0.1 * r @ q
    return a


def factors_in_a_callee(a):
    for i in range(2):
        a = refined(a, i + 1) * 0.9
    return np.sum(a * a)


def factors_in_a_list(a):
    kept = []
    for _ in range(2):
        q, r = np.linalg.qr(a)
        kept.append(q)
        kept.append(r)
        a = a + 0.1 * r @ q
    return sum(np.sum(k * k * a) for k in kept)


def entry_made_anew(x):
    items = [x[0, :2], x[1, :2]]
    items[0] = items[0] * items[1]
    items.append(items[0] * x[2, :2])
    return np.sum(items[2] * items[0])


def entries_of_a_history(x):
    states = [np.zeros(3)]
    for i in range(2):
        states.append(np.tanh(x[0] * states[-1] + x[1]))
        states[i] *= 2.0
        states[i] = states[i] * x[2]
    return sum(np.sum(s * s) for s in states)


@pytest.mark.parametrize(
    "f",
    [factors_in_a_loop, vectors_on_some_paths, vectors_until_a_break, factors_in_a_callee, factors_in_a_list,
     entry_made_anew, entries_of_a_history],
    ids=lambda f: f.__name__,
)  # fmt: skip
def test_reverse_mode_over_reverse_mode(f):
    """It lost what went through several results on a tape, and what was added to an array in a list."""
    np.testing.assert_allclose(zg.hessian_reverse(f, A), zg.hessian(f, A), rtol=1e-8, atol=1e-9)
    h, d = 1e-5, A[::-1]
    along = (zg.gradient(f, A + h * d)[0] - zg.gradient(f, A - h * d)[0]) / (2 * h)
    np.testing.assert_allclose(np.sum(zg.hessian_reverse(f, A) * d, axis=(2, 3)), along, rtol=1e-6, atol=1e-6)
