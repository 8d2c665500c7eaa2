"""Rules for SciPy, loaded once the program has imported the module that they are about."""
