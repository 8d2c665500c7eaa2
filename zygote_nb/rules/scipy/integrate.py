"""``scipy.integrate``: the parts of which calls of its functions are made."""

import numpy as np
from scipy import integrate

from zygote_nb.rules.named import refusals
from zygote_nb.rules.placeholders import not_implemented, wanted
from zygote_nb.rules.registry import alias, pullback_rule, pushforward_rule
from zygote_nb.runtime.integrals import integral, integral_adjoint, integral_along, value_at
from zygote_nb.runtime.trajectories import (
    at_end,
    slopes_along,
    slopes_at,
    trajectory,
    trajectory_adjoint,
    trajectory_along,
    trajectory_at,
)
from zygote_nb.runtime.vectors import no_slope

ONCE = "integrals and solutions of differential equations have first derivatives only"
START = "by the time at which it starts; start at a constant, and let the right side move instead"


@pullback_rule(integral)
def integral_pullback(dy, y, f, a, b, held, epsabs=1.49e-8, epsrel=1.49e-8, limit=50, points=None):
    g = integral_adjoint(held, dy[0], wanted(), f, a, b, points)
    return None, -dy[0] * value_at(f, a, held), dy[0] * value_at(f, b, held), g


@pushforward_rule(integral)
def integral_pushforward(t, y, f, a, b, held, epsabs=1.49e-8, epsrel=1.49e-8, limit=50, points=None):
    inside = integral_along(y[0], t[3], held, f, a, b, points)
    return t[2] * value_at(f, b, held) - t[1] * value_at(f, a, held) + inside, 0.0


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
    value_at, integral_adjoint, integral_along, trajectory_adjoint, trajectory_along, slopes_at, slopes_along, at_end,
):  # fmt: skip
    once(_fn)
