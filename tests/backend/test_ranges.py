"""Statements that are compiled without checks of their indices, since these are known to stay in their arrays."""

import contextlib
import itertools
import random

import numpy as np
import pytest

import zygote_nb as zg
from tests.as_written import run
from tests.lowered import stages
from tests.random_programs import Program, seeded
from zygote_nb.backend import inequalities
from zygote_nb.backend.emit import WITHIN
from zygote_nb.backend.entry import text
from zygote_nb.backend.plan import NotCompiled

RNG = np.random.default_rng(7)


def text_of(f, *args):
    return str(zg.code_adjoint(f, *args, backend="numba"))


def unchecked(f, *args):
    return [line.split("#")[0].strip() for line in text_of(f, *args).splitlines() if line.endswith(WITHIN)]


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
    return A[n - 1, n - 1]


def distances(points, centres):
    total = 0.0
    for i in range(points.shape[0]):
        for c in range(centres.shape[0]):
            for j in range(points.shape[1]):
                total += (points[i, j] - centres[c, j]) ** 2
    return total


def lagged(x, n):
    total = 0.0
    for i in range(n):
        total += x[i] * x[i - 1]
    return total


def shifted(x, n):
    total = 0.0
    for i in range(1, n - 1):
        total += (x[i - 1] + x[i + 1]) * x[i]
    return total


def chosen(x, index):
    total = 0.0
    for i in range(index.shape[0]):
        total += x[index[i]] * x[i]
    return total


def in_a_branch(x, n):
    total = 0.0
    for i in range(n):
        if i < n - 1:
            total += x[i] * x[i + 1]
    return total


def never_run(x, W, m):
    total = 0.0
    for i in range(x.shape[0]):
        for j in range(m):
            total += x[i] * W[i, j]
        total += x[i]
    return total


def until_found(x, n):
    total = 0.0
    for i in range(n):
        if x[i] > 0.9:
            break
        total += x[i] * x[i]
    return total


def rebound(x, n):
    total, k = 0.0, 0
    for i in range(n):
        total += x[k] * x[i]
        k = 2 * i
        if k >= n:
            k = n - 1
    return total


SQUARE = np.eye(5) + 0.01


@pytest.mark.parametrize(
    ("f", "args"),
    [
        (distances, (RNG.normal(size=(4, 2)), RNG.normal(size=(2, 3)))),
        (distances, (RNG.normal(size=(0, 2)), RNG.normal(size=(2, 1)))),
        (lagged, (RNG.normal(size=5), 5)),
        (chosen, (RNG.normal(size=5), np.array([4, -1, 2]))),
        (until_found, (np.array([0.1, 0.5, 1.0]), 9)),
        (rebound, (RNG.normal(size=5), 5)),
    ],
)
def test_compiled_gradients_are_those_of_the_interpreter(f, args):
    with zg.options(backend="python"):
        expected = zg.gradient(f, *args)
    with zg.options(backend="numba"):
        for found, wanted in zip(zg.gradient(f, *args), expected, strict=True):
            assert np.all(np.equal(found, wanted))


@pytest.mark.parametrize(
    ("f", "args"),
    [
        (cholesky, (SQUARE, 6)),
        (lagged, (RNG.normal(size=5), 6)),
        (in_a_branch, (RNG.normal(size=5), 6)),
        (shifted, (RNG.normal(size=5), 2**62)),
    ],
)
def test_what_leaves_an_array_raises_as_in_python(f, args):
    with pytest.raises(IndexError), zg.options(backend="numba"):
        zg.gradient(f, *args)


def test_an_integer_that_wraps_around_is_left_to_the_interpreter():
    with zg.options(backend="numba"):
        assert np.all(zg.gradient(shifted, np.ones(3), -(2**63))[0] == 0.0)


def test_loops_need_no_checks_where_one_comparison_says_enough():
    assert any("A[i, k] * A[j, k]" in line for line in unchecked(cholesky, SQUARE, 5))
    assert "if n > A0.shape[0] or n > A0.shape[1]:" in text_of(cholesky, SQUARE, 5)
    assert any("d_points[i, j] +=" in line for line in unchecked(distances, np.ones((4, 3)), np.ones((2, 3))))


def test_what_depends_on_numbers_in_arrays_is_checked():
    assert not any("index[i]" in line and "x[" in line for line in unchecked(chosen, np.ones(3), np.array([1])))
    assert not any("i - 1" in line for line in unchecked(lagged, np.ones(3), 3))


def test_an_empty_loop_over_a_short_array_stays_compiled():
    module = stages(never_run, np.ones(4), np.ones((0, 0)), 0).derived.module
    run(text(module), [np.ones(4), np.zeros((0, 0)), 0, 1.0])


