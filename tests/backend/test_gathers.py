"""What statements add to shifted parts of an array is gathered: fewer ways through memory, the same numbers."""

import random

import numpy as np
import pytest

import zygote_nb as zg
from tests.as_written import run, same_as_written, written
from tests.lowered import stages
from tests.oracle import check
from tests.random_programs import Program
from zygote_nb.backend.entry import text

RNG = np.random.default_rng(11)


def matrix(n, m):
    return RNG.normal(size=(n, m))


def differences(x, w):
    d = x[1:] - x[:-1]
    return np.sum(d * d * w[1:])


def relaxed(p, b, steps):
    p = p.copy()
    for _ in range(steps):
        old = p.copy()
        p[1:-1, 1:-1] = 0.25 * (old[1:-1, 2:] + old[1:-1, :-2] + old[2:, 1:-1] + old[:-2, 1:-1] - b[1:-1, 1:-1])
        p[:, -1] = p[:, -2]
    return np.sum(p * p * b)


def waves(e, f, h, steps):
    e, f, h = e.copy(), f.copy(), h.copy()
    for _ in range(steps):
        f[1:, :] -= 0.5 * (h[1:, :] - h[:-1, :])
        e[:, 1:] -= 0.5 * (h[:, 1:] - h[:, :-1])
        h[:-1, :-1] -= 0.7 * (e[:-1, 1:] - e[:-1, :-1] + f[1:, :-1] - f[:-1, :-1])
    return np.sum(h * h * e)


def of_higher_order(u, steps):
    u = u.copy()
    for _ in range(steps):
        u[2:-2] = u[2:-2] + 0.1 * (-u[4:] + 16.0 * u[3:-1] - 30.0 * u[2:-2] + 16.0 * u[1:-3] - u[:-4])
    return np.sum(u * u)


def rows(u, steps):
    """One row of a matrix at a time: its number is the same for all elements."""
    u = u.copy()
    for k in range(1, steps):
        u[k, 1:-1] = u[k - 1, 2:] - 3.0 * u[k - 1, 1:-1] + u[k - 1, :-2]
    return np.sum(u * u)


def of_levels(u, w):
    """Neighbours along two of three axes."""
    lap = 4.0 * u[1:-1, 1:-1] - (u[2:, 1:-1] + u[:-2, 1:-1] + u[1:-1, 2:] + u[1:-1, :-2])
    return np.sum(lap * lap * w[1:-1, 1:-1])


def changed_between(u, v):
    """What the one adds is half of what the other one adds, and a third reads neither."""
    u = u.copy()
    u[:-1] += v[1:]
    u *= 2.0
    u[1:] += v[:-1]
    u[1:] += 3.0 * v[1:]
    return np.sum(u * u)


def of_itself(u, steps):
    u = u.copy()
    v = u
    for _ in range(steps):
        v[1:-1] = 0.3 * (u[2:] - u[:-2]) + v[1:-1] * u[:-2]
    return np.sum(u * v)


def through_views(u, w):
    u = u.copy()
    inner, before = u[1:-1], u[:-2]
    inner[:] = inner * w[1:-1] + 0.5 * (before - u[2:])
    return np.sum(u[1:] * before[0]) + np.sum(inner * inner)


CASES = {
    "differences": (differences, lambda n, m: (matrix(n, 1)[:, 0], matrix(n, 1)[:, 0])),
    "relaxed": (relaxed, lambda n, m: (matrix(n, m), matrix(n, m), 2)),
    "waves": (waves, lambda n, m: (matrix(n, m), matrix(n, m), matrix(n, m), 2)),
    "higher order": (of_higher_order, lambda n, m: (matrix(n, m), 2)),
    "rows": (rows, lambda n, m: (matrix(n, m), n)),
    "levels": (of_levels, lambda n, m: (RNG.normal(size=(n, m, 3)), RNG.normal(size=(n, m, 3)))),
    "changed between": (changed_between, lambda n, m: (matrix(n, m), matrix(n, m))),
    "of itself": (of_itself, lambda n, m: (matrix(n, m), 2)),
    "views": (through_views, lambda n, m: (matrix(n, m), matrix(n, m))),
}
SIZES = [(1, 1), (2, 3), (3, 3), (4, 5)]
GATHERED = {
    "relaxed": "= out_p[i + 2, j + 2] + g4[i + 1, j] + g4[i + 1, j + 2] + g4[i, j + 1] + g4[i + 2, j + 1]",
    "waves": "out_h[i, j + 1] = out_h[i, j + 1] + -0.5 * out_e[i, j + 1] - -0.5 * out_e[i, j + 2]",
    "levels": "- d_lap[i + 1, j, k] - d_lap[i + 1, j + 2, k]",
}


