"""Figures of the notebooks: one module each, all in the style of :mod:`fomm_lite.course.figures.style`."""
