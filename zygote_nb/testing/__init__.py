"""Checks of derivatives: of a function's gradient, and of a rule."""

from zygote_nb.testing.gradients import check_grads
from zygote_nb.testing.rules import test_frule, test_rrule

__all__ = ["check_grads", "test_frule", "test_rrule"]
