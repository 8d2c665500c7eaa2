"""Why a row is lost, and what would win it."""

from __future__ import annotations

from benchmarks.table import Row

REASONS = {
    "determinant by minors": "The recursion with its list of records isn't compiled; typed records would do.",
    "conv2d as einsum": "`einsum` over three indices has no compiled form, and NumPy makes an array for each place of "
    "the kernel; products of matrices on views would win it.",
    "Floyd-Warshall": "By hand, a path goes back through the vertex that shortened it last, in n² steps and not n³: "
    "that is mathematics, not a transformation. A bit for each store would halve what is lost.",
    "bundle adjustment": "What the function returns is found by a plain, interpreted call, which takes nearly all of "
    "the time; a compiled primal would win it.",
    "hand tracking": "What the function returns is found by a plain, interpreted call, and all 26 columns are computed "
    "for each point, of which a finger moves ten; a compiled primal and known zeros left out would win it.",
    "cold first gradient": "LLVM's time: each array statement is a loop of its own in the compiled text, and each is "
    "vectorised and unrolled. Fusing statements would win it.",
    "second gradient": "It is compiled before the second call, which waits for it; the process beside could do it.",
    "1000 multiplications": "The reversed loop waits for a product and a sum and reads the tape.",
    "sin(cos(x))": "The call from Python, not arithmetic: the compiled function is found by the arguments' types.",
    "softmax": "Maximum, exponentials, their sum and the quotient are passes over whole arrays; going by rows would "
    "win it.",
    "heat_3d": "The right side is made beside its target and copied; writing in place where nothing overlaps would "
    "win it.",
    "FDTD": "Each slice that is subtracted from goes through a copy; writing in place would win it.",
    "horizontal diffusion": "Every intermediate field is an array with an adjoint in memory; fusing would win it.",
    "chain of ten operations": "Operations store their results for the backward sweep; computing them again in one "
    "fused loop would win it.",
    "N-body": "Each pair reads and adds to components in memory; holding body i in scalars would win it.",
    "Gram-Schmidt": "By hand columns are kept as rows, and A comes back by undoing its updates; here columns are "
    "strided.",
    "Durbin": "By hand each step's coefficients have a row of their own; here one array is restored.",
}
UNKNOWN = "Not looked into yet."


def reason(row: Row) -> str:
    return next((text for what, text in REASONS.items() if row.what.startswith(what)), UNKNOWN)
