"""Notebook 11: the First Order Motion Model block by block, each checked against the library."""
