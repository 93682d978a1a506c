"""Notebook 10: what changes at full size?"""
