"""Einstein sums: loops, or where these are long products of matrices by BLAS. What they refuse is interpreted."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
from numba.core.types import StringLiteral
from numba.extending import overload as numba_overload

from zygote_nb.runtime import contractions, forms
from zygote_nb.runtime.compiled.products import Product, multiply, product_of
from zygote_nb.runtime.compiled.registration import inside

SHORT = 8
"""With a side shorter than this, the loops are as fast as BLAS."""
MANY = 16_384
"""So many products are left to BLAS."""


@inside(fastmath={"reassoc"}, forceinline=True)
def plus(a, b):  # type: ignore[no-untyped-def]
    """a + b, where b joins a sum whose terms may be added in any order."""
    return a + b


@numba_overload(forms.einsum, strict=False, prefer_literal=True)
def _einsum(subscripts: Any, *operands: Any) -> Any:
    return compiled(subscripts, operands, sum_of)


@numba_overload(contractions.like_einsum, strict=False, prefer_literal=True)
def _like_einsum(subscripts: Any, *operands: Any) -> Any:
    return compiled(subscripts, operands, shape_of)


Body = Callable[[list[str], str, tuple[str, ...]], list[str]]


def compiled(subscripts: Any, operands: Any, body: Body) -> Any:
    """The function for operands of these types, made once."""
    if not isinstance(subscripts, StringLiteral):
        return None
    arrays = operands if hasattr(operands[0], "layout") else tuple(operands[0])
    return made_for(subscripts.literal_value, tuple(x.layout for x in arrays), body)


@cache
def made_for(subscripts: str, layouts: tuple[str, ...], body: Body) -> Any:
    """The function of the operands that compares lengths, and then does what the body says."""
    terms, out = contractions.terms_of(subscripts)
    space: dict[str, Any] = {"__name__": __name__, "np": np, "plus": plus, "multiply": multiply}
    exec("\n".join([*lengths_of(terms), *body(terms, out, layouts), "    return out"]), space)
    return space["einsum"]


def lengths_of(terms: list[str]) -> list[str]:
    lines = ["def einsum(subscripts, *operands):"]
    lines += [f"    x{k} = operands[{k}]" for k in range(len(terms))]
    lengths: set[str] = set()
    for k, term in enumerate(terms):
        for axis, c in enumerate(term):
            if c in lengths:
                lines += [f"    if x{k}.shape[{axis}] != n_{c}:", "        raise ValueError('lengths differ')"]
            else:
                lines += [f"    n_{c} = x{k}.shape[{axis}]"]
            lengths.add(c)
    return lines


def shape_of(_: list[str], out: str, __: tuple[str, ...]) -> list[str]:
    return [made(out, "empty")]


def sum_of(terms: list[str], out: str, layouts: tuple[str, ...]) -> list[str]:
    """The text of an Einstein sum after its lengths."""
    loops = loops_of(terms, out)
    product = product_of(terms, out, layouts)
    if product is None:
        return loops
    work = length("".join(product.sides) + product.batch)
    test = f"    if min({', '.join(map(length, product.sides))}) >= {SHORT} and {work} >= {MANY}:"
    return [test, *indented(by_blas(product, out)), "    else:", *indented(loops)]


def by_blas(product: Product, out: str) -> list[str]:
    """A product of matrices for each entry of the stack."""
    batch, deep = product.batch, "    " * (1 + len(product.batch))
    entry = f"[{indices(batch)}]" if batch else ""
    factors = [
        f"x{k}{entry}" if ready else f"np.ascontiguousarray(x{k}{entry})" for k, ready in product.operands
    ]  # fmt: skip
    rows, summed, columns = map(length, product.sides)
    given = ", ".join([f"out{entry}", *factors, rows, summed, columns, *map(str, product.turned)])
    return [made(out, "empty"), *nest(list(batch), 1), f"{deep}multiply({given})"]


def length(letters: str) -> str:
    return " * ".join(f"n_{c}" for c in letters)


def indented(lines: list[str]) -> list[str]:
    return ["    " + line for line in lines]


def in_order(terms: list[str], out: str) -> list[str]:
    """The letters from the outermost loop to the innermost, which goes through memory step by step."""
    letters = list(dict.fromkeys(out + "".join(terms)))
    ends = [term[-1] for term in (out, *terms) if term]
    inner = max(letters, key=lambda c: (ends.count(c), letters.index(c)), default="")
    return [c for c in letters if c != inner] + ([inner] if inner else [])


def loops_of(terms: list[str], out: str) -> list[str]:
    letters = in_order(terms, out)
    product = " * ".join(f"x{k}[{indices(term)}]" if term else f"x{k}[()]" for k, term in enumerate(terms))
    summed = [c for c in letters if c not in out]
    outer, inner = letters[: len(letters) - len(summed)], letters[len(letters) - len(summed) :]
    deep = "    " * (1 + len(letters))
    if inner != summed:
        return [made(out, "zeros"), *nest(letters, 1), f"{deep}out[{indices(out)}] += {product}"]
    within = "    " * (1 + len(outer))
    if not summed:
        return [made(out, "empty"), *nest(outer, 1), f"{within}out[{indices(out)}] = {product}"]
    total = [f"{within}total = 0.0", *nest(inner, 1 + len(outer)), f"{deep}total = plus(total, {product})"]
    if not out:
        return [*total, "    out = total"]
    return [made(out, "empty"), *nest(outer, 1), *total, f"{within}out[{indices(out)}] = total"]


def indices(letters: str | list[str]) -> str:
    return ", ".join(f"i_{c}" for c in letters)


def nest(letters: list[str], depth: int) -> list[str]:
    return ["    " * (depth + k) + f"for i_{c} in range(n_{c}):" for k, c in enumerate(letters)]


def made(out: str, how: str) -> str:
    return f"    out = np.{how}(({''.join(f'n_{c}, ' for c in out)}))" if out else "    out = 0.0"
