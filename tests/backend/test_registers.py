"""Elements that an inner loop updates, held in a variable by the compiled text where nothing else comes to them."""

import numpy as np
import pytest

import zygote_nb as zg
from tests.as_written import same_as_written, written
from zygote_nb.driver.bound import bind
from zygote_nb.driver.facts import Question
from zygote_nb.driver.ready import ready

RNG = np.random.default_rng(4)


def triangle(A0, n):
    A = A0.copy()
    for i in range(n):
        for j in range(i):
            for k in range(j):
                A[i, j] -= A[i, k] * A[j, k]
    return np.sum(A * A)


def with_itself(A0, n):
    A = A0.copy()
    for i in range(n):
        for j in range(i):
            for k in range(j + 1):
                A[i, j] -= A[i, k] * A[j, k]
    return np.sum(A * A)


def first_of_others(x0):
    x = x0.copy()
    for i in range(1, x.shape[0]):
        x[0] += x[i] * x[i]
    return x[0] * x[0]


def first_of_all(x0):
    x = x0.copy()
    for i in range(x.shape[0]):
        x[0] += x[i] * x[i]
    return x[0] * x[0]


def last_of_all(x0):
    x = x0.copy()
    for i in range(x.shape[0]):
        x[-1] += 0.5 * x[i]
    return x[-1] * x[0]


def through_a_view(x0):
    x = x0.copy()
    y = x[1:]
    for i in range(2, x.shape[0]):
        y[1] += 0.5 * x[i]
    return np.sum(x * x)


def overwritten_again(x0):
    x = x0.copy()
    for i in range(1, x.shape[0]):
        x[0] = x[0] * x[i] + 1.0
    return x[0]


def one_place_written_twice(x0):
    x = x0.copy()
    for i in range(1, x.shape[0]):
        x[0,] += x[i]
        x[0] += 0.1 * x[0] * x[i]
    return x[0] * x[0]


def index_that_moves(x0, k0):
    x, k = x0.copy(), k0.copy()
    for i in range(1, x.shape[0]):
        x[k[0]] += 0.5 * x[i]
        k[0] = i
    return np.sum(x * x)


def bounds_that_move(x0, n):
    x = x0.copy()
    for i in range(n):
        n = n - 1
        for j in range(n):
            x[i] += 0.5 * x[j]
    return np.sum(x * x)


def parameters(theta, x):
    total = 0.0
    for i in range(x.shape[0]):
        total += np.sin(theta[0] * x[i] + theta[1])
    return total


CASES = [
    (triangle, (RNG.normal(size=(5, 5)), 5)),
    (with_itself, (0.1 * RNG.normal(size=(5, 5)), 5)),
    (first_of_others, (RNG.normal(size=5),)),
    (first_of_all, (0.3 * RNG.normal(size=5),)),
    (last_of_all, (RNG.normal(size=5),)),
    (through_a_view, (RNG.normal(size=5),)),
    (overwritten_again, (RNG.normal(size=5),)),
    (one_place_written_twice, (RNG.normal(size=5),)),
    (index_that_moves, (RNG.normal(size=5), np.array([0, 2]))),
    (bounds_that_move, (RNG.normal(size=6), 5)),
    (parameters, (RNG.normal(size=2), RNG.normal(size=7))),
]


@pytest.mark.parametrize(("f", "args"), CASES)
def test_the_compiled_text_gives_the_same(f, args):
    with zg.options(backend="python"):
        expected = zg.gradient(f, *args)
    same_as_written(f, args, expected)


@pytest.mark.parametrize("f", [triangle, first_of_others, overwritten_again, parameters])
def test_elements_are_held(f):
    assert "element" in written(f, *dict(CASES)[f])


@pytest.mark.parametrize("f", [with_itself, first_of_all, last_of_all, through_a_view])
def test_elements_that_the_loop_comes_to_otherwise_stay_in_memory(f):
    forward = written(f, *dict(CASES)[f]).partition("# backward")[0]
    assert "element" not in forward


def test_an_element_is_held_in_compiled_code():
    A = RNG.normal(size=(5, 5))
    with zg.options(backend="python"):
        expected = zg.gradient(triangle, A, 5)[0]
    with zg.options(backend="numba"):
        assert np.allclose(zg.gradient(triangle, A, 5)[0], expected, rtol=1e-12, atol=1e-14)


def in_front_of_empty_loops(w, n):
    y = np.zeros(n)
    for i in range(n + 1):
        for j in range(n - i):
            y[j] += w[i] * w[i] * (j + 1)
    return np.sum(y * y)


def one_of_two(w, n):
    y = np.zeros(n)
    for i in range(n):
        for j in range(n):
            y[j] += (w[i - 1] if i > 0 else 0.5) * w[j]
    return np.sum(y * y)


def test_an_element_that_need_not_exist_is_read_no_sooner_than_it_is_used():
    w = RNG.normal(size=4)
    with zg.options(backend="python"):
        expected = zg.gradient(in_front_of_empty_loops, w, 4)[0]
    with zg.options(backend="numba", cache=False):
        grad = zg.grad(in_front_of_empty_loops, 0)
        for _ in range(3):
            assert np.allclose(grad(w, 4), expected, rtol=1e-12)
        found = ready(bind(in_front_of_empty_loops, (w, 4), {}), Question((True, False), loss_only=True))
        (executable,) = found.executables.values()
        assert np.allclose(executable(w, 4)[0], expected, rtol=1e-12)


def test_what_is_not_chosen_is_not_read():
    source = written(one_of_two, RNG.normal(size=4), 4).partition("# backward")[0]
    assert "element" not in source
