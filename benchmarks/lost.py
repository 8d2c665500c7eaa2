"""Why a row is lost, and what would win it."""

from __future__ import annotations

from benchmarks.table import Row

REASONS = {
    "time of reading x[i]": "At each n it takes less time than the plain loop, whose sums wait for each other; at 1e6 "
    "the arrays no longer fit in the cache, and it waits for memory.",
    "determinant by minors": "Minors are made again on the way back, and each has an adjoint in memory of its own, "
    "whose halves are copied before they are added; by hand nothing is kept, as cofactors come with the determinants. "
    "The other systems call LAPACK.",
    "conv2d as einsum": "Sums over three channels are too short for BLAS: they are loops, and make a new array each.",
    "Floyd-Warshall": "By hand, a path goes back through the vertex that shortened it last, in n² steps and not n³: "
    "that is mathematics, not a transformation. Each distance that may be replaced is kept, in eight times the memory "
    "of what would do: whether it was. Without that an eighth would go.",
    "ADI": "By hand the pivots, which are the same for all rows and steps, are found once, and columns are solved side "
    "by side; here each row has pivots of its own, which are kept, with what they replaced: 3 MB where "
    "by hand 30 kB stay in the cache. On the way forward each entry waits for a division, in Python's order.",
    "bundle adjustment": "Each entry of an observation is pushed forward, fifteen of them, where by hand two rows go "
    "back; partial derivatives divide where by hand one reciprocal serves, a seventh of the time, and the blocks are "
    "copied out of one matrix, a twelfth.",
    "hand tracking": "All 26 columns are computed for each point, of which a finger moves ten; sums of unit tangents "
    "that are carried by a loop are vectors.",
    "cold first gradient": "Another process compiles, which imports Numba meanwhile; the interpreter goes on. "
    "Most of it is Numba's typing and lowering, line by line; functions of its own and of ours that the code calls are "
    "compiled by the first process that needs them: a tenth to a half of it.",
    "first gradient of a new function": "What another program has called is read from the disk; the function itself is "
    "typed and lowered by Numba, line by line.",
    "median of 34": "Half of the workloads are compiled at once, by Numba line by line.",
    "first gradient of a 20-line loop": "A sixth is its derivation; the rest is Numba's typing and lowering.",
    "derivation of a function of 100 lines": "A million calls of Python functions, no part of which takes a tenth: "
    "bodies of loops are lowered twice or more, until the kinds of their variables agree, and both sweeps are gone "
    "through by some forty passes.",
    "first graph of a function of 500 lines": "What is drawn is derived anew, as every adjoint and every callee has "
    "statements of its own in it: two thirds. A third observes a run and lays out three thousand nodes.",
    "cached first gradient": "The derivation is read from the disk; importing the package, and what the code calls, "
    "is the rest.",
    "second gradient": "The process beside is not done yet, and the interpreter goes on.",
    "a call with": "One call of machine code looks at all arrays; Numba's own unpacking of each, and the dict's, "
    "remain.",
    "log-sum-exp": "LLVM takes vectors of 256 bits, also where a processor has 512; wider ones make loops over short "
    "rows slower.",
    "seidel_2d": "Each entry waits for its neighbour on the left: on the way forward for six sums and a division in "
    "Python's order, which is four fifths of the time; going along diagonals would let several wait at once.",
    "Cholesky as loops": "JAX calls LAPACK, whose blocks stay in the cache.",
    "LU as loops": "JAX and PyTorch call LAPACK, whose blocks stay in the cache.",
    "triangular solve as loops": "JAX calls LAPACK, whose blocks stay in the cache.",
    "attention": "Rows are kept before and after their division by a sum, the latter in the result as well, and their "
    "cotangents in matrices of their own: memory that goes through the cache more often than by hand; the rest are "
    "products of matrices, by the same library.",
    "logistic loss of 100,000 rows, two threads": "40 MB are read twice and 40 MB written, in one thread at "
    "the pace of memory already: two share it.",
    "perceptron": "Products of matrices take nearly all of the time: by OpenBLAS here, by other libraries there.",
    "1000 multiplications": "The compiled text takes as long as the one by hand; the rest is the call: what is "
    "asked before it, and the array for its tape, which is NumPy's.",
    "linear least squares": "The compiled text takes as long as the one by hand; the rest is the call from Python.",
    "sin(cos(x))": "The call from Python, not arithmetic: entering a method, and asking whether globals, settings and "
    "types are what they were. A look into a dict for each global takes a tenth of the call by hand.",
    "cavity": "Without given buffers the text takes 1.04 of the one by hand; with them, adjoints are likely held in "
    "arrays of which LLVM can't tell that they share no memory.",
    "Gram-Schmidt": "Each entry is kept before each update, and put back on the way back.",
}
UNKNOWN = "Not looked into yet."


def reason(row: Row) -> str:
    return next((text for what, text in REASONS.items() if row.what.startswith(what)), UNKNOWN)
