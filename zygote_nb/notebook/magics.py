"""The magics: `%grad`, `%%grad` and `%adjoint`."""

from __future__ import annotations

import argparse
import inspect
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

import zygote_nb as zg
from zygote_nb.notebook.adjoint import adjoint_document, stage_document
from zygote_nb.notebook.cell.page import register
from zygote_nb.notebook.cell.run import run
from zygote_nb.notebook.display.document import Say
from zygote_nb.notebook.line import Call, evaluate_call, located, split_options
from zygote_nb.notebook.results import Gradients, Shown

__all__ = ["ZygoteMagics"]


@magics_class
class ZygoteMagics(Magics):
    """Derivatives in the notebook."""

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
        words, text = split_options(line, {"-w", "--wrt", "-o", "--output"})
        options = self.grad_line.parser.parse_args(words)
        call = self._evaluated(text, local_ns)
        with located(call):
            result = gradients(call, options.wrt, options.value, options.check)
        if options.output:
            self.shell.user_ns[_identifier(options.output)] = result
        return result

    @cell_magic("grad")
    @magic_arguments("%grad")
    @argument("-c", "--code", action="store_true", help="show the generated code too")
    @argument(
        "names", nargs="*", metavar="NAME", help="a variable; all float variables that the loss depends on if none"
    )
    @no_var_expand
    @output_can_be_silenced
    def grad_cell(self, line: str, cell: str) -> Gradients | None:
        """Run the cell and differentiate its last expression, or the name that its last statement assigns."""
        __tracebackhide__ = True
        options = self.grad_cell.parser.parse_args(line.replace(",", " ").split())
        outcome = run(self.shell, cell, [_identifier(name) for name in options.names])
        if outcome.said:
            print(f"%%grad: {outcome.said}")
            return None
        self.shell.user_ns["grads"] = dict(outcome.grads)
        remarks = tuple(
            Say(f"{name} is left out: {fn} reads it as a global; pass it as an argument")
            for name, fn in outcome.aside.items()
        )
        code = adjoint_document(outcome.call, "cell") if options.code else ()
        return Gradients(outcome.grads, outcome.loss, outcome.loss_text, (*remarks, *code))

    @line_magic("adjoint")
    @magic_arguments("adjoint")
    @argument("--ir", action="store_const", dest="stage", const="ir", help="the IR before differentiation")
    @argument("--llvm", action="store_const", dest="stage", const="llvm", help="LLVM IR of the compiled gradient")
    @argument("--explain", action="store_const", dest="stage", const="explain", help="how each function is treated")
    @argument("call", nargs=argparse.REMAINDER, help="a call of the function, as it would be typed")
    @no_var_expand
    @needs_local_scope
    @output_can_be_silenced
    def adjoint(self, line: str, local_ns: dict[str, Any] | None = None) -> Shown:
        """The generated backward pass beside the source: `%adjoint f(x)`."""
        __tracebackhide__ = True
        words, text = split_options(line, ())
        stage = self.adjoint.parser.parse_args(words).stage
        call = self._evaluated(text, local_ns)
        with located(call):
            return Shown(stage_document(stage, zg.call(call.fn, *call.args, **call.kwargs), call.text))

    def _evaluated(self, text: str, local_ns: dict[str, Any] | None) -> Call:
        __tracebackhide__ = True
        text = text.rstrip("; ")  # which silences the result, as behind any expression
        if not text:
            raise UsageError("a call is needed, such as f(x)")
        local = {} if local_ns is self.shell.user_ns else local_ns
        return evaluate_call(text, register(self.shell, text), self.shell.user_ns, local)


def gradients(call: Call, wrt: list[str] | None, value: bool, check: bool) -> Gradients:
    """The gradients of a call, by the function's own names for its arguments."""
    __tracebackhide__ = True
    names = _argument_names(call)
    wanted = {"wrt": tuple(_parameter(name, call, names) for name in wrt)} if wrt else {}
    frozen = zg.call(call.fn, *call.args, **wanted, **call.kwargs)
    result, grads = zg.withgradient(frozen)
    remarks = ()
    if check:
        zg.check_grads(frozen)
        remarks = (Say("agrees with finite differences"),)
    by_name = dict(zip(wanted.get("wrt", names), grads, strict=True))
    return Gradients(by_name, result if value else None, "value" if value else "", remarks)


def _argument_names(call: Call) -> tuple[str, ...]:
    """One name for each positional argument: the parameter's; by position where the function doesn't tell."""
    try:
        signature = inspect.signature(call.fn)
    except (TypeError, ValueError):
        return tuple(f"argument {i}" for i in range(len(call.args)))
    try:
        bound = signature.bind(*call.args, **call.kwargs)
    except TypeError as error:
        raise UsageError(f"{call.text}: {error}") from None
    names: list[str] = []
    for name in bound.arguments:
        if bound.signature.parameters[name].kind is inspect.Parameter.VAR_POSITIONAL:
            names += [f"{name}[{i}]" for i in range(len(bound.args) - len(names))]
        else:
            names.append(name)
    return tuple(names[: len(call.args)])


def _parameter(name: str, call: Call, names: tuple[str, ...]) -> str:
    """A wanted name, refused in one line if the call has no such argument; a path is left to the call itself."""
    head = name.replace("[", ".").split(".")[0]
    if head not in names and name not in names and head not in call.kwargs:
        raise UsageError(f"no argument {name!r}; there are {', '.join((*names, *call.kwargs))}")
    return name


def _identifier(name: str) -> str:
    if not name.isidentifier():
        raise UsageError(f"{name!r} is not a name")
    return name
