"""Functions whose results are constant: rounding, predicates, positions, metadata, printing."""

import math

import numpy as np

from zygote_nb.ir.callables import Method
from zygote_nb.rules.registry import non_differentiable
from zygote_nb.runtime.parts import bound_of_part, length_of_part

ROUNDING = (
    np.sign, np.ceil, np.floor, np.rint, np.round, np.around, np.trunc, np.fix, np.signbit, np.spacing, np.floor_divide,
    math.ceil, math.floor, math.trunc, math.ulp,
)  # fmt: skip
PREDICATES = (
    np.equal, np.not_equal, np.less, np.less_equal, np.greater, np.greater_equal,
    np.logical_and, np.logical_or, np.logical_not, np.logical_xor,
    np.isfinite, np.isinf, np.isnan, np.isnat, np.isneginf, np.isposinf, np.isreal, np.iscomplex,
    np.isclose, np.allclose, np.array_equal, np.array_equiv, np.all, np.any, np.isin,
    math.isclose, math.isfinite, math.isinf, math.isnan,
)  # fmt: skip
INTEGERS = (
    np.bitwise_and, np.bitwise_or, np.bitwise_xor, np.bitwise_not, np.bitwise_count, np.left_shift, np.right_shift,
    np.gcd, np.lcm, math.comb, math.perm, math.factorial, math.gcd, math.lcm, math.isqrt,
)  # fmt: skip
POSITIONS = (
    np.argmax, np.argmin, np.nanargmax, np.nanargmin, np.argsort, np.argpartition, np.argwhere, np.lexsort,
    np.searchsorted, np.digitize, np.nonzero, np.flatnonzero, np.count_nonzero,
)  # fmt: skip
METADATA = (
    np.shape, np.size, np.ndim, np.iterable, np.isscalar, np.iscomplexobj, np.isrealobj, np.isfortran, np.isdtype,
    np.issubdtype, np.can_cast, np.common_type, np.result_type, np.promote_types, np.min_scalar_type, np.mintypecode,
    np.typename, np.may_share_memory, np.shares_memory, np.broadcast_shapes, np.einsum_path, np.indices,
    np.diag_indices, np.diag_indices_from, np.tril_indices, np.tril_indices_from, np.triu_indices,
    np.triu_indices_from, np.mask_indices, np.ravel_multi_index, np.unravel_index, np.packbits, np.unpackbits,
    np.array2string, np.array_repr, np.array_str, np.base_repr, np.binary_repr, np.format_float_positional,
    np.format_float_scientific,
)  # fmt: skip

CLASSES = (
    np.dtype, np.finfo, np.iinfo, np.ufunc, np.generic, np.number, np.integer, np.signedinteger, np.unsignedinteger,
    np.inexact, np.floating, np.complexfloating, np.flexible, np.character, np.void,
    np.datetime64, np.timedelta64, np.busdaycalendar, np.linalg.LinAlgError,
)  # fmt: skip
CALENDAR = (np.busday_count, np.busday_offset, np.is_busday, np.datetime_as_string, np.datetime_data)
SETTINGS = (np.get_include, np.get_printoptions, np.getbufsize, np.geterr, np.geterrcall)

PARTS = (length_of_part, bound_of_part)

for _group in (PARTS, ROUNDING, PREDICATES, INTEGERS, POSITIONS, METADATA, CLASSES, CALENDAR, SETTINGS):
    for _constant in _group:
        non_differentiable(_constant)
for _name in ("argmax", "argmin", "argsort", "argpartition", "searchsorted", "nonzero", "any", "all", "round"):
    non_differentiable(Method(_name))
