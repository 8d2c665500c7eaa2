"""Reshaping, reordering, copying, joining and repeating of arrays."""

import numpy as np

from zygote_nb.ir.core import Attribute, Method
from zygote_nb.rules.registry import alias, linear, non_differentiable, rrule
from zygote_nb.runtime.arrays import (
    entries_like,
    repeat_adjoint,
    reshape_like,
    roll_back,
    split_like,
    tile_adjoint,
    transpose_back,
    unbroadcast,
    unstack,
)

# Reshaping


@rrule(np.reshape)
def reshape_rule(x, shape, order="C"):
    def reshape_pullback(dy):
        if order == "C":
            return reshape_like(dy, x)
        return np.reshape(dy, x.shape, order=order)

    return np.reshape(x, shape, order=order), reshape_pullback


@rrule(Method("reshape"))
def reshape_method_rule(x, *shape, order="C"):
    def reshape_method_pullback(dy):
        if order == "C":
            return reshape_like(dy, x)
        return np.reshape(dy, x.shape, order=order)

    return x.reshape(*shape, order=order), reshape_method_pullback


@rrule(np.ravel)
def ravel_rule(x, order="C"):
    def ravel_pullback(dy):
        if order == "C":
            return reshape_like(dy, x)
        return np.reshape(dy, x.shape, order=order)

    return np.ravel(x, order=order), ravel_pullback


@rrule(Method("flatten"))
def flatten_rule(x):
    def flatten_pullback(dy):
        return reshape_like(dy, x)

    return x.flatten(), flatten_pullback


@rrule(np.squeeze)
def squeeze_rule(x, axis=None):
    def squeeze_pullback(dy):
        return reshape_like(dy, x)

    return np.squeeze(x, axis=axis), squeeze_pullback


@rrule(np.expand_dims)
def expand_dims_rule(x, axis):
    def expand_dims_pullback(dy):
        return reshape_like(dy, x)

    return np.expand_dims(x, axis), expand_dims_pullback


@rrule(np.atleast_1d)
def atleast_1d_rule(x):
    def atleast_1d_pullback(dy):
        return reshape_like(dy, x)

    return np.atleast_1d(x), atleast_1d_pullback


@rrule(np.atleast_2d)
def atleast_2d_rule(x):
    def atleast_2d_pullback(dy):
        return reshape_like(dy, x)

    return np.atleast_2d(x), atleast_2d_pullback


@rrule(np.atleast_3d)
def atleast_3d_rule(x):
    def atleast_3d_pullback(dy):
        return reshape_like(dy, x)

    return np.atleast_3d(x), atleast_3d_pullback


# Reordering


@rrule(Attribute("T"))
def t_rule(x):
    def t_pullback(dy):
        return dy.T

    return x.T, t_pullback


@rrule(Attribute("mT"))
def mt_rule(x):
    def mt_pullback(dy):
        return dy.mT

    return x.mT, mt_pullback


@rrule(np.matrix_transpose)
def matrix_transpose_rule(x):
    def matrix_transpose_pullback(dy):
        return dy.mT

    return np.matrix_transpose(x), matrix_transpose_pullback


@rrule(np.transpose)
def transpose_rule(x, axes=None):
    def transpose_pullback(dy):
        if axes is None:
            return dy.T
        return transpose_back(dy, axes)

    return np.transpose(x, axes), transpose_pullback


@rrule(Method("transpose"))
def transpose_method_rule(x, *axes):
    def transpose_method_pullback(dy):
        if len(axes) == 0:
            return dy.T
        if len(axes) == 1:
            return transpose_back(dy, axes[0])
        return transpose_back(dy, axes)

    return x.transpose(*axes), transpose_method_pullback


@rrule(np.swapaxes)
def swapaxes_rule(x, axis1, axis2):
    def swapaxes_pullback(dy):
        return np.swapaxes(dy, axis1, axis2)

    return np.swapaxes(x, axis1, axis2), swapaxes_pullback


@rrule(np.moveaxis)
def moveaxis_rule(x, source, destination):
    def moveaxis_pullback(dy):
        return np.moveaxis(dy, destination, source)

    return np.moveaxis(x, source, destination), moveaxis_pullback


@rrule(np.flip)
def flip_rule(x, axis=None):
    def flip_pullback(dy):
        if axis is None:
            return np.flip(dy)
        return np.flip(dy, axis)

    return np.flip(x, axis), flip_pullback


@rrule(np.flipud)
def flipud_rule(x):
    def flipud_pullback(dy):
        return np.flipud(dy)

    return np.flipud(x), flipud_pullback


@rrule(np.fliplr)
def fliplr_rule(x):
    def fliplr_pullback(dy):
        return np.fliplr(dy)

    return np.fliplr(x), fliplr_pullback


@rrule(np.rot90)
def rot90_rule(x, k=1, axes=(0, 1)):
    def rot90_pullback(dy):
        return np.rot90(dy, -k, axes)

    return np.rot90(x, k, axes), rot90_pullback


