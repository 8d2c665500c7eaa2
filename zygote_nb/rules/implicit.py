"""Rules of fixed points: a step is followed to first order only, Newton's method to so many orders as are right.

Further derivatives are refused, and the program is then read again, with more steps (``driver/derived``).
"""

from zygote_nb.rules.placeholders import not_implemented
from zygote_nb.rules.registry import frule, non_differentiable, rrule
from zygote_nb.runtime.implicit import FEWER, followed, settled, settled_along, settled_back

non_differentiable(followed)


@rrule(settled)
def settled_rule(slopes, rest):
    def settled_pullback(dy):
        return None, settled_back(slopes, dy)

    return settled(slopes, rest), settled_pullback


@frule(settled)
def settled_tangent(tangents, slopes, rest):
    return settled(slopes, rest), settled_along(slopes, tangents[1])


@frule(settled_along)
def settled_along_tangent(tangents, slopes, rest):
    return settled_along(slopes, rest), not_implemented(FEWER)


@rrule(settled_along)
def settled_along_rule(slopes, rest):
    def settled_along_pullback(dy):
        return (
            not_implemented(FEWER),
            not_implemented(FEWER),
        )

    return settled_along(slopes, rest), settled_along_pullback


@frule(settled_back)
def settled_back_tangent(tangents, slopes, dy):
    return settled_back(slopes, dy), not_implemented(FEWER)


@rrule(settled_back)
def settled_back_rule(slopes, rest):
    def settled_back_pullback(dy):
        return (
            not_implemented(FEWER),
            not_implemented(FEWER),
        )

    return settled_back(slopes, rest), settled_back_pullback
