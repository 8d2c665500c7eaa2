"""Calls of Python functions from compiled code, which holds the interpreter's lock all the time.

Arrays are handed over as the memory that they are. Nothing here needs Numba once the code is compiled: Python objects
that the code refers to stand among the constants of its environment, which are kept with the machine code.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from llvmlite import ir
from numba.core import cgutils, types
from numba.core.types import Array
from numba.extending import intrinsic

from zygote_nb.runtime.calling import Called, Results


@cache
def form(called: Called) -> Any:
    """The call as compiled code makes it."""
    returned = type_of(called.results)

    def call(*args):  # type: ignore[no-untyped-def]
        def code(context, builder, signature, values):  # type: ignore[no-untyped-def]
            return Call(context, builder).made(called, signature.args, values, returned)

        return returned(*args), code

    # Numba wants to see the parameters one by one.
    params = ", ".join(f"x{i}" for i in range(called.count))
    scope: dict[str, Any] = {"call": call}
    exec(f"def called(context, {params}):\n    return call({params})\n", scope)
    return intrinsic(scope["called"])


def type_of(results: Results) -> Any:
    """The type that Numba knows a result by."""
    if results is None:
        return types.none
    if isinstance(results, tuple):
        return types.Tuple([type_of(r) for r in results])
    scalar = types.boolean if results.dtype == "bool" else getattr(types, results.dtype)
    return scalar if results.ndim is None else Array(scalar, results.ndim, "A" if results.view else "C")


class Call:
    """The code of one call."""

    def __init__(self, context: Any, builder: Any) -> None:
        self.context, self.builder = context, builder
        self.python, self.environment = context.get_python_api(builder), context.get_env_manager(builder)

    def made(self, called: Called, given: Any, values: Any, returned: Any) -> Any:
        objects = [self.boxed(t, v) for t, v in zip(given, values, strict=True)]
        result = self.python.call_function_objargs(self.constant(called), objects)
        for each in objects:
            self.python.decref(each)
        self.raise_if(cgutils.is_null(self.builder, result))
        value = self.unboxed(returned, result)
        self.python.decref(result)
        return value

    def constant(self, value: Any) -> Any:
        """An object of Python's that the code refers to."""
        return self.environment.read_const(self.environment.add_const(value))

    def boxed(self, kind: Any, value: Any) -> Any:
        """A new reference to a value as Python sees it."""
        if isinstance(kind, types.BaseTuple):
            entries = [self.boxed(t, self.builder.extract_value(value, i)) for i, t in enumerate(kind)]
            packed = self.python.tuple_pack(entries)
            for each in entries:
                self.python.decref(each)
            return packed
        if not isinstance(kind, Array):
            return self.python.from_native_value(kind, value, self.environment)
        object_, number = self.python.pyobj, ir.IntType(32)
        signature = ir.FunctionType(object_, [cgutils.voidptr_t, object_, number, number, object_])
        function = cgutils.get_or_insert_function(self.builder.module, signature, "NRT_adapt_ndarray_to_python_acqref")
        place = self.builder.bitcast(cgutils.alloca_once_value(self.builder, value), cgutils.voidptr_t)
        dtype = self.constant(np.dtype(str(kind.dtype)))
        known = (number(kind.ndim), number(int(kind.mutable)))
        return self.builder.call(function, [place, self.constant(np.ndarray), *known, dtype])

    def unboxed(self, kind: Any, object_: Any) -> Any:
        """The value of an object, whose type was checked where it was returned."""
        if kind is types.none:
            return self.context.get_dummy_value()
        if isinstance(kind, types.BaseTuple):
            entries = [self.unboxed(t, self.python.tuple_getitem(object_, i)) for i, t in enumerate(kind)]
            return self.context.make_tuple(self.builder, kind, entries)
        native = self.python.to_native_value(kind, object_)
        if native.is_error is not None:
            self.raise_if(native.is_error)
        return native.value

    def raise_if(self, failed: Any) -> None:
        """Leave the function with the exception that Python has."""
        with self.builder.if_then(failed, likely=False):
            self.context.call_conv.return_exc(self.builder)
