"""No exercise is solved by a line that is printed above it.

Every expression of the cells above an exercise is tried as its answer: with its own names, and with the names that it
uses replaced by the exercise's, in every way (lines of more than three unknown names with their own only); and so is
every function defined there.
"""

import ast
import builtins
import contextlib
import copy
import io
import re
from collections.abc import Iterator
from itertools import permutations
from pathlib import Path
from typing import Any

import nbformat
import pytest
import torch

from fomm_lite.course import checks
from fomm_lite.course.kit.compare import difference
from fomm_lite.course.kit.exercise import Exercise
from fomm_lite.geometry import coordinate_grid

FOLDER = Path(__file__).resolve().parents[2] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("[0-9][0-9]_*.ipynb"))
MOST_RENAMED = 3  # a line of more names is tried with its own only
SHOWS = re.compile(r"\b(figures|checks|print|picture_row|Explorer|explorer)\b")  # what is looked at is no answer
# what notebooks call everywhere by these names
USUAL = {
    "grid": lambda *given: coordinate_grid(*_pictures(given)[-2:], dtype=given[0].dtype),
    "height": lambda *given: _pictures(given)[-2],
    "width": lambda *given: _pictures(given)[-1],
    "eye": lambda *given: torch.eye(2, dtype=given[0].dtype),
}


def _pictures(given: tuple[Any, ...]) -> tuple[int, ...]:
    """The shape of the first thing that has rows and columns."""
    return next(tuple(each.shape) for each in given if getattr(each, "ndim", 0) >= 2)


def parsed(source: str) -> list[ast.stmt]:
    """The statements of a cell, without IPython's own."""
    return ast.parse("\n".join(line for line in source.splitlines() if not line.lstrip().startswith(("%", "!")))).body


def checked(statements: list[ast.stmt]) -> tuple[str, list[str]] | None:
    """Name and parameters of the exercise that a cell asks for."""
    last = statements[-1] if statements else None
    if not (isinstance(last, ast.Expr) and isinstance(last.value, ast.Call)):
        return None
    function = last.value.func
    if not (isinstance(function, ast.Attribute) and ast.unparse(function.value) == "checks"):
        return None
    if function.attr not in checks.exercises():
        return None
    stub = next((each for each in statements if isinstance(each, ast.FunctionDef)), None)
    return function.attr, [each.arg for each in stub.args.args] if stub else []


class Places(ast.NodeTransformer):
    """Makes one name of each place that holds something: ``found.positions[0, k]`` is as good as a name.

    Attributes:
        free: the names that stand for something unknown.
    """

    def __init__(self, known: dict[str, Any]) -> None:
        self.known = known.keys() | vars(builtins).keys()
        self.free: set[str] = set()

    def visit(self, node: ast.AST) -> Any:
        """Replace what is a place, look into all else."""
        if isinstance(node, ast.Name) and node.id not in self.known:
            self.free.add(node.id)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):  # a method is no place
            node.func.value = self.visit(node.func.value)
            node.args = [self.visit(each) for each in node.args]
            for keyword in node.keywords:
                keyword.value = self.visit(keyword.value)
            return node
        elif self._place(node):
            name = re.sub(r"\W+", "_", ast.unparse(node))
            self.free.add(name)
            return ast.Name(name, ast.Load())
        return self.generic_visit(node)

    def _place(self, node: ast.AST) -> bool:
        if isinstance(node, ast.Attribute):
            root = isinstance(node.value, ast.Name) and node.value.id not in self.known
            of_tensors = hasattr(torch.Tensor, node.attr) and not callable(getattr(torch.Tensor, node.attr))
            return (root or self._place(node.value)) and not of_tensors
        if isinstance(node, ast.Subscript):
            index = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
            plain = all(
                isinstance(each, ast.Name) or type(getattr(each, "value", None)) in (int, str) for each in index
            )
            root = isinstance(node.value, ast.Name) and node.value.id not in self.known
            return plain and (root or self._place(node.value))
        return False


