"""The self-test of what the course takes for granted: which gaps to close first, and where.

Its questions stand in notebook 00. D2L is *Dive into Deep Learning* (d2l.ai), free and with PyTorch code; its sections
are named by their titles, for their numbers change from edition to edition.
"""

from fomm_lite.course.kit.quiz import Grade, Key, graded

SELF_TEST: tuple[Key, ...] = (
    Key(
        "c",
        "matrices as maps, the right one first: D2L, “Geometry and Linear Algebraic Operations”; "
        "before notebook 02, section 3",
    ),
    Key(
        "b",
        "the inverse of a product: D2L, “Geometry and Linear Algebraic Operations”; before notebook 02, section 4",
    ),
    Key(
        "d",
        "partial derivatives, a row for each output: D2L, “Calculus”; notebook 02, section 2 shows it by differences",
    ),
    Key("a", "the chain rule: D2L, “Calculus”; before notebook 02, section 4"),
    Key("b", "convolution, padding and stride: D2L, “Padding and Stride”; before notebook 03, section 1"),
    Key("d", "broadcasting: D2L, “Data Manipulation”; before notebook 03, section 1"),
    Key("a", "softmax over the places of a map: D2L, “Softmax Regression”; notebook 03, section 1 builds on it"),
    Key("c", "gradients that add up: D2L, “Automatic Differentiation”; before notebook 06, section 4"),
)


def what_to_read(answers: object) -> Grade:
    """Grade the self-test.

    Args:
        answers: one letter a question, as for :func:`fomm_lite.course.kit.quiz.grade`; ``?`` is a gap where others are
            answered.

    Returns:
        The grade; for each gap what to read, and before which notebook it is needed.
    """
    if isinstance(answers, str) and set(answers) != {"?"}:
        answers = answers.replace("?", "-")
    return graded(SELF_TEST, answers, "first read {}")
