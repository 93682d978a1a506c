"""How notebooks are stored: run from top to bottom, without what only a kernel can show, or left as they were."""

from pathlib import Path

import nbformat
import pytest

from scripts import store_notebooks

BARE = "from IPython.display import HTML\nHTML('<img src=\"face.png\">')"
WIDGET = "import ipywidgets\nipywidgets.IntSlider(description='steps')"


def write(path: Path, *cells: str) -> Path:
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(notebook, path)
    return path


def test_outputs_are_stored_and_widgets_left_out(tmp_path: Path) -> None:
    path = write(tmp_path / "00_new.ipynb", "print(6 * 7)", WIDGET)
    store_notebooks.main([str(path)])
    said, widget = nbformat.read(path, 4).cells
    assert said.outputs[0]["text"] == "42\n" and (said.execution_count, widget.execution_count) == (1, 2)
    assert widget.outputs == []
    assert not {"execution", "widgets"} & (set(said.metadata) | set(nbformat.read(path, 4).metadata))


@pytest.mark.parametrize(
    "cell", ["1 / 0", "import warnings\nwarnings.warn('odd')", BARE], ids=["error", "warning", "no words"]
)
def test_a_notebook_that_does_not_run_cleanly_stays_as_it_was(tmp_path: Path, cell: str) -> None:
    path = write(tmp_path / "00_bad.ipynb", "print('fine')", cell)
    before = path.read_bytes()
    with pytest.raises(SystemExit, match="00_bad"):
        store_notebooks.main([str(path)])
    assert path.read_bytes() == before
    assert [each.name for each in tmp_path.iterdir()] == ["00_bad.ipynb"]
