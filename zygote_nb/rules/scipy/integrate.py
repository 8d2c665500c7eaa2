"""``scipy.integrate``: the parts of which calls of its functions are made."""

import numpy as np
from scipy import integrate

from zygote_nb.rules.named import refusals
from zygote_nb.rules.placeholders import not_implemented, wanted
from zygote_nb.rules.registry import alias, non_differentiable, pullback_rule, pushforward_rule
from zygote_nb.runtime.integrals import (
    adjoint_along,
    along_twice,
    integral,
    integral_adjoint,
    integral_along,
    twice_adjoint,
    value_adjoint,
    value_along,
    value_at,
    value_slope,
)
from zygote_nb.runtime.trajectories import (
    at_end,
    slopes_along,
    slopes_at,
    trajectory,
    trajectory_adjoint,
    trajectory_along,
    trajectory_at,
)
from zygote_nb.runtime.variations import (
    adjoint_moved,
    along_moved,
    at_times,
    columns_moved,
    slopes_back,
    slopes_moved,
)
from zygote_nb.runtime.vectors import no_slope

ONCE = "integrals and solutions of differential equations have two derivatives"
START = "by the time at which it starts; start at a constant, and let the right side move instead"


@pullback_rule(integral)
def integral_pullback(dy, y, f, a, b, held, epsabs=1.49e-8, epsrel=1.49e-8, limit=50, points=None):
    g = integral_adjoint(held, dy[0], wanted(), 3, f, a, b, points)
    return None, -dy[0] * value_at(f, held, a), dy[0] * value_at(f, held, b), g


@pushforward_rule(integral)
def integral_pushforward(t, y, f, a, b, held, epsabs=1.49e-8, epsrel=1.49e-8, limit=50, points=None):
    inside = integral_along(y[0], t[3], held, f, a, b, points)
    return t[2] * value_at(f, held, b) - t[1] * value_at(f, held, a) + inside, 0.0


@pullback_rule(value_at)
def value_at_pullback(dy, y, f, held, x):
    return None, value_adjoint(f, held, x, dy, wanted(), 1), value_slope(f, held, x, dy)


@pushforward_rule(value_at)
def value_at_pushforward(t, y, f, held, x):
    return value_along(f, held, x, t[2], t[1])


@pullback_rule(integral_adjoint)
def integral_adjoint_pullback(g, y, held, dy, flags, place, f, a, b, points=None):
    of_held = twice_adjoint(held, g, dy, wanted(), 0, f, a, b, points)
    of_a, of_b = -dy * value_along(f, held, a, 0.0, g), dy * value_along(f, held, b, 0.0, g)
    return of_held, integral_along(dy, g, held, f, a, b, points), None, None, None, of_a, of_b, None


@pushforward_rule(integral_adjoint)
def integral_adjoint_pushforward(t, y, held, dy, flags, place, f, a, b, points=None):
    return adjoint_along(held, t[0], t[1], t[5], t[6], dy, flags, place, f, a, b, points)


@pullback_rule(integral_along)
def integral_along_pullback(dy, y, z, moved, held, f, a, b, points=None):
    of_moved = integral_adjoint(held, dy, wanted(), 1, f, a, b, points)
    of_held = twice_adjoint(held, moved, dy, wanted(), 2, f, a, b, points)
    of_a, of_b = -dy * value_along(f, held, a, 0.0, moved), dy * value_along(f, held, b, 0.0, moved)
    return None, of_moved, of_held, None, of_a, of_b, None


@pushforward_rule(integral_along)
def integral_along_pushforward(t, y, z, moved, held, f, a, b, points=None):
    return along_twice(y, t[1], t[2], t[4], t[5], moved, held, f, a, b, points)


@pullback_rule(trajectory)
def trajectory_pullback(dy, y, f, t0, t1, y0, held, t_eval=None, method="RK45", **options):
    start, inside = trajectory_adjoint(y0, held, dy[0], y[1], wanted(), f, t0, method, 4)
    if t_eval is None:
        end = slopes_at(y[1], dy[0], f, y[0], held)[-1] + dy[1][-1]
        return None, not_implemented(START), end, start, inside, None
    return None, not_implemented(START), 0.0, start, inside, slopes_at(y[1], dy[0], f, y[0], held) + dy[1]


@pushforward_rule(trajectory)
def trajectory_pushforward(t, y, f, t0, t1, y0, held, t_eval=None, method="RK45", **options):
    inside = trajectory_along(y[0], t[4], t[3], y[1], f, t0, y0, held, method) + t[1] * no_slope(START)
    if t_eval is None:
        end = slopes_along(y[0], t[2] * at_end(y[1]), f, y[1], held)
        return inside + end, t[2] * at_end(y[1]), 0.0
    return inside + slopes_along(y[0], t[5], f, y[1], held), t[5], 0.0