@pytest.mark.parametrize("name", CASES)
def test_numbers(name):
    f, args = CASES[name]
    check(f, *args(6, 5), written=True)


@pytest.mark.parametrize("name", GATHERED)
def test_each_element_is_written_to_once(name):
    f, args = CASES[name]
    assert GATHERED[name] in written(f, *args(6, 5))


def test_what_changes_between_is_read_before():
    text = written(changed_between, matrix(4, 4), matrix(4, 4))
    assert ">= " not in text


@pytest.mark.parametrize("name", ["relaxed", "waves"])
def test_compiled(name):
    f, args = CASES[name]
    check(f, *args(7, 6), compile=True)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", CASES)
def test_of_all_sizes(name, size):
    f, args = CASES[name]
    args = args(*size)
    try:
        with zg.options(backend="python"):
            expected = zg.gradient(f, *args)
    except (ValueError, IndexError):
        return
    same_as_written(f, args, expected)


@pytest.mark.parametrize("name", ["differences", "waves", "levels"])
@pytest.mark.parametrize("size", [(2, 2), (2, 3), (3, 2), (3, 4)])
def test_small_arrays_are_not_left_to_the_interpreter(name, size):
    """``run`` raises where the text gives up."""
    f, make = CASES[name]
    args = make(*size)
    made = text(stages(f, *args).derived.module)
    run(made, (*args, *(1.0,) * (len(made.plan.params) - len(args))))


def shifted_programs(seed):
    """A function of three arrays, which copies one and adds products of parts to parts of them, for some steps."""
    pick = random.Random(seed)
    rank = pick.choice((1, 2, 2, 2, 3))
    trimmed = [pick.choice((0, 1, 2)) for _ in range(rank)]

    def part(name):
        first = [pick.randrange(k + 1) for k in trimmed]
        parts = (f"{a or ''}:{a - k or ''}" for a, k in zip(first, trimmed, strict=True))
        return f"{name}[{', '.join(parts)}]"

    def term():
        factor = pick.choice(("", "0.5 * ", "a * ", f"{part('R')} * "))
        return factor + part(pick.choice("UVWTT"))

    lines = [f"T = {pick.choice('UVW')}.copy()"]
    for _ in range(1 + pick.randrange(4)):
        value = pick.choice((" + ", " - ")).join(term() for _ in range(1 + pick.randrange(4)))
        lines.append(f"{part(pick.choice('UVW'))} {pick.choice(('=', '=', '+=', '-='))} 0.3 * ({value})")
    body = "".join(f"        {line}\n" for line in lines)
    source = (
        "import numpy as np\n\n\ndef f(U, V, W, R, a, n):\n    U, V, W = U.copy(), V.copy(), W.copy()\n"
        f"    for _ in range(n):\n{body}    return np.sum(U * U * R) + np.sum(V * U) + np.sum(W * W)\n"
    )
    shape = tuple(pick.randrange(3, 6) for _ in range(rank))
    return Program(source).function(), (*(RNG.normal(size=shape) for _ in range(4)), 0.7, 2)


@pytest.mark.parametrize("seed", range(12))
def test_random_parts(seed):
    f, args = shifted_programs(seed)
    with zg.options(backend="python"):
        expected = zg.gradient(f, *args)
    same_as_written(f, args, expected)