class Notebook:
    """What cells above an exercise offer.

    Attributes:
        known: modules imported and functions defined so far.
        functions: names of those defined.
        expressions: every expression of more than a name.
    """

    def __init__(self) -> None:
        self.known: dict[str, Any] = {}
        self.functions: list[str] = []
        self.expressions: dict[str, ast.expr] = {}

    def read(self, statements: list[ast.stmt]) -> None:
        """Take in a cell."""
        for statement in statements:
            alias = isinstance(statement, ast.Assign) and re.fullmatch("[A-Z][a-z]+", ast.unparse(statement.targets[0]))
            if alias or isinstance(statement, ast.Import | ast.ImportFrom | ast.FunctionDef):
                exec(compile(ast.Module([statement], []), "cell", "exec"), self.known)  # noqa: S102
            if isinstance(statement, ast.FunctionDef):
                self.functions.append(statement.name)
            for node in ast.walk(statement):
                stored = isinstance(getattr(node, "ctx", None), ast.Store)
                if isinstance(node, ast.BinOp | ast.Call | ast.Subscript | ast.UnaryOp) and not stored:
                    self.expressions.setdefault(ast.unparse(node), node)

    def answers(self, parameters: list[str]) -> Iterator[tuple[str, Any]]:
        """Everything above as a function of the exercise's parameters."""
        for name in self.functions:
            yield f"def {name}", self.known[name]
        for text, node in self.expressions.items():
            places = Places(self.known)
            body = places.visit(copy.deepcopy(node))
            free = sorted(places.free - (set(USUAL) - set(parameters)))  # what the exercise gives is the exercise's
            own = set(free) <= set(parameters)
            if not free or len(free) > len(parameters) or SHOWS.search(text) or (len(free) > MOST_RENAMED and not own):
                continue
            code = compile(ast.fix_missing_locations(ast.Expression(body)), "cell", "eval")
            for chosen in [free] if own else permutations(parameters, len(free)):
                for lift in (False, True):
                    yield text, self._answer(code, dict(zip(chosen, free, strict=True)), parameters, lift)

    def _answer(self, body: Any, names: dict[str, str], parameters: list[str], lift: bool) -> Any:
        def answer(*given: Any) -> Any:
            local = dict(zip(parameters, given, strict=False))
            bound = {names[each]: local[each] for each in names}
            if lift:  # in notebooks tensors often have a first axis more
                bound = {each: value[None] if hasattr(value, "ndim") else value for each, value in bound.items()}
            helpers = {each: USUAL[each](*bound.values()) for each in USUAL.keys() & set(body.co_names) - bound.keys()}
            found = eval(body, {**self.known, **helpers, **bound})  # noqa: S307
            return found[0] if lift else found

        return answer


def passing(exercise: Exercise, above: Notebook, parameters: list[str]) -> list[str]:
    """The lines above that would pass as an answer."""
    first = exercise.cases()[0]
    expected = exercise.use(exercise.reference)(*exercise._fresh(first))
    parts = list(expected) if isinstance(expected, tuple) else []
    found, told = [], {}  # of several things asked for, which line gives which
    for text, answer in above.answers(parameters):
        if text in found:
            continue
        with contextlib.redirect_stdout(io.StringIO()):
            output, _ = exercise._run(answer, first)
            if difference(output, expected, exercise.relative) is None and exercise(answer).passed:
                found.append(text)
            for number, part in enumerate(parts):
                if number not in told and difference(output, part, exercise.relative) is None:
                    told[number] = text
    return found or (list(told.values()) if parts and len(told) == len(parts) else [])


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
@pytest.mark.filterwarnings("ignore")
def test_no_line_above_an_exercise_passes_it(path: Path) -> None:
    above, solved = Notebook(), {}
    for cell in nbformat.read(path, 4).cells:
        if cell.cell_type != "code":
            continue
        statements = parsed(cell.source)
        asked = checked(statements)
        if asked is None:
            above.read(statements)
            continue
        name, parameters = asked
        if parameters and (found := passing(checks.exercises()[name], above, parameters)):
            solved[name] = found
    assert not solved


def test_a_line_above_is_found_whatever_its_names_are() -> None:
    above = Notebook()
    above.read(parsed("import torch\nmixture = (m[..., None] * motion_list).sum(0)\nlooked = motion_list[m]"))
    exercise = checks.exercises()["mix_motions"]
    assert passing(exercise, above, ["masks", "motions"]) == ["(m[..., None] * motion_list).sum(0)"]
    assert passing(checks.exercises()["motion_at"], above, ["z", "s", "A", "d", "B"]) == []


def test_a_line_of_two_answers_and_of_fields_is_found() -> None:
    above = Notebook()
    above.read(parsed("import torch\nshift = s + d_t - d_0\nturn = B_t @ torch.linalg.inv(B_0) @ A"))
    asked = ["s", "A", "d_t", "B_t", "d_0", "B_0"]
    found = passing(checks.exercises()["relative_keypoints"], above, asked)
    assert found == ["s + d_t - d_0", "B_t @ torch.linalg.inv(B_0) @ A"]
    above = Notebook()
    above.read(parsed("by_matrices = (x - linear.mean) @ linear.basis.T @ linear.basis + linear.mean"))
    exercise = checks.exercises()["linear_autoencoder"]
    assert passing(exercise, above, ["pictures", "mean", "basis"]) == [
        "(x - linear.mean) @ linear.basis.T @ linear.basis + linear.mean"
    ]
    above = Notebook()
    above.read(parsed('ratio = found["l1"].sum() / found["copy"].sum()'))
    assert passing(checks.exercises()["held_out_ratio"], above, ["l1", "copy_l1"])


def test_a_line_with_one_axis_more_and_a_function_are_found() -> None:
    above = Notebook()
    above.read(parsed("from fomm_lite import geometry\npoints = geometry.soft_argmax(maps)"))
    above.read(parsed("def mean(m):\n    return geometry.soft_argmax(m[None])[0]"))
    found = passing(checks.exercises()["soft_argmax"], above, ["confidence"])
    assert found == ["def mean", "geometry.soft_argmax(maps)", "geometry.soft_argmax(m[None])[0]"]
