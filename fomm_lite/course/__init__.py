"""What only the notebooks need: pictures and clips, figures, exercises. Nothing in the library imports this package."""

from fomm_lite.course.kit import checks
from fomm_lite.course.kit.budget import budget
from fomm_lite.course.kit.predict import predict
from fomm_lite.course.kit.sheets import picture_sheet, strip
from fomm_lite.course.kit.show import show_clip, show_film, show_picture

__all__ = ["budget", "checks", "picture_sheet", "predict", "show_clip", "show_film", "show_picture", "strip"]

from fomm_lite.files.cores import choose_threads

choose_threads()  # a notebook beside another job: threads that wait for each other would make it five times slower
