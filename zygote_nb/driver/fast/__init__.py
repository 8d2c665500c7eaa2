"""Calls that were made before run through functions written for them."""