def random_source(rng):
    """Nested loops whose bounds and indices are sums of what is at hand, in an order that may go wrong."""
    sums = [
        "{0}",
        "{0} + 1",
        "{0} - 1",
        "{0} - {1}",
        "{0} + {1}",
        "n - {0}",
        "2 * {0}",
        "0",
        "n",
        "m",
        "x.shape[0]",
        "n - 1 - {0}",
    ]
    lines, around = ["def f(x, y, n, m):", "    total = 0.0"], ["n", "m"]
    depth = 1

    def some():
        return str(rng.choice(sums)).format(*(str(rng.choice(around)) for _ in range(2)))

    for number in range(int(rng.integers(1, 4))):
        var = "ijk"[number]
        bounds = f"{some()}, {some()}, {rng.choice([1, 1, 1, -1, 2])}"
        lines.append("    " * depth + f"for {var} in range({bounds}):")
        around.append(var)
        depth += 1
        for _ in range(int(rng.integers(0, 3))):
            match int(rng.integers(5)):
                case 0:
                    lines.append("    " * depth + f"total += x[{some()}] * y[{some()}, {some()}]")
                case 1:
                    lines.append("    " * depth + f"if {some()} < {some()}:")
                    lines.append("    " * (depth + 1) + f"total += x[{some()}] * x[{some()}]")
                case 2:
                    lines.append("    " * depth + f"total = total * 0.5 + x[{some()}]")
                case 3:
                    lines.append("    " * depth + f"q = {some()}")
                    around.append("q") if "q" not in around and number == 0 else None
                case 4:
                    lines.append("    " * depth + f"if x[{some()}] > 2.0:")
                    lines.append("    " * (depth + 1) + "break")
        lines.append("    " * depth + f"total += x[{some()}] * x[{some()}]")
    lines += ["    return total"]
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("seed", range(40))
def test_no_line_without_a_check_leaves_an_array(seed):
    """Random loops, at random sizes: they raise, or stay in range where they say so."""
    rng = np.random.default_rng(seed)
    f = Program(random_source(rng)).function()
    args = rng.normal(size=4), rng.normal(size=(4, 3)), 3, 2
    try:
        made = text(stages(f, *args).derived.module)
    except (zg.ZygoteError, NotCompiled):
        pytest.skip("refused")
    for _ in range(12):
        n, m = (int(k) for k in rng.integers(-1, 7, size=2))
        shape = rng.integers(0, 7, size=3)
        given = [rng.normal(size=shape[0]), rng.normal(size=tuple(shape[1:])), n, m, 1.0]
        try:
            run(made, given)
        except (IndexError, RuntimeError, UnboundLocalError, NameError):
            continue


@pytest.mark.parametrize("seed", range(15))
def test_no_line_of_other_programs_does(seed):
    p = seeded(seed)
    try:
        made = text(stages(p.function(), *p.arguments()).derived.module)
    except (zg.ZygoteError, NotCompiled):
        pytest.skip("not compiled")
    with contextlib.suppress(ValueError, RuntimeError, IndexError, TypeError, NameError, ArithmeticError):
        run(made, [*p.arguments(), 1.0])


def by_size(x, y):
    total = 0.0
    for i in range(x.size - 1):
        total += x[i] * x[i + 1]
    for i in range(y.size):
        total += y[i, 0]
    return total


def test_the_size_of_a_vector_is_its_length():
    """That of a matrix is not."""
    x, y = RNG.normal(size=5), RNG.normal(size=(4, 1))
    found = unchecked(by_size, x, y)
    assert any("d_x[i + 1]" in line for line in found)
    assert not any("d_y" in line for line in found)
    with zg.options(backend="numba"):
        for n in (0, 1, 2, 5):
            expected = np.zeros(n)
            expected[1:] += x[: n - 1] if n else []
            expected[:-1] += x[1:n]
            np.testing.assert_allclose(zg.gradient(by_size, x[:n], y)[0], expected)
        with pytest.raises(IndexError):
            zg.gradient(by_size, x, RNG.normal(size=(2, 2)))


def test_what_follows_from_inequalities_is_true():
    """Against all integers of a small range; proofs in steps are found where elimination finds one, too."""
    draw = random.Random(5)
    names = ("a", "b", "c")
    points = [dict(zip(names, p, strict=True)) for p in itertools.product(range(-3, 4), repeat=3)]

    def form():
        terms = {n: draw.choice((-2, -1, 1, 1)) for n in draw.sample(names, draw.randint(1, 2))}
        return tuple(sorted(terms.items())), draw.randint(-2, 2)

    def value(f, point):
        return sum(k * point[n] for n, k in f[0]) + f[1]

    shown = in_steps = 0
    for _ in range(3000):
        facts, claim, counted = (
            tuple(form() for _ in range(draw.randint(1, 5))),
            form(),
            {"c"} if draw.random() < 0.5 else set(),
        )
        known = inequalities.Facts(facts[:1]).and_also(facts[1:])
        if not known.follows(claim, counted):
            continue
        shown += 1
        in_steps += known.follow_in_steps(claim, counted, inequalities.MOST_STEPS)
        for p in points:
            if all(value(f, p) >= 0 for f in facts) and all(p[n] >= 0 for n in counted):
                assert value(claim, p) >= 0
    assert shown > 300
    assert in_steps > 0.5 * shown
