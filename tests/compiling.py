"""Functions that call one of the runtime's, compiled as generated code is: what they call is compiled once for all
processes, so that tests of the same helper in other files find it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba

from zygote_nb.backend import helpers
from zygote_nb.backend.numba import hastened


class Compiled:
    """A function of one line; each call may be the first with arguments of its types."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.form = numba.njit(error_model="numpy", boundscheck=True)(function)

    @property
    def signatures(self) -> list[Any]:
        return self.form.signatures  # type: ignore[no-any-return]

    def __call__(self, *args: Any) -> Any:
        known = len(self.signatures)
        with hastened(), helpers.kept():
            result = self.form(*args)
        if len(self.signatures) > known:
            helpers.write()
        return result


__all__ = ["Compiled"]
