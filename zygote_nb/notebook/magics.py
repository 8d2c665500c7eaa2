"""The magics: `%grad`, `%%grad` and `%adjoint`."""

from __future__ import annotations

import argparse
from functools import partial
from typing import Any

from IPython.core.error import UsageError
from IPython.core.magic import (
    Magics,
    cell_magic,
    line_magic,
    magics_class,
    needs_local_scope,
    no_var_expand,
    output_can_be_silenced,
)
from IPython.core.magic_arguments import argument, magic_arguments
from traitlets import Bool, Float

import zygote_nb as zg
from zygote_nb.display.document import Document, Say
from zygote_nb.display.shown import Shown
from zygote_nb.notebook.adjoint import stage_document
from zygote_nb.notebook.annotate import annotated_document
from zygote_nb.notebook.calls import frozen, gradients, identifier, remarks_on
from zygote_nb.notebook.cell.definitions import definitions_document
from zygote_nb.notebook.cell.page import register
from zygote_nb.notebook.cell.run import run
from zygote_nb.notebook.diagnosis.check import check
from zygote_nb.notebook.diagnosis.nantrace import trace
from zygote_nb.notebook.diagnosis.profile import profile
from zygote_nb.notebook.graph.pullback import graph_of
from zygote_nb.notebook.line import Call, evaluate_call, located, split_options
from zygote_nb.notebook.replay.run import BUDGET
from zygote_nb.notebook.results import Gradients

__all__ = ["ZygoteMagics"]

WITH_VALUE = frozenset({"-w", "--wrt", "-o", "--output", "--eps", "--rtol"})  # options that are followed by a word


