"""Notebook 11: the First Order Motion Model from an empty cell, each block checked against the library."""
