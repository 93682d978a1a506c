"""Data sets on disk: folders of clips in the official layout, lists of pairs, and a check before hours are spent."""
