"""Rules of fixed points: the step is followed to first order only, so that second derivatives are refused."""

from zygote_nb.rules.registry import frule, not_implemented, rrule
from zygote_nb.runtime.implicit import settled, settled_along, settled_back


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
    return settled_along(slopes, rest), not_implemented("zg.fixed_point has first derivatives only")


@rrule(settled_along)
def settled_along_rule(slopes, rest):
    def settled_along_pullback(dy):
        return (
            not_implemented("zg.fixed_point has first derivatives only"),
            not_implemented("zg.fixed_point has first derivatives only"),
        )

    return settled_along(slopes, rest), settled_along_pullback


@frule(settled_back)
def settled_back_tangent(tangents, slopes, dy):
    return settled_back(slopes, dy), not_implemented("zg.fixed_point has first derivatives only")


@rrule(settled_back)
def settled_back_rule(slopes, rest):
    def settled_back_pullback(dy):
        return (
            not_implemented("zg.fixed_point has first derivatives only"),
            not_implemented("zg.fixed_point has first derivatives only"),
        )

    return settled_back(slopes, rest), settled_back_pullback
