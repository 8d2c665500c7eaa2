"""The functions whose gradients are timed, each with arguments of any size and the adjoint one would write by hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import cos, sin
from typing import Any

import numpy as np

Arguments = tuple[Any, ...]


def dot(x, y, n):
    s = 0.0
    for i in range(n):
        s += x[i] * y[i]
    return s


def dot_by_hand(x, y, n):
    return y[:n].copy(), x[:n].copy()


def sine_power(x, n):
    r = 1.0
    for i in range(n):  # noqa: B007
        r *= sin(x)
    return r


def sine_power_by_hand(x, n):
    old_r = np.empty(n)
    r = 1.0
    for i in range(n):
        old_r[i] = r
        r *= sin(x)
    d_x = 0.0
    d_r = 1.0
    for i in range(n - 1, -1, -1):
        d_x += d_r * old_r[i] * cos(x)
        d_r *= sin(x)
    return (d_x,)


def sine_product(x, n):
    r = 1.0
    for i in range(n):
        r *= np.sin(x[i])
    return r


def sine_product_by_hand(x, n):
    old_r = np.empty(n)
    r = 1.0
    for i in range(n):
        old_r[i] = r
        r *= np.sin(x[i])
    d_x = np.zeros(n)
    d_r = 1.0
    for i in range(n - 1, -1, -1):
        d_x[i] += d_r * old_r[i] * np.cos(x[i])
        d_r *= np.sin(x[i])
    return (d_x,)


def rollout(theta, x0, n):
    x = x0.copy()
    cost = 0.0
    for t in range(n):  # noqa: B007
        u = theta[0] * x[0] + theta[1] * x[1]
        if u > 1.0:
            u = 1.0
        x[0] += 0.1 * x[1]
        x[1] += 0.1 * (u - np.sin(x[0]))
        cost += x[0] ** 2 + 0.1 * u * u
    return cost


def rollout_by_hand(theta, x0, n):
    x = x0.copy()
    old_x0 = np.empty(n)
    old_x1 = np.empty(n)
    for t in range(n):
        u = theta[0] * x[0] + theta[1] * x[1]
        if u > 1.0:
            u = 1.0
        old_x0[t] = x[0]
        x[0] += 0.1 * x[1]
        old_x1[t] = x[1]
        x[1] += 0.1 * (u - np.sin(x[0]))
    d_theta = np.zeros_like(theta)
    d_x = np.zeros_like(x)
    for t in range(n - 1, -1, -1):
        u = theta[0] * old_x0[t] + theta[1] * old_x1[t]
        c = u > 1.0
        if c:
            u = 1.0
        d_x[0] += 2.0 * x[0]
        d_u = 0.2 * u
        d_u += 0.1 * d_x[1]
        d_x[0] -= 0.1 * np.cos(x[0]) * d_x[1]
        x[1] = old_x1[t]
        d_x[1] += 0.1 * d_x[0]
        x[0] = old_x0[t]
        if c:
            d_u = 0.0
        d_theta[0] += d_u * x[0]
        d_theta[1] += d_u * x[1]
        d_x[0] += d_u * theta[0]
        d_x[1] += d_u * theta[1]
    return d_theta, d_x


def rollout_in_scalars(theta, x0, n):
    """The adjoint by hand with state and accumulators in scalars, which a compiler keeps in registers."""
    a, b = theta[0], theta[1]
    p, q = x0[0], x0[1]
    old_p = np.empty(n)
    old_q = np.empty(n)
    for t in range(n):
        old_p[t] = p
        old_q[t] = q
        u = min(a * p + b * q, 1.0)
        p += 0.1 * q
        q += 0.1 * (u - np.sin(p))
    d_a = d_b = d_p = d_q = 0.0
    for t in range(n - 1, -1, -1):
        u = a * old_p[t] + b * old_q[t]
        d_p += 2.0 * p - 0.1 * np.cos(p) * d_q
        p, q = old_p[t], old_q[t]
        d_u = 0.0
        if u <= 1.0:
            d_u = 0.2 * u + 0.1 * d_q
        d_q += 0.1 * d_p + d_u * b
        d_p += d_u * a
        d_a += d_u * p
        d_b += d_u * q
    return np.array([d_a, d_b]), np.array([d_p, d_q])


def newton_while(x, n):
    """A while loop: how often it runs isn't known when it starts."""
    r = x
    k = 0
    while k < n:
        r = 0.5 * r + sin(x) / (1.0 + r * r)
        k += 1
    return r


