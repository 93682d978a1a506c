"""Notebook 08: what makes a film good or bad?"""
