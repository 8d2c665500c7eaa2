"""How a line magic is made: options, then a call, evaluated and looked at, the result returned and kept."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, Protocol

from IPython.core.error import UsageError
from IPython.core.magic import line_magic, needs_local_scope, no_var_expand, output_can_be_silenced
from IPython.core.magic_arguments import argument, magic_arguments

from zygote_nb.notebook.calls import identifier
from zygote_nb.notebook.cell.page import register
from zygote_nb.notebook.line import Call, evaluate_call, located, split_options
from zygote_nb.notebook.tracebacks import users_lines_first

__all__ = ["Look", "on_call"]

WITH_VALUE = frozenset({"-w", "--wrt", "-o", "--output", "--eps", "--rtol"})  # options that are followed by a word

Look = Callable[[Any, argparse.Namespace, Call], Any]


class Option(Protocol):
    """What `argument(...)` of IPython makes."""

    def __call__(self, method: Any) -> Any: ...


def on_call(name: str, *own: Option) -> Callable[[Look], Any]:
    """A line magic that takes `-w NAME`, its own options, `-o NAME`, and a call, which is not made but looked at."""
    options = (
        argument("-w", "--wrt", metavar="NAME", action="append", help="a parameter of the function; may be repeated"),
        *own,
        argument("-o", "--output", metavar="NAME", help="keep the result under this name"),
        argument("call", nargs=argparse.REMAINDER, help="a call of the function, as it would be typed"),
    )

    def made(look: Look) -> Any:
        @no_var_expand
        @needs_local_scope
        @output_can_be_silenced
        @wraps(look)
        def magic(self: Any, line: str, local_ns: Mapping[str, Any] | None = None) -> Any:
            __tracebackhide__ = True
            words, text = split_options(line, WITH_VALUE)
            asked = magic.parser.parse_args(words)  # type: ignore[attr-defined]
            with users_lines_first(self.shell):
                call = evaluated(self.shell, text, local_ns)
                with located(call):
                    result = look(self, asked, call)
            if asked.output:
                self.shell.user_ns[identifier(asked.output)] = result
            return result

        method: Any = magic
        for option in reversed(options):
            method = option(method)
        return line_magic(name)(magic_arguments(name)(method))

    return made


def evaluated(shell: Any, text: str, local_ns: Mapping[str, Any] | None) -> Call:
    """The function and the arguments of the call that was typed; inside a function, its variables count."""
    __tracebackhide__ = True
    text = text.rstrip("; ")  # which silences the result, as behind any expression
    if not text:
        raise UsageError("a call is needed, such as f(x)")
    local = {} if local_ns is shell.user_ns else local_ns
    return evaluate_call(text, register(shell, text), shell.user_ns, local)
