"""Notebook 09: how do we tell?"""
