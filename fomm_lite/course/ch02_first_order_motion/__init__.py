"""Notebook 02: why is a jacobian enough?"""
