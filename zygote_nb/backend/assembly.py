"""Machine code of texts in LLVM's language, kept on disk. They need no compiler of C, and nothing of Numba's."""

from __future__ import annotations

import ctypes

from zygote_nb.backend import cache, machine
from zygote_nb.backend.fingerprint import digest
from zygote_nb.backend.machine import Code
from zygote_nb.options import current


def assembled(source: str, function: str, needs: tuple[str, ...], quickly: bool = False) -> Code:
    """The code of the text, one of whose functions is ``function``, and which calls those that it ``needs``."""
    if not current().cache:
        return machine.assembled(source, function, needs, quickly)
    key = digest(cache.machine(), source, function)
    code = cache.recall(key)
    if not isinstance(code, Code):
        code = machine.assembled(source, function, needs, quickly)
        cache.keep(key, code)
    return code


def of_numpy(number: int) -> int:
    """The address of a function, by its number in NumPy's interface for C."""
    from numpy._core import _multiarray_umath

    address = ctypes.pythonapi.PyCapsule_GetPointer
    address.restype, address.argtypes = ctypes.c_void_p, (ctypes.py_object, ctypes.c_char_p)
    place = address(_multiarray_umath._ARRAY_API, None)
    return (ctypes.c_void_p * (number + 1)).from_address(place)[number] or 0
