"""What is worked out once is what Numba works out each time."""

import operator

import numpy as np
import pytest
from numba import njit
from numba.core import ir, types
from numba.core.compiler import run_frontend
from numba.core.compiler_lock import global_compiler_lock
from numba.core.postproc import PostProcessor
from numba.core.registry import cpu_target
from numba.core.types.functions import BaseFunction

import zygote_nb as zg
from zygote_nb.backend import once


def several(x, n):
    total, parts = 0.0, []
    for i in range(n):
        if x[i] > 0.5:
            parts.append((x[i], -i))
            total += parts[-1][0] * x[i : i + 2].sum()
        else:
            total = x[-1] if total > x[i] else total + x[i]
        x[i], y = total, {"a": total}
        del y
    raise ValueError(total, n)


def test_variables_are_those_that_numba_finds():
    with_dels = run_frontend(several, emit_dels=True)
    plain = ir.Inst._rec_list_vars
    count = 0
    for block in with_dels.blocks.values():
        for stmt in block.body:
            parts = vars(stmt) if isinstance(stmt, ir.Stmt) else {}
            value = parts.get("value")
            for part in (parts, value._kws if isinstance(value, ir.Expr) else {}):
                found, expected = once.variables(stmt, part), plain(stmt, part)
                assert len(found) == len(expected)
                assert all(a is b for a, b in zip(found, expected, strict=True))
                count += len(found)
    assert count > 50


KINDS = (
    types.int64, types.uint8, types.float32, types.float64, types.complex128, types.boolean, types.literal(3),
    types.Array(types.float64, 2, "C"), types.Array(types.int32, 1, "A"),
)  # fmt: skip


def resolved(resolve, function, args):
    typing = cpu_target.typing_context
    kind = typing.resolve_value_type(function)
    kind._impl_keys.clear()
    try:
        found = resolve(kind, typing, args, {})
    except Exception as error:
        return type(error)
    return found, found and kind._impl_keys[found.args]


@pytest.mark.parametrize("function", [operator.add, operator.truediv, operator.pow, operator.lt, operator.iadd, np.exp])
def test_signatures_are_those_that_numba_finds(function):
    cpu_target.typing_context.refresh()
    pairs = [(a,) for a in KINDS] if function is np.exp else [(a, b) for a in KINDS for b in KINDS]
    for args in pairs:
        expected = resolved(once.RESOLVE, function, args)
        assert resolved(once.call_type, function, args) == expected
        assert resolved(once.call_type, function, args) == expected


def test_operators_are_looked_up_once_and_implementations_each_time(monkeypatch):
    asked, resolve = [], once.RESOLVE
    monkeypatch.setattr(once, "RESOLVE", lambda kind, *rest: (asked.append(kind), resolve(kind, *rest))[1])
    monkeypatch.setattr(once, "_signatures", {})
    for _ in range(3):
        resolved(once.call_type, operator.mul, (types.float64, types.int16))
    assert len(asked) == 1
    asked.clear()
    for _ in range(3):
        resolved(once.call_type, np.clip, (types.float64, types.float64, types.float64))
    assert len(asked) == 3


def test_generators_compile():
    def squares(n):
        for i in range(n):
            yield i * i

    def total(n):
        s = 0
        for k in generator(n):
            s += k
        return s

    generator = njit(squares)
    with global_compiler_lock, once.only():
        compiled = njit(total)
        compiled.compile((types.int64,))
    assert compiled(5) == 30


def test_numba_is_left_as_it_was():
    before = BaseFunction.get_call_type, PostProcessor.run, ir.Inst._rec_list_vars
    with zg.options(backend="numba", cache=False):
        assert zg.gradient(lambda x, n: sum(x[i] * x[i] for i in range(n)), np.ones(3), 2)[0].tolist() == [2, 2, 0]
    assert (BaseFunction.get_call_type, PostProcessor.run, ir.Inst._rec_list_vars) == before
