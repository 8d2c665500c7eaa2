"""What may hand back memory of an argument says so: whoever writes to one of the two must know of the other."""

import types
from functools import wraps

import numpy as np
import pytest
from scipy import fft

import zygote_nb as zg
from tests.random_programs import seeded
from tests.trees import arrays_in
from zygote_nb.driver import run as driver
from zygote_nb.runtime.shaped import HANDED_BACK


@pytest.fixture
def found(monkeypatch):
    """The functions of the runtime that have returned memory of an argument."""
    seen: set[types.FunctionType] = set()

    def watched(fn):
        @wraps(fn)
        def called(*args, **kwargs):
            result = fn(*args, **kwargs)
            if any(np.shares_memory(r, a) for r in arrays_in(result) for a in arrays_in(args)):
                seen.add(fn)
            return result

        return called

    def interpreted(module):
        scope = {n: watched(v) if is_helper(v) else v for n, v in module.namespace.items()}
        exec(compile(module.source, module.filename, "exec"), scope)
        return scope[module.name]

    monkeypatch.setattr(driver, "interpreted", interpreted)
    return seen


def is_helper(value) -> bool:
    return isinstance(value, types.FunctionType) and value.__module__.startswith("zygote_nb.runtime.")


def reads_of_views(x, y, A):
    v = np.where(x[1:] > 0.1, x[:-1], y[:-1]) / A[:, 3]
    v[::-1] += 0.5 * v
    joined = np.hstack([v, x]) * np.concatenate([y[:3], x[1:], y[:1]])
    spread = np.mean(A, axis=0) * np.max(A, axis=0, keepdims=True) + np.sum(A)
    inverse = np.linalg.solve(A[:, :3] + 3 * np.eye(3), v) @ np.linalg.inv(A[:, :3] + 3 * np.eye(3))
    reshaped = A.reshape(4, 3) * A.ravel()[:3] + np.reshape(x, (4, 1))
    return np.sum(joined) + np.sum(spread) + np.sum(inverse) + np.sum(reshaped) + np.sum(fft.dct(x)[1:3])


def test_helpers_that_hand_back_are_known(found) -> None:
    rng = np.random.default_rng(0)
    with zg.options(backend="python"):
        zg.gradient(reads_of_views, rng.standard_normal(4), rng.standard_normal(4), rng.standard_normal((3, 4)))
        for seed in range(5):
            for kind in ({}, {"wide": True}, {"grids": True}):
                program = seeded(seed, **kind)
                try:
                    zg.gradient(program.function(), *program.arguments())
                except (zg.ZygoteError, ArithmeticError, ValueError):
                    continue
    assert found, "nothing was watched"
    assert {f for f in found if f not in HANDED_BACK} == set()
