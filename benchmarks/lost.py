"""Why a row is lost, and what would win it."""

from __future__ import annotations

from benchmarks.table import Row

REASONS = {
    "determinant by minors": "Each call puts five arrays on a list, two of them what its minor held before it was "
    "written to, which nobody reads; knowing that memory made in an iteration is its own would leave these out.",
    "conv2d as einsum": "`einsum` over three indices is compiled as plain loops; products of matrices on views would "
    "win it.",
    "Floyd-Warshall": "By hand, a path goes back through the vertex that shortened it last, in n² steps and not n³: "
    "that is mathematics, not a transformation. A bit for each store would halve what is lost.",
    "ADI": "By hand the pivots, which are the same for all rows and steps, are found once, and columns are solved side "
    "by side; here each row has pivots of its own, which are kept.",
    "bundle adjustment": "Each entry of an observation is pushed forward, fifteen of them, where by hand two rows go "
    "back; and the blocks are copied out of one matrix.",
    "hand tracking": "All 26 columns are computed for each point, of which a finger moves ten; sums of unit tangents "
    "that are carried by a loop are vectors.",
    "cold first gradient": "The compiler's time: each nest of loops is vectorised and unrolled, and Numba's own linear "
    "algebra is compiled anew for each program.",
    "cached first gradient": "In a new process its loops have again not run often enough to be compiled: what is seen "
    "is the interpreter. Remembering on disk that compiling is worth while would win it.",
    "a call with": "Each array's class, dtype and memory are looked at one by one; a check in C would win it.",
    "second gradient": "It is compiled before the second call, which waits for it; the process beside could do it.",
    "1000 multiplications": "The reversed loop waits for a product and a sum and reads the tape.",
    "sin(cos(x))": "The call from Python, not arithmetic: the compiled function is found by the arguments' types.",
    "softmax": "Maximum, exponentials, their sum and the quotient are passes over whole arrays; going by rows would "
    "win it.",
    "FDTD": "What neighbouring columns receive is added in loops of its own; gathering it in one would win it.",
    "cavity": "What neighbouring columns receive is added in loops of its own; gathering it in one would win it.",
    "horizontal diffusion": "The adjoints of two fields have two names each, which keeps their loops apart.",
    "vertical advection": "Each level puts arrays of its own on the tape; one array for all levels, or computing them "
    "again, would win it.",
    "N-body": "Each pair divides three times where by hand one reciprocal serves, and its distances go through a tape.",
    "Gram-Schmidt": "By hand columns are kept as rows, and A comes back by undoing its updates; here columns are "
    "strided.",
    "Durbin": "By hand each step's coefficients have a row of their own; here one array is restored.",
}
UNKNOWN = "Not looked into yet."


def reason(row: Row) -> str:
    return next((text for what, text in REASONS.items() if row.what.startswith(what)), UNKNOWN)
