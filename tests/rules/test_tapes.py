"""The tape of every rule: what its pullback names, and the bytes that a forward sweep leaves, measured.

A function of one call is differentiated as a callee. What its backward half takes is an argument, which is there
anyway, or a result of the call, and nothing that was computed besides; the measured bytes are those of the results.
"""

import linecache
import zlib
from importlib import import_module
from itertools import count
from pathlib import Path

import numpy as np
import pytest

import zygote_nb as zg
from tests.oracle import FULL
from tests.rules.contract import label, written
from zygote_nb.inspection import derived_for
from zygote_nb.ir.core import Apply, Name, is_getitem

NUMBER = count()
ONE_IN = 8


def cases():
    found = {}
    for path in sorted(Path(__file__).parent.glob("test_*.py")):
        if path.name == Path(__file__).name:
            continue
        for case in getattr(import_module(f"tests.rules.{path.stem}"), "CASES", ()):
            fn, args, kwargs = case.values[0]
            found[label(fn, args, kwargs)] = (fn, args, kwargs)
    for name, call in found.items():
        if FULL or zlib.crc32(name.encode()) % ONE_IN == 0:
            yield pytest.param(*call, id=name)


def calling(f, n):
    """A function that calls another one, and returns something besides."""
    names = ", ".join("abcdefgh"[:n])
    text = f"def outer({names}):\n    return inner({names}), 0.0\n"
    filename = f"<tape {next(NUMBER)}>"
    linecache.cache[filename] = (len(text), None, text.splitlines(True), filename)
    scope = {"inner": f}
    exec(compile(text, filename, "exec"), scope)
    return scope["outer"]


def held(part):
    """The memory that a result keeps: some functions return a view of what is larger."""
    base = getattr(part, "base", None)
    return (base if isinstance(base, np.ndarray) else np.asarray(part)).nbytes


def named(derivation, generated, value):
    """The bytes of the results that the backward half takes, and whether it takes something else that was computed."""
    (pair,) = derivation.pairs.values()
    halves = {f.name: f for f in generated}
    forward, back = halves[pair.forward], halves[pair.backward]
    parts = value if isinstance(value, (tuple, list)) else [value]
    sizes = {}
    for result, part in zip(forward.results, parts, strict=False):
        whole = (
            result
            if isinstance(result, Name)
            else result.args[0]
            if isinstance(result, Apply) and is_getitem(result)
            else None
        )
        if isinstance(whole, Name):
            sizes[whole.id] = sizes.get(whole.id, 0) + held(part)
    tape = back.params[: len(pair.backward_args) + len(pair.tape)]
    computed = [n for n in tape if n not in forward.params and n not in sizes]
    return sum(size for n, size in sizes.items() if n in back.params), computed


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("fn", "args", "kwargs"), list(cases()))
def test_tape(fn, args, kwargs):
    f, values = written(fn, args, kwargs)
    value = f(*[np.copy(v) if isinstance(v, np.ndarray) else v for v in values])
    with zg.options(inline=False, backend="python"):
        try:
            derived = derived_for(zg.call(calling(f, len(values)), *values), (), None)
        except zg.ZygoteError:
            return
        if len(derived.derivation.pairs) != 1:
            return
        wanted, computed = named(derived.derivation, derived.generated, value)
        rows = zg.explain(calling(f, len(values)), *values).kept
    assert not computed
    measured = sum(int(row.value.split()[0]) for row in rows)
    assert measured == wanted
