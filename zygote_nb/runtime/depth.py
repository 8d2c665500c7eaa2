"""How deep compiled functions may call themselves: as deep as Python's, and not beyond the end of the stack."""

from __future__ import annotations

import ctypes
import sys
import threading
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

Room = np.ndarray[Any, np.dtype[np.int64]]

PACKAGE = str(Path(__file__).resolve().parents[1])
MARGIN = 256 * 1024
"""Bytes of the stack that are left alone, for what a function calls."""
UNKNOWN = 200
"""Calls that every stack has room for."""
_here = threading.local()


def stack_room() -> Room:
    """How many calls are left until the limit of recursion, and the address below which the stack must not grow."""
    left, floor = sys.getrecursionlimit() - frames(), lowest()
    return np.array([min(left, UNKNOWN) if floor is None else left, floor or 0], np.int64)


def descend(room: Room) -> None:
    """A function that may call itself begins; raises RecursionError where there is no room for it."""
    if room[0] < 1:
        raise RecursionError("maximum recursion depth exceeded")
    room[0] -= 1


def ascend(room: Room) -> None:
    """It ends."""
    room[0] += 1


def frames() -> int:
    """The calls of Python that have not returned, without those of this package."""
    count, frame = 0, sys._getframe()
    while frame is not None:
        count += not frame.f_code.co_filename.startswith(PACKAGE)
        frame = frame.f_back  # type: ignore[assignment]
    return count


def lowest() -> int | None:
    """An address that the stack of this thread may grow to; None where nobody says."""
    if not hasattr(_here, "floor"):
        try:
            _here.floor = bottom() + MARGIN
        except (AttributeError, OSError):
            _here.floor = None
    floor: int | None = _here.floor
    return floor


def bottom() -> int:
    """The lowest address of the stack of this thread."""
    if sys.platform == "win32":
        low, high = ctypes.c_size_t(), ctypes.c_size_t()
        ctypes.windll.kernel32.GetCurrentThreadStackLimits(ctypes.byref(low), ctypes.byref(high))
        return low.value
    library, this = threads()
    if sys.platform == "darwin":
        return int(library.pthread_get_stackaddr_np(this) - library.pthread_get_stacksize_np(this))
    attributes, low, size = (ctypes.c_byte * 256)(), ctypes.c_void_p(), ctypes.c_size_t()
    if library.pthread_getattr_np(this, attributes):
        raise OSError
    library.pthread_attr_getstack(attributes, ctypes.byref(low), ctypes.byref(size))
    library.pthread_attr_destroy(attributes)
    if low.value is None:
        raise OSError
    return low.value


@cache
def library() -> Any:
    found = ctypes.CDLL(None)
    found.pthread_self.restype = ctypes.c_void_p
    if sys.platform == "darwin":
        found.pthread_get_stackaddr_np.restype = ctypes.c_size_t
        found.pthread_get_stacksize_np.restype = ctypes.c_size_t
    return found


def threads() -> tuple[Any, ctypes.c_void_p]:
    """The library of threads, and this one."""
    return library(), ctypes.c_void_p(library().pthread_self())
