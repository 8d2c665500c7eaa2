"""BLAS for machine code that is called without Numba, found without all that SciPy has around it.

Numba's helpers look for products of matrices in a module of SciPy's when they are first called, and importing that
imports ``scipy.linalg``: longer than all that is left to do where the machine code is already there. So they are called
once while the module stands alone, with matrices that have no entries; afterwards it can be imported as ever.
"""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import import_module
from importlib.machinery import EXTENSION_SUFFIXES
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

MODULE = "scipy.linalg.cython_blas"
KINDS = b"sdcz"
INTEGER, POINTER, CHAR = ctypes.c_ssize_t, ctypes.c_void_p, ctypes.c_char
ARGUMENTS = {
    "numba_xxgemm": (
        CHAR, CHAR, CHAR, INTEGER, INTEGER, INTEGER, POINTER, POINTER, INTEGER, POINTER, INTEGER, POINTER, POINTER,
        INTEGER,
    ),
    "numba_xxgemv": (CHAR, CHAR, INTEGER, INTEGER, POINTER, POINTER, INTEGER, POINTER, POINTER, POINTER),
    "numba_xxdot": (CHAR, CHAR, INTEGER, POINTER, POINTER, POINTER),
}  # fmt: skip
"""What the helpers take: which precision, whether transposed, lengths, and where numbers are."""


def find(names: Iterable[str], helpers: Mapping[str, int]) -> None:
    """Let the helpers that are needed, which are at these addresses, find what they call."""
    for name in ARGUMENTS.keys() & set(names):
        if "scipy.linalg" not in sys.modules:
            called_once(name, helpers[name])


@cache
def called_once(name: str, address: int) -> None:
    try:
        sys.modules[MODULE] = alone()
        for kind in KINDS:
            call(name, address, bytes((kind,)))
    except Exception:
        return  # the helper imports it in its own way
    finally:
        sys.modules.pop(MODULE, None)


@cache
def alone() -> ModuleType:
    """The module, without the package that it is in."""
    directory = Path(import_module("scipy").__path__[0], "linalg")
    files = (directory / f"cython_blas{suffix}" for suffix in EXTENSION_SUFFIXES)
    spec = spec_from_file_location(MODULE, next(f for f in files if f.exists()))
    if spec is None or spec.loader is None:
        raise ImportError(MODULE)
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def call(name: str, address: int, kind: bytes) -> None:
    """With nothing to multiply; matrices are one row apart."""
    number = (ctypes.c_double * 2)()
    place = ctypes.cast(number, POINTER)
    chars = iter((kind, *((b"\0",) if name == "numba_xxdot" else (b"n", b"n"))))
    lengths = iter((0,) * (ARGUMENTS[name].index(POINTER) - ARGUMENTS[name].index(INTEGER)))
    given = [next(chars) if t is CHAR else next(lengths, 1) if t is INTEGER else place for t in ARGUMENTS[name]]
    ctypes.PYFUNCTYPE(ctypes.c_int, *ARGUMENTS[name])(address)(*given)
