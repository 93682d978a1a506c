"""Notebook 04: from ten points to every pixel."""
