"""Between a call and generated code: kinds of arguments, derivations kept for reuse, running them."""
