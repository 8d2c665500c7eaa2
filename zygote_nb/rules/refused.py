"""Functions of NumPy that the frontend writes with others, and those that are refused, each with its reason."""

import numpy as np

from zygote_nb.ir.callables import Attribute, Method
from zygote_nb.rules.registry import lowered, only_of_constants, refuse


def named(module: object, names: str) -> list[object]:
    """The functions of these names that this version of the module has."""
    return [getattr(module, name) for name in names.split() if name in dir(module)]


lowered(
    np.piecewise, np.apply_along_axis, np.apply_over_axes, np.fromfunction, np.fromiter, np.copyto, np.put,
    np.put_along_axis, np.putmask, np.place, np.fill_diagonal, np.ndindex, np.ndenumerate, np.sort_complex,
    *map(Method, ("fill", "partition", "put", "sort", "tolist")),
)  # fmt: skip


def of_numpy(reason: str, names: str) -> None:
    refuse(reason, *named(np, names))


of_numpy(
    "it reads or writes a file; do this outside the function, and pass the array",
    "load save savez savez_compressed loadtxt savetxt genfromtxt fromfile fromregex memmap",
)
of_numpy(
    "it makes an array from another kind of object; do this outside the function, and pass the array",
    "frombuffer fromstring from_dlpack asmatrix bmat matrix recarray record chararray ndarray poly1d",
)
of_numpy(
    "it changes settings or prints; call it outside the function",
    "set_printoptions printoptions setbufsize seterr seterrcall errstate info show_config show_runtime test",
)
of_numpy(
    "it is an iterator; loop over indices with `range` instead",
    "nditer nested_iters broadcast flatiter",
)
of_numpy("make the function outside of the differentiated one, or loop over the entries", "vectorize")
of_numpy("it makes a function that returns arrays of objects; use np.vectorize, or a loop", "frompyfunc")
only_of_constants("a text and an object have no derivative; use the number itself", np.str_, np.bytes_, np.object_)
only_of_constants("it takes integers; give an array another axis by x[:, None]", np.ix_)
only_of_constants("how many points there are has no derivative", np.bartlett, np.blackman, np.hamming, np.hanning)
of_numpy("its precision differs from machine to machine; use np.complex128", "clongdouble")
of_numpy("how many edges it returns depends on a length; use np.histogram or np.histogram2d", "histogramdd")
refuse(
    "it is a part of a source of random numbers; use np.random.default_rng",
    np.random.Generator, np.random.SeedSequence,
)  # fmt: skip
refuse("it runs NumPy's own tests", np.linalg.test, np.fft.test)
refuse(
    "it hands out the array's raw memory; use the array itself",
    *map(Method, ("tobytes", "tofile", "dump", "dumps", "getfield", "view", "byteswap", "to_device")),
    *map(Attribute, ("data", "ctypes", "base", "flat", "device")),
)
refuse(
    "it writes into the array; assign to an index, or use the function of that name and its result",
    *map(Method, ("itemset", "resize", "setfield", "setflags")),
)
