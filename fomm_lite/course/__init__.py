"""What only the notebooks need: showing pictures and clips. Nothing in the library imports this package."""

from fomm_lite.course.show import show_clip, show_picture, strip

__all__ = ["show_clip", "show_picture", "strip"]
