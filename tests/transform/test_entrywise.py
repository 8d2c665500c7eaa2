"""Programs with vectors of a few entries, compiled as programs of numbers: right, or left to others."""

import linecache

import numpy as np
import pytest

import zygote_nb as zg
from benchmarks.kernels.vision import hand_errors, hands, observations, reprojection
from tests.oracle import FULL
from tests.random_entries import source
from zygote_nb.api import request
from zygote_nb.backend.module import interpreted
from zygote_nb.driver.facts import Question
from zygote_nb.driver.ready import ready
from zygote_nb.higher import together as t
from zygote_nb.transform.forward.rows import LOCAL, ROWS

RNG = np.random.default_rng(5)
POINTS = RNG.normal(size=(6, 3))
LINE = RNG.normal(size=14)


def agree(f, *args, wrt=None, width=None):
    """Compiled, twice, by both modes, as interpreted by rows; ``width`` is what the code in one run is found to be."""
    call = zg.call(f, *args, wrt=wrt)
    with zg.options(backend="python"):
        expected = zg.withjacobian(call, mode="reverse")
    with zg.options(backend="numba"):
        if width is not None:
            found = t.in_one_run(request(call, (), {}))
            assert (found.facts.width if found is not None else None) == width
        for mode in ("auto", "forward", "auto", "forward"):
            found = zg.withjacobian(call, mode=mode)
            close = 1e-5 if any(getattr(a, "dtype", None) == np.float32 for a in args) else 1e-10
            same(found.val, expected.val, close)
            same(found.grad, expected.grad, close)


def same(found, expected, close):
    if isinstance(expected, tuple | list):
        assert len(found) == len(expected)
        for a, b in zip(found, expected, strict=True):
            same(a, b, close)
        return
    assert np.shape(found) == np.shape(expected)
    assert type(found) is type(expected)
    if expected is not None:
        np.testing.assert_allclose(found, expected, rtol=close, atol=1e-12)


def moments(points, w):
    """A vector that is carried, rows that are views, products of vectors."""
    total = np.zeros(3)
    mean = np.array([0.0, 0.0, 0.0])
    energy = 0.0
    for i in range(points.shape[0]):
        p = points[i]
        mean = 0.5 * mean + p * w[i]
        turned = np.cross(mean, p) / (1.0 + np.dot(p, p)) - np.sin(p)
        energy += mean @ turned + np.sum(p[0:2])
        total += turned * p[-1]
        total[0] = total[0] * 0.5 + p[1]
    return total, energy, mean


def windows(x, n):
    """Parts of a vector from a place on that is known when the program runs."""
    y = np.zeros((n, 3))
    for i in range(n):
        part = x[2 * i : 2 * i + 3]
        s = 0.0
        for k in range(2):
            s += part[k + 1] * part[-1 - k]
        y[i] = part * s + x[1:4]
    return y


def carried(points):
    """What a variable was in the iteration before, and two variables that change places."""
    y = np.zeros(points.shape[0])
    last, other = points[0] * 1.0, points[1] * 2.0
    for i in range(points.shape[0]):
        y[i] = np.dot(last, points[i]) + other[0]
        last, other = other, last * points[i]
    return y


def in_rows(points):
    """Rows that are written to, and read."""
    m = np.zeros((points.shape[0], 3))
    for i in range(1, points.shape[0]):
        m[i] = points[i] * points[i - 1] + m[i - 1] * 0.5
        m[i, 0] = m[i, 1] * m[i, 0]
        m[i, :] = m[i] * 2.0
    return m


def until(points):
    y = np.zeros(3)
    v = points[0] * 1.0
    while np.dot(v, v) > 0.1:
        v = v * 0.6
        y += v * points[1]
    return y


def choosing(points):
    y = np.zeros((points.shape[0], 3))
    for i in range(points.shape[0]):
        p = points[i]
        y[i] = p * 2.0 if p[0] > 0.0 else p / p[0]
        y[i] = np.where(p > 0.0, y[i], p)
    return y


def divided(points):
    y = np.zeros(points.shape[0])
    for i in range(points.shape[0]):
        d = points[i] - points[i]
        e = points[i] / np.sqrt(d[0] * d[0] + d[1] * d[1] + 1.0)
        y[i] = e[0] + 1.0 / e[1]
    return y


def aliased(points):
    y = np.zeros(points.shape[0])
    p = points[0]
    for i in range(points.shape[0]):
        points[i] = points[i] * 2.0
        y[i] = p[0] * points[i, 1]
    return y


def offset(points, shift, table):
    """Rows of length one and matrices of integers."""
    y = np.zeros((points.shape[0], 3))
    for i in range(points.shape[0]):
        y[i] = points[table[i, 0]] + shift[i] * table[i, 1]
    return y


def only_in_full(f, args, wrt, width=None):
    return pytest.param(f, args, wrt, width, marks=pytest.mark.full)


@pytest.mark.parametrize(
    ("f", "args", "wrt", "width"),
    [
        (reprojection, observations(5), ("cameras", "points", "weights"), LOCAL),
        only_in_full(reprojection, tuple(np.concatenate([a] * 3) for a in observations(5)), "points", LOCAL),
        (hand_errors, hands(5), "pose", ROWS),
        only_in_full(moments, (POINTS, LINE[:6]), None, ROWS),
        only_in_full(windows, (LINE, 5), "x", ROWS),
        (carried, (POINTS,), None, ROWS),
        only_in_full(in_rows, (POINTS,), None, None),
        only_in_full(until, (POINTS,), None, None),
        (choosing, (POINTS,), None, None),
        (divided, (POINTS,), None, ROWS),
        only_in_full(aliased, (POINTS,), None, None),
        only_in_full(offset, (POINTS, RNG.normal(size=(6, 1)), RNG.integers(3, size=(6, 2))), ("points", "shift")),
        (moments, (np.asfortranarray(POINTS), np.repeat(LINE[:6], 2)[::2]), ("points",), None),
        only_in_full(divided, (POINTS.astype(np.float32),), None, None),
        only_in_full(moments, (POINTS.astype(np.float32), LINE[:6].astype(np.float32)), None, None),
    ],
    ids=lambda v: getattr(v, "__name__", ""),
)  # fmt: skip
def test_as_interpreted(f, args, wrt, width):
    agree(f, *args, wrt=wrt, width=width)


