"""What Numba can run and we don't compile: `python -m tests.census [PATH ...]`.

Functions and arguments are those that the tests hand to `check` and `fails`. For each whose gradient is interpreted the
plain function, with its callees, is given to Numba. What Numba runs is listed by our reason. `--compile` compiles the
gradients too, instead of asking only whether there is an obstacle; `--all` lists what Numba refuses as well.
"""

from __future__ import annotations

import multiprocessing
import re
import sys
import warnings
from collections import defaultdict
from collections.abc import Callable, Iterator
from types import CellType, CodeType, FunctionType
from typing import Any

import pytest

import zygote_nb as zg
from zygote_nb.backend.entry import text
from zygote_nb.backend.plan import NotCompiled
from zygote_nb.inspection import derived_for

PATHS = ("tests/programs", "tests/golden", "tests/semantics")
SECONDS = 60
Call = tuple[str, Callable[..., Any], tuple[Any, ...], dict[str, Any]]


class Recorder:
    """Takes the place of the oracle: notes what is to be checked, and checks nothing."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.test = ""

    def pytest_collection(self) -> None:
        from tests import oracle

        oracle.check = oracle.check_or_refused = self.check  # type: ignore[assignment]

    def pytest_runtest_setup(self, item: Any) -> None:
        self.test = item.nodeid.removeprefix("tests/")

    def check(self, f: Any, *args: Any, kwargs: dict[str, Any] | None = None, **_: Any) -> None:
        from tests.trees import copied

        self.calls.append((self.test, f, copied(args), kwargs or {}))
        pytest.skip("noted")


def recorded(paths: list[str]) -> list[Call]:
    recorder = Recorder()
    pytest.main(["-q", "-p", "no:cacheprovider", "--no-header", "-rN", "--tb=no", *paths], plugins=[recorder])
    return recorder.calls


def main(options: list[str]) -> None:
    paths = [o for o in options if not o.startswith("--")]
    counts, missed, neither = [0, 0], defaultdict(list), defaultdict(list)
    for name, f, args, kwargs in recorded(paths or list(PATHS)):
        counts[0] += 1
        why = outcome(ours, f, args, kwargs, "--compile" in options)
        if why is None:
            counts[1] += 1
            continue
        numbas = outcome(numba_runs, f, args, kwargs)
        (missed if numbas is None else neither)[in_general(why)].append(name if numbas is None else f"{name}: {numbas}")
    print(f"{counts[0]} functions, {counts[1]} compiled; interpreted though Numba runs the plain function:")
    listed(missed)
    print(f"interpreted, and Numba does not run the plain function either: {sum(map(len, neither.values()))}")
    if "--all" in options:
        listed(neither)


def listed(found: dict[str, list[str]]) -> None:
    for why, names in sorted(found.items(), key=lambda item: -len(item[1])):
        print(f"{len(names):4} {why}", *(f"         {n}" for n in names), sep="\n")


def in_general(why: str) -> str:
    """The reason without lines and names."""
    return re.sub(r"line \d+ of \w+|`\w+` of \w+|^\w+(?= is recursive)|\d{6,}|`\w+`(?= may)", "_", why)[:120]


def outcome(question: Callable[..., str | None], *args: Any) -> str | None:
    """The answer of a process of its own: code of Numba's may end it."""
    here, there = multiprocessing.Pipe(False)
    process = multiprocessing.get_context("fork").Process(target=lambda: there.send(question(*args)))
    process.start()
    there.close()
    try:
        return here.recv() if here.poll(SECONDS) else "takes too long"
    except EOFError:
        return "ends the process"
    finally:
        process.kill()
        process.join()


def ours(f: Any, args: tuple[Any, ...], kwargs: dict[str, Any], compiles: bool) -> str | None:
    """Why the gradient is interpreted."""
    try:
        if compiles:
            with zg.options(backend="numba"):
                zg.pullback(f, *args, **kwargs)[1]
                zg.gradient(f, *args, **kwargs)
        module = derived_for(f, args, kwargs).module
        if module.obstacle is None:
            text(module)
        return module.obstacle
    except zg.CompileError as error:
        return error.what
    except NotCompiled as error:
        return str(error)
    except zg.ScalarOutputError:
        return None
    except Exception as error:
        return f"refused: {type(error).__name__}"


def numba_runs(f: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> str | None:
    """Why Numba doesn't run the plain function."""
    warnings.simplefilter("ignore")
    scopes: dict[int, dict[str, Any]] = {}
    try:
        plain = jitted(f, scopes)
        plain(*(jitted(a, scopes) if isinstance(a, FunctionType) else a for a in args), **kwargs)
    except Exception as error:
        lines = [line for line in str(error).splitlines() if line.strip() and "Failed in" not in line]
        return f"{type(error).__name__}: {lines[0][:90] if lines else ''}"
    return None


def jitted(f: Any, scopes: dict[int, dict[str, Any]]) -> Any:
    """The function and those that it calls, as Numba compiles them."""
    import numba

    if not isinstance(f, FunctionType):
        return f
    known = scopes.setdefault(id(f.__globals__), dict(f.__globals__))
    cells = tuple(CellType(jitted(c.cell_contents, scopes)) for c in f.__closure__ or ())
    made = FunctionType(f.__code__, known, f.__name__, f.__defaults__, cells)
    made.__kwdefaults__ = f.__kwdefaults__
    made = numba.njit(made)
    if known.get(f.__name__) is f:
        known[f.__name__] = made
    for name in names_in(f.__code__):
        value = known.get(name)
        if isinstance(value, FunctionType) and value.__module__.split(".")[0] not in ("numpy", "scipy", "numba"):
            known[name] = jitted(value, scopes)
    return made


def names_in(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            yield from names_in(inner)


if __name__ == "__main__":
    main(sys.argv[1:])
