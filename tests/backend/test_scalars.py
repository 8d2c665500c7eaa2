"""Functions of numbers that loops are made of have compiled forms."""

import math

import numpy as np

from tests.oracle import check


def rounding(x, n):
    s = 0.0
    for i in range(1, n):
        y = x * i
        s += (math.floor(y) + math.ceil(y) + math.trunc(y) + round(y) + int(y)) * x
        s += np.round(y) * x + np.floor(y) * x
    return s


def powers(x, n):
    s = 0.0
    for i in range(1, n):
        s += pow(x, 3) + pow(x, i) + math.pow(x, 2.5) + math.fmod(x * i, 0.3) + divmod(x * i, 0.3)[1] + math.cbrt(x * i)
    return s


def bits(x, n):
    s = 0.0
    for i in range(1, n):
        s += ((i & 3) + (i | 1) + (i ^ 2) + (i << 2) + (i >> 1) + math.gcd(i, 6)) * x * x
        if math.isnan(x) or math.isinf(x) or not math.isfinite(x):
            s = 0.0
    return s + np.float64(x)


def test_numbers_in_compiled_loops():
    for f in (rounding, powers, bits):
        check(f, 0.77, 5, compile=True, second=False)


def test_a_distance_of_lists():
    check(lambda x: math.dist([x[0], 1.0], [0.0, x[1] * x[0]]), np.array([0.7, 1.3]))
