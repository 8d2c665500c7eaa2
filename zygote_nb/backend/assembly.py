"""Machine code of texts in LLVM's language, kept on disk. They need no compiler of C, and nothing of Numba's."""

from __future__ import annotations

from zygote_nb.backend import cache, machine
from zygote_nb.backend.fingerprint import digest
from zygote_nb.backend.machine import Code
from zygote_nb.options import current


def assembled(source: str, function: str, needs: tuple[str, ...]) -> Code:
    """The code of the text, one of whose functions is ``function``, and which calls those that it ``needs``."""
    if not current().cache:
        return machine.assembled(source, function, needs)
    key = digest(cache.machine(), source, function)
    code = cache.recall(key)
    if not isinstance(code, Code):
        code = machine.assembled(source, function, needs)
        cache.keep(key, code)
    return code
