"""Factorisations and solutions of linear equations as loops."""

from __future__ import annotations

import numpy as np

from benchmarks.workloads import Arguments, Workload


def cholesky(A0, n):
    A = A0.copy()
    for i in range(n):
        for j in range(i):
            for k in range(j):
                A[i, j] -= A[i, k] * A[j, k]
            A[i, j] /= A[j, j]
        for k in range(i):
            A[i, i] -= A[i, k] * A[i, k]
        A[i, i] = np.sqrt(A[i, i])
    s = 0.0
    for i in range(n):
        for j in range(i + 1):
            s += A[i, j]
    return s


def cholesky_by_hand(A0, n):
    """The rows of the factor from the last to the first (Murray 2016), with its inner loops along rows."""
    L = A0.copy()
    for i in range(n):
        for j in range(i):
            t = L[i, j]
            for k in range(j):
                t -= L[i, k] * L[j, k]
            L[i, j] = t / L[j, j]
        t = L[i, i]
        for k in range(i):
            t -= L[i, k] * L[i, k]
        L[i, i] = np.sqrt(t)
    d_A = np.zeros_like(A0)
    for i in range(n):
        for j in range(i + 1):
            d_A[i, j] = 1.0
    for i in range(n - 1, -1, -1):
        g = 0.5 * d_A[i, i] / L[i, i]
        d_A[i, i] = g
        for k in range(i):
            d_A[i, k] -= 2.0 * g * L[i, k]
        for j in range(i - 1, -1, -1):
            g = d_A[i, j] / L[j, j]
            d_A[i, j] = g
            d_A[j, j] -= g * L[i, j]
            for k in range(j):
                d_A[i, k] -= g * L[j, k]
                d_A[j, k] -= g * L[i, k]
    return (d_A,)


def lu(A0, n):
    A = A0.copy()
    for i in range(n):
        for j in range(i):
            for k in range(j):
                A[i, j] -= A[i, k] * A[k, j]
            A[i, j] /= A[j, j]
        for j in range(i, n):
            for k in range(i):
                A[i, j] -= A[i, k] * A[k, j]
    s = 0.0
    for i in range(n):
        for j in range(n):
            s += A[i, j]
    return s


def lu_by_hand(A0, n):
    """All inner loops go along rows, forward and backward."""
    A = A0.copy()
    for i in range(n):
        for k in range(i):
            A[i, k] /= A[k, k]
            for j in range(k + 1, n):
                A[i, j] -= A[i, k] * A[k, j]
    d_A = np.ones_like(A)
    for i in range(n - 1, -1, -1):
        for k in range(i):
            t = 0.0
            for j in range(i, n):
                t += d_A[i, j] * A[k, j]
                d_A[k, j] -= d_A[i, j] * A[i, k]
            d_A[i, k] -= t
        for j in range(i - 1, -1, -1):
            t = d_A[i, j]
            for k in range(j + 1, i):
                t -= d_A[i, k] * A[j, k]
            d_A[i, j] = t / A[j, j]
        for k in range(i):
            for j in range(k, i):
                d_A[k, j] -= d_A[i, j] * A[i, k]
    return (d_A,)


def triangular_solution(L, b, n):
    """Sum of squares of the solution of L x = b."""
    x = np.empty(n)
    for i in range(n):
        x[i] = b[i]
        for j in range(i):
            x[i] -= L[i, j] * x[j]
        x[i] /= L[i, i]
    s = 0.0
    for i in range(n):
        s += x[i] * x[i]
    return s


def triangular_solution_by_hand(L, b, n):
    x = np.empty(n)
    for i in range(n):
        t = b[i]
        for j in range(i):
            t -= L[i, j] * x[j]
        x[i] = t / L[i, i]
    d_L = np.zeros_like(L)
    d_b = 2.0 * x
    for i in range(n - 1, -1, -1):
        g = d_b[i] / L[i, i]
        d_b[i] = g
        for j in range(i):
            d_L[i, j] = -g * x[j]
            d_b[j] -= g * L[i, j]
        d_L[i, i] = -g * x[i]
    return d_L, d_b


def durbin(r, n):
    """Sum of squares of the solution of the Yule-Walker equations, by Durbin's recursion."""
    y = np.empty(n)
    z = np.empty(n)
    y[0] = -r[0]
    alpha = -r[0]
    beta = 1.0
    for k in range(1, n):
        beta *= 1.0 - alpha * alpha
        s = r[k]
        for i in range(k):
            s += r[k - 1 - i] * y[i]
        alpha = -s / beta
        for i in range(k):
            z[i] = y[i] + alpha * y[k - 1 - i]
        for i in range(k):
            y[i] = z[i]
        y[k] = alpha
    return np.sum(y * y)


