"""Calls of ``scipy.optimize``, inside of functions that are differentiated: by the implicit function theorem."""

from __future__ import annotations

import ast
from types import SimpleNamespace
from typing import Any

import numpy as np
from scipy import optimize

from zygote_nb import api
from zygote_nb.frontend.heap import new_object
from zygote_nb.frontend.lower import Lowering
from zygote_nb.frontend.lowered import FUNCTIONS, Lower
from zygote_nb.frontend.unsampled import GIVEN
from zygote_nb.frontend.values import make_tuple, static
from zygote_nb.higher.inside.callback import arguments, callback, check_number, check_vector
from zygote_nb.higher.inside.composed import constantly, hessian_of, jacobian_of, slope
from zygote_nb.higher.inside.keywords import bound, is_given, options, vector
from zygote_nb.ir.core import Const, Expr, Name
from zygote_nb.ir.kinds import BOOL, FLOAT, INT, Kind, Opaque, Scalar, describe
from zygote_nb.runtime.implicit import followed
from zygote_nb.runtime.solvers import count_of, determined, flag_of, implied, number_of, point_of, searched, word_of

Kwargs = tuple[tuple[str, Any], ...]
Call = tuple[Any, list[Any], Name]
"""The function, its further arguments, and what the solver returned."""

GIVEN[searched] = lambda args, kwargs: Opaque("result of a solver")
GIVEN[flag_of] = lambda args, kwargs: BOOL
GIVEN[count_of] = lambda args, kwargs: INT
GIVEN[word_of] = lambda args, kwargs: Opaque("str")

# What is differentiated: read like any function


def root_of(f: Any, x: Any, *args: Any) -> Any:
    """A number where a function is zero."""
    return implied(x, constantly(slope, lambda z: f(z, *args), x), f(x, *args))


def vector_root_of(f: Any, x: Any, *args: Any) -> Any:
    """A vector where a function is zero."""
    slopes = constantly(jacobian_of, lambda z: np.atleast_1d(np.array(f(z, *args))), x)
    return implied(x, slopes[0], np.array(f(x, *args)))


def minimum_of(f: Any, x: Any, *args: Any) -> Any:
    """A vector, or a number, where the gradient is zero."""
    slopes = constantly(hessian_of, lambda z: f(z, *args), x)
    return implied(x, slopes, api.gradient(lambda z: f(z, *args), x)[0])


# The same for higher derivatives: each step of Newton's method doubles how many are right, and adds one


def root_by_newton(count: int, order: int, f: Any, x: Any, *args: Any) -> Any:
    x = followed(determined(x, slope(lambda z: f(z, *args), x), f(x, *args)), order)
    for _ in range(count):
        x = x - f(x, *args) / slope(lambda z: f(z, *args), x)
    return x


def vector_root_by_newton(count: int, order: int, f: Any, x: Any, *args: Any) -> Any:
    def rest(z: Any) -> Any:
        return np.atleast_1d(np.array(f(z, *args)))

    x = followed(determined(x, jacobian_of(rest, x)[0], rest(x)), order)
    for _ in range(count):
        x = x - np.linalg.solve(jacobian_of(rest, x)[0], rest(x))
    return x


def minimum_by_newton(count: int, order: int, f: Any, x: Any, *args: Any) -> Any:
    def total(z: Any) -> Any:
        return f(z, *args)

    x = followed(determined(x, hessian_of(total, x), api.gradient(total, x)[0]), order)
    for _ in range(count):
        x = x - newton_step(hessian_of(total, x), api.gradient(total, x)[0])
    return x


def newton_step(slopes: Any, rest: Any) -> Any:
    return rest / slopes if np.ndim(rest) == 0 else np.linalg.solve(slopes, rest)


BY_NEWTON = {root_of: root_by_newton, vector_root_of: vector_root_by_newton, minimum_of: minimum_by_newton}


