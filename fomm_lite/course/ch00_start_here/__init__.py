"""Notebook 00: what does it do?"""
