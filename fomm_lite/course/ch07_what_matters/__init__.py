"""Notebook 07: which part does the work?"""
