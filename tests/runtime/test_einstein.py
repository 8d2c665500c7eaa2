"""Einstein sums in compiled code: loops, and products of matrices by BLAS as arrays lie in memory."""

from __future__ import annotations

import numpy as np
import pytest

import zygote_nb as zg
from tests.oracle import FULL
from zygote_nb.runtime.contractions import like_einsum

LAYOUTS = {
    "C": np.ascontiguousarray,
    "F": np.asfortranarray,
    "A": lambda x: np.repeat(x, 2, axis=-1)[..., ::2],
}
SUBSCRIPTS = [
    "ij,jk->ik", "ij,jk->ki", "ji,kj->ik", "bij,bjk->bik", "bij,bkj->bki", "ijc,cf->ijf", "ijf,cf->ijc", "ijc,ijf->cf",
    "ijk,kjl->il", "aij,jk->ik", "ij,ij->i", "ij,ij->", "bi,bj->bij", "ib,bk->bik", "ii,ij->j", "ij,jk,kl->il",
]  # fmt: skip


def operands(subscripts: str, length: int, layout: str) -> list[np.ndarray]:
    rng = np.random.default_rng(length)
    lengths = {c: length + k for k, c in enumerate("abcfijkl")}
    terms = subscripts.partition("->")[0].split(",")
    return [LAYOUTS[layout](rng.standard_normal([lengths[c] for c in t])) for t in terms]


def compiled(subscripts: str):
    """Numba's compilation of the sum, whose subscripts are a literal."""
    import zygote_nb.runtime.compiled  # noqa: F401
    from tests.compiling import Compiled
    from zygote_nb.runtime import forms

    xs = ", ".join(f"x{k}" for k in range(subscripts.count(",") + 1))
    scope = {"einsum": forms.einsum}
    exec(f"def summed({xs}):\n    return einsum({subscripts!r}, {xs})", scope)
    return Compiled(scope["summed"])


@pytest.mark.parametrize("subscripts", SUBSCRIPTS)
def test_sums_are_those_of_numpy(subscripts: str) -> None:
    """One in three is compiled, for one layout in turn; with ZYGOTE_NB_FULL=1 each for all."""
    summed = compiled(subscripts)
    at = SUBSCRIPTS.index(subscripts)
    for layout in LAYOUTS if FULL else "CFCA"[at // 3 % 4] if at % 3 == 0 else "":
        for length in (0, 1, 3, 26) if len(subscripts) < 12 else (3, 9):
            given = operands(subscripts, length, layout)
            np.testing.assert_allclose(summed(*given), np.einsum(subscripts, *given), rtol=1e-11, atol=1e-11)
            assert like_einsum(subscripts, *given).shape == np.shape(np.einsum(subscripts, *given))


def test_long_ones_are_left_to_blas_and_kept_on_disk() -> None:
    def f(a, b):
        return np.sum(np.einsum("ij,jk->ik", a, b) ** 2)

    a, b = operands("ij,jk", 40, "C")
    with zg.options(backend="python"):
        wanted = zg.gradient(f, a, b)
    with zg.options(backend="numba"):
        found = zg.gradient(f, a, b)
    for one, other in zip(found, wanted, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-10)


def test_what_only_has_the_shape_of_a_sum_raises_where_the_sum_does() -> None:
    assert like_einsum("ij,jk->ik", np.ones((2, 3)), np.ones((1, 4))).shape == (2, 4)
    with pytest.raises(ValueError, match="operand"):
        like_einsum("ij,jk->ik", np.ones((2, 3)), np.ones((2, 4)))