def solution(lo: Lowering, node: ast.AST, implicit: Any, fn: Any, x: Expr, rest: list[Any]) -> Any:
    """Where a solver ended, to first order, which is all that most derivatives need, or to the order that is needed."""
    if lo.program.newton_steps == 0:
        return lo.call_value(node, static(implicit), [fn, x, *rest])
    count = lo.program.newton_steps
    known = [Const(count, INT), static(2**count - 1)]
    return lo.call_value(node, static(BY_NEWTON[implicit]), [*known, fn, x, *rest])


# Solvers


def search(
    lo: Lowering, node: ast.AST, solver: Any, given: dict[str, Any], kind: Kind, start: list[Any], passed: str,
    function: str, vector: bool = False, derivatives: str = "",
) -> Call:  # fmt: skip
    """The solver's own run, through which no derivative passes."""
    fn, rest = given[function], arguments(lo, given.get("args"))
    f, name, held = callback(lo, node, fn, (kind,), rest)
    (check_vector if vector else check_number)(lo, node, f)
    others = []
    for word in derivatives.split():
        if is_given(given.get(word)):
            _, other, others_held = callback(lo, node, given[word], (kind,), rest)
            others.append(make_tuple((static(word), other, others_held), tuple))
    args = [static(solver), name, held, make_tuple(tuple(others), tuple), *start]
    run = lo.apply(node, searched, args, options(lo, node, given, passed))
    return fn, rest, lo.temporary("found", run, node)


def between(solver: Any) -> Lower:
    """A root between two numbers."""

    def call(lo: Lowering, node: ast.AST, args: list[Any], kwargs: Kwargs) -> Any:
        given = bound(lo, node, solver, args, kwargs, "f a b args k xtol rtol maxiter disp")
        ends = [lo.snapshot(given[end]) for end in ("a", "b")]
        fn, rest, found = search(lo, node, solver, given, FLOAT, ends, "k xtol rtol maxiter disp", "f")
        x = lo.temporary("x", lo.apply(node, point_of, [number(), found]), node)
        return solution(lo, node, root_of, fn, x, rest)

    return call


def number() -> Expr:
    return Const(0.0, FLOAT)


def call_newton(lo: Lowering, node: ast.AST, args: list[Any], kwargs: Kwargs) -> Any:
    passed = "tol maxiter x1 rtol disp"
    words = f"func x0 args fprime fprime2 {passed}"
    given = bound(lo, node, optimize.newton, args, kwargs, words)
    start = scalar(lo, node, given["x0"])
    fn, rest, found = search(
        lo, node, optimize.newton, given, FLOAT, [start], passed, "func", derivatives="fprime fprime2"
    )
    x = lo.temporary("x", lo.apply(node, point_of, [number(), found]), node)
    return solution(lo, node, root_of, fn, x, rest)


def scalar(lo: Lowering, node: ast.AST, value: Any) -> Any:
    value = lo.snapshot(value)
    if not isinstance(value.kind, Scalar):
        what = f"the start is {describe(value.kind)}"
        raise lo.refuse(node, what, "start with a number, or use scipy.optimize.root")
    return value


def call_root_scalar(lo: Lowering, node: ast.AST, args: list[Any], kwargs: Kwargs) -> Any:
    passed = "method bracket x0 x1 xtol rtol maxiter options"
    given = bound(lo, node, optimize.root_scalar, args, kwargs, f"f args fprime fprime2 {passed}")
    fn, rest, found = search(
        lo, node, optimize.root_scalar, given, FLOAT, [], passed, "f", derivatives="fprime fprime2"
    )
    x = lo.temporary("x", lo.apply(node, number_of, [number(), found, static("root")]), node)
    root = solution(lo, node, root_of, fn, x, rest)
    fields = [("root", root), ("converged", lo.apply(node, flag_of, [found, static("converged")]))]
    fields += [(name, lo.apply(node, count_of, [found, static(name)])) for name in ("iterations", "function_calls")]
    return new_object(lo, node, SimpleNamespace, fields, "result")


