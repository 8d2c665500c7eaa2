"""Loops divided between threads: the same digits each time, and those of one thread to rounding.

The divided text is also interpreted, its parts in an order and with a memory that no race survives.
"""

import itertools
import random

import numpy as np
import pytest
from scipy import special

import zygote_nb as zg
from tests.random_programs import load, seeded
from zygote_nb.backend import entry, machine
from zygote_nb.backend.plan import NotCompiled, allocator
from zygote_nb.driver.run import call_arguments
from zygote_nb.errors import ZygoteError
from zygote_nb.inspection import derived_for, request
from zygote_nb.runtime import chunks

RNG = np.random.default_rng(41)
V, W, Y = RNG.uniform(0.5, 1.5, 7), RNG.uniform(0.5, 1.5, 3), RNG.uniform(0.5, 1.5, 5)
M = RNG.uniform(0.5, 1.5, (5, 3))
PLACES = np.array([2, 0, 2, 1, 1, 0, 2])


def logistic(w, X, y):
    n, d = X.shape
    s = 0.0
    for i in range(n):
        z = 0.0
        for j in range(d):
            z += X[i, j] * w[j]
        s += np.log1p(np.exp(-y[i] * z))
    return s


def elementwise(x):
    return np.sum(np.exp(-np.sin(x) * x) + x * x)


def stencil(x, n):
    y = x.copy()
    for i in range(1, n - 1):
        y[i] = x[i - 1] * x[i + 1] + x[i] ** 2
    return np.sum(y * y)


def gathered(w, idx):
    s = 0.0
    for i in range(len(idx)):
        s += w[idx[i]] * w[idx[i]] * i
    return s


def down(x, n):
    y = np.zeros(n)
    for i in range(n - 1, 0, -2):
        y[i] = x[i] * x[i - 1]
    return np.sum(y * y)


def branches(x):
    s = 0.0
    for i in range(len(x)):
        u = x[i] * x[i]
        if x[i] > 1.0:
            u = np.exp(x[i])
            s -= u
        s = s + u * x[i]
    return s


def triangular(A, x):
    s = 0.0
    for i in range(len(x)):
        for j in range(i):
            s += A[i, j] * x[j] * x[i]
    return s


def two_of_one(x, y):
    z = np.zeros(len(x))
    for i in range(len(x)):
        z[i] = x[i] * y[len(y) - 1 - i]
    return np.sum(z * z)


DIVIDED = {
    logistic: (W, M, Y), elementwise: (V,), stencil: (V, 7), gathered: (W, PLACES), down: (V, 7), branches: (V,),
    triangular: (RNG.normal(size=(5, 5)), Y), two_of_one: (V, V),
}  # fmt: skip
JOINED = (elementwise, down)
"""Those of whose sweeps one loop is made."""


def overlapping_stores(x):
    y = np.zeros(len(x) + 1)
    for i in range(len(x)):
        y[i] = x[i]
        y[i + 1] = 2.0 * x[i]
    return np.sum(y * y)


def scattered(x, idx):
    y = np.zeros(3)
    for i in range(len(idx)):
        y[idx[i]] += x[i] * x[i]
    return np.sum(y * y)


def carried(x):
    u = 1.0
    y = np.zeros(len(x))
    for i in range(len(x)):
        u = 0.5 * u + x[i]
        y[i] = u * u
    return np.sum(y)


def in_place(x):
    y = x.copy()
    for i in range(1, len(x)):
        y[i] = y[i] * y[i - 1]
    return np.sum(y)


def last_one(x):
    u = 0.0
    y = np.zeros(len(x))
    for i in range(len(x)):
        u = x[i] * x[i]
        y[i] = u * x[i]
    return np.sum(y) * u


def through_a_view(x):
    y = np.zeros(len(x) + 1)
    v = y[1:]
    for i in range(len(x)):
        v[i] = x[i] * y[i] + x[i]
    return np.sum(y)


def partial_sums(x):
    s = 0.0
    y = np.zeros(len(x))
    for i in range(len(x)):
        s += x[i] * x[i]
        y[i] = s * x[i]
    return np.sum(y)


def asked_by_the_loop_around(x):
    u, s = 2.0, 0.0
    while u > 0.4:
        u = 0.0
        for i in range(len(x)):
            u = x[i] * 0.25 / (1.0 + s)
        s += u * x[0]
    return s


def left_early(x):
    s = 0.0
    for i in range(len(x)):
        if x[i] > 1.4:
            break
        s += x[i] * x[i]
    return s


def called_out_of_compiled_code(x):
    y = np.zeros(len(x))
    for i in range(len(x)):
        y[i] = special.j0(x[i])
    return y @ y


