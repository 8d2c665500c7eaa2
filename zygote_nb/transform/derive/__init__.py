"""From a program to the functions of its derivative."""
