"""A rule's test is one line: ``case(np.median, X, axis=1)``, a call as a person would write it, held to the oracle."""

import linecache
import sys
import zlib
from itertools import count
from pathlib import Path

import numpy as np
import pytest

from tests.oracle import FULL, check
from zygote_nb.ir.callables import Attribute, Method
from zygote_nb.rules.registry import name_of

STREAMS = {}
NUMBER = count()


def case(fn, *args, **kwargs):
    """A call of a function with a rule, for ``parametrize("call", CASES)``."""
    return pytest.param((fn, args, kwargs), id=label(fn, args, kwargs))


def label(fn, args, kwargs):
    shown = [str(np.shape(a)).replace(" ", "") if isinstance(a, np.ndarray) else repr(a) for a in args]
    shown += [f"{k}={v!r}" for k, v in kwargs.items() if not isinstance(v, np.ndarray)]
    return f"{name_of(fn)}({','.join(shown)})"[:80]


def written(fn, args, kwargs):
    """The function that makes the call: its floats, arrays and sequences of these are parameters, the rest literals."""
    values, shown = [], []
    for name, value in (*((None, a) for a in args), *kwargs.items()):
        if is_data(value):
            values.append(value)
            text = f"x{len(values)}"
        else:
            text = f"np.{value.__name__}" if isinstance(value, type) else repr(value).replace("inf", "np.inf")
        shown.append(text if name is None else f"{name}={text}")
    params = ", ".join(f"x{i + 1}" for i in range(len(values)))
    match fn:
        case Method(name):
            call = f"{shown[0]}.{name}({', '.join(shown[1:])})"
        case Attribute(name):
            call = f"{shown[0]}.{name}"
        case _:
            call = f"fn({', '.join(shown)})"
    text = f"def call({params}):\n    return {call}\n"
    filename = f"<call {next(NUMBER)}>"
    linecache.cache[filename] = (len(text), None, text.splitlines(True), filename)
    scope = {"fn": fn, "np": np}
    exec(compile(text, filename, "exec"), scope)
    return scope["call"], values


class Literal(float):
    """A float that stands in the call as it is."""


def is_data(value):
    if isinstance(value, Literal) or (isinstance(value, float) and np.isinf(value)):
        return False
    if isinstance(value, (tuple, list)):
        return any(map(is_data, value))
    return isinstance(value, (np.ndarray, np.generic, float, complex))


def hold(call, **options):
    """The oracle on a case."""
    fn, args, kwargs = call
    f, values = written(fn, args, kwargs)
    options.setdefault("compiles", False)
    options.setdefault("variants", False)
    options.setdefault("backends", None if FULL else ("python",))
    return check(f, *values, **options)


def array(*shape):
    """Distinct entries of both signs, none near zero, in no order; the same in each file, whatever else is imported."""
    size = int(np.prod(shape))
    frame = sys._getframe(1)
    while frame.f_code.co_filename == __file__ and frame.f_code.co_name != "<module>":
        frame = frame.f_back
    file = frame.f_code.co_filename
    rng = STREAMS.setdefault(file, np.random.default_rng(zlib.crc32(Path(file).name.encode())))
    return rng.permutation(np.linspace(0.4, 2.3, size) * np.where(np.arange(size) % 3, 1, -1)).reshape(shape)


def positive(*shape):
    return np.abs(array(*shape))


def well_conditioned(*shape):
    """Square matrices with a dominant diagonal."""
    return array(*shape) * 0.3 + 3 * np.eye(shape[-1])


def symmetric(*shape):
    """Positive definite matrices."""
    a = array(*shape)
    return a @ np.swapaxes(a, -1, -2) + 2 * np.eye(shape[-1])


X, Y, M, N, T = array(5), array(5), array(3, 4), array(3, 4), array(2, 3, 4)
MASK = np.array([[True, False, True, True], [False, True, True, False], [True, True, False, True]])