@rrule(np.roll)
def roll_rule(x, shift, axis=None):
    def roll_pullback(dy):
        return roll_back(dy, shift, axis)

    return np.roll(x, shift, axis), roll_pullback


# Copies: the generated code casts the cotangent to the argument's dtype


@rrule(np.copy)
def copy_rule(x):
    def copy_pullback(dy):
        return dy

    return np.copy(x), copy_pullback


@rrule(np.array)
def array_rule(x, dtype=None):
    def array_pullback(dy):
        if isinstance(x, (tuple, list)):
            return entries_like(dy, x)
        return dy

    return np.array(x, dtype=dtype), array_pullback


@rrule(np.asarray)
def asarray_rule(x, dtype=None):
    def asarray_pullback(dy):
        if isinstance(x, (tuple, list)):
            return entries_like(dy, x)
        return dy

    return np.asarray(x, dtype=dtype), asarray_pullback


@rrule(np.ascontiguousarray)
def ascontiguousarray_rule(x, dtype=None):
    def ascontiguousarray_pullback(dy):
        return reshape_like(dy, x)

    return np.ascontiguousarray(x, dtype=dtype), ascontiguousarray_pullback


@rrule(Method("astype"))
def astype_rule(x, dtype):
    def astype_pullback(dy):
        return dy

    return x.astype(dtype), astype_pullback


@rrule(np.float64)
def float64_rule(x):
    def float64_pullback(dy):
        return dy

    return np.float64(x), float64_pullback


@rrule(np.float32)
def float32_rule(x):
    def float32_pullback(dy):
        return dy

    return np.float32(x), float32_pullback


@rrule(np.float16)
def float16_rule(x):
    def float16_pullback(dy):
        return dy

    return np.float16(x), float16_pullback


@rrule(Method("item"))
def item_rule(x):
    def item_pullback(dy):
        return dy

    return x.item(), item_pullback


# Repeating


@rrule(np.broadcast_to)
def broadcast_to_rule(x, shape):
    def broadcast_to_pullback(dy):
        return unbroadcast(dy, x)

    return np.broadcast_to(x, shape), broadcast_to_pullback


@rrule(np.tile)
def tile_rule(x, reps):
    def tile_pullback(dy):
        return tile_adjoint(dy, x, reps)

    return np.tile(x, reps), tile_pullback


@rrule(np.repeat)
def repeat_rule(x, repeats, axis=None):
    def repeat_pullback(dy):
        return repeat_adjoint(dy, x, repeats, axis)

    return np.repeat(x, repeats, axis), repeat_pullback


# Joining


@rrule(np.concatenate)
def concatenate_rule(arrays, axis=0):
    def concatenate_pullback(dy):
        return split_like(dy, arrays, axis)

    return np.concatenate(arrays, axis=axis), concatenate_pullback


@rrule(np.stack)
def stack_rule(arrays, axis=0):
    def stack_pullback(dy):
        return unstack(dy, arrays, axis)

    return np.stack(arrays, axis=axis), stack_pullback


@rrule(np.vstack)
def vstack_rule(tup):
    def vstack_pullback(dy):
        return split_like(dy, tup, 0)

    return np.vstack(tup), vstack_pullback


@rrule(np.hstack)
def hstack_rule(tup):
    y = np.hstack(tup)

    def hstack_pullback(dy):
        if y.ndim == 1:
            return split_like(dy, tup, 0)
        return split_like(dy, tup, 1)

    return y, hstack_pullback


@rrule(np.column_stack)
def column_stack_rule(tup):
    def column_stack_pullback(dy):
        return split_like(dy, tup, 1)

    return np.column_stack(tup), column_stack_pullback


@rrule(np.dstack)
def dstack_rule(tup):
    def dstack_pullback(dy):
        return split_like(dy, tup, 2)

    return np.dstack(tup), dstack_pullback


for _fn in (
    np.reshape, Method("reshape"), np.ravel, Method("flatten"), np.squeeze, np.expand_dims, np.atleast_1d,
    np.atleast_2d, np.atleast_3d, Attribute("T"), Attribute("mT"), np.matrix_transpose, np.transpose,
    Method("transpose"), np.swapaxes, np.moveaxis, np.flip, np.flipud, np.fliplr, np.rot90, np.roll, np.copy, np.array,
    np.asarray, np.ascontiguousarray, Method("astype"), np.float64, np.float32, np.float16, Method("item"),
    np.broadcast_to, np.tile, np.repeat, np.concatenate, np.stack, np.vstack, np.hstack, np.column_stack, np.dstack,
):  # fmt: skip
    linear(_fn)
for _integer in (
    np.int8, np.int16, np.int32, np.int64, np.longlong, np.uint8, np.uint16, np.uint32, np.uint64, np.ulonglong,
    np.bool_,
):  # fmt: skip
    non_differentiable(_integer)
for _name in ("ravel", "squeeze", "swapaxes", "copy", "repeat"):
    alias(Method(_name), getattr(np, _name))
for _name in ("shape", "size", "ndim", "dtype", "itemsize", "nbytes", "strides", "flags", "imag"):
    non_differentiable(Attribute(_name))
