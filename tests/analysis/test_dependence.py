"""A store is left as it is only where no adjoint before it reads the element: programs that differ in an index."""

import numpy as np
import pytest

import zygote_nb as zg
from tests.oracle import FULL, check
from tests.random_loops import loaded, random_loops
from zygote_nb.analysis.linear import combined, constant, possible, variable

RNG = np.random.default_rng(11)
V = RNG.uniform(0.5, 1.5, size=5)
SPD = np.eye(4) * 4.0 + np.outer(V[:4], V[:4])

i, j, n = variable("i"), variable("j"), variable("n")


def at_least(a, b, by=0):
    return combined(combined(a, b, -1), constant(-by))


def test_inequalities() -> None:
    assert possible([at_least(i, constant(0)), at_least(n, i, 1)])
    assert not possible([at_least(i, j, 1), at_least(j, i)])
    assert not possible([at_least(i, constant(0)), at_least(j, i, 1), at_least(n, j, 1), at_least(constant(1), n)])
    assert not possible([(((("i", 2)),), -1), ((("i", -2),), 1)]), "no integer is a half"


def cholesky(A0, n):
    A = A0.copy()
    for i in range(n):
        for j in range(i):
            for k in range(j):
                A[i, j] -= A[i, k] * A[j, k]
            A[i, j] /= A[j, j]
        for k in range(i):
            A[i, i] -= A[i, k] * A[i, k]
        A[i, i] = np.sqrt(A[i, i])
    s = 0.0
    for i in range(n):
        s += np.log(A[i, i])
    return s


def eliminated(A0, n):
    A = A0.copy()
    for k in range(n):
        for i in range(k + 1, n):
            A[i, k] /= A[k, k]
            for j in range(k + 1, n):
                A[i, j] -= A[i, k] * A[k, j]
    return np.sum(A * A)


def substituted(A, b, n):
    x = b.copy()
    for i in range(n):
        for j in range(i):
            x[i] -= A[i, j] * x[j]
        x[i] /= A[i, i]
    return np.sum(x)


def substituted_from_below(A, b, n):
    x = b.copy()
    for i in range(n - 1, -1, -1):
        for j in range(i + 1, n):
            x[i] -= A[i, j] * x[j]
    return np.sum(x * x)


def read_by_the_next(x, n):
    y = x.copy()
    for i in range(1, n):
        y[i] = y[i - 1] * y[i]
    return np.sum(y)


def read_by_the_one_before(x, n):
    y = x.copy()
    for i in range(n - 1):
        y[i] = y[i + 1] * y[i + 1]
    return np.sum(y)


def from_the_end(x, n):
    y = x.copy()
    for i in range(n - 1):
        y[i + 1] = y[i - 1] * y[0]
    return np.sum(y)


def two_sweeps(x, n):
    y = x.copy()
    for i in range(n - 1):
        y[i + 1] = y[i + 1] + y[i] * y[i]
    for i in range(n - 1):
        y[i] = 2.0 * y[i + 1]
    return np.sum(y)


def again_and_again(x, n):
    y = x.copy()
    for _ in range(3):
        for i in range(1, n):
            y[i] = 0.5 * y[i] + y[i - 1] * y[i - 1]
    return np.sum(y)


def while_it_lasts(x, n):
    y = x.copy()
    k = 0
    while k < 3:
        for i in range(1, n):
            y[i] += np.sin(y[i - 1])
        k += 1
    return np.sum(y)


def through_a_view(x, n):
    y = x.copy()
    z = y[1:]
    for i in range(1, n - 1):
        y[i] += z[i] * z[i]
    return np.sum(y)


def asked_before(x, n):
    y = x.copy()
    s = 0.0
    for i in range(1, n):
        if y[i - 1] > 1.0:
            s += y[i] ** 2
        y[i - 1] = 0.5
    return s + np.sum(y)


def moving_end(x, n):
    y = x.copy()
    m = n
    for _ in range(n - 1):
        m -= 1
        for i in range(m):
            y[i] = y[i] + y[m] * y[m]
    return np.sum(y)


def read_again(x, n):
    y = x.copy()
    s = 0.0
    for i in range(1, n):
        t = y[i - 1] * y[i]
        y[i] = t * t + y[i]
        s += np.sin(t)
    return s + np.sum(y)


