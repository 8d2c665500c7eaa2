"""What generated code calls: small pure functions of arrays and numbers, interpreted by NumPy or compiled by Numba."""
