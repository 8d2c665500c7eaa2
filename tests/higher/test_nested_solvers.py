"""Solvers within solvers, each with derivatives of its own: every combination of modes gives the same digits.

The two examples are those of Pearlmutter and Siskind, *Using programming language theory to make automatic
differentiation sound and efficient* (2008).
"""

import numpy as np
import pytest

import zygote_nb as zg

MODES = ("forward", "reverse")
E1, E2 = np.eye(2)


def slope(f, x, mode):
    return zg.gradient(f, x)[0] if mode == "reverse" else zg.jvp(f, (x,), (1.0,))[1]


def gradient(f, x, mode):
    if mode == "reverse":
        return zg.gradient(f, x)[0]
    return np.array([zg.jvp(f, (x,), (E1,))[1], zg.jvp(f, (x,), (E2,))[1]])


# A charged particle: its force is the gradient of a potential, and a control moves one of the two charges


def potential(x, w):
    first = np.sqrt((x[0] - 10.0) ** 2 + (x[1] - 10.0 + w) ** 2)
    second = np.sqrt((x[0] - 10.0) ** 2 + x[1] ** 2)
    return 1.0 / first + 1.0 / second


def miss(w, inner):
    """The square of where the particle crosses the axis."""
    x, v, dt = np.array([0.0, 8.0]), np.array([0.75, 0.0]), 0.1
    while x[1] + dt * v[1] > 0.0:
        x, v = x + dt * v, v - dt * gradient(lambda z: potential(z, w), x, inner)
    return (x[0] - x[1] / v[1] * v[0]) ** 2


def controlled(inner, outer, steps):
    w = 0.0
    for _ in range(steps):
        down = slope(lambda u: miss(u, inner), w, outer)
        w = w - down / slope(lambda u: slope(lambda q: miss(q, inner), u, outer), w, outer)
    return w


def test_a_particle_is_steered_alike_in_all_modes() -> None:
    with zg.options(backend="python"):
        found = [controlled(inner, outer, 2) for inner in MODES for outer in MODES]
    assert np.ptp(found) < 1e-11 * abs(found[0])
    plain = lambda w: miss(w, "reverse")
    h = 1e-3
    w = 0.0
    first, second = (plain(w + h) - plain(w - h)) / (2 * h), (plain(w + h) - 2 * plain(w) + plain(w - h)) / h**2
    with zg.options(backend="python"):
        assert controlled("forward", "reverse", 1) == pytest.approx(-first / second, rel=1e-3)


# A saddle point: descent in one variable, of the height of an ascent in another


def height(x, y):
    return x[0] ** 2 + x[1] ** 2 + x[0] * y[1] - y[0] ** 2 - (y[1] - 1.0) ** 2


def highest(x, inner):
    y = np.array([1.0, -1.0])
    for _ in range(25):
        y = y + 0.3 * gradient(lambda z: height(x, z), y, inner)
    return height(x, y)


def saddle(inner, outer):
    x = np.array([1.0, 1.0])
    for _ in range(25):
        x = x - 0.3 * gradient(lambda z: highest(z, inner), x, outer)
    return x


def test_a_saddle_is_found_alike_in_all_modes() -> None:
    with zg.options(backend="python"):
        found = [saddle(inner, outer) for inner in MODES for outer in MODES]
    for other in found[1:]:
        assert other == pytest.approx(found[0], rel=1e-12, abs=1e-13)
    assert found[0] == pytest.approx([-0.4, 0.0], abs=1e-5)


@pytest.mark.parametrize("outer", MODES)
@pytest.mark.parametrize("inner", MODES)
def test_the_saddle_itself_has_derivatives(inner, outer) -> None:
    """A third level: how the saddle moves with a parameter of the height."""

    def place(c):
        def top(x):
            y = np.array([1.0, -1.0])
            for _ in range(6):
                y = y + 0.3 * gradient(lambda z: c * height(x, z), y, inner)
            return height(x, y)

        x = np.array([1.0, 1.0])
        for _ in range(4):
            x = x - 0.3 * gradient(top, x, outer)
        return x[0] * x[1]

    with zg.options(backend="python"):
        by_modes = slope(place, 0.9, "reverse"), slope(place, 0.9, "forward")
        by_differences = (place(0.9 + 1e-5) - place(0.9 - 1e-5)) / 2e-5
    assert by_modes[0] == pytest.approx(by_modes[1], rel=1e-11)
    assert by_modes[0] == pytest.approx(by_differences, rel=1e-6)
