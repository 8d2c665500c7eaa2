"""Rules that are called, where their source can't be written into the generated code."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from zygote_nb.dataclass import dataclass
from zygote_nb.errors import NoRuleError


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a rule: the result, and the pullback with what it needs to be held to its word."""

    value: Any
    pullback: Callable[[Any], Any]
    args: tuple[Any, ...]
    rule: Any


class RuleError(NoRuleError):
    """A rule does not keep its word; the user's line is known to who runs the derivative."""


def run_rule(rule: Any, *args: Any, **kwargs: Any) -> Run:
    """The rule, applied to the arguments of the call."""
    with ruled(rule):
        made = rule(*args, **kwargs)
    if not isinstance(made, tuple) or len(made) != 2 or not callable(made[1]):
        raise broken(rule, "it does not return the result and a pullback: `return y, pullback`")
    return Run(made[0], made[1], args, rule)


def run_rule_apart(rule: Any, *args: Any, **kwargs: Any) -> Run:
    """The same, of a rule whose result must not be memory of an argument, since something may write to either."""
    run = run_rule(rule, *args, **kwargs)
    require_apart(rule, run.value, (args, tuple(kwargs.values())))
    return run


def require_apart(rule: Any, value: Any, given: Any) -> None:
    held = list(arrays_in(given))
    if any(np.may_share_memory(made, other) for made in arrays_in(value) for other in held):
        raise broken(rule, "it returns memory of an argument, and either may be written to; return a copy")


def arrays_in(value: Any) -> Iterator[np.ndarray[Any, Any]]:
    if isinstance(value, np.ndarray):
        yield value
    elif isinstance(value, (tuple, list)):
        for item in value:
            yield from arrays_in(item)


@contextmanager
def ruled(rule: Any) -> Iterator[None]:
    """An exception of a rule may be the function's own: who runs the derivative finds out, and knows the rule."""
    try:
        yield
    except RuleError:
        raise
    except Exception as error:
        error.__dict__.setdefault("rule", rule)
        raise


def broadcasts(partial: Any, y: Any, rule: Any) -> Any:
    """A partial derivative, in the shape of the result or one that broadcasts to it."""
    try:
        fitting = not isinstance(partial, str) and np.broadcast_shapes(np.shape(partial), np.shape(y)) == np.shape(y)
    except ValueError:
        fitting = False
    if not fitting:
        raise broken(rule, f"a partial derivative is {shown(partial)}, where {shown(y)} belongs")
    return partial


def pull(run: Run, dy: Any) -> tuple[Any, ...]:
    """The cotangents of the positional arguments, zeros where the pullback returned None."""
    try:
        made = run.pullback(dy)
    except RuleError:
        raise
    except Exception as error:
        frame = traceback.extract_tb(error.__traceback__)[-1]
        what = f"its pullback raised {type(error).__name__}: {error} ({frame.filename}:{frame.lineno})"
        raise broken(run.rule, what) from error
    if len(run.args) == 1 and not (isinstance(made, tuple) and (len(made) == 1 or not is_sequence(run.args[0]))):
        made = (made,)
    if made is None:
        made = (None,) * len(run.args)
    if not isinstance(made, tuple) or len(made) != len(run.args):
        count = len(made) if isinstance(made, tuple) else 1
        raise broken(run.rule, f"its pullback returns {count} cotangents for {len(run.args)} arguments")
    return tuple(mirrored(run.rule, i, *pair) for i, pair in enumerate(zip(made, run.args, strict=True)))


def is_sequence(value: Any) -> bool:
    return isinstance(value, (tuple, list))


def push_rule(rule: Any, tangents: tuple[Any, ...], *args: Any, **kwargs: Any) -> tuple[Any, Any]:
    """The result of a forward rule and its tangent."""
    with ruled(rule):
        made = rule(tangents, *args, **kwargs)
    if not isinstance(made, tuple) or len(made) != 2:
        raise broken(rule, "it does not return the result and its tangent: `return y, dy`")
    return made[0], mirrored(rule, None, made[1], made[0])


def push_rule_apart(rule: Any, tangents: tuple[Any, ...], *args: Any, **kwargs: Any) -> tuple[Any, Any]:
    """The same, of a rule whose result must not be memory of an argument, since something may write to either."""
    value, tangent = push_rule(rule, tangents, *args, **kwargs)
    require_apart(rule, value, (args, tuple(kwargs.values())))
    return value, tangent


def fits(cotangent: Any, x: Any, rule: Any, position: int) -> Any:
    """The cotangent of an argument, whose shape it must have."""
    return mirrored(rule, position, cotangent, x)


def mirrored(rule: Any, position: int | None, made: Any, x: Any) -> Any:
    """A cotangent in the image of the argument, or of a result its tangent: same structure, shape and dtype."""
    if isinstance(x, (tuple, list)):
        if made is None:
            return [mirrored(rule, position, None, entry) for entry in x]
        if not isinstance(made, (tuple, list)) or len(made) != len(x):
            raise broken(rule, f"{named(position)} is {shown(made)}, where {shown(x)} belongs")
        return [mirrored(rule, position, *pair) for pair in zip(made, x, strict=True)]
    if not isinstance(x, (np.ndarray, np.generic, int, float, complex)):
        return None
    dtype = np.result_type(x)
    dtype = dtype if dtype.kind in "fc" else np.dtype(np.float64)
    if made is None:
        return np.zeros(np.shape(x), dtype) if isinstance(x, np.ndarray) else dtype.type(0)
    if isinstance(made, (str, bytes, dict)) or np.shape(made) != np.shape(x):
        raise broken(rule, f"{named(position)} is {shown(made)}, where {shown(x)} belongs")
    if np.asarray(made).dtype.kind not in "biufc":
        raise broken(rule, f"{named(position)} is of dtype {np.asarray(made).dtype}, where numbers belong")
    if np.iscomplexobj(made) and dtype.kind != "c":
        raise broken(rule, f"{named(position)} is complex, and what it belongs to is real")
    if isinstance(x, np.ndarray):
        return np.array(made, dtype)
    return dtype.type(made) if isinstance(x, np.generic) else dtype.type(made).item()


def named(position: int | None) -> str:
    return "the tangent that it returns" if position is None else f"the cotangent of argument {position + 1}"


def shown(value: Any) -> str:
    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape}"
    if isinstance(value, (tuple, list)):
        return f"a {type(value).__name__} of {len(value)}"
    return "a number" if np.ndim(value) == 0 and not isinstance(value, str) else f"a {type(value).__name__}"


def broken(rule: Any, what: str) -> RuleError:
    code = rule.__code__
    return RuleError(
        f"the rule `{rule.__name__}` is not right: {what}", hint=f"it is at {code.co_filename}:{code.co_firstlineno}"
    )


__all__ = ["RuleError", "Run", "fits", "pull", "push_rule", "push_rule_apart", "run_rule", "run_rule_apart"]
