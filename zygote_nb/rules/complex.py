"""Complex numbers: which functions are differentiated where they meet them.

The cotangent of ``z`` for a real loss is ``dL/dRe(z) + 1j * dL/dIm(z)``. A holomorphic function multiplies a cotangent
by the conjugate of its derivative; its rule, which is written for real numbers and is algebraic, is applied between two
conjugations. Linear functions with real coefficients need none. What is in none of these sets is refused.
"""

import cmath
import operator
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from zygote_nb.ir.callables import Attribute, Method
from zygote_nb.rules import registry
from zygote_nb.runtime.arrays import cofactors
from zygote_nb.runtime.matrices import cofactors_of_stack
from zygote_nb.runtime.parts import bound_of_part, length_of_part
from zygote_nb.runtime.roots import eig_of

ARITHMETIC = {
    operator.pos, operator.neg, operator.add, operator.sub, operator.mul, operator.truediv,
    np.positive, np.negative, np.add, np.subtract, np.multiply, np.divide, np.square, np.reciprocal,
}  # fmt: skip
POWERS = {operator.pow, pow, np.power, np.float_power}
ENTIRE = {
    np.exp, np.exp2, np.expm1, np.log, np.log2, np.log10, np.log1p, np.sqrt, np.sin, np.cos, np.tan, np.arctan,
    np.arcsin, np.arccos, np.arcsinh, np.arccosh, np.sinc, np.sinh, np.cosh, np.tanh, np.arctanh,
    cmath.exp, cmath.log, cmath.log10, cmath.sqrt,
    cmath.sin, cmath.cos, cmath.tan, cmath.asin, cmath.acos, cmath.atan, cmath.sinh, cmath.cosh, cmath.tanh,
    cmath.asinh, cmath.acosh, cmath.atanh,
}  # fmt: skip
PRODUCTS = {
    operator.matmul, np.dot, np.inner, np.outer, np.tensordot, np.einsum, np.kron, np.linalg.inv, np.prod, np.cumprod,
    np.cross, np.polyval, np.vander, np.linalg.outer, np.linalg.cross, np.average, np.trapezoid, np.gradient,
    np.cumulative_prod, np.nanprod, np.nancumprod, np.polydiv, np.interp, np.linalg.tensorsolve, np.geomspace,
    np.logspace,
}  # fmt: skip
HOLOMORPHIC = ARITHMETIC | POWERS | ENTIRE | PRODUCTS | {cmath.rect}
LINEAR = {
    np.sum, np.mean, np.cumsum, np.trace, np.where, np.triu, np.tril, np.diag, np.diagonal, np.array, np.asarray,
    np.reshape, Method("reshape"), np.ravel, np.squeeze, np.expand_dims, Attribute("T"), Attribute("mT"),
    np.matrix_transpose, np.transpose, Method("transpose"), np.swapaxes, np.moveaxis, np.flip, np.flipud, np.fliplr,
    np.roll, np.fft.fftshift, np.fft.ifftshift, np.copy, Method("copy"), Method("flatten"), np.broadcast_to, np.tile,
    np.repeat, np.concatenate, np.stack, np.hstack, np.vstack, np.astype, Method("astype"), np.complex64, np.complex128,
    np.take, np.compress, np.append, np.insert, np.delete, np.split, np.rot90, np.diagflat, np.select, np.meshgrid,
    np.diff, np.ediff1d, np.atleast_1d, np.atleast_2d, np.block, np.full, np.linspace, np.atleast_3d, np.rollaxis,
    np.ascontiguousarray, np.asfortranarray, np.asanyarray, np.asarray_chkfinite, np.resize, np.pad, np.trim_zeros,
    sliding_window_view,
    np.dstack, np.column_stack, np.array_split, np.hsplit, np.vsplit, np.dsplit, np.take_along_axis, np.extract,
    np.choose, np.linalg.trace, np.linalg.diagonal, np.cumulative_sum, np.nansum, np.nanmean, np.nancumsum,
    np.polyadd, np.polysub, np.polyder, np.polyint, np.histogram, np.sort, np.partition, np.broadcast_arrays,
}  # fmt: skip
PARTS = {np.real, np.imag, np.conjugate, np.absolute, operator.abs, abs, np.angle}
"""Functions that are not holomorphic, or not linear: what they do is written in ``transform/rule/complexes.py``."""
CONSTANT = {
    np.isfinite, np.isnan, np.isinf, np.equal, np.not_equal, operator.eq, operator.ne, np.iscomplexobj, np.isrealobj,
    np.iscomplex, np.isreal, np.shape, np.size, np.ndim, np.isclose, np.allclose, np.array_equal, np.zeros_like,
    np.ones_like, np.empty_like, np.full_like, len, Attribute("shape"), Attribute("size"), Attribute("ndim"),
    Attribute("dtype"), cmath.isnan, cmath.isinf, cmath.isfinite, cmath.isclose, length_of_part, bound_of_part,
}  # fmt: skip
AWARE = {
    cmath.polar,
    np.linalg.eigvals, eig_of, np.roots, np.convolve, np.linalg.solve, np.linalg.norm, np.linalg.pinv,
    np.linalg.lstsq, np.linalg.cholesky, np.linalg.qr, np.linalg.eigh, np.linalg.eigvalsh, np.linalg.svd,
    np.linalg.svdvals, np.linalg.det, np.linalg.slogdet, cofactors, cofactors_of_stack, np.vdot, np.vecdot,
    np.linalg.vecdot, np.correlate, np.linalg.vector_norm, np.linalg.matrix_norm, np.linalg.cond, np.linalg.tensorinv,
    np.polymul, np.cov, np.corrcoef, np.nanvar, np.nanstd, np.linalg.matrix_power, np.linalg.multi_dot, np.std, np.var,
    np.fft.fft, np.fft.ifft, np.fft.fft2, np.fft.ifft2, np.fft.fftn, np.fft.ifftn, np.fft.rfft, np.fft.rfft2,
    np.fft.rfftn, np.fft.irfft, np.fft.irfft2, np.fft.irfftn, np.fft.hfft, np.fft.ihfft,
}  # fmt: skip
"""Functions whose rules are written for complex numbers."""
if hasattr(np, "matvec"):
    AWARE |= {np.matvec, np.vecmat}

FOR_REAL: dict[Any, tuple[int, str, tuple[Any, ...]]] = {np.cov: (6, "aweights", (None,))}
"""Settings for real numbers only: at which place, under which name, and with which values they are for all."""


def canonical(fn: Any) -> Any:
    """The function whose rule is used."""
    rule = registry.lookup(fn)
    return fn if rule is None else rule.fn


__all__ = ["AWARE", "CONSTANT", "FOR_REAL", "HOLOMORPHIC", "LINEAR", "PARTS", "POWERS", "canonical"]
