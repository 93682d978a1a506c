"""Notebook 05: what if the source does not show it?"""