def test_a_part_that_the_end_cuts_off():
    """NumPy's slices are shorter there; the code that was made for whole ones gives up."""

    def f(x, n):
        y = np.zeros(n)
        for i in range(n):
            part = x[3 * i : 3 * i + 4]
            y[i] = part[0] * 2.0 + part[-1]
        return y

    agree(f, LINE, 5, wrt="x")
    agree(f, LINE, 4, wrt="x", width=ROWS)


def length(points):
    y = np.zeros(points.shape[0])
    for i in range(points.shape[0]):
        p = points[i]
        y[i] = np.dot(p, p) * p.size + np.sum(p * points[0])
    return y


def test_other_lengths_are_other_programs():
    for shape in ((6, 3), (8, 2), (6, 3), (4, 16), (2, 17), (13, 1), (0, 3), (40, 3)):
        x = RNG.normal(size=shape)
        expected = np.zeros((shape[0], *shape))
        for i in range(shape[0]):
            expected[i, i] += 2.0 * shape[1] * x[i] + x[0]
            expected[i, 0] += x[i]
        for _ in range(2):
            with zg.options(backend="numba"):
                np.testing.assert_allclose(zg.jacobian(length, x)[0], expected, rtol=1e-12, atol=1e-13)


def test_rows_that_are_not_there_and_vectors_that_do_not_fit():
    def missing(points, n):
        y = np.zeros(n)
        for i in range(n):
            p = points[i + 1]
            y[i] = points[i, 0] * 2.0
        return y

    def unfit(points, x):
        y = np.zeros((points.shape[0], 3))
        for i in range(points.shape[0]):
            y[i] = points[i] + x
        return y

    with zg.options(backend="numba"):
        zg.jacobian(zg.call(missing, POINTS, 5, wrt="points"))
        for mode in ("auto", "forward"):
            with pytest.raises(IndexError):
                zg.jacobian(zg.call(missing, POINTS, 6, wrt="points"), mode=mode)
            with pytest.raises(ValueError, match="broadcast"):
                zg.jacobian(unfit, POINTS, np.ones(2), mode=mode)
        agree(unfit, POINTS, np.ones(3))
        agree(unfit, POINTS, np.ones(1))


def test_blocks_are_in_memory_of_their_own():
    with zg.options(backend="numba"):
        for _ in range(3):
            value, grads = zg.withjacobian(reprojection, *observations(5))
            made = [value, *(g for g in grads if g is not None)]
            assert not any(np.may_share_memory(a, b) for i, a in enumerate(made) for b in made[:i])
            assert all(g.flags.c_contiguous and g.flags.writeable for g in made)


def test_it_runs_once_where_rows_would_run_as_often_as_there_are_entries(monkeypatch):
    runs, real = [], t.run_compiled
    monkeypatch.setattr(t, "run_compiled", lambda *a: runs.append(a) or real(*a))
    monkeypatch.setattr("zygote_nb.higher.jacobians.Repeats", None)
    with zg.options(backend="numba"):
        zg.jacobian(zg.call(reprojection, *observations(5), wrt=("points", "cameras")))
    assert len(runs) == 1


def test_a_sum_in_a_quotient_with_what_is_carried():
    """A statement that is linear, but does not show it: the sum becomes a vector there."""

    def f(x):
        y = np.zeros(4)
        s = 0.1
        for i in range(1, x.size):
            t = x[i] * x[i - 1]
            s = np.sqrt(9.0 + np.sin(s) * t) + t
            y[i % 4] += np.sqrt(9.0 + t * np.cos(y[0])) * t
        return y, s

    agree(f, LINE, width=ROWS)
    with zg.options(backend="python"):
        same(zg.jacobian(f, LINE, mode="forward"), zg.jacobian(f, LINE, mode="reverse"), 1e-10)


@pytest.mark.parametrize("seed", range(1, 16 if FULL else 9))
def test_random_programs(seed):
    """The code that is only compiled, interpreted, against one direction after the other."""
    f = seeded(seed)
    x, points, a = LINE[:8], POINTS, 0.7
    req = request(f, (x, points, a), {})
    made = ready(req.bound, Question(req.wrt, value=True, forward=True, width=ROWS, sizes=t.short_axes(req)))
    if made.facts.width not in (ROWS, LOCAL):
        return
    with np.errstate(all="ignore"):
        found = interpreted(made.derived(req.bound).module)(x.copy(), points.copy(), a, 27, 0, 8, 26)
        by_columns = zg.jacobian(f, x, points, a, mode="forward")
        for i, value in enumerate(f(x.copy(), points.copy(), a)):
            blocks = [np.reshape(by_columns[p][i], (-1, n)) for p, n in enumerate((8, 18, 1))]
            np.testing.assert_allclose(found[i], value, rtol=1e-10)
            np.testing.assert_allclose(found[4 + i].reshape(-1, 27), np.hstack(blocks), rtol=1e-8, atol=1e-9)


def seeded(seed):
    text, name = source(seed), f"<random entries {seed}>"
    linecache.cache[name] = len(text), None, text.splitlines(True), name
    scope = {"np": np}
    exec(compile(text, name, "exec"), scope)
    return scope["f"]
