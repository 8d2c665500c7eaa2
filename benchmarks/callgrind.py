"""Requests of a program to callgrind, which runs it: begin counting, stop, write the count into a file.

Valgrind knows a request by an instruction sequence that does nothing (its manual, "The Client Request mechanism").
"""

from __future__ import annotations

import ctypes
import mmap
from collections.abc import Iterator
from contextlib import contextmanager

BASE = ord("C") << 24 | ord("T") << 16
ZERO, DUMP, START, STOP = BASE + 1, BASE + 3, BASE + 4, BASE + 5

SEQUENCE = bytes.fromhex(
    "4889f8"  # mov rax, rdi: the address of the request
    "31d2"  # xor edx, edx: what is returned where nobody listens
    "48c1c703 48c1c70d 48c1c73d 48c1c733"  # rol rdi by 3, 13, 61 and 51: all in all nothing
    "4887db"  # xchg rbx, rbx
    "4889d0c3"  # mov rax, rdx; ret
)


class Counter:
    def __init__(self) -> None:
        self.page = mmap.mmap(-1, mmap.PAGESIZE, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
        self.page.write(SEQUENCE)
        address = ctypes.addressof(ctypes.c_char.from_buffer(self.page))
        self.ask = ctypes.CFUNCTYPE(ctypes.c_ulong, ctypes.c_void_p)(address)

    def request(self, which: int, argument: int = 0) -> None:
        self.ask((ctypes.c_ulong * 6)(which, argument))

    @contextmanager
    def counting(self, name: str) -> Iterator[None]:
        self.request(START)
        self.request(ZERO)
        yield
        text = ctypes.c_char_p(name.encode())
        self.request(DUMP, ctypes.cast(text, ctypes.c_void_p).value or 0)
        self.request(STOP)