SERIAL = {
    called_out_of_compiled_code: ((V,), "it calls `j0`, which has no compiled form"),
    overlapping_stores: ((V,), "two iterations may write to one place in `y`"),
    scattered: ((V, PLACES), "two iterations may write to one place in `y`"),
    carried: ((V,), "`u` goes from one iteration to the next"),
    in_place: ((V,), "one iteration may read what another one writes in `y`"),
    last_one: ((V,), "`u` is read after the loop"),
    through_a_view: ((V,), "which may be `"),
    partial_sums: ((V,), "`s` goes from one iteration to the next"),
    asked_by_the_loop_around: ((V * 2.0,), "`u` is read after the loop"),
    left_early: ((V,), "it may be left early"),
}  # fmt: skip


@pytest.fixture
def at_once(monkeypatch):
    """Threads for loops of any length."""
    monkeypatch.setattr(chunks, "ENOUGH", 0)


def gradients(f, args, **settings):
    with zg.options(**settings):
        return zg.withgradient(f, *args)


def assert_alike(one, other, rtol=1e-12):
    assert np.isclose(one.val, other.val, rtol=rtol)
    for a, b in zip(one.grad, other.grad, strict=True):
        assert (a is None) == (b is None)
        assert a is None or np.allclose(a, b, rtol=rtol, atol=1e-13)


def assert_same_digits(one, other):
    assert one.val == other.val
    for a, b in zip(one.grad, other.grad, strict=True):
        assert np.array_equal(a, b)


def text_of(f, args, count=2):
    with zg.options(parallel=count):
        return str(zg.code_adjoint(f, *args, value=True, backend="numba"))


@pytest.mark.parametrize("f", DIVIDED, ids=lambda f: f.__name__)
def test_divided_loops_are_right(f, at_once) -> None:
    args = DIVIDED[f]
    text = text_of(f, args, 3)
    assert "in_chunks" in text.partition("# backward")[0]
    backward = text.partition("# backward")[2]
    assert "in_chunks" in backward or f in JOINED
    expected = gradients(f, args, backend="python")
    found = gradients(f, args, backend="numba", parallel=3, cache=False)
    assert_alike(found, expected)
    for _ in range(3):
        assert_same_digits(gradients(f, args, backend="numba", parallel=3, cache=False), found)


@pytest.mark.parametrize("f", SERIAL, ids=lambda f: f.__name__)
def test_loops_that_race_are_not_divided(f) -> None:
    args, why = SERIAL[f]
    with zg.options(parallel=2):
        explained = str(zg.explain(f, *args))
    assert why in explained
    assert_any_order(f, args)


@pytest.mark.parametrize("f", [logistic, elementwise])
def test_parts_need_no_checks_in_their_loops(f) -> None:
    args = (W, M, Y) if f is logistic else (V,)
    part = text_of(f, args).split("_part1(which")[1].split("def ")[0]
    inside = [line for line in part.splitlines() if "low + k" in line]
    assert inside
    assert all("# in range" in line or ", in range" in line for line in inside)


def too_short(x, y):
    s = 0.0
    for i in range(len(x)):
        s += np.sin(x[i]) * y[i]
    return s


def test_what_leaves_an_array_in_a_part_raises_as_in_python(at_once) -> None:
    with pytest.raises(IndexError):
        gradients(too_short, (V, Y), parallel=2)
    assert_alike(gradients(too_short, (Y, V), parallel=2), gradients(too_short, (Y, V), parallel=1))


def test_reasons_have_lines() -> None:
    with zg.options(parallel=2):
        rows = {r.name: r.value for r in zg.explain(partial_sums, V).parallel}
    first = partial_sums.__code__.co_firstlineno
    assert rows[f"line {first + 3}, forward"].endswith(f"(line {first + 4})")
    with zg.options(parallel=2):
        assert str(zg.explain(logistic, W, M, Y)).count("in 2 threads") == 2
    assert not zg.explain(logistic, W, M, Y).parallel


def test_the_number_of_threads_decides_the_digits(at_once) -> None:
    x = RNG.normal(size=1001)
    by_count = {n: gradients(branches, (x,), backend="numba", parallel=n, cache=False) for n in (2, 3)}
    chunks.ENOUGH = 10**12
    zg.refresh()
    for n, found in by_count.items():
        assert_same_digits(gradients(branches, (x,), backend="numba", parallel=n, cache=False), found)


@pytest.mark.parametrize("count", [0, 1, 3])
def test_fewer_iterations_than_threads(count, at_once) -> None:
    x = RNG.uniform(0.5, 1.5, size=count)
    for f, args in ((branches, (x,)), (stencil, (x, count))):
        expected = gradients(f, args, backend="python")
        assert_alike(gradients(f, args, backend="numba", parallel=4, cache=False), expected)


