"""What must hold of a derivative whatever the program is.

`check(f, *args)` is the one helper of the tests: finite differences, the plain call's value, arguments left alone,
interpreted against compiled, the analyses switched off one by one, memory, structure, and `back` called again.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from typing import Any

import numpy as np
import pytest

import zygote_nb as zg
from tests.as_written import by_its_text, same_as_written
from tests.differences import compare_with_differences
from tests.modes import check_modes, check_second
from tests.trees import (
    Tree,
    agree,
    bitwise,
    copied,
    is_inexact,
    is_integer,
    is_real_scalar,
    leaves,
    precision,
    random_seed,
    scaled,
)
from zygote_nb.driver import callees, repeats, run, trial
from zygote_nb.driver.fast import call as fast_call

FULL = os.environ.get("ZYGOTE_NB_FULL") == "1"
COMPILED_SAMPLE = 64  # without ZYGOTE_NB_FULL one test in so many is compiled too
VARIANT_SAMPLE = 6  # one in so many is held to other settings of the analyses
WRITTEN_SAMPLE = 24  # one in so many of those whose text for the compiler is interpreted
ASKED_SAMPLE = 8  # and one in so many of those that are to be compiled, where the text of the others is interpreted
WHOLE_SAMPLE = 10  # and of what is compiled one in so many for every question: pullback, value and gradient, tangents
SECOND_SAMPLE = 6  # and one in so many differentiated twice
VALUE_SAMPLE = 3  # of what is interpreted one in so many is asked for value and gradient, beside pullback and gradient
VARIANTS: tuple[dict[str, Any], ...] = ({"record": "all"}, {"arrays": "shadow"}, {"inline": False})


def check(
    f: Callable[..., Any],
    *args: Any,
    kwargs: dict[str, Any] | None = None,
    wrt: Sequence[int] | None = None,
    backends: Sequence[str] | None = None,
    compile: bool = False,
    written: bool = False,
    compiles: bool = True,
    forward_compiles: bool = True,
    second_call: bool = True,
    variants: bool | None = None,
    flat: bool = False,
    modes: bool = True,
    second: bool | None = None,
    rtol: float | None = None,
) -> tuple[Any, ...]:
    """Hold the derivative of `f` at `args` to all that can be known without knowing `f`; return the gradients.

    `wrt` restricts the finite differences to some positional arguments. `backends=None` interprets, and compiles under
    ZYGOTE_NB_FULL=1 or if the test's name falls in the sample. `written` runs the text for the compiler in the
    interpreter, and compiles one in 24; `compile` compiles one in eight, and of the others runs the text.
    `compiles=False` admits CompileError, `forward_compiles=False` that of forward mode and second derivatives.
    `modes=False` leaves out forward mode. `second` says whether second derivatives are checked, `variants` whether
    other settings of the analyses are; None: in a sample.
    `flat` says that the derivative may be zero everywhere: otherwise such a check could not fail, and is refused.
    """
    kwargs = kwargs or {}
    eps = precision(args)
    tol, fine = rtol or max(1e-6, 20 * eps), max(1e-10, 50 * eps)
    value = f(*copied(args), **kwargs)
    scalar = is_real_scalar(value)
    seed = 1.0 if scalar else random_seed(value, np.random.default_rng(7))
    reference: tuple[Any, ...] | None = None
    asked = compile and (not scalar or bool(kwargs) or is_sampled(ASKED_SAMPLE))
    written = written or (compile and not asked)
    for backend in backends or chosen_backends(asked or (written and is_sampled(WRITTEN_SAMPLE))):
        with run_by(backend), only_compiled(backend == "numba"):
            whole = backend != "numba" or is_sampled(WHOLE_SAMPLE)
            try:
                if scalar and not whole:
                    grads = derive_once(f, args, kwargs, value, fine)
                else:
                    grads = derive(f, args, kwargs, value, seed, scalar, second_call, fine, backend == "numba")
                with nullcontext() if forward_compiles else suppress(zg.CompileError):
                    if modes and whole:
                        check_modes(f, args, kwargs, value, seed, grads, fine, backend == "numba")
                    if second or (second is None and whole and scalar and fine < 1e-9 and is_sampled(SECOND_SAMPLE)):
                        check_second(f, args, kwargs, grads, backend == "numba")
            except zg.CompileError:
                if compiles:
                    raise
                continue
        if reference is None:
            reference = grads
            moved = compare_with_differences(f, args, kwargs, seed, grads, wrt, tol)
            assert moved or flat, "no entry of the gradient differs from zero: say flat=True if that is the point"
        else:
            agree(reference, grads, f"{backend} against interpreted", fine)
        if (is_sampled(VARIANT_SAMPLE) if variants is None else variants) and (backend == "python" or FULL):
            with run_by(backend):
                check_variants(f, args, kwargs, seed, grads, fine)
    assert reference is not None, "no backend could run this"
    if written:
        same_as_written(f, args, reference)
    return reference


@contextmanager
def run_by(backend: str) -> Iterator[None]:
    """The options of a backend; ``callees`` interprets the function itself, and compiles all that it calls at once."""
    with pytest.MonkeyPatch.context() as patch:
        if backend == "callees":
            for room in (run, repeats, fast_call):
                for asked in ("is_on_trial", "is_to_compile"):
                    patch.setattr(room, asked, lambda ready, bound: False, raising=False)
            patch.setattr(trial, "LIMIT", 0)
            patch.setattr(callees, "SHORT", 0)
            patch.setattr(callees, "may_take_long", lambda f, functions: True)
        with zg.options(backend="auto", inline=False) if backend == "callees" else zg.options(backend=backend):
            yield


@contextmanager
def only_compiled(asked: bool) -> Iterator[None]:
    """Compiled code that raises where the plain call doesn't leaves the work to the interpreter, and a test fails."""

    def gave_up(module: Any) -> Any:
        pytest.fail(f"the compiled form of {module.name} gave up, and the interpreter would have run")

    with pytest.MonkeyPatch.context() as patch:
        if asked:
            patch.setattr(run, "interpreted", gave_up)
        yield


