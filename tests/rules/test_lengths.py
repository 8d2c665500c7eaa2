"""Lengths that inference claims are those of the values: compiled code relies on them."""

import warnings

import numpy as np

from tests.rules.typical import cases, written
from zygote_nb.driver.bound import bind
from zygote_nb.driver.lowered import lowered
from zygote_nb.ir.kinds import Array, TupleOf

BY_NUMBERS = [(np.arange, args, {}) for args in ((3.0,), (0.0, 2.5), (0.0, 0.8, 0.3), (0, 7, 3))]


def axes(kind, value):
    """The labels of the axes of all arrays in a value, with their lengths."""
    if isinstance(kind, Array):
        assert kind.ndim == np.ndim(value)
        yield from zip(kind.dims, np.shape(value), strict=True)
    elif isinstance(kind, TupleOf) and isinstance(value, (tuple, list)):
        for k, v in zip(kind.items, value, strict=True):
            yield from axes(k, v)


def lengths(call):
    """Labels with lengths of what a call is given, and of what it returns; None where it has no form of its own."""
    try:
        f, values = written(*call)
        y = f(*values)
        bound = bind(f, tuple(values), {})
        kind = lowered(bound)[1].function.result_kind
    except Exception:  # as other tests say
        return None
    given = [axis for k, v in zip(bound.kinds, bound.values, strict=True) for axis in axes(k, v)]
    return given, list(axes(kind, y))


def test_lengths_of_results_are_as_inferred():
    checked = 0
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        for fn, calls in (cases() | {np.arange: BY_NUMBERS}).items():
            for call in calls:
                found = lengths(call)
                if found is None:
                    continue
                known = {1: 1} | {label: length for label, length in found[0] if isinstance(label, int)}
                for label, length in found[1]:
                    if isinstance(label, int):
                        assert known.setdefault(label, length) == length, (fn, call[1:], label)
                checked += 1
    assert checked > 1000
