"""The line of a magic: options first, and the rest as it was typed."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from IPython.core.error import UsageError

from zygote_nb.dataclass import dataclass
from zygote_nb.errors import Location, ZygoteError, is_ours

__all__ = ["Call", "evaluate_call", "located", "split_options"]


@dataclass(frozen=True, slots=True)
class Call:
    """A call that was typed and not made: the function and its evaluated arguments."""

    text: str
    filename: str
    fn: Callable[..., Any]
    args: tuple[Any, ...]
    kwargs: dict[str, Any]


def split_options(line: str, with_value: Collection[str]) -> tuple[list[str], str]:
    """The options at the front, for argparse, and what follows them, untouched.

    `with_value` names the options whose value is the next word.

    >>> split_options("-v -w b  loss( -x, 'a  b')", {"-w"})
    (['-v', '-w', 'b'], "loss( -x, 'a  b')")
    """
    words, rest = [], line.strip()
    while option := re.match(r"-\S+\s*", rest):
        rest = rest[option.end() :]
        word = option.group().strip()
        if word == "--":
            break
        words.append(word)
        if word in with_value and (value := re.match(r"\S+\s*", rest)):
            rest = rest[value.end() :]
            words.append(value.group().strip())
    return words, rest


def evaluate_call(text: str, filename: str, user_ns: dict[str, Any], local_ns: Mapping[str, Any] | None = None) -> Call:
    """Evaluate the function and the arguments of the call `text`, without making the call.

    >>> evaluate_call("max(*xs, key=abs)", "<line>", {"xs": [1, -2]}).args
    (1, -2)
    """
    __tracebackhide__ = True
    try:
        tree = ast.parse(text, filename, "eval")
    except SyntaxError as error:
        raise UsageError(_behind(text) or f"{text!r} is not an expression: {error.msg}") from None
    if not isinstance(tree.body, ast.Call):
        raise UsageError(_behind(text) or f"a call is needed, such as f(x); {text!r} is not a call")
    typed = tree.body
    # The same expression with our function called in its place: Python itself evaluates stars and keywords.
    ours = ast.copy_location(ast.Name(_HAND_OVER, ast.Load()), typed.func)
    tree.body = ast.copy_location(ast.Call(ours, [typed.func, *typed.args], typed.keywords), typed)
    code = compile(tree, filename, "eval")
    fn, args, kwargs = eval(code, user_ns, {**(local_ns or {}), _HAND_OVER: _hand_over})
    return Call(text, filename, fn, args, kwargs)


@contextmanager
def located(call: Call) -> Iterator[None]:
    """Errors that know no place of their own are about the call that was typed."""
    try:
        yield
    except ZygoteError as error:
        if error.at is None or is_ours(error.at.filename):
            error.at, error.source_line = Location(call.filename, 1), call.text
        raise


def _behind(text: str) -> str:
    """What to say of options behind the call, where they would be part of the expression."""
    found = re.search(r"\)\s+(--?[a-z]+)\b", text)
    return f"options come before the call: {found[1]} {text[: found.start() + 1]}" if found else ""


_HAND_OVER = "<hand over>"  # no name that a person can type


def _hand_over(fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> tuple[Callable[..., Any], Any, Any]:
    return fn, args, kwargs