def call_fsolve(lo: Lowering, node: ast.AST, args: list[Any], kwargs: Kwargs) -> Any:
    passed = "xtol maxfev band epsfcn factor diag col_deriv"
    given = bound(lo, node, optimize.fsolve, args, kwargs, f"func x0 args fprime {passed}")
    start = vector(lo, node, given["x0"])
    fn, rest, found = search(lo, node, optimize.fsolve, given, start.kind, [start], passed, "func", True, "fprime")
    x = lo.temporary("x", lo.apply(node, point_of, [start, found]), node)
    return solution(lo, node, vector_root_of, fn, x, rest)


def call_root(lo: Lowering, node: ast.AST, args: list[Any], kwargs: Kwargs) -> Any:
    given = bound(lo, node, optimize.root, args, kwargs, "fun x0 args method jac tol options")
    start = vector(lo, node, given["x0"])
    fn, rest, found = search(
        lo, node, optimize.root, given, start.kind, [start], "method tol options", "fun", True, "jac"
    )
    x = lo.temporary("x", lo.apply(node, point_of, [start, found, static("x")]), node)
    fields = [("x", solution(lo, node, vector_root_of, fn, x, rest))]
    fields.append(("fun", lo.apply(node, point_of, [start, found, static("fun")])))
    method = given.get("method", static("hybr"))
    counts = ("nfev",) if isinstance(method, Const) and method.value in ("hybr", "lm", "df-sane") else ("nit",)
    return new_object(lo, node, SimpleNamespace, [*fields, *report(lo, node, found, *counts)], "result")


def report(lo: Lowering, node: ast.AST, found: Name, *counts: str) -> list[tuple[str, Any]]:
    """What else the solver says: whether it succeeded, in words, and how many steps it took."""
    return [
        ("success", lo.apply(node, flag_of, [found, static("success")])),
        ("message", lo.apply(node, word_of, [found, static("message")])),
        *((name, lo.apply(node, count_of, [found, static(name)])) for name in counts),
    ]


def call_minimize(lo: Lowering, node: ast.AST, args: list[Any], kwargs: Kwargs) -> Any:
    given = bound(lo, node, optimize.minimize, args, kwargs, "fun x0 args method jac hess tol options")
    start = vector(lo, node, given["x0"])
    fn, rest, found = search(
        lo, node, optimize.minimize, given, start.kind, [start], "method tol options", "fun", False, "jac hess"
    )
    x = lo.temporary("x", lo.apply(node, point_of, [start, found, static("x")]), node)
    return minimum(lo, node, fn, rest, x, report(lo, node, found, "nfev"))


def call_minimize_scalar(lo: Lowering, node: ast.AST, args: list[Any], kwargs: Kwargs) -> Any:
    passed = "bracket method tol options"
    given = bound(lo, node, optimize.minimize_scalar, args, kwargs, f"fun args {passed}")
    fn, rest, found = search(lo, node, optimize.minimize_scalar, given, FLOAT, [], passed, "fun")
    x = lo.temporary("x", lo.apply(node, number_of, [number(), found, static("x")]), node)
    return minimum(lo, node, fn, rest, x, report(lo, node, found, "nfev"))


def minimum(lo: Lowering, node: ast.AST, fn: Any, rest: list[Any], x: Expr, reported: list[tuple[str, Any]]) -> Any:
    point = solution(lo, node, minimum_of, fn, x, rest)
    fields = [("x", point), ("fun", lo.call_value(node, fn, [point, *rest]))]
    return new_object(lo, node, SimpleNamespace, [*fields, *reported], "result")


FUNCTIONS.update({
    optimize.newton: call_newton,
    optimize.root_scalar: call_root_scalar,
    optimize.fsolve: call_fsolve,
    optimize.root: call_root,
    optimize.minimize: call_minimize,
    optimize.minimize_scalar: call_minimize_scalar,
})  # fmt: skip
for _solver in (optimize.brentq, optimize.brenth, optimize.ridder, optimize.bisect, optimize.toms748):
    FUNCTIONS[_solver] = between(_solver)
