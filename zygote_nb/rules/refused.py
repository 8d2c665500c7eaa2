"""Functions of NumPy that are refused, each with its reason.

What is here only until somebody writes the rule stands under ``NOT_WRITTEN``.
"""

import numpy as np

from zygote_nb.ir.callables import Attribute, Method
from zygote_nb.rules.registry import refuse

NOT_WRITTEN = "its derivative has not been written yet"


def named(module: object, names: str) -> list[object]:
    """The functions of these names that this version of the module has."""
    return [getattr(module, name) for name in names.split() if name in dir(module)]


def of_numpy(reason: str, names: str) -> None:
    refuse(reason, *named(np, names))


of_numpy(
    "it reads or writes a file; do this outside the function, and pass the array",
    "load save savez savez_compressed loadtxt savetxt genfromtxt fromfile fromregex memmap",
)
of_numpy(
    "it makes an array from another kind of object; do this outside the function, and pass the array",
    "frombuffer fromstring from_dlpack fromiter asmatrix bmat matrix recarray record chararray ndarray poly1d",
)
of_numpy(
    "it changes settings or prints; call it outside the function",
    "set_printoptions printoptions setbufsize seterr seterrcall errstate info show_config show_runtime test",
)
of_numpy(
    "it is an iterator; loop over indices with `range` instead",
    "nditer nested_iters ndindex ndenumerate broadcast flatiter",
)
of_numpy("make the function outside of the differentiated one, or loop over the entries", "vectorize")
of_numpy("write the loop, and join the results with np.array", "apply_along_axis apply_over_axes fromfunction")
of_numpy("it makes a function that returns arrays of objects; use np.vectorize, or a loop", "frompyfunc")
of_numpy(
    "it writes into its argument; assign to an index instead",
    "copyto put put_along_axis putmask place fill_diagonal",
)
of_numpy(
    NOT_WRITTEN,
    """append array_split asanyarray asarray_chkfinite asfortranarray astype average bincount block broadcast_arrays
    choose compress convolve correlate corrcoef cov cumulative_prod cumulative_sum delete diagflat divmod dsplit ediff1d
    einsum extract fix frexp geomspace gradient histogram histogramdd hsplit i0 insert interp intersect1d
    kaiser kron logspace matvec median meshgrid modf nancumprod nancumsum nanmax nanmean nanmedian nanmin nanpercentile
    nanprod nanquantile nanstd nansum nanvar pad partition percentile poly polyadd polyder polydiv polyfit
    polyint polymul polysub polyval quantile require resize rollaxis roots row_stack select setdiff1d setxor1d sort
    sort_complex split take_along_axis tensordot trapezoid trapz trim_zeros union1d unique unique_all unique_counts
    unique_inverse unique_values unstack unwrap vander vecdot vecmat vsplit
    complex64 complex128 clongdouble longdouble""",
)
refuse(
    NOT_WRITTEN,
    *named(
        np.linalg,
        """cholesky cond cross diagonal eig eigh eigvals eigvalsh lstsq matmul matrix_norm matrix_power matrix_rank
        matrix_transpose multi_dot outer pinv qr slogdet svd svdvals tensordot tensorinv tensorsolve trace vecdot
        vector_norm""",
    ),
)
refuse(
    NOT_WRITTEN,
    *named(np.fft, "fft fft2 fftn fftshift hfft ifft ifft2 ifftn ifftshift ihfft irfft irfft2 irfftn rfft rfft2 rfftn"),
)
refuse(
    "it makes a source of random numbers; make it outside the function, which may draw from it",
    np.random.default_rng, np.random.Generator, np.random.RandomState, np.random.SeedSequence,
)  # fmt: skip
refuse("it runs NumPy's own tests", np.linalg.test, np.fft.test)
refuse(
    "it hands out the array's raw memory; use the array itself",
    *map(Method, ("tobytes", "tofile", "dump", "dumps", "getfield", "view", "byteswap", "to_device")),
    *map(Attribute, ("data", "ctypes", "base", "flat", "device")),
)
refuse(
    "it writes into the array; assign to an index, or use the function of that name and its result",
    *map(Method, ("fill", "itemset", "partition", "put", "resize", "setfield", "setflags", "sort")),
)
refuse(NOT_WRITTEN, *map(Method, ("choose", "compress", "tolist")))
