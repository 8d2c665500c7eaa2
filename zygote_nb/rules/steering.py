"""Rules of what steers a derivative: nothing passes, a function of the user's is in the way, or it is shown."""

from zygote_nb.rules.placeholders import not_implemented
from zygote_nb.rules.registry import frule, non_differentiable, rrule
from zygote_nb.runtime.steering import detached, hooked, print_cotangent, shown, through

non_differentiable(detached)


@rrule(hooked)
def hooked_rule(fn, x):
    def hooked_pullback(dy):
        g = through(fn, dy)
        return None, g

    return hooked(fn, x), hooked_pullback


@frule(hooked)
def hooked_tangent(tangents, fn, x):
    return hooked(fn, x), tangents[1]


@rrule(shown)
def shown_rule(text, x):
    def shown_pullback(dy):
        g = print_cotangent(text, dy)
        return None, g

    return shown(text, x), shown_pullback


@frule(shown)
def shown_tangent(tangents, text, x):
    return shown(text, x), tangents[1]


@frule(print_cotangent)
def print_cotangent_tangent(tangents, text, dy):
    return print_cotangent(text, dy), tangents[1]


@frule(through)
def through_tangent(tangents, fn, dy):
    return through(fn, dy), not_implemented("a hook changes cotangents, and has no second derivative")