@pushforward_rule(trajectory_at)
def trajectory_at_pushforward(t, y, f, times, y0, held, **options):
    inside = trajectory_along(y.T, t[3], t[2], times, f, times[0], y0, held, "LSODA").T
    return inside + np.sum(t[1]) * no_slope(START)


@pullback_rule(trajectory_at)
def trajectory_at_pullback(dy, y, f, times, y0, held, **options):
    start, inside = trajectory_adjoint(y0, held, dy.T, times, wanted(), f, times[0], "LSODA", 3)
    return None, not_implemented(START), start, inside


@pullback_rule(trajectory_adjoint)
def trajectory_adjoint_pullback(g, y, y0, held, dy, times, flags, f, t0, method, place):
    start, inside = adjoint_moved(y0, held, g[0], g[1], 0.0, 0.0, dy, times, wanted(), f, t0, method, 1)
    of_dy = trajectory_along(dy, g[1], g[0], times, f, t0, y0, held, method)
    of_times = at_times(times, g[0], g[1], dy, f, t0, y0, held, method)
    return start, inside, of_dy, of_times, None, None, not_implemented(START), None, None


@pushforward_rule(trajectory_adjoint)
def trajectory_adjoint_pushforward(t, y, y0, held, dy, times, flags, f, t0, method, place):
    return adjoint_moved(y0, held, t[0], t[1], t[2], t[3], dy, times, flags, f, t0, method, place)


@pullback_rule(trajectory_along)
def trajectory_along_pullback(dy, y, z, moved, dy0, times, f, t0, y0, held, method):
    of_dy0, of_moved = trajectory_adjoint(y0, held, dy, times, wanted(), f, t0, method, 1)
    start, inside = adjoint_moved(y0, held, dy0, moved, 0.0, 0.0, dy, times, wanted(), f, t0, method, 7)
    of_times = at_times(times, dy0, moved, dy, f, t0, y0, held, method)
    return None, of_moved, of_dy0, of_times, None, not_implemented(START), start, inside, None


@pushforward_rule(trajectory_along)
def trajectory_along_pushforward(t, y, z, moved, dy0, times, f, t0, y0, held, method):
    return along_moved(y, t[1], t[2], t[6], t[7], t[3], moved, dy0, times, f, t0, y0, held, method)


@pullback_rule(slopes_at)
def slopes_at_pullback(g, y, times, dy, f, solution, held):
    of_times, of_dy, of_y, inside = slopes_back(times, dy, f, solution, held, g, wanted())
    return of_times, of_dy, None, of_y, inside


@pushforward_rule(slopes_at)
def slopes_at_pushforward(t, y, times, dy, f, solution, held):
    return slopes_at(times, t[1], f, solution, held) + slopes_moved(times, t[0], t[3], t[4], f, solution, held, dy)


@pushforward_rule(slopes_along)
def slopes_along_pushforward(t, y, solution, dt, f, times, held):
    change = columns_moved(solution, t[3], t[0], t[4], times, f, held)
    return slopes_along(solution, t[1], f, times, held) + dt * change


@pullback_rule(slopes_along)
def slopes_along_pullback(dy, y, solution, dt, f, times, held):
    return not_implemented(ONCE), not_implemented(ONCE), None, not_implemented(ONCE), not_implemented(ONCE)


non_differentiable(at_end)


def once(fn):
    """A helper of derivatives that are not differentiated again."""

    @pullback_rule(fn)
    def no_pullback(dy, y, *args):
        return tuple(not_implemented(ONCE) for _ in args)

    @pushforward_rule(fn)
    def no_pushforward(t, y, *args):
        return not_implemented(ONCE)


alias(integrate.trapezoid, np.trapezoid)
refusals(integrate, "write it as quad inside of quad", "dblquad tplquad nquad")
refusals(integrate, "write it with np.sum, or use quad", "fixed_quad quad_vec romb simpson newton_cotes cubature")
refusals(integrate, "write it with np.cumsum", "cumulative_trapezoid cumulative_simpson")
refusals(
    integrate,
    "use solve_ivp",
    "ode complex_ode solve_bvp RK23 RK45 DOP853 Radau BDF LSODA OdeSolver DenseOutput OdeSolution",
)

for _fn in (
    twice_adjoint, adjoint_along, along_twice, value_adjoint, value_slope, value_along, adjoint_moved,
    along_moved, at_times, slopes_back, slopes_moved, columns_moved,
):  # fmt: skip
    once(_fn)
