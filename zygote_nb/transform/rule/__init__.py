"""Rules read from their source and written into the generated code."""