def roots(x):
    s = 0.0
    for i in range(len(x)):
        if x[i] < 0.0:
            raise ValueError("below zero")
        s += 1.0 / float(x[i])
    return s


def test_exceptions_are_the_users(at_once) -> None:
    for f, value, error in ((roots, -1.0, ValueError), (roots, 0.0, ZeroDivisionError), (beyond, 9.0, IndexError)):
        x = V.copy()
        x[4] = value
        with zg.options(backend="numba", parallel=3, cache=False), pytest.raises(error):
            zg.gradient(f, x)
    assert_alike(gradients(roots, (V,), backend="numba", parallel=3, cache=False), gradients(roots, (V,)))


def beyond(x):
    s = 0.0
    for i in range(len(x)):
        s += x[int(x[i])] * x[i]
    return s


def test_arguments_that_share_memory(at_once) -> None:
    x = RNG.uniform(0.5, 1.5, size=8)
    for args in ((x, x), (x[1:], x[:-1]), (x[::2], x[::-2])):
        expected = gradients(two_of_one, args, backend="python")
        assert_alike(gradients(two_of_one, args, backend="numba", parallel=2, cache=False), expected)


def squares(x):
    s = 0.0
    for i in range(len(x)):
        s += x[i] * x[i]
    return s


def test_kept_machine_code_starts_threads(tmp_path, monkeypatch, at_once) -> None:
    monkeypatch.setenv("ZYGOTE_NB_CACHE_DIR", str(tmp_path))
    with zg.options(backend="numba", parallel=2):
        expected = zg.gradient(squares, V)
        loaded = []
        load_code = machine.load
        monkeypatch.setattr(machine, "load", lambda code, *more: loaded.append(code) or load_code(code, *more))
        zg.refresh()
        assert np.array_equal(zg.gradient(squares, V)[0], expected[0])
    assert loaded
    assert "pthread_create" in loaded[0].needs


def test_settings() -> None:
    with zg.options(parallel=True):
        assert zg.options(parallel=True).__enter__().parallel >= 1
    with zg.options(parallel=4) as settings:
        assert settings.parallel == 4
    with zg.options(parallel=False) as settings:
        assert settings.parallel == 1
    for wrong in (-1, 2.0, "two", 10**6, None):
        with pytest.raises(ValueError, match="parallel"):
            zg.options(parallel=wrong)


# ---- Every order of the parts gives the same


def backwards(part, count, iterations, seam, work, given):
    """Parts of one iteration each, from the last to the first."""
    for which, first in enumerate(reversed(range(max(iterations, 0)))):
        part(which % count, first, first + 1, *given)