def write(y, n):
    for i in range(1, n):
        y[i] += y[i - 1] * y[i - 1]


def by_a_callee(x, n):
    y = x.copy()
    s = np.sum(y * y)
    write(y, n)
    return s * np.sum(y)


def filled_anew(x, n):
    s = 0.0
    for i in range(n):
        y = np.empty(n)
        for j in range(n):
            y[j] = x[j] * x[i]
        y[1:] = x[1:]
        s += y[i] * y[0] * y[i - 1] * np.sum(y * y)
    return s


def read_in_between(x, n):
    s = 0.0
    for i in range(n):
        y = x * x
        s += y[i] * y[0]
        y[:] = x[i]
        s += y[i] ** 3
    return s


def another_name_goes_on(x, n):
    z = x.copy()
    s = 0.0
    for i in range(n):
        y = np.zeros(n)
        y[i] = x[i]
        z[0] = z[i] * x[0] + y[i]
        s += z[0] ** 2 + y[i] ** 2
        z = y
        z[1] = x[1] * x[i]
    return s


def made_now_and_then(x, n):
    y = x.copy()
    s = 0.0
    for i in range(n):
        if i % 2:
            y = np.zeros(n)
        y[i] = y[i - 1] + x[i]
        s += y[i] * y[i] * y[i - 1]
    return s


def kept_on_a_list(x, n):
    made = []
    s = 0.0
    for i in range(n):
        y = np.zeros(n)
        y[i] = x[i]
        made.append(y)
        s += made[0][0] * made[0][1] * y[i]
        made[0][1] = x[i] * x[i]
    return s


def used_after_the_loop(x, n):
    y = x.copy()
    for i in range(n):
        y = x * (i + 1.0)
        y[i] = x[i] * x[i]
    return np.sum(y * y)


def made_in_a_loop_of_a_loop(x, n):
    s = 0.0
    for i in range(n):
        z = np.ones(n)
        for j in range(n):
            y = z[1:]
            y[j - 1] = x[j] * x[i]
            s += y[j - 1] * y[0] * z[0] * y[1]
        z[0] = s * x[0]
        s += z[0] * z[1]
    return s


def a_callee_writes_to_it(x, n):
    s = 0.0
    for i in range(n):
        y = x * x[i]
        write(y, n)
        s += y[i] * y[i]
    return s


PROGRAMS = [
    (cholesky, (SPD, 4)),
    (eliminated, (SPD, 4)),
    (substituted, (SPD, V[:4], 4)),
    (substituted_from_below, (SPD, V[:4], 4)),
    *((f, (V, 5)) for f in (
        read_by_the_next, read_by_the_one_before, from_the_end, two_sweeps, again_and_again, while_it_lasts,
        through_a_view, asked_before, moving_end, read_again, by_a_callee, filled_anew, read_in_between,
        another_name_goes_on, made_now_and_then, kept_on_a_list, used_after_the_loop, made_in_a_loop_of_a_loop,
        a_callee_writes_to_it,
    )),
]  # fmt: skip


@pytest.mark.parametrize(("program", "args"), PROGRAMS, ids=lambda p: getattr(p, "__name__", ""))
def test_gradients_are_right(program, args) -> None:
    check(program, *args)


def test_nothing_is_kept() -> None:
    text = str(zg.code_adjoint(substituted_from_below, SPD, V[:4], 4))
    assert "old" not in text
    assert "tape" not in text


def test_memory_of_an_iteration_is_not_undone_and_has_its_adjoint_on_the_way_back() -> None:
    forward, backward = str(zg.code_adjoint(filled_anew, V, 5)).split("# backward")
    assert "old_y" not in forward
    assert "d_y" not in forward
    assert "d_y = np.zeros_like(y)" in backward


def test_what_the_inner_loops_of_a_factorisation_overwrite_is_not_kept() -> None:
    assert str(zg.code_adjoint(cholesky, SPD, 4)).count(".append") == 1


@pytest.mark.parametrize("seed", range(400 if FULL else 6))
def test_random_indices(seed, tmp_path) -> None:
    source = random_loops(np.random.default_rng(seed), "y")
    module = loaded(source, tmp_path / f"random_indices_{seed}.py")
    check(module.f, RNG.uniform(0.5, 0.9, size=6), 6, modes=False, second=False, flat=True)
