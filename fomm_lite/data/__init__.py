"""What goes in and out: drawn worlds, media files, data folders, training pairs."""
