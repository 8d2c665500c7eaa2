"""Tuples, objects and lists are held in variables called after them and their parts: never in one of the user's."""

from dataclasses import dataclass

import numpy as np
import pytest

import zygote_nb as zg
from tests.as_written import same_as_written
from tests.oracle import check, same_compiled

X = np.array([0.7, 0.3, 1.1, 0.5])


@dataclass
class P:
    x: float
    v: np.ndarray


def pair_beside(x, s):
    q = (x[0], x[1])
    q_0 = q[1] * 2
    q = (q[1], q_0)
    q_0 = s
    return q[0] * q_0 + q[1]


def pair_in_a_loop(x, s):
    q = (x[0], x[1])
    for q_0 in x:
        q = (q[1] * q_0, q[0])
    return q[0] * q_0 + q[1] * s


def pair_of_a_pair(x, s):
    q = ((x[0], x[1]), s)
    q_0 = (s, x[2])
    return q[0][1] * q_0[1] + q[0][0] * q_0[0]


def item_of_a_loop(x, s):
    y_0 = s
    for y in zip(x, x[::-1], strict=True):
        y_0 = y_0 * y[0] + y[1]
    return y_0 * y[0]


def bounds_of_a_slice(x, s):
    w_start = 1
    w = slice(w_start, w_start + 2)
    w_start, w_stop = 0, 1
    return (x[w] * s).sum() + x[w_start] * x[w_stop]


def given_or_not(x, s):
    q_given, q = s * 2, None
    for v in x:
        if v > 0.4 and q is None:
            q = v * q_given
        q_given = q_given + 1
    return q_given if q is None else q * q_given


def results(x, s):
    def both(a):
        both_out_0 = a * s
        if a > 0.5:
            return s, both_out_0
        return both_out_0, a

    p, q = both(x[0])
    both_out_1 = p * q
    u, v = both(x[1])
    return u * v * both_out_1


def taken(q, q_0, q_1=2.0):
    q_1 = q_1 * q_0
    for _ in range(3):
        q_0 = q_0 * q[0] + q[1]
        q = (q[1], q_0 * q_1)
    return q[0] * q_1


def taken_by_a_callee(x, s):
    return taken((x[0], x[1]), s) * taken((s, x[1]), x[2], x[3])


def captured(x, s):
    captured = s * 2
    captured_s = captured + 1

    def run(n, v):
        captured_x = v * s
        return v if n == 0 else run(n - 1, captured_x * x[n])

    return run(3, captured) * captured_s


def entry_beside_a_pair(x, s):
    d = {"a": (x[0], s), "a_0": x[1], "a_0_": x[2]}
    d["a_0"] = d["a"][0] * d["a_0"]
    d["a"] = (d["a_0"], d["a"][1] * 2)
    d["a_0"] = 3 * s
    d["a_0_"] = d["a_0_"] * s
    return d["a"][0] * d["a_0"] + d["a"][1] * d["a_0_"]


def attribute_beside_a_pair(x, s):
    p = P(s, x)
    p.v_0 = x[0]
    p.v = (s, x[1])
    p.v_1 = x[2]
    p.v = (p.v[1] * p.v_0, p.v[0] * p.v_1)
    p.v_0 = 2 * s
    return p.v[0] * p.v_0 + p.v[1] * p.v_1


def variable_of_a_comprehension(x, s):
    q = (s, x[0])
    r = [q_0 * q[0] for q_0 in x]
    q = (q[1], r[0])
    return sum(q_1 * q[1] for q_1 in r) * q[0]


PROGRAMS = (
    pair_beside, pair_in_a_loop, pair_of_a_pair, item_of_a_loop, bounds_of_a_slice, given_or_not, results,
    taken_by_a_callee, captured, entry_beside_a_pair, attribute_beside_a_pair, variable_of_a_comprehension,
)  # fmt: skip


@pytest.mark.parametrize("f", PROGRAMS, ids=lambda f: f.__name__)
def test_of_a_program(f) -> None:
    check(f, X, 0.8)


def entries_of_one_name(d, s):
    return d["a"][0] * d["a_0"] * s + d["a"][1] + d["b"]["c"] * d["b_c"] + d[1] * d["1"]


def local_beside_an_argument(d, s):
    d_a_0 = d["a"][1] * s
    return d["a"][0] * d_a_0 + d["a_0"]


def argument_beside_an_argument(q, q_0):
    return q[0] * q_0 + q[1] * q_0**2


def test_of_arguments() -> None:
    d = {"a": (0.3, 0.7), "a_0": 0.5, "b": {"c": 0.2}, "b_c": 0.9, 1: 0.4, "1": 0.6}
    check(entries_of_one_name, d, 0.8)
    check(local_beside_an_argument, d, 0.8)
    check(argument_beside_an_argument, (0.3, 0.7), 0.6)


def attribute_beside_a_local(p, s):
    p_x = s * 2
    return p.x * p_x + (p.v * p_x).sum()


def test_of_an_object() -> None:
    (p, s) = zg.gradient(attribute_beside_a_local, P(0.7, X), 0.8)
    assert p.x == pytest.approx(1.6)
    assert s == pytest.approx(2 * (0.7 + X.sum()))
    np.testing.assert_allclose(p.v, 1.6)


def memory_for_a_gradient(x, n):
    out_x = x * 2
    s = 0.0
    for i in range(n):
        out_x[i] = out_x[i] * x[i] * out_x[i - 1]
        s += out_x[i]
    return s + (out_x * x).sum()


def test_of_what_compiled_code_is_given() -> None:
    grads = check(memory_for_a_gradient, X, 4)
    same_as_written(memory_for_a_gradient, (X, 4), grads)
    same_compiled(memory_for_a_gradient, X, 4)


def generated_under_a_number(x, n):
    def products():
        __2 = x[0]
        for i in range(n):
            __2 = __2 * x[1]
            yield __2

    s = 0.0
    for v in products():
        s += v
    return s


class _3:
    def __init__(self, w):
        self.w = w


def objects_of_a_class_like_a_number(x, n):
    s = 0.0
    for o in [_3(x[i]) for i in range(n)]:
        s += o.w**2
    return s


@pytest.mark.parametrize("f", [generated_under_a_number, objects_of_a_class_like_a_number])
def test_of_what_is_a_number_but_for_its_first_letter(f) -> None:
    check(f, X, 2)
