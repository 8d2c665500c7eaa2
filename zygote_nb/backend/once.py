"""What Numba works out again and again while it compiles a function, worked out once or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from numba.core import ir, types
from numba.core.postproc import PostProcessor, VariableLifetime
from numba.core.transforms import canonicalize_cfg
from numba.core.types.functions import BaseFunction

NUMBERS = types.Number, types.Boolean


@contextmanager
def only() -> Iterator[None]:
    """Within it, Numba compiles the same code sooner. To be entered where its lock for compilation is held."""
    before = BaseFunction.get_call_type, PostProcessor.run, ir.Inst._rec_list_vars
    BaseFunction.get_call_type, PostProcessor.run, ir.Inst._rec_list_vars = call_type, processed, variables
    try:
        yield
    finally:
        BaseFunction.get_call_type, PostProcessor.run, ir.Inst._rec_list_vars = before


RESOLVE, PROCESS = BaseFunction.get_call_type, PostProcessor.run
_signatures: dict[tuple[Any, ...], Any] = {}
"""How operators and functions are called with numbers and arrays."""


def call_type(function: Any, typing: Any, args: tuple[Any, ...], named: dict[str, Any]) -> Any:
    """The signature for arguments of such types. Numba tries all that is registered for the function each time.

    Where Numba compiles an implementation for it, that depends on more than types, and is asked for each time.
    """
    if named or not all(map(is_described_by_its_name, args)):
        return RESOLVE(function, typing, args, named)
    key = function, typing, args
    if key in _signatures:
        found = _signatures[key]
        function._impl_keys[found.args] = function.typing_key
        return found
    found = RESOLVE(function, typing, args, named)
    if found is not None and function._impl_keys[found.args] is function.typing_key:
        _signatures[key] = found
    return found


def is_described_by_its_name(kind: Any) -> bool:
    if isinstance(kind, types.UniTuple):
        kind = kind.dtype
    return isinstance(kind, NUMBERS) or type(kind) is types.Array


def processed(processor: Any, emit_dels: bool = False, extend_lifetimes: bool = False) -> None:
    """What follows each of Numba's passes. Where variables live is found out where somebody asks for it."""
    function = processor.func_ir
    if function.is_generator:
        PROCESS(processor, emit_dels, extend_lifetimes)
        return
    function.blocks = canonicalize_cfg(function.blocks)
    function.variable_lifetime = VariableLifetime(function.blocks)
    function.generator_info = None
    if emit_dels:
        processor._insert_var_dels(extend_lifetimes=extend_lifetimes)


WITHOUT = frozenset((str, int, bool, float, complex, type(None), ir.Loc))
"""Types of what has no variables in it."""


def variables(instruction: Any, value: Any) -> list[Any]:
    """Those in a part of an instruction."""
    found: list[Any] = []
    collect(value, found)
    return found


def collect(value: Any, found: list[Any]) -> None:
    kind = type(value)
    if kind in WITHOUT:
        return
    if isinstance(value, ir.Var):
        found.append(value)
    elif kind is ir.Expr:
        for part in value._kws.values():
            collect(part, found)
    elif isinstance(value, ir.Inst):
        found += value.list_vars()
    elif isinstance(value, list | tuple):
        for part in value:
            collect(part, found)
    elif isinstance(value, dict):
        for part in value.values():
            collect(part, found)
