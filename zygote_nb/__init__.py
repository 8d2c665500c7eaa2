"""zygote_nb: gradients of ordinary Python and NumPy code, as source that one can read, compiled with Numba.

>>> import zygote_nb as zg
>>> def f(x):
...     return 5 * x + 3
>>> zg.gradient(f, 10)
(5.0,)
"""

from typing import Any

from zygote_nb.api import call, gradient, pullback, withgradient
from zygote_nb.driver.params import Grads, Params
from zygote_nb.errors import (
    CompileError,
    GradientCheckError,
    NoRuleError,
    ScalarOutputError,
    SourceNotFoundError,
    UnsupportedSyntaxError,
    ZygoteError,
)
from zygote_nb.higher import jvp, pushforward
from zygote_nb.higher.grad import D, grad, value_and_grad
from zygote_nb.inspection import code_adjoint, code_ir, code_llvm, code_native, explain, which
from zygote_nb.options import options
from zygote_nb.rules.registry import frule, non_differentiable, not_implemented, rrule, scalar_rule
from zygote_nb.runtime.steering import hook, ignore_derivatives, isderiving, showgrad
from zygote_nb.testing import check_grads
from zygote_nb.trees import ravel, tree_map

__all__ = [
    "CompileError",
    "D",
    "GradientCheckError",
    "Grads",
    "NoRuleError",
    "Params",
    "ScalarOutputError",
    "SourceNotFoundError",
    "UnsupportedSyntaxError",
    "ZygoteError",
    "call",
    "check_grads",
    "code_adjoint",
    "code_ir",
    "code_llvm",
    "code_native",
    "explain",
    "frule",
    "grad",
    "gradient",
    "graph",
    "hook",
    "ignore_derivatives",
    "isderiving",
    "jvp",
    "non_differentiable",
    "not_implemented",
    "options",
    "pullback",
    "pushforward",
    "ravel",
    "rrule",
    "scalar_rule",
    "show",
    "showgrad",
    "tree_map",
    "value_and_grad",
    "which",
    "withgradient",
]


def __getattr__(name: str) -> Any:
    """What draws is loaded when it is first asked for."""
    if name == "graph":
        from zygote_nb.notebook.graph.pullback import graph

        return graph
    if name == "show":
        from zygote_nb.notebook.explorer.show import show

        return show
    raise AttributeError(f"module 'zygote_nb' has no attribute {name!r}")


def load_ipython_extension(ipython: Any) -> None:
    """Register the magics: ``%load_ext zygote_nb``."""
    from zygote_nb import notebook

    notebook.load_ipython_extension(ipython)


def unload_ipython_extension(ipython: Any) -> None:
    """Take the magics away again."""
    from zygote_nb import notebook

    notebook.unload_ipython_extension(ipython)
