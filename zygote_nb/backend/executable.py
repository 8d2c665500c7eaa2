"""Functions that run: from machine code that was kept, or compiled by Numba."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from zygote_nb.backend import cache, machine, memory
from zygote_nb.backend.fingerprint import Unstable, digest, fingerprint
from zygote_nb.backend.plan import GivenUp, NotCompiled, Plan, Text, allocator
from zygote_nb.backend.signature import OTHER_TYPES, Signature, packed, signature
from zygote_nb.dataclass import dataclass

Function = Callable[..., Any]
Arrays = tuple[np.ndarray[Any, Any], ...]


@dataclass(frozen=True, slots=True)
class Refused:
    """Kept in place of machine code: why Numba does not compile the text."""

    why: str


@dataclass(frozen=True, slots=True)
class Executable:
    """A compiled function for types of arguments, which it does not check.

    ``key`` is that of its machine code on disk, or None.
    """

    function: Function
    plan: Plan
    allocate: Callable[..., Arrays] | None
    key: str | None

    def __call__(self, *args: Any) -> tuple[Any, ...]:
        """The results: those that are returned, and those that arrays hold."""
        args = packed(args)
        given = args if self.allocate is None else (*args, *self.allocate(*args))
        returned = self.function(*given)
        held = self.plan.held
        one = held.count(None) == 1
        others = iter((returned,) if one else returned or ())
        return tuple(next(others) if place is None else given[place] for place in held)


def made(text: Text, args: tuple[Any, ...], cached: bool) -> Executable:
    """The executable for arguments of these types; raises NotCompiled."""
    allocate = allocator(text.plan)
    types = types_of(allocate, args)
    key = key_of(text, types) if cached and cache.is_enabled() else None
    function = recalled(key) if key is not None else None
    if function is None:
        function, key = compiled(text, types, key)
    return Executable(quiet(function, text.plan), text.plan, allocate, key)


def types_of(allocate: Callable[..., Arrays] | None, args: tuple[Any, ...]) -> Signature:
    """The types of the arguments and of the arrays that are made of them."""
    args = packed(args)
    types = signature((*args, *allocate(*args)) if allocate is not None else args)
    if types is None:
        raise NotCompiled(OTHER_TYPES)
    return types


def compiled(text: Text, types: Signature, key: str | None) -> tuple[Function, str | None]:
    """The function compiled now, kept on disk under the key if that is possible."""
    if not cache.is_enabled():
        raise NotCompiled("NUMBA_DISABLE_JIT is set")
    from zygote_nb.backend import helpers, numba

    try:
        result = numba.compiled(text, types, kept=key is not None)
    except GivenUp as error:
        if key is not None and error.lasting:
            cache.keep(key, Refused(str(error)))
        raise
    code = numba.code(result) if key is not None else None
    if code is None or key is None:
        return numba.function(result), None
    cache.keep(key, code)
    helpers.write()
    return loaded(code) or numba.function(result), key


def again(key: str, plan: Plan) -> Executable | None:
    """An executable from machine code that was kept under the key."""
    try:
        function = recalled(key)
    except GivenUp:
        return None
    return None if function is None else Executable(quiet(function, plan), plan, allocator(plan), key)


def quiet(function: Function, plan: Plan) -> Function:
    """The function without NumPy's warnings, as the interpreter runs it."""
    if not plan.calls_python:
        return function

    def called(*args: Any) -> Any:
        with np.errstate(all="ignore"):
            return function(*args)

    return called


def recalled(key: str) -> Function | None:
    """What was compiled before; raises GivenUp if that was tried."""
    code = cache.recall(key)
    if isinstance(code, Refused):
        raise GivenUp(code.why)
    return loaded(code) if isinstance(code, machine.Code) else None


def loaded(code: machine.Code) -> Function | None:
    """The function in its own memory, apart from what Numba has compiled: it calls none of that by its name."""
    try:
        return machine.load(code, memory.OWN)
    except Exception:
        # Compiling anew is always possible.
        return None


def key_of(text: Text, types: Signature) -> str | None:
    """Text, the functions that its names stand for, types, and the machine; None if a name has no fingerprint."""
    try:
        return digest(cache.machine(), *described(text, types))
    except Unstable:
        return None


def described(text: Text, types: Signature) -> tuple[str, ...]:
    names = [f"{name}={fingerprint(value)}" for name, value in sorted(text.namespace.items())]
    before = described(*text.after) if text.after is not None else ()
    return (text.source, *types, "", *names, *before)
