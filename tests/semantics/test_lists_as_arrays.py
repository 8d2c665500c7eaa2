"""Lists that grow, given to functions of NumPy that take an array: the derivative is that of an array of the items."""

import itertools

import numpy as np
import pytest

from tests.oracle import check


def powers(x):
    found = []
    for i in range(4):
        found.append(x**i)
    return found


def total(x):
    return np.sum(powers(x))


def average(x):
    return np.mean(powers(x))


def deviation(x):
    return np.std(powers(x))


def variance(x):
    return np.var(powers(x))


def product(x):
    return np.prod(powers(x))


def largest(x):
    return np.max(powers(x))


def last_of_cumulative(x):
    return np.cumsum(powers(x))[-1]


def length(x):
    return np.linalg.norm(powers(x))


def inner(x):
    return np.dot(powers(x), [1.0, 2.0, 3.0, 4.0])


def elementwise(x):
    return np.sum(np.sin(powers(x)))


def map_of_states(r):
    xs = [0.4]
    for _ in range(10):
        xs.append(r * xs[-1] * (1 - xs[-1]))
    return np.var(xs)


@pytest.mark.parametrize(
    "f",
    [
        total, average, deviation, variance, product, largest, last_of_cumulative, length, inner, elementwise,
        map_of_states,
    ],
)  # fmt: skip
def test_reductions_of_a_list_that_grew(f):
    check(f, 1.3, compiles=f is not largest)  # x**3 is the largest


def energy(x):
    e = 0.0
    for i, j in itertools.combinations(range(len(x)), 2):
        e += 1.0 / (x[i] - x[j]) ** 2
    return e


def test_pairs_of_a_range():
    check(energy, np.array([0.3, 1.1, 2.0, 3.4]))


X3 = np.array([0.7, -1.2, 2.5])


def chosen_by_a_list(x):
    return np.choose([0, 1, 0], [x, x**2]).sum()


def interpolated_in_lists(x):
    return np.interp(x[0], [0, 1, 2], [0.0, 2.0, 1.0]) + np.interp(0.3, [0, 1], [x[1], x[2]])


def weighted_by_a_list(x):
    return np.average(x * x, weights=[1, 2, 3]) + np.trapezoid(x, x=[0, 1, 3])


def slopes(x):
    return np.gradient(x, 0.5)[1] * np.gradient(x, [0.0, 1.0, 3.0])[0]


def running_products(x):
    return list(itertools.accumulate(x, lambda a, b: a * b))[2] * sum(list(itertools.accumulate(x)))


@pytest.mark.parametrize("f", [chosen_by_a_list, interpolated_in_lists, weighted_by_a_list, slopes, running_products])
def test_lists_that_stand_for_data(f):
    # Of lists of places `np.gradient` has as many derivatives as entries: compiled code leaves that to the interpreter.
    check(f, X3, compiles=False, backends=("python",) if f is slopes else None)


def lists_that_grow_are_stored(x):
    y, z, tripled = x * x, np.outer(x, x), []
    y[:] = [v * y[0] for v in y]
    y[[0, 1]] = [v for v in y[2:4]]
    y[y > 2.0] = [v * x[0] for v in y if v > 2.0]
    for v in x:
        tripled.append(v * 3.0)
    z[0] = [v * v for v in x]
    z[1:3] = [row * 2.0 for row in z[2:4]]
    z[:, 1] = tripled
    tripled[0] = 9.0
    return np.sum(y * y) + np.sum(z * z * x)


def test_lists_that_grow_are_stored_in_arrays():
    check(lists_that_grow_are_stored, np.linspace(0.3, 1.7, 6), written=True)
