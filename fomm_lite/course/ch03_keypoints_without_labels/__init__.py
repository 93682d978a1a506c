"""Notebook 03: who tells it where the nose is?"""
