"""Curves and pictures while a training runs, and a button that stops it in good order."""

import threading
import time
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any

import ipywidgets as widgets
from torch import Tensor

from fomm_lite.config import ModelConfig
from fomm_lite.course.explorers.base import as_bytes, encode
from fomm_lite.course.explorers.panels import curves
from fomm_lite.drawing import enlarge, sheet
from fomm_lite.model import FirstOrderModel
from fomm_lite.objective import Terms
from fomm_lite.training import State, TrainingConfig, train

SHOWN = ("reconstruction", "warp", "equivariance_positions", "equivariance_jacobians", "separation")
EVERY = 1.0  # seconds between two drawings
POINTS = 400  # of a curve; beyond, every second one is dropped
PAIRS = 6


class TrainingMonitor:
    """A training in the background: the notebook stays usable, and the stop button is heard.

    Args:
        clips: as for :func:`fomm_lite.training.train`.
        model_config: likewise.
        config: likewise.
        out: likewise; stopping leaves a checkpoint there, from which ``resume=True`` goes on.
        arguments: further arguments of ``train``.

    Attributes:
        widget: what a notebook shows.
        model: the trained model, once it is finished.
    """

    def __init__(
        self,
        clips: Sequence[Tensor],
        model_config: ModelConfig,
        config: TrainingConfig,
        out: Path,
        **arguments: Any,
    ) -> None:
        self._train = lambda: train(
            clips, model_config, config, out, on_step=self.on_step, progress_bar=False, **arguments
        )
        self.model: FirstOrderModel | None = None
        self.curves: dict[str, list[tuple[float, float]]] = {}
        self._stop, self._drawn, self._every = threading.Event(), 0.0, 1
        self._error: Exception | None = None
        self._thread: threading.Thread | None = None
        self.start_button = widgets.Button(description="start")
        self.stop_button = widgets.Button(description="stop", disabled=True)
        self.progress = widgets.FloatProgress(min=0.0, max=1.0)
        self.readout = widgets.HTML("not started")
        self.curves_image = widgets.Image(format="jpeg")
        self.samples_image = widgets.Image(format="jpeg")
        self.start_button.on_click(lambda _: self.start())
        self.stop_button.on_click(lambda _: self.stop())
        head = widgets.HBox([self.start_button, self.stop_button, self.progress])
        self.widget = widgets.VBox([head, self.readout, self.curves_image, self.samples_image])

    def start(self) -> None:
        """Begin, unless it has begun."""
        if self._thread is not None:
            return
        self.start_button.disabled, self.stop_button.disabled = True, False
        self._thread = threading.Thread(target=self._run, name="training", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Ask the training to end after this step, with a checkpoint."""
        self._stop.set()
        self.stop_button.disabled = True

    def join(self) -> FirstOrderModel:
        """Wait for the end.

        Returns:
            The trained model.

        Raises:
            Exception: whatever ended the training early; it stands below the buttons too.
        """
        self.start()
        assert self._thread is not None
        self._thread.join()
        if self._error is not None:
            raise self._error
        assert self.model is not None
        return self.model

    def on_step(self, state: State, terms: Terms) -> None:
        """Take in a step; draw about once a second."""
        if state.step % self._every == 0:
            for name in SHOWN:
                if name in state.losses:
                    self.curves.setdefault(name, []).append((float(state.step), state.losses[name]))
            if any(len(line) > POINTS for line in self.curves.values()):
                self._every *= 2
                self.curves = {name: line[::2] for name, line in self.curves.items()}
        if time.monotonic() - self._drawn > EVERY:
            self._drawn = time.monotonic()
            self._draw(state, terms)
        if self._stop.is_set():
            state.stop = True
            self._draw(state, terms)

    def _draw(self, state: State, terms: Terms) -> None:
        """Curves, pictures and numbers of this moment."""
        self.progress.value = state.progress
        self.readout.value = (
            f"step {state.step}, {state.seconds:.0f} s, {state.step / max(state.seconds, 1e-9):.1f} steps a second"
        )
        self.curves_image.value = encode(as_bytes(curves(self.curves)))
        made = terms.reconstruction
        rows = [
            [enlarge(picture, 96) for picture in pictures[:PAIRS].detach()]
            for pictures in (made.deformed, made.prediction)
        ]
        labels = [""] * len(rows[0])
        picture = sheet(rows, labels, 96, row_labels=["deformed", "prediction"])
        self.samples_image.value = encode(as_bytes(picture))

    def _run(self) -> None:
        """The thread's work: whatever happens is shown."""
        try:
            self.model = self._train()
            said = "stopped; a checkpoint is left" if self._stop.is_set() else "finished"
            self.readout.value += f" ({said})"
        except Exception as error:  # noqa: BLE001 - raised again by join, and shown to who never joins
            self._error = error
            what = " ".join(str(error).split())
            self.readout.value = f'<span style="color:#c03020">{type(error).__name__}: {escape(what)}</span>'
        finally:
            self.stop_button.disabled = True
