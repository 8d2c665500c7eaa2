"""Stencils: Jacobi's sweeps from one grid to another, Gauss-Seidel's in place."""

from __future__ import annotations

import numpy as np

from benchmarks.workloads import Arguments, Workload


def jacobi(A0, B0, steps, n):
    A = A0.copy()
    B = B0.copy()
    for _ in range(steps):
        for i in range(1, n - 1):
            for j in range(1, n - 1):
                B[i, j] = 0.2 * (A[i, j] + A[i, j - 1] + A[i, j + 1] + A[i + 1, j] + A[i - 1, j])
        for i in range(1, n - 1):
            for j in range(1, n - 1):
                A[i, j] = 0.2 * (B[i, j] + B[i, j - 1] + B[i, j + 1] + B[i + 1, j] + B[i - 1, j])
    s = 0.0
    for i in range(n):
        for j in range(n):
            s += A[i, j] * A[i, j]
    return s


def transposed_stencil(source, target, inner, n):
    for i in range(1, n - 1):
        for j in range(1, n - 1):
            inner[i, j] = 0.2 * source[i, j]
            source[i, j] = 0.0
    for i in range(1, n - 1):
        for j in range(1, n - 1):
            target[i, j] += inner[i, j] + inner[i, j - 1] + inner[i, j + 1] + inner[i + 1, j] + inner[i - 1, j]
    for k in range(1, n - 1):
        target[0, k] += inner[1, k]
        target[n - 1, k] += inner[n - 2, k]
        target[k, 0] += inner[k, 1]
        target[k, n - 1] += inner[k, n - 2]


def jacobi_by_hand(A0, B0, steps, n):
    """The stencil is its own adjoint; at the border it reads zeros, and what it reaches there is added up."""
    A = A0.copy()
    B = B0.copy()
    for _ in range(steps):
        for i in range(1, n - 1):
            for j in range(1, n - 1):
                B[i, j] = 0.2 * (A[i, j] + A[i, j - 1] + A[i, j + 1] + A[i + 1, j] + A[i - 1, j])
        for i in range(1, n - 1):
            for j in range(1, n - 1):
                A[i, j] = 0.2 * (B[i, j] + B[i, j - 1] + B[i, j + 1] + B[i + 1, j] + B[i - 1, j])
    d_A = 2.0 * A
    d_B = np.zeros_like(B)
    inner = np.zeros_like(A)
    for _ in range(steps):
        transposed_stencil(d_A, d_B, inner, n)
        transposed_stencil(d_B, d_A, inner, n)
    return d_A, d_B


def seidel(A0, sweeps, n):
    A = A0.copy()
    for _ in range(sweeps):
        for i in range(1, n - 1):
            for j in range(1, n - 1):
                A[i, j] = (
                    A[i - 1, j - 1] + A[i - 1, j] + A[i - 1, j + 1]
                    + A[i, j - 1] + A[i, j] + A[i, j + 1]
                    + A[i + 1, j - 1] + A[i + 1, j] + A[i + 1, j + 1]
                ) / 9.0  # fmt: skip
    s = 0.0
    for i in range(n):
        for j in range(n):
            s += A[i, j] * A[i, j]
    return s


def seidel_by_hand(A0, sweeps, n):
    A = A0.copy()
    for _ in range(sweeps):
        for i in range(1, n - 1):
            for j in range(1, n - 1):
                A[i, j] = (
                    A[i - 1, j - 1] + A[i - 1, j] + A[i - 1, j + 1]
                    + A[i, j - 1] + A[i, j] + A[i, j + 1]
                    + A[i + 1, j - 1] + A[i + 1, j] + A[i + 1, j + 1]
                ) / 9.0  # fmt: skip
    d_A = 2.0 * A
    for _ in range(sweeps):
        for i in range(n - 2, 0, -1):
            for j in range(n - 2, 0, -1):
                g = d_A[i, j] / 9.0
                d_A[i, j] = g
                d_A[i - 1, j - 1] += g
                d_A[i - 1, j] += g
                d_A[i - 1, j + 1] += g
                d_A[i, j - 1] += g
                d_A[i, j + 1] += g
                d_A[i + 1, j - 1] += g
                d_A[i + 1, j] += g
                d_A[i + 1, j + 1] += g
    return (d_A,)


def grids(count: int, steps: int, side: int):
    def make(n: int) -> Arguments:
        rng = np.random.default_rng(3)
        side_ = min(side, n)
        return (*(rng.random((side_, side_)) for _ in range(count)), min(steps, n), side_)

    return make


JACOBI = Workload("jacobi_2d", jacobi, grids(2, 50, 150), (0, 1), jacobi_by_hand)
SEIDEL = Workload("seidel_2d", seidel, grids(1, 15, 100), (0,), seidel_by_hand)
