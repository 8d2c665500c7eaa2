"""zygote_nb: gradients of ordinary Python and NumPy code, as source that one can read, compiled with Numba.

>>> import zygote_nb as zg
>>> def f(x):
...     return 5 * x + 3
>>> zg.gradient(f, 10)
(5.0,)
"""

import importlib
from typing import TYPE_CHECKING, Any

from zygote_nb.api import call, gradient, pullback, withgradient
from zygote_nb.caches import refresh
from zygote_nb.driver.params import Grads, Params
from zygote_nb.errors import (
    CompileError,
    GradientCheckError,
    NoRuleError,
    ScalarOutputError,
    SourceNotFoundError,
    UndefinedNameError,
    UnsupportedSyntaxError,
    ZygoteError,
)
from zygote_nb.higher.grad import D, grad, value_and_grad
from zygote_nb.options import options
from zygote_nb.rules.placeholders import not_implemented, thunk
from zygote_nb.rules.registry import frule, non_differentiable, opt_out, rrule, scalar_rule
from zygote_nb.runtime.steering import hook, ignore_derivatives, isderiving, showgrad
from zygote_nb.trees import ravel, tree_map

if TYPE_CHECKING:
    from zygote_nb.higher.checkpoint import checkpoint, checkpointed
    from zygote_nb.higher.fixed import fixed_point
    from zygote_nb.higher.forwarded import forwarddiff
    from zygote_nb.higher.hessians import diaghessian, hessian, hessian_reverse, hvp, withhessian
    from zygote_nb.higher.jacobians import jacobian, withjacobian
    from zygote_nb.higher.tangents import jvp, pushforward
    from zygote_nb.inspection import code_adjoint, code_ir, code_llvm, code_native, explain, which
    from zygote_nb.notebook.explorer.show import show
    from zygote_nb.notebook.graph.pullback import graph
    from zygote_nb.runtime.checkpoints import checkpoint_range
    from zygote_nb.testing import check_grads, test_frule, test_rrule

__all__ = [
    "CompileError",
    "D",
    "GradientCheckError",
    "Grads",
    "NoRuleError",
    "Params",
    "ScalarOutputError",
    "SourceNotFoundError",
    "UndefinedNameError",
    "UnsupportedSyntaxError",
    "ZygoteError",
    "call",
    "check_grads",
    "checkpoint",
    "checkpoint_range",
    "checkpointed",
    "code_adjoint",
    "code_ir",
    "code_llvm",
    "code_native",
    "diaghessian",
    "explain",
    "fixed_point",
    "forwarddiff",
    "frule",
    "grad",
    "gradient",
    "graph",
    "hessian",
    "hessian_reverse",
    "hook",
    "hvp",
    "ignore_derivatives",
    "isderiving",
    "jacobian",
    "jvp",
    "non_differentiable",
    "not_implemented",
    "opt_out",
    "options",
    "pullback",
    "pushforward",
    "ravel",
    "refresh",
    "rrule",
    "scalar_rule",
    "show",
    "showgrad",
    "test_frule",
    "test_rrule",
    "thunk",
    "tree_map",
    "value_and_grad",
    "which",
    "withgradient",
    "withhessian",
    "withjacobian",
]

_HOMES = {
    "higher.checkpoint": ("checkpoint", "checkpointed"),
    "higher.forwarded": ("forwarddiff",),
    "runtime.checkpoints": ("checkpoint_range",),
    "higher.fixed": ("fixed_point",),
    "higher.hessians": ("diaghessian", "hessian", "hessian_reverse", "hvp", "withhessian"),
    "higher.jacobians": ("jacobian", "withjacobian"),
    "higher.tangents": ("jvp", "pushforward"),
    "inspection": ("code_adjoint", "code_ir", "code_llvm", "code_native", "explain", "which"),
    "notebook.explorer.show": ("show",),
    "notebook.graph.pullback": ("graph",),
    "testing": ("check_grads", "test_frule", "test_rrule"),
}
"""Where the names live that are loaded when they are first asked for: a first gradient needs none of them."""


def __getattr__(name: str) -> Any:
    for home, names in _HOMES.items():
        if name in names:
            value = getattr(importlib.import_module(f"{__name__}.{home}"), name)
            globals()[name] = value
            return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


def load_ipython_extension(ipython: Any) -> None:
    """Register the magics: ``%load_ext zygote_nb``."""
    from zygote_nb import notebook

    notebook.load_ipython_extension(ipython)


def unload_ipython_extension(ipython: Any) -> None:
    """Take the magics away again."""
    from zygote_nb import notebook

    notebook.unload_ipython_extension(ipython)
