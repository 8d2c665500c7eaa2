"""``scipy.linalg``: what is differentiated for complex matrices.

The rules of the first set are written with conjugates; those of the second are algebraic, as the functions are.
"""

from scipy import linalg

from zygote_nb.rules.complex import AWARE, FOR_REAL, HOLOMORPHIC
from zygote_nb.rules.named import named

AWARE.update(named(linalg, """
    cholesky qr eigh eigvals eigvalsh svd svdvals lstsq pinv solve
    expm sqrtm logm cosm sinm tanm coshm sinhm tanhm
"""))  # fmt: skip
HOLOMORPHIC.update(named(linalg, "inv solve_sylvester solve_triangular lu_factor lu_solve"))
FOR_REAL.update(
    dict.fromkeys((linalg.solve_triangular, linalg.lu_solve), (2, "trans", (0, 1, "N", "T")))
    | dict.fromkeys((linalg.eigh, linalg.eigvalsh), (1, "b", (None,)))
    | {linalg.solve: (6, "assume_a", (None,))}
)
