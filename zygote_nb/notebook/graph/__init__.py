"""The pullback graph: what a function computes, and beside it, mirrored, what its gradient computes."""
