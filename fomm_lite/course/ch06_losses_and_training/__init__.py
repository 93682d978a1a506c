"""Notebook 06: what does it learn from?"""
