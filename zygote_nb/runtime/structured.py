"""Adjoints and tangents for matrices that are made of vectors, and for equations with such. Loads SciPy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import linalg

from zygote_nb.runtime.dense import columns
from zygote_nb.runtime.matrices import hermitian
from zygote_nb.runtime.shaped import shaped_like
from zygote_nb.runtime.spectral import full_matrix, lower_part


@shaped_like(1)
def picked_adjoint(dy: Any, x: Any, index: Any) -> Any:
    """The cotangent of an array whose entry ``i`` stands wherever ``index`` is ``i + 1``."""
    places, g, count = np.ravel(index), np.ravel(dy), np.size(x) + 1
    if np.iscomplexobj(dy):
        sums = np.bincount(places, np.real(g), count) + 1j * np.bincount(places, np.imag(g), count)
    else:
        sums = np.bincount(places, g, count)
    return np.reshape(sums[1:], np.shape(x)).astype(np.result_type(dy))


def numbers(x: Any, first: int = 1) -> Any:
    return np.arange(first, first + np.size(x)).reshape(np.shape(x))


@shaped_like(1)
def toeplitz_column(dy: Any, c: Any, r: Any) -> Any:
    return picked_adjoint(dy, c, linalg.toeplitz(numbers(c), None if r is None else np.zeros(np.size(r), int)))


@shaped_like(1)
def toeplitz_row(dy: Any, r: Any, c: Any) -> Any:
    """The first entry of the row is not used."""
    row = numbers(r)
    row[:1] = 0
    return picked_adjoint(dy, r, linalg.toeplitz(np.zeros(np.size(c), int), row))


@shaped_like(1)
def toeplitz_both(dy: Any, c: Any) -> Any:
    """Of a matrix made of one vector, whose row is conjugate to its column."""
    if np.iscomplexobj(c):
        return toeplitz_column(dy, c, c) + np.conj(toeplitz_row(dy, c, c))
    return toeplitz_column(dy, c, None)


@shaped_like(1)
def hankel_column(dy: Any, c: Any, r: Any) -> Any:
    return picked_adjoint(dy, c, linalg.hankel(numbers(c), np.zeros(np.size(c) if r is None else np.size(r), int)))


@shaped_like(1)
def hankel_row(dy: Any, r: Any, c: Any) -> Any:
    row = numbers(r)
    row[:1] = 0
    return picked_adjoint(dy, r, linalg.hankel(np.zeros(np.size(c), int), row))


@shaped_like(1)
def made_of(dy: Any, x: Any, make: Callable[..., Any], *more: Any) -> Any:
    """The cotangent of the one vector whose entries a function arranges, zeros elsewhere."""
    return picked_adjoint(dy, x, np.rint(make(numbers(x), *more)).astype(int))


@shaped_like(1)
def block_parts(dy: Any, arrays: Any) -> tuple[Any, ...]:
    """The blocks of a cotangent of a block diagonal matrix."""
    parts, row, column = [], 0, 0
    for a in arrays:
        m, n = np.atleast_2d(a).shape
        parts.append(np.reshape(dy[row : row + m, column : column + n], np.shape(a)))
        row, column = row + m, column + n
    return tuple(parts)


# Equations


@shaped_like(3)
def toeplitz_right(dy: Any, c: Any, r: Any, b: Any) -> Any:
    """The cotangent of the right side: the equation with the transposed matrix."""
    return linalg.solve(hermitian(linalg.toeplitz(c, r)), dy)


def band_positions(lower: int, upper: int, n: int) -> tuple[Any, Any, Any]:
    """Where the entries of a banded matrix stand in ``ab``, and which are part of it."""
    k, j = np.indices((lower + upper + 1, n))
    i = k - upper + j
    inside = (i >= 0) & (i < n)
    return np.where(inside, i, 0), j, inside


def transposed_band(ab: Any, lower: int, upper: int) -> Any:
    """The bands of the transposed matrix."""
    made = np.zeros_like(ab)
    i, j, inside = band_positions(lower, upper, np.shape(ab)[1])
    made[(lower + j - i)[inside], i[inside]] = ab[inside]
    return made


@shaped_like(3)
def banded_right(dy: Any, bands: Any, ab: Any, b: Any) -> Any:
    lower, upper = bands
    return linalg.solve_banded((upper, lower), transposed_band(ab, lower, upper), dy)


@shaped_like(2)
def banded_matrix(dy: Any, bands: Any, ab: Any, b: Any, y: Any) -> Any:
    lower, upper = bands
    g, x = columns(banded_right(dy, bands, ab, b)), columns(y)
    i, j, inside = band_positions(lower, upper, np.shape(ab)[1])
    return np.where(inside, -np.einsum("kjc,kjc->kj", g[i], x[j]), 0.0)


def band_times(bands: Any, ab: Any, x: Any) -> Any:
    """A banded matrix times vectors."""
    lower, upper = bands
    i, j, inside = band_positions(lower, upper, np.shape(ab)[1])
    made = np.zeros(np.shape(columns(x)), np.result_type(ab, x))
    np.add.at(made, i, np.where(inside, ab, 0.0)[:, :, None] * columns(x)[j])
    return np.reshape(made, np.shape(x))


@shaped_like(1)
def sylvester_inner(dy: Any, q: Any, a: Any, b: Any) -> Any:
    """The cotangent of the right side of ``a x + x b = q``."""
    return linalg.solve_sylvester(a.T, b.T, dy)


@shaped_like(1)
def lyapunov_inner(dy: Any, q: Any, a: Any) -> Any:
    """The cotangent of the right side of ``a x + x hermitian(a) = q``."""
    return linalg.solve_continuous_lyapunov(hermitian(a), dy)


@shaped_like(1)
def discrete_inner(dy: Any, q: Any, a: Any) -> Any:
    """The cotangent of the right side of ``x = a x hermitian(a) + q``."""
    return linalg.solve_discrete_lyapunov(hermitian(a), dy)


@shaped_like(2)
def lyapunov_matrix(g: Any, y: Any, a: Any) -> Any:
    """The cotangent of the matrix of ``a x + x hermitian(a) = q``, from that of the right side."""
    return -(g @ hermitian(y) + hermitian(g) @ y)


@shaped_like(2)
def discrete_matrix(g: Any, y: Any, a: Any) -> Any:
    """The cotangent of the matrix of ``x = a x hermitian(a) + q``."""
    return g @ a @ hermitian(y) + hermitian(g) @ a @ y


# Systems whose matrix is read in part


@shaped_like(0)
def matrix_read(a: Any, assumed: Any, lower: bool) -> Any:
    """The matrix that ``solve(a, b, assume_a=...)`` takes ``a`` for."""
    part = part_read(assumed)
    if part == "symmetric":
        return full_matrix(a, lower)
    if part == "lower":
        return np.tril(a)
    if part == "upper":
        return np.triu(a)
    if part == "diagonal":
        return np.triu(np.tril(a))
    return np.triu(np.tril(a, 1), -1) if part == "tridiagonal" else a


@shaped_like(0)
def cotangent_read(g: Any, assumed: Any, lower: bool) -> Any:
    """The cotangent of what is read of it."""
    if part_read(assumed) == "symmetric":
        return lower_part(g, lower)
    return matrix_read(g, assumed, lower)


def part_read(assumed: Any) -> str:
    if assumed in ("sym", "her", "pos", "symmetric", "hermitian", "positive definite"):
        return "symmetric"
    known = {"lower triangular": "lower", "upper triangular": "upper"}
    return known.get(assumed, assumed or "all")


# Matrices made of vectors, whose entries are not those of the vectors


@shaped_like(1)
def companion_adjoint(dy: Any, a: Any) -> Any:
    """The first row is ``-a[1:] / a[0]``."""
    return np.concatenate(([np.sum(dy[0] * a[1:]) / a[0] ** 2], -dy[0] / a[0]))


def companion_tangent(da: Any, a: Any) -> Any:
    n = np.size(a) - 1
    row = (a[1:] * da[0] / a[0] - da[1:]) / a[0]
    return np.concatenate((row[None], np.zeros((n - 1, n))))


@shaped_like(1)
def fiedler_adjoint(dy: Any, a: Any) -> Any:
    """The entries are ``|a[i] - a[j]|``."""
    signed = dy * np.sign(a[:, None] - a[None, :])
    return np.sum(signed, axis=1) - np.sum(signed, axis=0)


def fiedler_tangent(da: Any, a: Any) -> Any:
    return np.sign(a[:, None] - a[None, :]) * (da[:, None] - da[None, :])


def fiedler_places(n: int) -> Any:
    """Where the coefficients stand in ``fiedler_companion``: their numbers, zeros elsewhere."""
    coefficients = np.concatenate(([1.0], -2.0 - np.arange(n - 1)))
    made = np.rint(linalg.fiedler_companion(coefficients)).astype(int)
    return np.where(made > 1, made, 0)


@shaped_like(1)
def fiedler_companion_adjoint(dy: Any, a: Any) -> Any:
    """The coefficients, but the first, are divided by it and have the opposite sign."""
    g = picked_adjoint(dy, a, fiedler_places(np.size(a)))
    return np.concatenate(([np.sum(g[1:] * a[1:]) / a[0] ** 2], -g[1:] / a[0]))


def fiedler_companion_tangent(da: Any, a: Any) -> Any:
    moved = np.concatenate(([0.0, 0.0], (a[1:] * da[0] / a[0] - da[1:]) / a[0]))
    return moved[fiedler_places(np.size(a))]


@shaped_like(2)
def circulant_right(dy: Any, c: Any, b: Any) -> Any:
    """The cotangent of the right side of an equation with the circulant matrix of a column."""
    return linalg.solve_circulant(np.concatenate((c[:1], c[:0:-1])), dy)