def unseen(part, count, iterations, seam, work, given):
    """No part sees what another one writes, and none may write where another one does, but for the seams."""
    ends = [which * iterations // count for which in range(count + 1)] if iterations > 0 else [0] * (count + 1)
    parts = [(first, max(first, last - seam), last) for first, last in itertools.pairwise(ends)]
    arrays = [g for g in given if isinstance(g, np.ndarray)]
    before = [a.copy() for a in arrays]
    merged, touched = [a.copy() for a in arrays], [np.zeros(a.shape, bool) for a in arrays]
    for which, (first, middle, _) in enumerate(parts):
        put(arrays, before)
        part(which, first, middle, *given)
        for a, was, new, mark in zip(arrays, before, merged, touched, strict=True):
            changed = (a != was) & ~(np.isnan(a) & np.isnan(was))
            assert not (changed & mark).any()
            new[changed], mark[changed] = a[changed], True
    put(arrays, merged)
    for which, (_, middle, last) in enumerate(parts):
        part(which, middle, last, *given)


def put(arrays, contents):
    for a, new in zip(arrays, contents, strict=True):
        if a.flags.writeable:
            a[...] = new


def interpreted(text, leaves, in_chunks):
    scope = dict(text.namespace)
    if "in_chunks" in scope:
        scope["in_chunks"] = in_chunks
    exec(text.source, scope)
    allocate = allocator(text.plan)
    given = leaves if allocate is None else (*leaves, *allocate(*leaves))
    with np.errstate(all="ignore"):
        returned = scope[text.plan.name](*given)
    one = text.plan.held.count(None) == 1
    others = iter((returned,) if one else returned or ())
    return [next(others) if place is None else given[place] for place in text.plan.held]


def assert_any_order(f, args) -> int:
    """The divided text gives the same in whatever order its parts run; how many loops are divided."""
    with zg.options(parallel=3, math="precise"):
        derived = derived_for(f, args, None, value=True)
        text = entry.text(derived.module)

    def leaves():
        copies = tuple(a.copy() if isinstance(a, np.ndarray) else a for a in args)
        given = call_arguments(derived.facts, request(f, copies, {}).bound)
        return (*given, *(1.0 for _ in range(derived.module.functions[-1].seeds)))

    one = interpreted(text, leaves(), chunks.in_chunks)
    for order in (backwards, unseen):
        for a, b in zip(one, interpreted(text, leaves(), order), strict=True):
            assert np.allclose(a, b, rtol=1e-9, atol=1e-9, equal_nan=True)
    return text.source.count("in_chunks(")


@pytest.mark.parametrize("f", DIVIDED, ids=lambda f: f.__name__)
def test_any_order_will_do(f) -> None:
    assert assert_any_order(f, DIVIDED[f]) >= (1 if f in JOINED else 2)


STATEMENTS = (
    "a[{p}] = 0.3 * b[{q}] + u", "b[{p}] = np.sin(a[{q}]) * x[{r}]", "a[{p}] += 0.2 * x[{q}] * w",
    "u = x[{p}] * b[{q}]", "s += a[{p}] * x[{q}]", "s -= u * u", "v[{p}] = 0.5 * v[{q}] + x[{r}]",
    "if x[{p}] > 1.0:\n            a[{q}] = 0.1 * x[{r}]", "t = 0.5 * t + x[{p}]", "x[{p}] = 0.9 * x[{q}]",
    "for j in range({m}):\n            u += 0.1 * x[j] * b[{p}]", "for j in range(i):\n            a[j] = 0.7 * x[i]",
    "for j in range(1, {m}):\n            B[i, j] = 0.2 * x[i] + B[i, j - 1]",
    "for j in range(4):\n            B[j, i % 4] += 0.1 * u", "w = s * 0.1",
)  # fmt: skip
INDICES = ("i", "i", "i", "i", "i + 1", "i - 1", "2 * i", "n - 1 - i", "0", "k[i]", "i // 2", "-i")


def nest(seed: int) -> str:
    pick = random.Random(seed)
    lines = []
    for _ in range(1 + pick.randrange(2)):
        bounds = pick.choice(("1, n - 1", "n - 1", "n - 2, 0, -1", "1, n - 1, 2"))
        lines.append(f"    for i in range({bounds}):\n        u = 0.5 * x[i]")
        for _ in range(1 + pick.randrange(3)):
            index = lambda: pick.choice(INDICES)
            form = pick.choice(STATEMENTS)
            lines.append("        " + form.format(p=index(), q=index(), r=index(), m=pick.choice(("3", "n - 2"))))
    views = pick.choice(("v = a", "v = a[1:]", "v = np.zeros(2 * n)", "v = b"))
    head = "def f(x, k, n):\n    x = x.copy()\n    a = np.zeros(2 * n)\n    b = x[: 2 * n] * x[: 2 * n]\n"
    head += f"    B = np.ones((n, n))\n    {views}\n"
    tail = "    return s + t + u + w + np.sum(a * a) + np.sum(b) + np.sum(B * B) + np.sum(v * v)\n"
    return "import numpy as np\n\n\n" + head + "    s, t, u, w = 0.0, 0.0, 0.3, 0.2\n" + "\n".join(lines) + "\n" + tail


def test_random_nests_have_no_races() -> None:
    """Some hundred loops, of which some are divided: in no order of iterations is anything else computed."""
    divided = 0
    for seed in range(40):
        f = load(nest(seed))["f"]
        args = (RNG.uniform(0.5, 1.4, 14), np.array([3, 1, 4, 1, 5, 2, 0]), 6)
        try:
            divided += assert_any_order(f, args)
        except (NotCompiled, ZygoteError):
            continue
    assert divided > 25


def test_random_programs_have_no_races() -> None:
    divided = 0
    for seed in itertools.chain(range(200, 212), (3, 19, 27, 42)):
        program = seeded(seed)
        try:
            program.function()(*program.arguments())
            divided += assert_any_order(program.function(), program.arguments())
        except (NotCompiled, ZygoteError, ArithmeticError, ValueError, IndexError):
            continue
    assert divided > 2


def test_random_nests_in_threads(at_once) -> None:
    for seed in (1, 4):
        f = load(nest(seed))["f"]
        args = (RNG.uniform(0.5, 1.4, 14), np.array([3, 1, 4, 1, 5, 2, 0]), 6)
        expected = gradients(f, args, backend="python")
        assert_alike(gradients(f, args, backend="auto", parallel=2, cache=False), expected, 1e-9)
