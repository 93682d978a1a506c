"""Files: written whole or not at all, and those that are shipped."""
