"""``scipy.optimize``: the parts of which calls of its functions are made.

A solution is followed to first order only. Where further derivatives are taken, the program is read again, with steps
of Newton's method (``driver/derived``).
"""

from scipy import optimize

from zygote_nb.rules.named import refusals
from zygote_nb.rules.placeholders import not_implemented
from zygote_nb.rules.registry import frule, non_differentiable, rrule
from zygote_nb.runtime.implicit import FEWER
from zygote_nb.runtime.solvers import (
    count_of,
    determined,
    flag_of,
    implied,
    implied_along,
    implied_back,
    number_of,
    point_of,
    searched,
    word_of,
)

for _constant in (determined, searched, point_of, number_of, count_of, flag_of, word_of):
    non_differentiable(_constant)


@rrule(implied)
def implied_rule(x, slopes, rest):
    def implied_pullback(dy):
        return None, None, implied_back(x, slopes, rest, dy)

    return implied(x, slopes, rest), implied_pullback


@frule(implied)
def implied_tangent(tangents, x, slopes, rest):
    return implied(x, slopes, rest), implied_along(x, slopes, rest, tangents[2])


def once(fn):
    @frule(fn)
    def no_tangent(tangents, x, slopes, rest, right):
        return fn(x, slopes, rest, right), not_implemented(FEWER)

    @rrule(fn)
    def no_cotangents(x, slopes, rest, right):
        def pullback(dy):
            return (
                not_implemented(FEWER), not_implemented(FEWER), not_implemented(FEWER), not_implemented(FEWER)
            )  # fmt: skip

        return fn(x, slopes, rest, right), pullback


for _fn in (implied_along, implied_back):
    once(_fn)

refusals(optimize, "use minimize on the sum of squares", "least_squares leastsq curve_fit nnls lsq_linear")
refusals(optimize, "use root or zg.fixed_point", "fixed_point broyden1 broyden2 anderson newton_krylov diagbroyden")
refusals(
    optimize,
    "use minimize",
    """fmin fmin_bfgs fmin_cg fmin_ncg fmin_l_bfgs_b fmin_tnc fmin_cobyla fmin_slsqp fmin_powell fminbound brent golden
    differential_evolution basinhopping dual_annealing shgo direct brute""",
)
refusals(
    optimize,
    "its solution is at a corner, and moves with the data in jumps",
    "linprog milp linear_sum_assignment quadratic_assignment",
)
refusals(optimize, "use zg.gradient", "approx_fprime check_grad bracket")