@contextmanager
def compiled_or_written() -> Iterator[None]:
    """Compiled in one of eight tests; the text for the compiler by the interpreter in the others."""
    with zg.options(backend="numba") if is_sampled(ASKED_SAMPLE) else by_its_text():
        yield


def same_compiled(f: Callable[..., Any], *args: Any) -> None:
    """Value and gradients, interpreted and compiled: types, dtypes, shapes, numbers."""
    with zg.options(backend="python"):
        value, grads = zg.withgradient(f, *args)
    with zg.options(backend="numba"), only_compiled(True):
        compiled = zg.withgradient(f, *args)
    fine = max(1e-10, 300 * precision(args))
    agree((value, grads), tuple(compiled), "compiled against interpreted", fine, loose=True)


def same_written(f: Callable[..., Any], *args: Any, one_in: int = WRITTEN_SAMPLE) -> None:
    """The text for the compiler, interpreted, has the gradients of the program's; compiled for a sample of tests."""
    with zg.options(backend="python"):
        expected = zg.gradient(f, *args)
    same_as_written(f, args, expected)
    if is_sampled(one_in):
        same_compiled(f, *args)


def check_or_refused(f: Callable[..., Any], *args: Any, **options: Any) -> tuple[Any, ...] | None:
    """For what a later version may learn: right, or refused with the user's line; None if refused."""
    try:
        return check(f, *args, **options)
    except zg.ZygoteError as error:
        if not (error.lineno and error.filename):
            raise AssertionError("refused without a line") from error
        return None


def fails(
    f: Callable[..., Any], *args: Any, error: type[BaseException], match: str | None = None, compiles: bool = True
) -> None:
    """Gradient and pullback raise what the plain call raises, and leave the arguments as they were."""
    before = copied(args)
    for backend in chosen_backends(False) if compiles else ("python",):
        for verb in (zg.gradient, zg.pullback):
            with run_by(backend), pytest.raises(error, match=match):
                verb(f, *args)
            bitwise(before, args, "half-changed argument after an error")


def chosen_backends(compile: bool) -> tuple[str, ...]:
    """The interpreter always; the compiler on request, in a full run, and for a fixed sample of test names."""
    if os.environ.get("ZYGOTE_NB_CALLEES") == "1":
        return ("python", "callees")
    return ("python", "numba") if compile or is_sampled(COMPILED_SAMPLE) else ("python",)


def is_sampled(one_in: int) -> bool:
    """Whether the test is one of those, the same each time, that are held to more; all of them in a full run."""
    name = os.environ.get("PYTEST_CURRENT_TEST", "").partition(" ")[0]
    return FULL or (bool(name) and zlib.crc32(name.encode()) % one_in == 0)


# ---- one backend


