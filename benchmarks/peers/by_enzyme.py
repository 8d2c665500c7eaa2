"""Gradients by Enzyme of functions in C++, called from JAX; its sizes are constants of the compiler."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from enzyme_ad.jax import cpp_call

from benchmarks.peers.system import Unsupported
from benchmarks.workloads import Workload

jax.config.update("jax_enable_x64", True)

SOURCE = (Path(__file__).parent / "kernels.cpp").read_text()


def gradient(name: str, workload: Workload, args: tuple[Any, ...]) -> Callable[[], Any]:
    if f"void {name}(" not in SOURCE:
        raise Unsupported("not written in C++ here")
    arrays = tuple(jnp.asarray(a) for a in args if isinstance(a, np.ndarray))
    numbers = "".join(f", {a!r}" for a in args if not isinstance(a, np.ndarray))
    call = f"{SOURCE}\ntemplate<typename... T> void called(T&... arrays) {{ {name}(arrays...{numbers}); }}\n"

    def function(*arrays: Any) -> Any:
        shapes = [jax.core.ShapedArray((1,), jnp.float64)]
        return cpp_call(*arrays, out_shapes=shapes, source=call, fn="called")[0][0]

    compiled = jax.jit(jax.grad(function, workload.argnums))
    return lambda: jax.block_until_ready(compiled(*arrays))