def durbin_by_hand(r, n):
    """Each step's coefficients have a row of their own."""
    Y = np.empty((n, n))
    betas = np.empty(n)
    Y[0, 0] = -r[0]
    betas[0] = 1.0
    for k in range(1, n):
        alpha = Y[k - 1, k - 1]
        betas[k] = betas[k - 1] * (1.0 - alpha * alpha)
        s = r[k]
        for i in range(k):
            s += r[k - 1 - i] * Y[k - 1, i]
        alpha = -s / betas[k]
        for i in range(k):
            Y[k, i] = Y[k - 1, i] + alpha * Y[k - 1, k - 1 - i]
        Y[k, k] = alpha
    d_r = np.zeros_like(r)
    d_y = 2.0 * Y[n - 1]
    d_z = np.empty(n)
    d_beta = 0.0
    for k in range(n - 1, 0, -1):
        y = Y[k - 1]
        alpha = Y[k, k]
        d_alpha = d_y[k]
        for i in range(k):
            d_alpha += d_y[i] * y[k - 1 - i]
        d_s = -d_alpha / betas[k]
        d_beta += d_s * alpha
        for i in range(k):
            d_z[i] = d_y[i] + alpha * d_y[k - 1 - i] + d_s * r[k - 1 - i]
        for i in range(k):
            d_r[k - 1 - i] += d_s * y[i]
            d_y[i] = d_z[i]
        d_r[k] += d_s
        before = y[k - 1]
        d_y[k - 1] -= 2.0 * before * betas[k - 1] * d_beta
        d_beta *= 1.0 - before * before
    d_r[0] -= d_y[0]
    return (d_r,)


def gram_schmidt(A0, rows, columns):
    """The modified method; all entries of Q and R are added up."""
    A = A0.copy()
    Q = np.zeros((rows, columns))
    R = np.zeros((columns, columns))
    for k in range(columns):
        norm = 0.0
        for i in range(rows):
            norm += A[i, k] * A[i, k]
        R[k, k] = np.sqrt(norm)
        for i in range(rows):
            Q[i, k] = A[i, k] / R[k, k]
        for j in range(k + 1, columns):
            for i in range(rows):
                R[k, j] += Q[i, k] * A[i, j]
            for i in range(rows):
                A[i, j] -= Q[i, k] * R[k, j]
    return np.sum(Q) + np.sum(R)


def gram_schmidt_by_hand(A0, rows, columns):
    """Columns are kept as rows, and A comes back by undoing its updates."""
    A = A0.T.copy()
    Q = np.empty((columns, rows))
    R = np.zeros((columns, columns))
    for k in range(columns):
        norm = 0.0
        for i in range(rows):
            norm += A[k, i] * A[k, i]
        R[k, k] = np.sqrt(norm)
        for i in range(rows):
            Q[k, i] = A[k, i] / R[k, k]
        for j in range(k + 1, columns):
            t = 0.0
            for i in range(rows):
                t += Q[k, i] * A[j, i]
            R[k, j] = t
            for i in range(rows):
                A[j, i] -= t * Q[k, i]
    d_A = np.zeros((columns, rows))
    d_q = np.empty(rows)
    for k in range(columns - 1, -1, -1):
        d_q[:] = 1.0
        for j in range(columns - 1, k, -1):
            r = R[k, j]
            t = 1.0
            for i in range(rows):
                t -= Q[k, i] * d_A[j, i]
            for i in range(rows):
                A[j, i] += r * Q[k, i]
                d_q[i] += t * A[j, i] - r * d_A[j, i]
                d_A[j, i] += t * Q[k, i]
        t = 0.0
        for i in range(rows):
            t += Q[k, i] * d_q[i]
        for i in range(rows):
            d_A[k, i] = (d_q[i] - t * Q[k, i]) / R[k, k] + Q[k, i]
    return (d_A.T.copy(),)


def definite(n: int) -> Arguments:
    side = min(100, n)
    root = np.random.default_rng(4).random((side, side))
    return root @ root.T + side * np.eye(side), side


def dominant(n: int) -> Arguments:
    side = min(100, n)
    return np.random.default_rng(21).random((side, side)) + side * np.eye(side), side


def triangle(n: int) -> Arguments:
    rng = np.random.default_rng(22)
    side = min(400, n)
    return np.tril(rng.random((side, side))) / side + np.eye(side), rng.random(side), side


def correlations(n: int) -> Arguments:
    side = min(400, n)
    return 0.5 ** np.arange(1, side + 1) * np.random.default_rng(23).uniform(0.5, 1.0, side), side


def tall(n: int) -> Arguments:
    rows, columns = (120, 80) if n > 100 else (5, 3)
    return np.random.default_rng(24).normal(size=(rows, columns)), rows, columns


CHOLESKY = Workload("Cholesky as loops", cholesky, definite, (0,), cholesky_by_hand)
LU = Workload("LU as loops", lu, dominant, (0,), lu_by_hand)
TRIANGULAR = Workload("triangular solve as loops", triangular_solution, triangle, (0, 1), triangular_solution_by_hand)
DURBIN = Workload("Durbin", durbin, correlations, (0,), durbin_by_hand)
GRAM_SCHMIDT = Workload("Gram-Schmidt", gram_schmidt, tall, (0,), gram_schmidt_by_hand)
