"""Notebook 01: how were faces swapped before FOMM?"""
