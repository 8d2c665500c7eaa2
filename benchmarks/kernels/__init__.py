"""Programs from numerics and learning, each written from its formula, with the adjoint that one would write by hand."""
