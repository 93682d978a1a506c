"""Notebook 12: questions that the other notebooks left open, each measured."""
