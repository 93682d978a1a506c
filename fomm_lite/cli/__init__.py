"""The command ``fomm-lite``."""
