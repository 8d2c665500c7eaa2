"""The text for the compiler, run by the interpreter, with arrays that refuse what leaves them on lines that say they
don't: what the passes on the way to Numba make of a program is held to account without a compilation."""

import sys
from contextlib import contextmanager

import numpy as np
import pytest

import zygote_nb as zg
from tests.lowered import stages
from tests.trees import agree, copied
from zygote_nb.backend.emit import WITHIN
from zygote_nb.backend.entry import text
from zygote_nb.backend.module import interpreted
from zygote_nb.driver import run as driver
from zygote_nb.runtime.depth import stack_room
from zygote_nb.runtime.vmath import taken


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
            return value.view(Strict) if isinstance(value, np.ndarray) else value

        return called


def run(made, args):
    """What the text returns, and all of its arguments; the last of these are the arrays that Python makes.

    What the text leaves to Python takes arrays of NumPy's own type only.
    """
    strict = not made.plan.calls_python

    def shown(arg):
        return arg.view(Strict) if strict and isinstance(arg, np.ndarray) else arg

    given = list(map(shown, args))
    entrywise = {name: np.vectorize(taken, [float]) for name, value in made.namespace.items() if value is taken}
    scope = {**made.namespace, **entrywise, "np": StrictNumPy() if strict else np, "stack_room": stack_room}
    LINES[:] = made.source.splitlines()
    exec(compile(made.source, "<strict>", "exec"), scope)
    exec(made.plan.allocate if made.plan.made else "def allocate(*args): return ()", scope)
    LEFT.clear()
    try:
        given += map(shown, scope["allocate"](*given))
        return scope[made.plan.name](*given), given
    finally:
        assert not LEFT, made.source


def as_written(module):
    """In the place of the function that the interpreter runs: the text for the compiler, with the same results.

    What that leaves to the interpreter is left to it; and so is a number that a call of Python's has of another type,
    which is none in compiled code.
    """
    made = text(module)

    def function(*args):
        try:
            returned, given = run(made, args[: len(made.plan.params)])
        except (RuntimeError, TypeError) as error:
            if error.args and "was expected" not in str(error):
                raise
            return interpreted(module)(*args)
        others = iter((returned,) if made.plan.held.count(None) == 1 else returned or ())
        return tuple(plain(next(others) if at is None else given[at]) for at in made.plan.held)

    return function


@contextmanager
def by_its_text():
    """Gradients are those of the text for the compiler, run by the interpreter; yields the modules that had a turn."""
    texts = []

    def found_for(module):
        texts.append(module)
        return as_written(module)

    with pytest.MonkeyPatch.context() as patch, zg.options(backend="python"):
        patch.setattr(driver, "interpreted", found_for)
        yield texts
    assert texts, "another way than that of the interpreter was taken"


def same_as_written(f, args, expected):
    """The gradients of a scalar function by its text for the compiler are those expected."""
    with by_its_text() as texts:
        found = zg.gradient(f, *copied(args))
    agree(tuple(expected), found, text(texts[0]).source, 1e-9, loose=True)


def plain(value):
    return value.view(np.ndarray) if isinstance(value, Strict) else value


def written(f, *args):
    """The text for the compiler."""
    return text(stages(f, *args).derived.module).source