def newton_while_by_hand(x, n):
    old_r = np.empty(n)
    r = x
    for k in range(n):
        old_r[k] = r
        r = 0.5 * r + sin(x) / (1.0 + r * r)
    d_x = 0.0
    d_r = 1.0
    for k in range(n - 1, -1, -1):
        r = old_r[k]
        w = 1.0 / (1.0 + r * r)
        d_x += d_r * cos(x) * w
        d_r = d_r * (0.5 - 2.0 * r * sin(x) * w * w)
    return (d_x + d_r,)


def squares(x, n):
    s = 0.0
    for i in range(n):
        s += x[i] * x[i]
    return s


def squares_by_hand(x, n):
    return (2.0 * x[:n],)


def overwritten(a, n):
    m = len(a)
    for t in range(n):
        i = t % m
        a[i] = 0.5 * a[i] + sin(a[i - 1])
    return a[0] * a[m - 1]


def overwritten_by_hand(a, n):
    a = a.copy()
    m = len(a)
    old = np.empty(n)
    for t in range(n):
        i = t % m
        old[t] = a[i]
        a[i] = 0.5 * a[i] + sin(a[i - 1])
    d_a = np.zeros(m)
    d_a[0] += a[m - 1]
    d_a[m - 1] += a[0]
    for t in range(n - 1, -1, -1):
        i = t % m
        a[i] = old[t]
        d_a[i - 1] += cos(a[i - 1]) * d_a[i]
        d_a[i] *= 0.5
    return (d_a,)


def bump(x):
    return x * x * sin(x)


def twenty_lines(theta, x, n):
    position, speed, energy = x[0], 0.0, 0.0
    for t in range(n):
        force = theta[0] * position + theta[1] * speed
        if force > 1.0:
            force = 1.0
        elif force < -1.0:
            force = -1.0
        drag = 0.1 * speed * abs(speed)
        wind = np.sin(x[t] + 0.3 * position)
        lift = np.exp(-position * position)
        if wind > 0.5:
            drag += 0.2 * wind
        else:
            lift *= 0.9
        acceleration = force - drag + 0.05 * lift
        speed += 0.1 * acceleration
        position += 0.1 * speed
        error = position - x[t]
        energy += error * error + 0.01 * force * force
        energy += 0.001 * np.sqrt(1.0 + speed * speed)
    return energy


@dataclass(frozen=True)
class Workload:
    """A function of arguments and a length, with gradients by the arguments at ``argnums``, or Jacobians."""

    name: str
    function: Callable[..., Any]
    arguments: Callable[[int], Arguments]
    argnums: tuple[int, ...]
    by_hand: Callable[..., Arguments] | None = None
    jacobian: bool = False


def vectors(count: int, low: float, high: float) -> Callable[[int], Arguments]:
    """Arguments: so many random vectors, and their length."""

    def make(n: int) -> Arguments:
        rng = np.random.default_rng(7)
        return (*(rng.uniform(low, high, n) for _ in range(count)), n)

    return make


def controlled(n: int) -> Arguments:
    return np.array([-0.5, -0.4]), np.array([0.5, 0.1]), n


def followed(n: int) -> Arguments:
    return np.array([-0.5, -0.4]), np.sin(0.01 * np.arange(n)), n


DOT = Workload("sum of x[i]*y[i]", dot, vectors(2, 0.0, 1.0), (0, 1), dot_by_hand)
SINE_POWER = Workload("r *= sin(x)", sine_power, lambda n: (1.5703, n), (0,), sine_power_by_hand)
SINE_PRODUCT = Workload("r *= sin(x[i])", sine_product, vectors(1, 1.570, 1.571), (0,), sine_product_by_hand)
ROLLOUT = Workload("rollout", rollout, controlled, (0, 1), rollout_by_hand)
WHILE = Workload("while loop", newton_while, lambda n: (0.7, n), (0,), newton_while_by_hand)
SQUARES = Workload("sum of x[i]*x[i]", squares, vectors(1, 0.0, 1.0), (0,), squares_by_hand)
OVERWRITTEN = Workload(
    "a[i] overwritten", overwritten, lambda n: (np.linspace(0.1, 0.9, 1_000), n), (0,), overwritten_by_hand
)
BUMP = Workload("x*x*sin(x)", bump, lambda n: (1.3,), (0,))
TWENTY_LINES = Workload("20-line loop", twenty_lines, followed, (0, 1))

ALL = (DOT, SINE_POWER, SINE_PRODUCT, ROLLOUT, WHILE, SQUARES, OVERWRITTEN, BUMP, TWENTY_LINES)
