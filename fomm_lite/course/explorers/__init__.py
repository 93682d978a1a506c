"""Explorers: parameters understood by moving them. ``X(...).widget`` in a notebook shows one."""
