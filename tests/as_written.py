"""The text for the compiler, run by the interpreter, with arrays that refuse what leaves them on lines that say they
don't: what the passes on the way to Numba make of a program is held to account without a compilation."""

import sys

import numpy as np

from tests.lowered import stages
from zygote_nb.backend.emit import WITHIN
from zygote_nb.backend.entry import text


class Strict(np.ndarray):
    """Refuses indices out of range on lines that are compiled without checks."""

    def __getitem__(self, index):
        require_within(self, index, sys._getframe(1))
        return super().__getitem__(index)

    def __setitem__(self, index, value):
        require_within(self, index, sys._getframe(1))
        super().__setitem__(index, value)

    def __array_wrap__(self, made, context=None, return_scalar=False):
        """Numbers are numbers: one that is an array would change in place."""
        return made[()] if made.ndim == 0 else made.view(Strict)


LINES: list[str] = []
LEFT: list[str] = []


def require_within(array, index, frame):
    if frame.f_code.co_filename != "<strict>" or not LINES[frame.f_lineno - 1].endswith(WITHIN):
        return
    items = index if isinstance(index, tuple) else (index,)
    for length, item in zip(array.shape, items, strict=False):
        if isinstance(item, int | np.integer) and not 0 <= item < length:
            LEFT.append(LINES[frame.f_lineno - 1])


class StrictNumPy:
    """NumPy whose functions return such arrays."""

    def __getattr__(self, name):
        found = getattr(np, name)
        if not callable(found) or isinstance(found, type):
            return found

        def called(*args, **kwargs):
            value = found(*args, **kwargs)
            return value.view(Strict)[()] if isinstance(value, np.ndarray) else value

        return called


def run(made, args):
    """What the text returns, and all of its arguments; the last of these are the arrays that Python makes.

    What the text leaves to Python takes arrays of NumPy's own type only.
    """
    strict = not made.plan.calls_python

    def shown(arg):
        return arg.view(Strict) if strict and isinstance(arg, np.ndarray) else arg

    given = list(map(shown, args))
    scope = {**made.namespace, "np": StrictNumPy() if strict else np}
    LINES[:] = made.source.splitlines()
    exec(compile(made.source, "<strict>", "exec"), scope)
    exec(made.plan.allocate if made.plan.made else "def allocate(*args): return ()", scope)
    LEFT.clear()
    try:
        given += map(shown, scope["allocate"](*given))
        return scope[made.plan.name](*given), given
    finally:
        assert not LEFT, made.source


def gradients(f, *args):
    """The gradients of a scalar function by its text for the compiler, and that text."""
    made = text(stages(f, *args).derived.module)
    returned, given = run(made, [*args, 1.0])
    others = iter((returned,) if made.plan.held.count(None) == 1 else returned or ())
    return [next(others) if at is None else given[at] for at in made.plan.held], made.source


def same_as_written(f, args, expected):
    """Those gradients that are not None are those of the text."""
    found, source = gradients(f, *args)
    for ours, wanted in zip(found, (g for g in expected if g is not None), strict=True):
        np.testing.assert_allclose(ours, wanted, rtol=1e-9, atol=1e-10, err_msg=source)
