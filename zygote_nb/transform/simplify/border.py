"""The border between the two sweeps of a whole gradient, while it is one block."""

from __future__ import annotations

from zygote_nb.ir.core import Block, Effect, Name
from zygote_nb.ir.kinds import Opaque

BORDER = Effect(Name("backward", Opaque("border")))


def parted(block: Block) -> tuple[Block, Block]:
    """What comes before the border, and what comes after it."""
    cut = next((i for i, s in enumerate(block) if s == BORDER), len(block))
    return block[:cut], block[cut + 1 :]
