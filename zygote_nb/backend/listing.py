"""LLVM IR and assembly of compiled gradients, for people."""

from __future__ import annotations

from typing import Any

import llvmlite.binding as llvm
from numba.core import types

from zygote_nb.backend.entry import text
from zygote_nb.backend.executable import types_of
from zygote_nb.backend.module import Module
from zygote_nb.backend.numba import compiled
from zygote_nb.backend.plan import Text, allocator
from zygote_nb.backend.signature import Signature
from zygote_nb.caches import remembered


def intermediate(module: Module, args: tuple[Any, ...]) -> str:
    """LLVM IR of the function compiled for arguments.

    A function of numbers that returns a number is shown as such, without Numba's way of passing results and errors.
    """
    result = compiled_for(module, args)
    source: str = result.library.get_llvm_str()
    if not is_plain(result):
        return source.replace(result.fndesc.mangled_name, plain_name(module))
    parsed, _ = as_plain_function(source, result.fndesc.mangled_name, plain_name(module), len(args))
    return str(parsed.get_function(plain_name(module)))


def native(module: Module, args: tuple[Any, ...]) -> str:
    """Assembly of the function that :func:`intermediate` shows, without directives."""
    result = compiled_for(module, args)
    mangled = result.fndesc.mangled_name
    if not is_plain(result):
        return assembly_of(result.library.get_asm_str(), mangled).replace(mangled, plain_name(module))
    parsed, machine = as_plain_function(result.library.get_llvm_str(), mangled, plain_name(module), len(args))
    return assembly_of(machine.emit_assembly(parsed), plain_name(module))


def plain_name(module: Module) -> str:
    return module.name.removesuffix("_adjoint") + "_gradient"


_compiled: dict[tuple[str, Signature], Any] = remembered({})


def compiled_for(module: Module, args: tuple[Any, ...]) -> Any:
    """What Numba makes of the module now: what came from the disk can't be looked at."""
    source: Text = text(module)
    key = source.source, types_of(allocator(source.plan), args)
    if key not in _compiled:
        _compiled.clear()
        _compiled[key] = compiled(source, key[1])
    return _compiled[key]


def is_plain(result: Any) -> bool:
    """Whether the function takes and returns numbers."""
    return all(isinstance(t, types.Float) for t in (*result.signature.args, result.signature.return_type))


def assembly_of(text: str, name: str) -> str:
    """The instructions and labels of one function."""
    lines = iter(text.splitlines())
    kept: list[str] = []
    for line in lines:
        if line.replace('"', "").startswith(f"{name}:"):
            kept.append(line)
            break
    for line in lines:
        if line.startswith(".Lfunc_end"):
            break
        if (line.strip() and not line.strip().startswith((".", "#"))) or line.startswith(".L"):
            kept.append(line.expandtabs(8).rstrip())
    return "\n".join(kept) + "\n"


def as_plain_function(text: str, mangled: str, name: str, arguments: int) -> tuple[Any, Any]:
    """A module that has the same function with numbers in and a number out, optimised by LLVM, and its machine."""
    lines = text.splitlines()
    for i, line in enumerate(lines):
        if line.startswith("define") and f"@{mangled}(" in line.replace('"', ""):
            lines[i] = line.rsplit(")", 1)[0] + ") alwaysinline {"
    text = "\n".join(lines)
    given = ", ".join(f"double %x{i}" for i in range(arguments))
    text += f"""
define double @{name}({given}) {{
  %result = alloca double
  %error = alloca ptr
  %status = call i32 @"{mangled}"(ptr %result, ptr %error, {given})
  %value = load double, ptr %result
  ret double %value
}}
"""
    parsed = llvm.parse_assembly(text)
    machine = llvm.Target.from_default_triple().create_target_machine()
    builder = llvm.create_pass_builder(machine, llvm.create_pipeline_tuning_options(speed_level=2))
    builder.getModulePassManager().run(parsed, builder)
    return parsed, machine
