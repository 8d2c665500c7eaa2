"""Products of matrices by BLAS, of arrays as they lie in memory."""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic
from numba.np import linalg

from zygote_nb.dataclass import dataclass


@dataclass(frozen=True, slots=True)
class Product:
    """An Einstein sum as a product of matrices for each entry of a stack.

    ``batch`` are the letters of the stack, ``sides`` those of the rows, those that are summed, and those of the
    columns. Of the factors, left and right, ``operands`` are the numbers and whether they lie in memory without gaps,
    and ``turned`` says whether they lie there transposed.
    """

    batch: str
    sides: tuple[str, str, str]
    operands: tuple[tuple[int, bool], tuple[int, bool]]
    turned: tuple[bool, bool]


def product_of(terms: list[str], out: str, layouts: tuple[str, ...]) -> Product | None:
    """The Einstein sum as such products, where no axes need to change places for that."""
    if len(terms) != 2 or any(len(set(t)) < len(t) for t in terms):
        return None
    batch = "".join(c for c in out if all(c in t for t in terms))
    if any(not t.startswith(batch) for t in (*terms, out)):
        return None
    kept, lying = out[len(batch) :], [as_it_lies(t, layout, batch) for t, layout in zip(terms, layouts, strict=True)]
    order = (0, 1) if kept[:1] and kept[0] in lying[0] else (1, 0)
    left, right = (lying[k] for k in order)
    rows = "".join(c for c in kept if c in left)
    summed = "".join(c for c in left if c not in rows)
    sides = (rows, summed, "".join(c for c in kept if c in right))
    if not all(sides) or kept != rows + sides[2]:
        return None
    turned = (left == summed + rows, right == sides[2] + summed)
    if (not turned[0] and left != rows + summed) or (not turned[1] and right != summed + sides[2]):
        return None
    ready = [layouts[k] == "C" or (layouts[k] == "F" and not batch) for k in order]
    return Product(batch, sides, ((order[0], ready[0]), (order[1], ready[1])), turned)


def as_it_lies(term: str, layout: str, batch: str) -> str:
    """The letters of an entry of the stack, the one whose numbers are next to each other last."""
    return term[::-1] if layout == "F" and not batch else term[len(batch) :]


@intrinsic(prefer_literal=True)
def multiply(typingctx, out, left, right, rows, summed, columns, left_turned, right_turned):  # type: ignore[no-untyped-def]
    """``out[...] = left @ right`` for arrays without gaps that are matrices of these sides, or transposed ones."""
    linalg.ensure_blas()
    turned = bool(left_turned.literal_value), bool(right_turned.literal_value)
    sides = (types.intp, types.intp, types.intp)

    def code(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        arrays = [context.make_array(t)(context, builder, a) for t, a in zip(signature.args, args[:3], strict=False)]
        call_blas(context, builder, arrays, args[3:6], turned)
        return context.get_dummy_value()

    return types.none(out, left, right, *sides, left_turned, right_turned), code


def call_blas(context: Any, builder: Any, arrays: list[Any], sides: Any, turned: tuple[bool, bool]) -> None:
    """BLAS counts entries down columns, and so sees all matrices transposed."""
    char, size, pointer = ir.IntType(8), ir.IntType(64), cgutils.voidptr_t
    out, left, right = (builder.bitcast(a.data, pointer) for a in arrays)
    one, zero = (linalg.make_constant_slot(context, builder, types.float64, x) for x in (1.0, 0.0))
    one, zero = builder.bitcast(one, pointer), builder.bitcast(zero, pointer)
    rows, summed, columns = sides
    left_way, right_way = (ir.Constant(char, ord("t" if t else "n")) for t in turned)
    left_length, right_length = rows if turned[0] else summed, summed if turned[1] else columns
    of = (char, char, char, size, size, size, pointer, pointer, size, pointer, size, pointer, pointer, size)
    gemm = cgutils.get_or_insert_function(builder.module, ir.FunctionType(ir.IntType(32), of), "numba_xxgemm")
    given = (ir.Constant(char, ord("d")), right_way, left_way, columns, rows, summed)
    factors = (one, right, right_length, left, left_length, zero, out, columns)
    linalg.check_blas_return(context, builder, builder.call(gemm, (*given, *factors)))
