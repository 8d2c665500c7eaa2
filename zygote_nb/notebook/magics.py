"""The magics, and the settings that they have in common."""

from __future__ import annotations

from argparse import Namespace
from functools import partial
from typing import Any

from IPython.core.magic import Magics, cell_magic, magics_class, no_var_expand, output_can_be_silenced
from IPython.core.magic_arguments import argument, magic_arguments
from traitlets import Bool, Float

from zygote_nb.display.document import Document, Say
from zygote_nb.display.shown import Shown
from zygote_nb.notebook.adjoint import stage_document
from zygote_nb.notebook.annotate import annotated_document
from zygote_nb.notebook.calls import frozen, gradients, identifier, remarks_on
from zygote_nb.notebook.cell.definitions import definitions_document
from zygote_nb.notebook.cell.run import run
from zygote_nb.notebook.diagnosis.check import check
from zygote_nb.notebook.diagnosis.nantrace import trace
from zygote_nb.notebook.diagnosis.profile import profile
from zygote_nb.notebook.graph.pullback import graph_of
from zygote_nb.notebook.line import Call
from zygote_nb.notebook.line_magic import on_call
from zygote_nb.notebook.replay.run import BUDGET
from zygote_nb.notebook.results import Gradients
from zygote_nb.notebook.tracebacks import users_lines_first

__all__ = ["ZygoteMagics"]


@magics_class
class ZygoteMagics(Magics):
    """Derivatives in the notebook."""

    picture = Bool(True, help="Show annotated source below the gradients of %%grad.").tag(config=True)
    budget = Float(BUDGET, help="Seconds that %%grad may spend on running the code once more for the picture.").tag(
        config=True
    )

    @on_call(
        "grad",
        argument("-v", "--value", action="store_true", help="show the function's value too"),
        argument("--check", action="store_true", help="compare with finite differences"),
    )
    def grad_line(self, options: Namespace, call: Call) -> Gradients:
        """The gradient of a function at a call: `%grad f(x, y, k=2)`."""
        __tracebackhide__ = True
        return gradients(call, options.wrt, options.value, options.check)

    @cell_magic("grad")
    @magic_arguments("%grad")
    @argument("-c", "--code", action="store_true", help="show the generated code too")
    @argument("-g", "--graph", action="store_true", help="show the pullback graph too")
    @argument(
        "names", nargs="*", metavar="NAME", help="a variable; all float variables that the loss depends on if none"
    )
    @no_var_expand
    @output_can_be_silenced
    def grad_cell(self, line: str, cell: str) -> Gradients | None:
        """Run the cell and differentiate its last expression, or the name that its last statement assigns."""
        __tracebackhide__ = True
        options = self.grad_cell.parser.parse_args(line.replace(",", " ").split())
        silent = cell.rstrip().endswith(";") or not (self.picture or options.code or options.graph)
        look = None if silent else partial(self._look, code=options.code, with_graph=options.graph)
        with users_lines_first(self.shell):
            outcome = run(self.shell, cell, [identifier(name) for name in options.names], look)
        if outcome.said:
            print(f"%%grad: {outcome.said}")
            return None
        if outcome.defined:
            return Shown(definitions_document(outcome.defined, self.shell.user_ns, self.budget))
        self.shell.user_ns["grads"] = dict(outcome.grads)
        remarks = tuple(
            Say(f"{name} is left out: {fn} reads it as a global; pass it as an argument")
            for name, fn in outcome.aside.items()
        )
        remarks += remarks_on(outcome.call, outcome.grads.values())
        return Gradients(outcome.grads, outcome.loss, outcome.loss_text, (*remarks, *(outcome.seen or ())))

    def _look(self, call: Any, taken: float, typed: str, code: bool, with_graph: bool) -> Document:
        """What is shown below the gradients of a cell. A failing picture loses nothing but itself."""
        try:
            shown = annotated_document(call, "cell", self.budget + 2 * min(taken, 2.0), code, typed=typed)
            return (*shown, *graph_of(call, typed).document()) if with_graph else shown
        except Exception as error:
            return (Say(f"no picture: {type(error).__name__}: {error}"),)

    @on_call(
        "adjoint",
        argument("--ir", action="store_const", dest="stage", const="ir", help="the IR before differentiation"),
        argument("--llvm", action="store_const", dest="stage", const="llvm", help="LLVM IR of the compiled gradient"),
        argument("--native", action="store_const", dest="stage", const="native", help="its assembly"),
        argument("--explain", action="store_const", dest="stage", const="explain", help="how each function is treated"),
    )
    def adjoint(self, options: Namespace, call: Call) -> Shown:
        """Annotated source and the generated backward pass beside it: `%adjoint f(x)`."""
        __tracebackhide__ = True
        return Shown(stage_document(options.stage, frozen(call, options.wrt), call.text))

    @on_call("gradgraph", argument("-x", "--expand", action="store_true", help="unfold every group"))
    def gradgraph(self, options: Namespace, call: Call) -> Any:
        """The pullback graph: the computation, and beside it, mirrored, its gradient: `%gradgraph f(x)`."""
        __tracebackhide__ = True
        graph = graph_of(frozen(call, options.wrt))
        return graph.expanded() if options.expand else graph

    @on_call(
        "gradcheck",
        argument("--eps", type=float, default=1e-6, help="the relative step (1e-6)"),
        argument("--rtol", type=float, default=1e-5, help="the relative error that is allowed (1e-5)"),
    )
    def gradcheck(self, options: Namespace, call: Call) -> Any:
        """Compare the gradient with finite differences; says which entries are off: `%gradcheck f(x)`."""
        __tracebackhide__ = True
        return check(frozen(call, options.wrt), options.eps, options.rtol)

    @on_call("gradprof")
    def gradprof(self, options: Namespace, call: Call) -> Any:
        """For each line, time forward, time backward, bytes kept in between: `%gradprof f(x)`."""
        __tracebackhide__ = True
        return profile(frozen(call, options.wrt), call.text)

    @on_call("nantrace")
    def nantrace(self, options: Namespace, call: Call) -> Any:
        """The line that makes the first NaN or infinity, where it came out, and what helps: `%nantrace f(x)`."""
        __tracebackhide__ = True
        return trace(frozen(call, options.wrt), call.text)
