"""Reshaping, reordering, copying and repeating of arrays: linear, and each entry goes back to where it came from."""

import numpy as np
from numpy.lib.stride_tricks import as_strided, sliding_window_view

from zygote_nb.ir.callables import Attribute, Method
from zygote_nb.rules.registry import alias, linear_rule, non_differentiable, pullback_rule, pushforward_rule, refuse
from zygote_nb.runtime.arrays import (
    entries_like,
    repeat_adjoint,
    reshape_like,
    roll_back,
    tile_adjoint,
    transpose_back,
    unbroadcast,
)
from zygote_nb.runtime.rearranging import (
    item_adjoint,
    pad_adjoint,
    pad_constants_adjoint,
    resize_adjoint,
    rollaxis_back,
    trim_zeros_adjoint,
    trim_zeros_tangent,
    windows_adjoint,
)

SHARES = "without a copy the result may be the argument itself; leave `copy` out"
ODD = "np.pad with these settings is not differentiated; give mode and widths as literals"

# Reshaping


@linear_rule(np.reshape)
def reshape_pullback(dy, y, x, shape=None, order="C", *, newshape=None, copy=None):
    if order == "C":
        return reshape_like(dy, x)
    return np.reshape(dy, x.shape, order=order)


@linear_rule(Method("reshape"))
def reshape_method_pullback(dy, y, x, *shape, order="C", copy=None):
    if order == "C":
        return reshape_like(dy, x)
    return np.reshape(dy, x.shape, order=order)


@linear_rule(np.ravel)
def ravel_pullback(dy, y, x, order="C"):
    if order == "C":
        return reshape_like(dy, x)
    if order != "F":
        raise NotImplementedError("the order of entries depends on the layout of the array; use order 'C' or 'F'")
    return np.reshape(dy, x.shape, order=order)


linear_rule(np.squeeze, lambda dy, y, x, axis=None: reshape_like(dy, x))
linear_rule(np.expand_dims, lambda dy, y, x, axis: reshape_like(dy, x))
for _at_least in (np.atleast_1d, np.atleast_2d, np.atleast_3d):
    linear_rule(_at_least, lambda dy, y, x: reshape_like(dy, x))

# Reordering

linear_rule(Attribute("T"), lambda dy, y, x: dy.T)
linear_rule(Attribute("mT"), lambda dy, y, x: dy.mT)
linear_rule(np.matrix_transpose, lambda dy, y, x: dy.mT)
linear_rule(np.transpose, lambda dy, y, x, axes=None: dy.T if axes is None else transpose_back(dy, axes))
linear_rule(Method("transpose"), lambda dy, y, x, *axes: (
    dy.T if len(axes) == 0 else transpose_back(dy, axes[0]) if len(axes) == 1 else transpose_back(dy, axes)
))  # fmt: skip
linear_rule(np.swapaxes, lambda dy, y, x, axis1, axis2: np.swapaxes(dy, axis1, axis2))
linear_rule(np.moveaxis, lambda dy, y, x, source, destination: np.moveaxis(dy, destination, source))
linear_rule(np.rollaxis, lambda dy, y, x, axis, start=0: rollaxis_back(dy, axis, start))
linear_rule(np.flip, lambda dy, y, x, axis=None: np.flip(dy) if axis is None else np.flip(dy, axis))
linear_rule(np.flipud, lambda dy, y, x: np.flipud(dy))
linear_rule(np.fliplr, lambda dy, y, x: np.fliplr(dy))
linear_rule(np.rot90, lambda dy, y, x, k=1, axes=(0, 1): np.rot90(dy, -k, axes))
linear_rule(np.roll, lambda dy, y, x, shift, axis=None: roll_back(dy, shift, axis))
linear_rule(np.fft.fftshift, lambda dy, y, x, axes=None: np.fft.ifftshift(dy, axes))
linear_rule(np.fft.ifftshift, lambda dy, y, x, axes=None: np.fft.fftshift(dy, axes))

# Copies: the generated code casts the cotangent to the argument's dtype


@linear_rule(np.array)
def array_pullback(dy, y, x, dtype=None, *, copy=True, order="K", subok=False, ndmin=0, like=None):
    if copy is not True:
        raise NotImplementedError(SHARES)
    if isinstance(x, (tuple, list)):
        return entries_like(dy, x)
    return dy if ndmin == 0 else reshape_like(dy, x)


