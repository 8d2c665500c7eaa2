"""Memory for large arrays in compiled code, kept from one call to the next.

What an allocator gets from the system comes page by page, each cleared when it is first touched, and goes back when it
is freed: for an array of a million numbers that takes longer than an exponential of each. So a few blocks wait here for
the next array of about their size. Compiled code asks under a name of its own, and nobody else's code is concerned.
"""

from __future__ import annotations

import ctypes
from functools import cache, partial
from typing import Any

from zygote_nb.backend import machine
from zygote_nb.backend.assembly import assembled

NAME = "zygote_nb_memory"
BLOCK, GIVE_BACK = "zygote_nb_block", "zygote_nb_give_back"
WAITING = "zygote_nb_waiting"
ASKED = "NRT_MemInfo_alloc_aligned"
"""The function of Numba's that makes memory for arrays."""
LEAST = 1 << 16
"""Bytes. What is smaller the system clears in less time than it takes to look for memory that waits."""
MOST = 1 << 26
"""Bytes that wait at most: as many as the C library keeps at most."""
SLOTS = 32
"""A power of two."""
GRAIN = 1 << 16
"""Bytes: blocks of nearly the same size are of the same."""
NEEDS = (ASKED, "NRT_manage_memory", "malloc", "free")
REDIRECTED = f"""
declare ptr @{NAME}(i64, i32)
define ptr @{ASKED}(i64 %size, i32 %align) alwaysinline {{
  %made = tail call ptr @{NAME}(i64 %size, i32 %align)
  ret ptr %made
}}
"""
SOURCE = f"""
@slots = internal global [{SLOTS} x ptr] zeroinitializer
@{WAITING} = global i64 0
@turn = internal global i64 0
declare ptr @{ASKED}(i64, i32)
declare ptr @NRT_manage_memory(ptr, ptr)
declare ptr @malloc(i64)
declare void @free(ptr)

define ptr @{NAME}(i64 %size, i32 %align) {{
start:
  %large = icmp uge i64 %size, {LEAST}
  %possible = icmp ule i64 %size, {MOST}
  %here = and i1 %large, %possible
  br i1 %here, label %own, label %elsewhere

elsewhere:
  %other = tail call ptr @{ASKED}(i64 %size, i32 %align)
  ret ptr %other

own:
  %block = call ptr @{BLOCK}(i64 %size)
  %no.memory = icmp eq ptr %block, null
  br i1 %no.memory, label %failed, label %hand.over

hand.over:
  %made = call ptr @NRT_manage_memory(ptr %block, ptr @{GIVE_BACK})
  ret ptr %made

failed:
  ret ptr null
}}

define ptr @{BLOCK}(i64 %size) {{
start:
  %possible = icmp ule i64 %size, {MOST}
  br i1 %possible, label %search, label %make

search:
  %i = phi i64 [0, %start], [%i.next, %next]
  %i.next = add i64 %i, 1
  %none = icmp eq i64 %i, {SLOTS}
  br i1 %none, label %make, label %look

look:
  %slot = getelementptr ptr, ptr @slots, i64 %i
  %block = atomicrmw xchg ptr %slot, ptr null seq_cst
  %empty = icmp eq ptr %block, null
  br i1 %empty, label %next, label %measure

measure:
  %capacity.at = getelementptr i64, ptr %block, i64 -1
  %capacity = load i64, ptr %capacity.at
  %half = lshr i64 %capacity, 1
  %enough = icmp uge i64 %capacity, %size
  %not.too.much = icmp ule i64 %half, %size
  %fits = and i1 %enough, %not.too.much
  br i1 %fits, label %take, label %refuse

take:
  %before = atomicrmw sub ptr @{WAITING}, i64 %capacity seq_cst
  ret ptr %block

refuse:
  %tried = cmpxchg ptr %slot, ptr null, ptr %block seq_cst seq_cst
  %put.back = extractvalue {{ ptr, i1 }} %tried, 1
  br i1 %put.back, label %next, label %lose

lose:
  call void @discard(ptr %block)
  br label %next

next:
  br label %search

make:
  %nearly = add i64 %size, {GRAIN - 1}
  %rounded = and i64 %nearly, -{GRAIN}
  %sum = add i64 %rounded, 128
  %base = call ptr @malloc(i64 %sum)
  %no.memory = icmp eq ptr %base, null
  br i1 %no.memory, label %failed, label %prepare

prepare:
  %place = ptrtoint ptr %base to i64
  %above = add i64 %place, 127
  %aligned = and i64 %above, -64
  %new = inttoptr i64 %aligned to ptr
  %base.at = getelementptr ptr, ptr %new, i64 -2
  store ptr %base, ptr %base.at
  %size.at = getelementptr i64, ptr %new, i64 -1
  store i64 %rounded, ptr %size.at
  ret ptr %new

failed:
  ret ptr null
}}

define internal void @discard(ptr %block) {{
  %capacity.at = getelementptr i64, ptr %block, i64 -1
  %capacity = load i64, ptr %capacity.at
  %before = atomicrmw sub ptr @{WAITING}, i64 %capacity seq_cst
  %base.at = getelementptr ptr, ptr %block, i64 -2
  %base = load ptr, ptr %base.at
  call void @free(ptr %base)
  ret void
}}

define void @{GIVE_BACK}(ptr %block) {{
start:
  %capacity.at = getelementptr i64, ptr %block, i64 -1
  %capacity = load i64, ptr %capacity.at
  %before = atomicrmw add ptr @{WAITING}, i64 %capacity seq_cst
  %possible = icmp ule i64 %capacity, {MOST}
  %turn = atomicrmw add ptr @turn, i64 1 seq_cst
  br i1 %possible, label %room, label %let.go

let.go:
  call void @discard(ptr %block)
  ret void

room:
  %i = phi i64 [0, %start], [%i.next, %drop], [%i.next, %old]
  %sum = load atomic i64, ptr @{WAITING} seq_cst, align 8
  %too.much = icmp ugt i64 %sum, {MOST}
  %more = icmp ult i64 %i, {SLOTS}
  %go.on = and i1 %too.much, %more
  br i1 %go.on, label %old, label %search

old:
  %i.next = add i64 %i, 1
  %i.turned = add i64 %i, %turn
  %i.slot = and i64 %i.turned, {SLOTS - 1}
  %old.slot = getelementptr ptr, ptr @slots, i64 %i.slot
  %old.block = atomicrmw xchg ptr %old.slot, ptr null seq_cst
  %was.empty = icmp eq ptr %old.block, null
  br i1 %was.empty, label %room, label %drop

drop:
  call void @discard(ptr %old.block)
  br label %room

search:
  %k = phi i64 [0, %room], [%k.next, %look]
  %k.next = add i64 %k, 1
  %none = icmp eq i64 %k, {SLOTS}
  br i1 %none, label %replace, label %look

look:
  %slot = getelementptr ptr, ptr @slots, i64 %k
  %tried = cmpxchg ptr %slot, ptr null, ptr %block seq_cst seq_cst
  %done = extractvalue {{ ptr, i1 }} %tried, 1
  br i1 %done, label %kept, label %search

replace:
  %turn.slot = and i64 %turn, {SLOTS - 1}
  %oldest = getelementptr ptr, ptr @slots, i64 %turn.slot
  %replaced = atomicrmw xchg ptr %oldest, ptr %block seq_cst
  %was.none = icmp eq ptr %replaced, null
  br i1 %was.none, label %kept, label %forget

forget:
  call void @discard(ptr %replaced)
  br label %kept

kept:
  ret void
}}
"""


def waiting() -> int:
    """How many bytes wait for the next array."""
    return ctypes.c_int64.from_address(placed()[0].get_global_value_address(WAITING)).value


@cache
def placed() -> tuple[Any, int]:
    return machine.placed(assembled(SOURCE, NAME, NEEDS))


def address() -> int:
    """Where the function is that makes memory."""
    return placed()[1]


def address_of(name: str) -> int:
    """Where one of the functions of blocks is."""
    found: int = placed()[0].get_function_address(name)
    return found


OWN = {NAME: address}
BLOCKS = {BLOCK: partial(address_of, BLOCK), GIVE_BACK: partial(address_of, GIVE_BACK)}


@cache
def is_there() -> bool:
    """Whether compiled code can ask under the name. Where it can't, it asks Numba, whose memory is cold."""
    try:
        machine.provide((NAME,), OWN)
    except Exception:
        return False
    return True
