"""Values as bytes that can be read without importing anything of the user's."""

from __future__ import annotations

import io
import pickle
import sys
from importlib import import_module
from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import Any

from zygote_nb.backend.fingerprint import LIBRARIES


def libraries_only(value: Any, more: tuple[str, ...] = ()) -> bytes:
    """A value pickled, if that can be read without importing anything of the user's; raises PicklingError.

    Classes and functions may be those of ``more`` libraries than the usual ones.
    """
    out = io.BytesIO()
    LibrariesOnly(out, LIBRARIES.union(more)).dump(value)
    return out.getvalue()


class LibrariesOnly(pickle.Pickler):
    """Modules by name. Functions and classes are imported by name, too; the user's might do anything then."""

    def __init__(self, out: io.BytesIO, libraries: frozenset[str]) -> None:
        super().__init__(out)
        self.libraries = libraries

    def reducer_override(self, value: Any) -> Any:
        if isinstance(value, ModuleType):
            return import_module, (value.__name__,)
        if isinstance(value, FunctionType | BuiltinFunctionType | type):
            top = str(value.__module__ or "").split(".")[0]
            if top and top not in self.libraries and top not in sys.stdlib_module_names:
                raise pickle.PicklingError(f"{value.__qualname__} is not of a library")
        return NotImplemented
