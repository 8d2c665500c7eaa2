"""The larger and the smaller of two numbers in one operation each, of which LLVM keeps several in a vector register.

What Numba makes of ``a if a > b else b`` branches, and LLVM makes a loop that branches wait for each number.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from numba.core import types
from numba.extending import intrinsic

from zygote_nb.runtime import vmath

FREEDOM = ("nnan", "nsz")
"""Neither number is NaN, and of zeros either will do."""


def chosen(comparison: str) -> Callable[..., Any]:
    """The first of two numbers where the comparison holds, the second elsewhere."""

    @intrinsic  # type: ignore[untyped-decorator]
    def choice(typing: Any, a: Any, b: Any) -> Any:
        if a != types.float64 or b != types.float64:
            return None

        def written(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            first = builder.fcmp_ordered(comparison, *args, flags=FREEDOM)
            return builder.select(first, *args, flags=FREEDOM)

        return types.float64(a, b), written

    return choice  # type: ignore[no-any-return]


FORMS = {vmath.larger_number: chosen(">"), vmath.smaller_number: chosen("<")}
