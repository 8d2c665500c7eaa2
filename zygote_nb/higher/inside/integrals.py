"""Calls of ``scipy.integrate``, inside of functions that are differentiated."""

from __future__ import annotations

import ast
from types import SimpleNamespace
from typing import Any

from scipy import integrate

from zygote_nb.frontend.heap import new_object
from zygote_nb.frontend.lower import Lowering
from zygote_nb.frontend.lowered import FUNCTIONS
from zygote_nb.frontend.unsampled import GIVEN
from zygote_nb.higher.inside.callback import arguments, callback, check_number, check_vector
from zygote_nb.higher.inside.keywords import bound, is_given, options, vector
from zygote_nb.ir.core import Tuple
from zygote_nb.ir.kinds import BOOL, FLOAT, Array, Kind, TupleOf
from zygote_nb.runtime.integrals import integral
from zygote_nb.runtime.trajectories import trajectory, trajectory_at
from zygote_nb.runtime.vectors import no_slope

Kwargs = tuple[tuple[str, Any], ...]

GIVEN[integral] = lambda args, kwargs: TupleOf((FLOAT, FLOAT))


def call_quad(lo: Lowering, node: ast.AST, args: list[Any], kwargs: Kwargs) -> Any:
    given = bound(lo, node, integrate.quad, args, kwargs, "func a b args epsabs epsrel limit points")
    f, name, held = callback(lo, node, given["func"], (FLOAT,), arguments(lo, given.get("args")))
    check_number(lo, node, f)
    ends = [lo.snapshot(given[end]) for end in ("a", "b")]
    return lo.apply(node, integral, [name, *ends, held], options(lo, node, given, "epsabs epsrel limit points"))


def call_solve_ivp(lo: Lowering, node: ast.AST, args: list[Any], kwargs: Kwargs) -> Any:
    passed = "method t_eval rtol atol first_step max_step min_step lband uband"
    given = bound(lo, node, integrate.solve_ivp, args, kwargs, f"fun t_span y0 args {passed}")
    span, y0 = lo.snapshot(given["t_span"]), vector(lo, node, given["y0"])
    ends = span.items if isinstance(span, Tuple) else [lo.getitem(node, span, lo.constant(i)) for i in (0, 1)]
    f, name, held = callback(lo, node, given["fun"], (FLOAT, y0.kind), arguments(lo, given.get("args")))
    check_vector(lo, node, f)
    words = dict(options(lo, node, given, passed))
    times = words.get("t_eval")
    if is_given(times):
        words["t_eval"] = times = vector(lo, node, times)
    run = lo.apply(node, trajectory, [name, *ends, y0, held], tuple(words.items()))
    y, t, success = lo.snapshot(lo.assigned(node, lo.fresh("solution"), run)).items
    return new_object(lo, node, SimpleNamespace, [("t", t), ("y", y), ("success", success)], "solution")


def call_odeint(lo: Lowering, node: ast.AST, args: list[Any], kwargs: Kwargs) -> Any:
    passed = "ml mu rtol atol tcrit h0 hmax hmin ixpr mxstep mxhnil mxordn mxords printmessg"
    given = bound(lo, node, integrate.odeint, args, kwargs, f"func y0 t args tfirst {passed}")
    times, y0 = vector(lo, node, given["t"]), vector(lo, node, given["y0"])
    turned = not is_given(given.get("tfirst"))
    f, name, held = callback(lo, node, given["func"], (FLOAT, y0.kind), arguments(lo, given.get("args")), turned)
    check_vector(lo, node, f)
    return lo.apply(node, trajectory_at, [name, times, y0, held], options(lo, node, given, passed))


def columns(args: tuple[Any, ...], kwargs: tuple[Any, ...]) -> Kind:
    """Values of ``solve_ivp`` with their times."""
    times = dict(kwargs).get("t_eval", ("const", None, None))
    label = times[1].dims[0] if times[0] == "kind" and isinstance(times[1], Array) else None
    y0 = args[3][1]
    return TupleOf((Array("float64", (y0.dims[0], label)), Array("float64", (label,)), BOOL))


def rows(args: tuple[Any, ...], kwargs: tuple[Any, ...]) -> Kind:
    return Array("float64", (args[1][1].dims[0], args[2][1].dims[0]))


GIVEN[trajectory] = columns
GIVEN[no_slope] = lambda args, kwargs: FLOAT
GIVEN[trajectory_at] = rows
FUNCTIONS.update({integrate.quad: call_quad, integrate.solve_ivp: call_solve_ivp, integrate.odeint: call_odeint})