def derive(
    f: Callable[..., Any],
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    value: Any,
    seed: Tree,
    scalar: bool,
    second_call: bool,
    fine: float,
    loose: bool,
) -> tuple[Any, ...]:
    """The gradients, after everything that one backend must get right without a second opinion."""
    before = copied(args)
    y, back = zg.pullback(f, *args, **kwargs)
    same_value(value, y, "pullback", fine, loose)
    grads = back(seed)
    proper(args, grads, (args, seed, y))
    bitwise(before, args, "pullback changed an argument")
    same_value(value, y, "back changed the result", fine, loose)
    if second_call:
        seed_before = copied(seed)
        agree(grads, back(seed), "back called twice", 1e-12)
        agree(scaled(grads, -2.5), back(scaled(seed, -2.5)), "back is not linear", fine)
        bitwise(seed_before, seed, "back changed its seed")
        bitwise(before, args, "back changed an argument")
    if not scalar:
        return grads
    direct = zg.gradient(f, *args, **kwargs)
    found = {"gradient": direct}
    if loose or is_sampled(VALUE_SAMPLE):
        result = zg.withgradient(f, *args, **kwargs)
        same_value(value, result.val, "withgradient", fine, loose)
        found["withgradient"] = result.grad
    for name, other in found.items():
        proper(args, other, (args,))
        agree(grads, other, f"{name} against pullback", fine)
    if second_call:
        agree(direct, zg.gradient(f, *args, **kwargs), "gradient called twice", 1e-12)
    bitwise(before, args, "gradient changed an argument")
    return direct


def derive_once(
    f: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any], value: Any, fine: float
) -> tuple[Any, ...]:
    """The gradients by the question that makes one compilation, asked twice."""
    before = copied(args)
    first, again = (zg.withgradient(f, *args, **kwargs) for _ in range(2))
    same_value(value, first.val, "withgradient", fine, True)
    proper(args, first.grad, (args,))
    agree(tuple(first), tuple(again), "withgradient called twice", 1e-12)
    bitwise(before, args, "withgradient changed an argument")
    return first.grad


def check_variants(
    f: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any], seed: Tree, grads: Tree, fine: float
) -> None:
    """Record everything, shadow every array, inline nothing: the analyses may change the text, not the numbers."""
    before = copied(args)
    for option in VARIANTS:
        with zg.options(**option):
            _, back = zg.pullback(f, *args, **kwargs)
            agree(grads, back(seed), f"{option} against the default (pullback)", fine)
            if isinstance(seed, float):
                agree(grads, zg.gradient(f, *args, **kwargs), f"{option} against the default (gradient)", fine)
        bitwise(before, args, f"{option} changed an argument")


def same_value(expected: Any, got: Any, what: str, fine: float, loose: bool) -> None:
    """The plain call's value: types, dtypes, shapes exactly, numbers to rounding."""
    agree(expected, got, f"{what}: value differs from the plain call's", fine, loose)


def proper(args: tuple[Any, ...], grads: Tree, others: Tree) -> None:
    """One gradient for each argument, of its structure, in memory of its own."""
    assert (type(grads), len(grads)) == (tuple, len(args)), f"{len(args)} arguments, gradients {grads!r}"
    for i, (arg, grad) in enumerate(zip(args, grads, strict=True)):
        mirrors(arg, grad, f"gradient {i}")
    arrays = [g for _, g in leaves(grads) if isinstance(g, np.ndarray)]
    known = [a for _, a in leaves(others) if isinstance(a, np.ndarray)]
    for i, g in enumerate(arrays):
        assert g.flags.writeable, "a gradient is read-only"
        for other in known + arrays[:i]:
            assert not np.shares_memory(g, other), "a gradient shares memory with an argument, seed, result or gradient"


def mirrors(arg: Any, grad: Any, where: str) -> None:
    """The gradient of `arg` has its structure, shape and dtype."""
    if isinstance(arg, (tuple, list, dict)):
        if grad is None and not any(is_inexact(leaf) for _, leaf in leaves(arg)):
            return
        assert (type(grad), len(grad)) == (type(arg), len(arg)), f"{where}: {type(arg)} of {len(arg)}, got {grad!r}"
        for key in arg if isinstance(arg, dict) else range(len(arg)):
            mirrors(arg[key], grad[key], f"{where}[{key!r}]")
    elif is_inexact(arg):
        assert type(grad) is type(arg), f"{where}: {type(arg)}, got {type(grad)} {grad!r}"
        assert np.shape(grad) == np.shape(arg), f"{where}: shape {np.shape(arg)}, got {np.shape(grad)}"
        assert getattr(grad, "dtype", None) == getattr(arg, "dtype", None), f"{where}: dtype {grad.dtype}"
    elif is_integer(arg):
        expected = np.float64 if hasattr(arg, "dtype") else float
        fits = np.asarray(grad).dtype == np.float64 and np.shape(grad) == np.shape(arg) if grad is not None else True
        assert fits, f"{where}: an integer gets {expected} or None, got {grad!r}"
    else:
        assert grad is None, f"{where}: {type(arg)} has no gradient, got {grad!r}"
