"""When Python looks for garbage: not while Numba compiles.

It looks each time that seven hundred objects more were made than given up. A compilation makes hundreds of thousands,
and keeps most of them until it ends: a twentieth of its time went into looking at them again and again.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def left_alone() -> Iterator[None]:
    """Within it, nobody looks for garbage. To be entered where Numba's lock for compilation is held.

    Where nobody looked before, nobody does afterwards.
    """
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
