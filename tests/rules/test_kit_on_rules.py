"""``zg.test_rrule`` on the built-in rules: a sample of the calls that have a case, all of them in a full run."""

import zlib
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

import zygote_nb as zg
from tests.oracle import FULL
from tests.rules.contract import label
from zygote_nb.ir.callables import Attribute, Method
from zygote_nb.rules.registry import lookup, name_of

ONE_IN = 10
ELSEWHERE = {
    "np.unique": "the number of values changes", "np.union1d": "as unique", "np.setxor1d": "as unique",
    "np.setdiff1d": "as unique", "np.trim_zeros": "as unique", "np.quantile": "of 0 and 1, beyond which it raises",
    "np.polydiv": "too sensitive for single precision", "itairy": "SciPy's values are not smooth",
    "schur": "in single precision another order comes out",
}  # fmt: skip
"""What differences can't be taken of."""


@pytest.fixture(autouse=True)
def interpreted_only(monkeypatch):
    """What is compiled is held to the interpreter elsewhere, and takes its time."""
    monkeypatch.setattr("zygote_nb.testing.rules.check_backends", lambda *args: None)


def is_plain(value):
    """Whether the kit, which hands over every argument as a value, can pass it on as the call is written."""
    return type(value) is np.ndarray and value.dtype == np.float64


def holds_list(kwargs):
    return any(isinstance(v, (list, tuple)) and any(isinstance(i, list) for i in v) for v in kwargs.values())


def cases():
    found = {}
    for path in sorted(Path(__file__).parent.glob("test_*.py")):
        if path.name == Path(__file__).name:
            continue
        for case in getattr(import_module(f"tests.rules.{path.stem}"), "CASES", ()):
            fn, args, kwargs = case.values[0]
            rule = None if isinstance(fn, (Attribute, Method)) else lookup(fn)
            if (
                rule is not None
                and rule.form in ("reverse", "pullback", "elementwise")
                and all(map(is_plain, args))
                and not holds_list(kwargs)
            ):
                found[label(fn, args, kwargs)] = (fn, args, kwargs)
    for name, (fn, args, kwargs) in found.items():
        if name_of(fn) not in ELSEWHERE and (FULL or zlib.crc32(name.encode()) % ONE_IN == 0):
            yield pytest.param(fn, args, kwargs, id=name)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("fn", "args", "kwargs"), list(cases()))
def test_rule(fn, args, kwargs):
    with zg.options(backend="python"):
        zg.test_rrule(fn, *args, **kwargs)


SMOOTH = [np.exp, np.sin, np.arctan, np.tanh, np.square, np.sum, np.cumsum, np.mean, np.ravel, np.flip]


@given(st.data())
@settings(max_examples=10, deadline=None, derandomize=True, phases=[Phase.generate])
def test_shapes_are_drawn(data):
    shape = tuple(data.draw(st.lists(st.integers(0, 3), min_size=0, max_size=3)))
    fn = data.draw(st.sampled_from(SMOOTH))
    x = np.linspace(-1.3, 1.7, int(np.prod(shape))).reshape(shape)
    with zg.options(backend="python"):
        zg.test_rrule(fn, x)
    other = tuple(n if data.draw(st.booleans()) else 1 for n in shape)
    with zg.options(backend="python"):
        zg.test_rrule(data.draw(st.sampled_from([np.add, np.multiply, np.arctan2])), x + 3.0, np.full(other, 0.7))
