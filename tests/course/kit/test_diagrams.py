"""Diagrams are valid SVG with words, and point out what they are asked to."""

from xml.etree import ElementTree

import pytest
from IPython.core.formatters import DisplayFormatter

from fomm_lite.course.kit import diagrams
from fomm_lite.course.kit.show import PagePicture
from fomm_lite.errors import InputError

SVG = "{http://www.w3.org/2000/svg}"
ALL = {
    "pipeline": diagrams.pipeline,
    "through_reference": diagrams.through_reference,
    "equivariance": diagrams.equivariance,
    "backward_warping": diagrams.backward_warping,
    "hourglass": lambda: diagrams.hourglass(32, (3, 32, 64)),
}


def lit(made: PagePicture) -> int:
    return sum(part.get("class") == "lit" for part in ElementTree.fromstring(made.data).iter(f"{SVG}rect"))


@pytest.mark.parametrize("name", ALL)
def test_a_diagram_has_words_inside_and_on_its_page(name: str) -> None:
    made = ALL[name]()
    drawing = ElementTree.fromstring(made.data)
    title, description = (drawing.findtext(f"{SVG}{tag}") for tag in ("title", "desc"))
    assert title and description and made.alt == f"{title}: {description}"
    page = DisplayFormatter().format(made)[0]["text/html"]
    assert page.startswith('<img role="img" alt="') and "data:image/svg+xml;base64," in page
    sizes = [float(text.get("font-size", "0")) for text in drawing.iter(f"{SVG}text")]
    assert min(sizes) * 360 / 720 >= 9  # pixels on a telephone


@pytest.mark.parametrize("part", diagrams.PARTS)
def test_the_pipeline_points_out_a_part(part: str) -> None:
    assert lit(diagrams.pipeline()) == 0 and lit(diagrams.pipeline(part)) == 1
    assert diagrams.pipeline(part).alt.endswith(f"Pointed out: {part}")


def test_unknown_parts_and_sizes_are_refused() -> None:
    with pytest.raises(InputError, match="got head"):
        diagrams.pipeline("head")
    with pytest.raises(InputError, match="got 8 maps"):
        diagrams.hourglass(256, range(8))
