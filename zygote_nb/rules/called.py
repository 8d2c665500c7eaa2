"""Rules that are called: what they did has no derivative of its own, so that second derivatives are refused."""

from zygote_nb.ir.callables import Attribute
from zygote_nb.rules.linearity import linear
from zygote_nb.rules.placeholders import not_implemented
from zygote_nb.rules.registry import pullback_rule, pushforward_rule
from zygote_nb.runtime.called import fits, pull, push_rule, push_rule_apart, run_rule, run_rule_apart

ONCE = "a rule that can't be read into the generated code, and is called, has first derivatives only"

for _fn in (run_rule, run_rule_apart, push_rule, push_rule_apart, pull, Attribute("value")):
    pushforward_rule(_fn, lambda t, y, *args, **kwargs: not_implemented(ONCE))
    pullback_rule(_fn, lambda dy, y, *args, **kwargs: tuple(not_implemented(ONCE) for _ in args))

pullback_rule(fits, lambda dy, y, cotangent, x, rule, position: (dy, None, None, None))
linear(fits, inert=(1,))
