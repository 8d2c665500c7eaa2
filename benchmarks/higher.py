"""Several directions at once, Jacobians, Hessians, and loops that keep few of their states."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from importlib.util import find_spec
from time import perf_counter
from typing import Any

import numpy as np

import zygote_nb as zg
from benchmarks.clock import Times, in_turns
from benchmarks.correct import compiled
from benchmarks.memory import peak_bytes
from benchmarks.table import Row
from benchmarks.workloads import ROLLOUT
from zygote_nb.api import request
from zygote_nb.driver.facts import Question
from zygote_nb.driver.ready import ready
from zygote_nb.driver.run import run
from zygote_nb.runtime.checkpoints import steps_again

N, STEPS = 100, 1_000_000


def rosenbrock(x):
    s = 0.0
    for i in range(x.size - 1):
        s += 100.0 * (x[i + 1] - x[i] ** 2) ** 2 + (1.0 - x[i]) ** 2
    return s


def rosenbrock_hessian(x):
    h = np.zeros((x.size, x.size))
    for i in range(x.size - 1):
        h[i, i] += 1200.0 * x[i] ** 2 - 400.0 * x[i + 1] + 2.0
        h[i, i + 1] = h[i + 1, i] = -400.0 * x[i]
        h[i + 1, i + 1] += 200.0
    return h


def logistic(w, x, y):
    s = 0.0
    for i in range(x.shape[0]):
        z = 0.0
        for j in range(w.size):
            z += x[i, j] * w[j]
        s += np.log1p(np.exp(-y[i] * z))
    return s


def logistic_hessian(w, x, y):
    h = np.zeros((w.size, w.size))
    for i in range(x.shape[0]):
        z = 0.0
        for j in range(w.size):
            z += x[i, j] * w[j]
        p = 1.0 / (1.0 + np.exp(-y[i] * z))
        for j in range(w.size):
            for k in range(w.size):
                h[j, k] += p * (1.0 - p) * x[i, j] * x[i, k]
    return h


def sweeps(x):
    y = x.copy()
    for _ in range(5):
        for i in range(1, x.size):
            y[i] = 0.5 * y[i - 1] + np.sin(y[i]) * x[i]
    return y


def sweeps_jacobian(x):
    y, j = x.copy(), np.eye(x.size)
    for _ in range(5):
        for i in range(1, x.size):
            s, c = np.sin(y[i]), np.cos(y[i]) * x[i]
            for k in range(x.size):
                j[i, k] = 0.5 * j[i - 1, k] + c * j[i, k]
            j[i, i] += s
            y[i] = 0.5 * y[i - 1] + s * x[i]
    return j


def wave(a, b, n):
    s = a
    for _ in range(n):
        s = np.sin(s) * b + 0.5 * s
    return s


def wave_twice(a, b, n):
    s, d, dd = a, 1.0, 0.0
    for _ in range(n):
        x, y = np.sin(s) * b, np.cos(s) * b
        dd = y * dd - x * d * d + 0.5 * dd
        d = y * d + 0.5 * d
        s = x + 0.5 * s
    return dd


def growth(a, b, n):
    s = a
    for _ in range(n):
        s = s + 1e-6 * b * s * (1.0 - s)
    return s


def logistic_data() -> tuple[Any, ...]:
    rng = np.random.default_rng(3)
    return rng.normal(size=20) * 0.1, rng.normal(size=(500, 20)), np.sign(rng.normal(size=500))


def jacobian() -> list[Row]:
    zg.options(backend="numba")
    x = np.linspace(0.0, 1.0, N)
    by_hand, take = compiled(sweeps_jacobian), partial(zg.jacobian, sweeps, x, mode="forward")
    require_equal(take()[0], by_hand(x))
    ours, hand, primal = in_turns(take, partial(by_hand, x), partial(compiled(sweeps), x), calls=20)
    what = "Jacobian 100 to 100 of loops"
    return [
        against(what, ours, hand),
        over("the same over the primal", ours, primal),
        *against_jax(what, take, "sweeps_jacobian", x),
    ]


def hessians() -> list[Row]:
    zg.options(backend="numba")
    data, point = logistic_data(), np.linspace(0.0, 1.0, N)
    cases = (
        ("Hessian of Rosenbrock, 100", partial(zg.hessian, rosenbrock, point), rosenbrock_hessian, (point,)),
        (
            "Hessian of a logistic regression",
            partial(zg.hessian, zg.call(logistic, *data, wrt="w")),
            logistic_hessian,
            data,
        ),
    )
    rows = []
    for what, take, by_hand, args in cases:
        require_equal(take(), compiled(by_hand)(*args))
        rows.append(against(what, *in_turns(take, partial(compiled(by_hand), *args), calls=20)))
        rows += against_jax(what, take, by_hand.__name__, *args)
    return rows


def against_jax(what: str, take: Callable[[], Any], name: str, *args: Any) -> list[Row]:
    """By the clock on the wall, where JAX is installed."""
    if find_spec("jax") is None:
        return []
    from benchmarks import jax_higher

    made = getattr(jax_higher, name)
    require_equal(np.asarray(made(*args)), np.asarray(take()).reshape(np.shape(made(*args))))
    theirs = partial(lambda *given: made(*given).block_until_ready(), *args)
    return [over(f"{what}, against JAX", *in_turns(take, theirs, calls=20, clock=perf_counter), "x JAX", 1.0)]


def products() -> list[Row]:
    """A product with the Hessian over the gradient by the same arguments."""
    zg.options(backend="numba")
    large = np.linspace(0.0, 1.0, 100_000)
    theta, start, n = ROLLOUT.arguments(100_000)
    data = logistic_data()
    cases = (
        ("Rosenbrock, 100", rosenbrock, (large[:N].copy(),), 200),
        ("Rosenbrock, 1e5", rosenbrock, (large,), 1),
        ("rollout", ROLLOUT.function, (theta, start, n), 1),
        ("logistic regression", logistic, data, 20),
    )
    rows = []
    for name, f, args, calls in cases:
        moved = tuple(a if isinstance(a, np.ndarray) else None for a in args)
        ours, gradient = in_turns(partial(zg.hvp, f, args, moved), partial(zg.gradient, f, *args), calls=calls)
        rows.append(over(f"hvp of {name}", ours, gradient, "x gradient", 2.5))
    return rows


def chunk() -> list[Row]:
    """Eight tangents at once over the primal."""
    zg.options(backend="numba")
    rows = []
    for f, name in ((wave, "s = sin(s)*b + s/2"), (growth, "s += h*b*s*(1-s)")):
        args, wrt = (0.5, 0.9, 1_000_000), (True, True, False)
        bound = request(f, args, {}).bound
        found = ready(bound, Question(wrt, value=True, forward=True, width=8))
        directions = tuple(float(k + 1) for k in range(16))
        one = zg.pushforward(f, *args)(1.0, 2.0, None)
        require_equal(run(found, bound, directions)[1], one)
        ours, primal = in_turns(partial(run, found, bound, directions), partial(compiled(f), *args))
        rows.append(over(f"8 tangents of {name}", ours, primal, "x primal", 2.5))
    return rows


def twice() -> list[Row]:
    zg.options(backend="numba")
    ours, by_hand = zg.grad(zg.grad(wave)), compiled(wave_twice)
    args = 0.5, 0.9, 30
    require_equal(ours(*args), by_hand(*args))
    args = 0.5, 0.9, 100_000
    second, hand = in_turns(partial(ours, *args), partial(by_hand, *args))
    return [over("grad(grad) of a scalar loop", second, hand, "x hand", 1.2)]


def relaxed(x, a, n):
    x = x * 1.0
    for _ in zg.checkpoint_range(n, snapshots=100):
        for i in range(x.size):
            x[i] = x[i] + 1e-6 * a * x[i] * (1.0 - x[i])
    return np.sum(x * x)


def relaxed_plainly(x, a, n):
    x = x * 1.0
    for _ in range(n):
        for i in range(x.size):
            x[i] = x[i] + 1e-6 * a * x[i] * (1.0 - x[i])
    return np.sum(x * x)


def checkpoints() -> list[Row]:
    """A gradient that keeps all states of so many steps would need gigabytes: it is timed for fewer, per step.

    What is resident is told by the page, so that larger states are weighed.
    """
    zg.options(backend="numba")
    x, large, some = np.linspace(0.0, 1.0, 1000), np.linspace(0.0, 1.0, 100_000), STEPS // 100
    zg.gradient(relaxed, large, 0.5, 2)
    peak = peak_bytes(lambda: zg.gradient(relaxed, large, 0.5, 1000))
    require_equal(zg.gradient(relaxed, x, 0.5, 300)[0], zg.gradient(relaxed_plainly, x, 0.5, 300)[0])
    (every,) = in_turns(partial(zg.gradient, relaxed_plainly, x, 0.5, some), budget=1.0)
    (few,) = in_turns(partial(zg.gradient, relaxed, x, 0.5, STEPS), budget=1.0, least=2)
    again = steps_again(STEPS, 100) / STEPS
    kept = f"{STEPS:,} steps of 1,000 floats, 100 states kept"
    ratios = few.least / every.least / 100, few.middle / every.middle / 100
    memory = f"{peak / 1e6:.1f} MB at the peak, 100 states of 100,000 floats kept"
    return [
        Row("few states against all", *ratios, "x all", 4.0, f"{kept}, {again:.2f} steps run again for each"),
        Row("memory of few states", peak / (100 * large.nbytes), None, "x states", 1.1, memory),
    ]


def against(what: str, ours: Times, hand: Times) -> Row:
    return over(what, ours, hand, "x hand")


def over(what: str, ours: Times, other: Times, unit: str = "x primal", target: float | None = None) -> Row:
    details = f"{1e6 * ours.least:.4g} us over {1e6 * other.least:.4g}"
    return Row(what, ours.least / other.least, ours.middle / other.middle, unit, target, details)


def require_equal(found: Any, expected: Any) -> None:
    scale = np.max(np.abs(expected), initial=1e-300)
    assert np.max(np.abs(found - expected), initial=0.0) <= 1e-10 * scale, "a derivative is wrong, and is not timed"
