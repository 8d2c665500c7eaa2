"""What the forward half of a function keeps, on its way through the interpreter from compiled code to compiled code.

Python never looks inside: to make Python objects of a million records takes longer than to compute them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


class Handle:
    """A tape in memory of compiled code: where it is, and what lets it go when nobody holds the handle any more.

    ``owner`` is what the memory needs to be let go, ``opened`` makes Python objects of it.
    """

    __slots__ = ("address", "opened", "owner", "release")

    def __init__(self, address: int, release: Callable[[int], None], owner: Any, opened: Callable[[Any], Any]) -> None:
        self.address, self.release, self.owner, self.opened = address, release, owner, opened

    def __del__(self) -> None:
        self.release(self.address)


def into_handle(tape: Any) -> Any:
    """Keep a tape where Python doesn't look; compiled code gets the address of it."""
    return tape


def out_of_handle(handle: Any) -> Any:
    """The tape; in the interpreter as Python objects."""
    return handle.opened(handle) if isinstance(handle, Handle) else handle
