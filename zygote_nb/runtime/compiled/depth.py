"""The depth of recursion, for Numba: a stack that overflows would end the process."""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic

from zygote_nb.runtime.compiled.registration import overload
from zygote_nb.runtime.depth import ascend, descend


@intrinsic
def _address(typingctx):  # type: ignore[no-untyped-def]
    """An address in the frame of the function."""

    def code(context, builder, signature, args):  # type: ignore[no-untyped-def]
        return builder.ptrtoint(cgutils.alloca_once(builder, ir.IntType(8)), ir.IntType(64))

    return types.int64(), code


@overload(descend)
def _descend(room: Any) -> Any:
    def implementation(room):  # type: ignore[no-untyped-def]
        if room[0] < 1 or _address() < room[1]:
            raise RecursionError("maximum recursion depth exceeded")
        room[0] -= 1

    return implementation


@overload(ascend)
def _ascend(room: Any) -> Any:
    def implementation(room):  # type: ignore[no-untyped-def]
        room[0] += 1

    return implementation
