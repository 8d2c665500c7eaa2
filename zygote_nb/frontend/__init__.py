"""From a function object to the IR: source, free variables, lowering for given kinds of arguments."""
