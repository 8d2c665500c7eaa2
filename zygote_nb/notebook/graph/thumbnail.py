"""A small picture of an array: one pixel for each entry of its thinned copy."""

from __future__ import annotations

import struct
import zlib
from base64 import b64encode

import numpy as np

from zygote_nb.notebook.replay.values import Seen

__all__ = ["png", "thumbnail"]

NEGATIVE, MIDDLE, POSITIVE = (np.array(c, float) for c in ((33, 102, 172), (247, 247, 247), (178, 24, 43)))
NOT_FINITE = (255, 0, 255)


def thumbnail(seen: Seen | None) -> str:
    """The address of a picture of an array with more than one entry: blue below zero, red above, magenta not finite."""
    if seen is None or seen.scalar or not seen.shape or np.size(seen.sample) < 2 or seen.sample.dtype.kind == "c":
        return ""
    sample = np.asarray(seen.sample, float)
    if sample.ndim == 1:
        width = min(sample.size, 12)
        sample = sample[: sample.size // width * width].reshape(-1, width)
    return "data:image/png;base64," + b64encode(png(colours(sample))).decode()


def colours(values: np.ndarray) -> np.ndarray:
    """RGB bytes, symmetric about zero."""
    finite = np.isfinite(values)
    largest = np.abs(values[finite]).max(initial=0.0) or 1.0
    part = np.where(finite, values, 0.0)[..., None] / largest
    rgb = MIDDLE + np.abs(part) * (np.where(part < 0, NEGATIVE, POSITIVE) - MIDDLE)
    rgb[~finite] = NOT_FINITE
    return rgb.round().astype(np.uint8)


def png(rgb: np.ndarray) -> bytes:
    """The PNG file of bytes of shape (height, width, 3)."""
    height, width, _ = rgb.shape
    rows = b"".join(b"\0" + row.tobytes() for row in rgb)

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND", b"")