@linear_rule(np.asarray)
def asarray_pullback(dy, y, x, dtype=None, order=None, *, device=None, copy=None, like=None):
    if isinstance(x, (tuple, list)):
        return entries_like(dy, x)
    return dy


@linear_rule(np.asanyarray)
def asanyarray_pullback(dy, y, x, dtype=None, order=None, *, device=None, copy=None, like=None):
    if isinstance(x, (tuple, list)):
        return entries_like(dy, x)
    return dy


@linear_rule(np.asarray_chkfinite)
def asarray_chkfinite_pullback(dy, y, x, dtype=None, order=None):
    if isinstance(x, (tuple, list)):
        return entries_like(dy, x)
    return dy


linear_rule(np.copy, lambda dy, y, x, order="K", subok=False: dy)
linear_rule(Method("copy"), lambda dy, y, x, order="C": dy)
linear_rule(Method("flatten"), lambda dy, y, x, order="C": (
    reshape_like(dy, x) if order == "C" else np.reshape(dy, x.shape, order="F")
))  # fmt: skip
linear_rule(np.ascontiguousarray, lambda dy, y, x, dtype=None, *, like=None: reshape_like(dy, x))
linear_rule(np.asfortranarray, lambda dy, y, x, dtype=None, *, like=None: reshape_like(dy, x))
refuse("whether it copies depends on the layout of the array; use np.ascontiguousarray, or np.copy", np.require)


@linear_rule(np.astype)
def astype_pullback(dy, y, x, dtype, *, copy=True, device=None):
    if copy is not True:
        raise NotImplementedError(SHARES)
    return dy


@linear_rule(Method("astype"))
def astype_method_pullback(dy, y, x, dtype, order="K", casting="unsafe", subok=True, copy=True):
    if copy is not True:
        raise NotImplementedError(SHARES)
    return dy


for _number in (np.float16, np.float32, np.float64, np.longdouble, np.complex64, np.complex128):
    linear_rule(_number, lambda dy, y, x: dy)
linear_rule(Method("item"), lambda dy, y, x, *index: item_adjoint(dy, x, index) if index else dy)

# Repeating

linear_rule(np.broadcast_to, lambda dy, y, x, shape, subok=False: unbroadcast(dy, x))
linear_rule(np.tile, lambda dy, y, x, reps: tile_adjoint(dy, x, reps))
linear_rule(np.repeat, lambda dy, y, x, repeats, axis=None: repeat_adjoint(dy, x, repeats, axis))
linear_rule(np.resize, lambda dy, y, a, new_shape: resize_adjoint(dy, a, new_shape))
pullback_rule(np.trim_zeros, lambda dy, y, filt, trim="fb": trim_zeros_adjoint(dy, filt, trim))
pushforward_rule(np.trim_zeros, lambda t, y, filt, trim="fb": np.copy(trim_zeros_tangent(t[0], y, filt, trim)))


@linear_rule(sliding_window_view)
def sliding_window_view_pullback(dy, y, x, window_shape, axis=None, *, subok=False, writeable=False):
    if writeable is not False:
        raise NotImplementedError("windows share their entries, and a write to one of them would change others")
    return windows_adjoint(dy, x, window_shape, axis)


refuse("what its entries are depends on how the array lies in memory; use sliding_window_view, or indices", as_strided)


@linear_rule(np.pad)
def pad_pullback(dy, y, array, pad_width, mode="constant", *, constant_values=0, reflect_type="even"):
    if reflect_type != "even":
        raise NotImplementedError(ODD)
    if mode == "constant":
        return (
            pad_adjoint(dy, array, pad_width, mode), None, None,
            pad_constants_adjoint(dy, array, pad_width, constant_values),
        )  # fmt: skip
    if mode in ("empty", "edge", "reflect", "symmetric", "wrap"):
        return pad_adjoint(dy, array, pad_width, mode)
    raise NotImplementedError(ODD)


for _integer in (
    np.int8, np.int16, np.int32, np.int64, np.longlong, np.uint8, np.uint16, np.uint32, np.uint64, np.ulonglong,
    np.bool_,
):  # fmt: skip
    non_differentiable(_integer)
for _name in ("ravel", "squeeze", "swapaxes", "repeat"):
    alias(Method(_name), getattr(np, _name))
alias(np.linalg.matrix_transpose, np.matrix_transpose)
for _name in ("shape", "size", "ndim", "dtype", "itemsize", "nbytes", "strides", "flags"):
    non_differentiable(Attribute(_name))
