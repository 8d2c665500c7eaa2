"""Generated programs as text, run by the interpreter or compiled by Numba from that text."""
