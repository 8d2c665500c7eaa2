"""The helpers that generated code calls: derivatives of derivatives pass through them."""

import math

import numpy as np

from zygote_nb.rules.linearity import linear
from zygote_nb.rules.registry import frule, multilinear_rule, non_differentiable, pushforward_rule, rrule, scalar_rule
from zygote_nb.runtime.arrays import (
    above,
    below,
    cofactors,
    count,
    cumsum_adjoint,
    damped,
    deviations,
    diagonal_adjoint,
    diff_adjoint,
    digamma,
    entries_like,
    expand,
    literal,
    power_partial_base,
    power_partial_exponent,
    products_of_others,
    products_of_others_adjoint,
    quotient,
    repeat_adjoint,
    reshape_like,
    roll_back,
    shares,
    sinc_partial,
    split_like,
    take_adjoint,
    tile_adjoint,
    together,
    transpose_back,
    trigamma,
    unbroadcast,
    unstack,
)
from zygote_nb.runtime.bessel import bessel_i1
from zygote_nb.runtime.contractions import SHAPED_AS
from zygote_nb.runtime.indexing import as_number, last_written, require, require_apart, writable
from zygote_nb.runtime.lists import copied, zero, zero_list
from zygote_nb.runtime.rearranging import joined_like
from zygote_nb.runtime.tangents import cofactors_tangent

for _constant in (
    above, below, count, *SHAPED_AS.values(), literal, require, require_apart, shares, together, zero, zero_list,
):  # fmt: skip
    non_differentiable(_constant)

scalar_rule(quotient, lambda y, a, b: (quotient(1.0, b), -quotient(y, b)))
# What is zero in a gradient because its branch was not taken stays so, though tangents there are not numbers.
pushforward_rule(quotient, lambda t, y, a, b: quotient(t[0] - damped(y, t[1]), b))
multilinear_rule(damped, lambda dy, z, y, t: (unbroadcast(dy * t, y), unbroadcast(dy * y, t)))
scalar_rule(bessel_i1, lambda y, x: np.where(x == 0, 0.5, np.i0(x) - quotient(y, x)))
scalar_rule(digamma, lambda y, x: trigamma(x))
scalar_rule(sinc_partial, lambda y, x: (
    -math.pi * math.pi * np.where(x == 0, 1 / 3, np.sinc(x)) - 2.0 * quotient(y, x)
))  # fmt: skip
scalar_rule(power_partial_base, lambda y, x, p: (
    p * power_partial_base(x, p - 1), np.power(x, p - 1.0) + p * power_partial_exponent(np.power(x, p - 1.0), x, p - 1)
))  # fmt: skip
scalar_rule(power_partial_exponent, lambda z, y, x, p: (quotient(z, y), quotient(y, x), 0))


@rrule(unbroadcast)
def unbroadcast_rule(g, like):
    def unbroadcast_pullback(dy):
        return dy, None

    return unbroadcast(g, like), unbroadcast_pullback


@rrule(expand)
def expand_rule(g, like):
    def expand_pullback(dy):
        return unbroadcast(dy, g), None

    return expand(g, like), expand_pullback


@rrule(as_number)
def as_number_rule(value):
    def as_number_pullback(dy):
        return dy

    return as_number(value), as_number_pullback


@rrule(reshape_like)
def reshape_like_rule(g, like):
    def reshape_like_pullback(dy):
        return reshape_like(dy, g), None

    return reshape_like(g, like), reshape_like_pullback


@rrule(deviations)
def deviations_rule(x, axis=None):
    def deviations_pullback(dy):
        return deviations(dy, axis)

    return deviations(x, axis), deviations_pullback


@rrule(products_of_others)
def products_of_others_rule(x, axis=None):
    def products_of_others_pullback(dy):
        return products_of_others_adjoint(dy, x, axis)

    return products_of_others(x, axis), products_of_others_pullback


@frule(products_of_others)
def products_of_others_forward(tangents, x, axis=None):
    # Second derivatives of a product are symmetric.
    return products_of_others(x, axis), products_of_others_adjoint(tangents[0], x, axis)


@rrule(cumsum_adjoint)
def cumsum_adjoint_rule(g, x, axis=None):
    def cumsum_adjoint_pullback(dy):
        return np.cumsum(dy, axis), None

    return cumsum_adjoint(g, x, axis), cumsum_adjoint_pullback


@rrule(diff_adjoint)
def diff_adjoint_rule(g, x, n=1, axis=-1):
    def diff_adjoint_pullback(dy):
        return np.diff(dy, n, axis), None

    return diff_adjoint(g, x, n, axis), diff_adjoint_pullback


@rrule(unstack)
def unstack_rule(g, arrays, axis=0):
    def unstack_pullback(dy):
        return np.stack(dy, axis), None

    return unstack(g, arrays, axis), unstack_pullback


@rrule(split_like)
def split_like_rule(g, arrays, axis=0):
    def split_like_pullback(dy):
        return joined_like(dy, g, axis), None

    return split_like(g, arrays, axis), split_like_pullback


@rrule(joined_like)
def joined_like_rule(parts, whole, axis=0):
    def joined_like_pullback(dy):
        return split_like(dy, parts, axis), None

    return joined_like(parts, whole, axis), joined_like_pullback


@rrule(entries_like)
def entries_like_rule(g, x):
    def entries_like_pullback(dy):
        return np.array(dy), None

    return entries_like(g, x), entries_like_pullback


@rrule(tile_adjoint)
def tile_adjoint_rule(g, x, reps):
    def tile_adjoint_pullback(dy):
        return np.tile(dy, reps), None

    return tile_adjoint(g, x, reps), tile_adjoint_pullback


@rrule(repeat_adjoint)
def repeat_adjoint_rule(g, x, repeats, axis=None):
    def repeat_adjoint_pullback(dy):
        return np.repeat(dy, repeats, axis), None

    return repeat_adjoint(g, x, repeats, axis), repeat_adjoint_pullback


@rrule(take_adjoint)
def take_adjoint_rule(g, x, indices, axis=None):
    def take_adjoint_pullback(dy):
        return np.take(dy, indices, axis), None

    return take_adjoint(g, x, indices, axis), take_adjoint_pullback


@rrule(roll_back)
def roll_back_rule(g, shift, axis=None):
    def roll_back_pullback(dy):
        return np.roll(dy, shift, axis)

    return roll_back(g, shift, axis), roll_back_pullback


@rrule(transpose_back)
def transpose_back_rule(g, axes):
    def transpose_back_pullback(dy):
        return np.transpose(dy, axes), None

    return transpose_back(g, axes), transpose_back_pullback


@rrule(diagonal_adjoint)
def diagonal_adjoint_rule(g, x, k=0):
    def diagonal_adjoint_pullback(dy):
        return np.diagonal(dy, k), None

    return diagonal_adjoint(g, x, k), diagonal_adjoint_pullback


@frule(cofactors)
def cofactors_forward(tangents, a):
    return cofactors(a), cofactors_tangent(tangents[0], a)


for _fn in (
    unbroadcast, expand, reshape_like, deviations, cumsum_adjoint, diff_adjoint, entries_like, tile_adjoint,
    repeat_adjoint, take_adjoint, roll_back, transpose_back, diagonal_adjoint, split_like, copied,
    last_written, writable, as_number,
):  # fmt: skip
    linear(_fn)
for _fn in (unstack, joined_like):
    linear(_fn, inert=(1,))