@magics_class
class ZygoteMagics(Magics):
    """Derivatives in the notebook."""

    picture = Bool(True, help="Show annotated source below the gradients of %%grad.").tag(config=True)
    budget = Float(BUDGET, help="Seconds that %%grad may spend on running the code once more for the picture.").tag(
        config=True
    )

    @line_magic("grad")
    @magic_arguments("grad")
    @argument("-w", "--wrt", metavar="NAME", action="append", help="a parameter of the function; may be repeated")
    @argument("-v", "--value", action="store_true", help="show the function's value too")
    @argument("-o", "--output", metavar="NAME", help="keep the result under this name")
    @argument("--check", action="store_true", help="compare with finite differences")
    @argument("call", nargs=argparse.REMAINDER, help="a call of the function, as it would be typed")
    @no_var_expand
    @needs_local_scope
    @output_can_be_silenced
    def grad_line(self, line: str, local_ns: dict[str, Any] | None = None) -> Gradients:
        """The gradient of a function at a call: `%grad f(x, y, k=2)`."""
        __tracebackhide__ = True
        options, call = self._asked(self.grad_line, line, local_ns)
        with located(call):
            return self._kept(options, gradients(call, options.wrt, options.value, options.check))

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

    @line_magic("adjoint")
    @magic_arguments("adjoint")
    @argument("-w", "--wrt", metavar="NAME", action="append", help="a parameter of the function; may be repeated")
    @argument("-o", "--output", metavar="NAME", help="keep the result under this name")
    @argument("--ir", action="store_const", dest="stage", const="ir", help="the IR before differentiation")
    @argument("--llvm", action="store_const", dest="stage", const="llvm", help="LLVM IR of the compiled gradient")
    @argument("--native", action="store_const", dest="stage", const="native", help="assembly of the compiled gradient")
    @argument("--explain", action="store_const", dest="stage", const="explain", help="how each function is treated")
    @argument("call", nargs=argparse.REMAINDER, help="a call of the function, as it would be typed")
    @no_var_expand
    @needs_local_scope
    @output_can_be_silenced
    def adjoint(self, line: str, local_ns: dict[str, Any] | None = None) -> Shown:
        """Annotated source and the generated backward pass beside it: `%adjoint f(x)`."""
        __tracebackhide__ = True
        options, call = self._asked(self.adjoint, line, local_ns)
        with located(call):
            shown = Shown(stage_document(options.stage, frozen(call, options.wrt), call.text))
        return self._kept(options, shown)

    @line_magic("gradgraph")
    @magic_arguments("gradgraph")
    @argument("-w", "--wrt", metavar="NAME", action="append", help="a parameter of the function; may be repeated")
    @argument("-o", "--output", metavar="NAME", help="keep the graph under this name")
    @argument("-x", "--expand", action="store_true", help="unfold every group")
    @argument("call", nargs=argparse.REMAINDER, help="a call of the function, as it would be typed")
    @no_var_expand
    @needs_local_scope
    @output_can_be_silenced
    def gradgraph(self, line: str, local_ns: dict[str, Any] | None = None) -> Any:
        """The pullback graph: the computation, and beside it, mirrored, its gradient: `%gradgraph f(x)`."""
        __tracebackhide__ = True
        options, call = self._asked(self.gradgraph, line, local_ns)
        with located(call):
            shown = zg.graph(frozen(call, options.wrt))
        return self._kept(options, shown.expanded() if options.expand else shown)

    @line_magic("gradcheck")
    @magic_arguments("gradcheck")
    @argument("-w", "--wrt", metavar="NAME", action="append", help="a parameter of the function; may be repeated")
    @argument("-o", "--output", metavar="NAME", help="keep the result under this name")
    @argument("--eps", type=float, default=1e-6, help="the relative step (1e-6)")
    @argument("--rtol", type=float, default=1e-5, help="the relative error that is allowed (1e-5)")
    @argument("call", nargs=argparse.REMAINDER, help="a call of the function, as it would be typed")
    @no_var_expand
    @needs_local_scope
    @output_can_be_silenced
    def gradcheck(self, line: str, local_ns: dict[str, Any] | None = None) -> Any:
        """Compare the gradient with finite differences; says which entries are off: `%gradcheck f(x)`."""
        __tracebackhide__ = True
        options, call = self._asked(self.gradcheck, line, local_ns)
        with located(call):
            return self._kept(options, check(frozen(call, options.wrt), options.eps, options.rtol))

    @line_magic("gradprof")
    @magic_arguments("gradprof")
    @argument("-w", "--wrt", metavar="NAME", action="append", help="a parameter of the function; may be repeated")
    @argument("-o", "--output", metavar="NAME", help="keep the result under this name")
    @argument("call", nargs=argparse.REMAINDER, help="a call of the function, as it would be typed")
    @no_var_expand
    @needs_local_scope
    @output_can_be_silenced
    def gradprof(self, line: str, local_ns: dict[str, Any] | None = None) -> Any:
        """For each line, time forward, time backward, bytes kept in between: `%gradprof f(x)`."""
        __tracebackhide__ = True
        options, call = self._asked(self.gradprof, line, local_ns)
        with located(call):
            return self._kept(options, profile(frozen(call, options.wrt), call.text))

    @line_magic("nantrace")
    @magic_arguments("nantrace")
    @argument("-w", "--wrt", metavar="NAME", action="append", help="a parameter of the function; may be repeated")
    @argument("-o", "--output", metavar="NAME", help="keep the result under this name")
    @argument("call", nargs=argparse.REMAINDER, help="a call of the function, as it would be typed")
    @no_var_expand
    @needs_local_scope
    @output_can_be_silenced
    def nantrace(self, line: str, local_ns: dict[str, Any] | None = None) -> Any:
        """The line that makes the first NaN or infinity, where it came out, and what helps: `%nantrace f(x)`."""
        __tracebackhide__ = True
        options, call = self._asked(self.nantrace, line, local_ns)
        with located(call):
            return self._kept(options, trace(frozen(call, options.wrt), call.text))

    def _asked(self, magic: Any, line: str, local_ns: dict[str, Any] | None) -> tuple[argparse.Namespace, Call]:
        """The options, and the call that follows them."""
        __tracebackhide__ = True
        words, text = split_options(line, WITH_VALUE)
        return magic.parser.parse_args(words), self._evaluated(text, local_ns)

    def _kept(self, options: argparse.Namespace, result: Any) -> Any:
        """The result, also under the name that `-o` gives."""
        __tracebackhide__ = True
        if options.output:
            self.shell.user_ns[identifier(options.output)] = result
        return result

    def _evaluated(self, text: str, local_ns: dict[str, Any] | None) -> Call:
        __tracebackhide__ = True
        text = text.rstrip("; ")  # which silences the result, as behind any expression
        if not text:
            raise UsageError("a call is needed, such as f(x)")
        local = {} if local_ns is self.shell.user_ns else local_ns
        return evaluate_call(text, register(self.shell, text), self.shell.user_ns, local)
