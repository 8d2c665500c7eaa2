"""What is called, and how that is written: functions by their names, attributes and methods of arrays as functions."""

from __future__ import annotations

import builtins
import math
from typing import Any

import numpy as np

from zygote_nb.dataclass import dataclass


@dataclass(frozen=True, slots=True)
class Attribute:
    """Reading an attribute of an array, as a function: ``Attribute("T")``."""

    name: str


@dataclass(frozen=True, slots=True)
class Method:
    """Calling a method of an array, as a function of the array and the arguments: ``Method("sum")``."""

    name: str


@dataclass(frozen=True, eq=False)
class Variant:
    """A function where a condition on its arguments holds, for which it has rules of its own."""

    fn: Any
    when: Any

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.fn(*args, **kwargs)


def default_name(value: Any, text: str | None) -> str:
    """How a function, a class or another static value is written."""
    value = value.fn if isinstance(value, Variant) else value
    module = getattr(value, "__module__", None) or ""
    name = getattr(value, "__name__", None)
    if value is np or value is math:
        return "np" if value is np else "math"
    if value is np.bool_:
        return "np.bool_"
    if name is None:
        return text or repr(value)
    if vars(np).get(name) is value:
        return f"np.{name}"
    for prefix, owner in (("np.linalg", np.linalg), ("np.fft", np.fft), ("math", math)):
        if vars(owner).get(name) is value:
            return f"{prefix}.{name}"
    ufunc = getattr(value, "__self__", None)
    if isinstance(ufunc, np.ufunc):
        return f"{default_name(ufunc, None)}.{name}"
    if getattr(builtins, name, None) is value:
        return str(name)
    return text if text and module == "" else str(name)
