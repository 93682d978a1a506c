"""Curves and pictures while a training runs, and a button that stops it in good order."""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

import ipywidgets as widgets
import torch
from IPython.display import Image
from torch import Tensor

from fomm_lite.config import ModelConfig
from fomm_lite.course.ch06_losses_and_training.live import Lines, pictures_of, shown_losses
from fomm_lite.course.kit.explorer import in_words
from fomm_lite.course.kit.panel_view import encode, picture_box
from fomm_lite.course.kit.panels import CHART, curves
from fomm_lite.course.kit.sheets import Sheet
from fomm_lite.course.kit.show import as_bytes
from fomm_lite.errors import InputError
from fomm_lite.media.draw import enlarge
from fomm_lite.model import FirstOrderModel
from fomm_lite.training import State, TrainingConfig, train
from fomm_lite.training.checkpoints import NAME as CHECKPOINT
from fomm_lite.training.objective import Terms

_AT_WORK: dict[Path, "TrainingMonitor"] = {}  # the last that trained into a folder: a cell run twice makes two of them
EVERY = 1.0  # seconds between two drawings
PAIRS = 6
SIDE = 80  # of a picture, in pixels of the page


class TrainingMonitor:
    """A training in the background: the notebook stays usable, and the stop button is heard.

    What was stopped is gone on with by another start. So is what an earlier monitor of this kernel left in the same
    folder, which is stopped first where it still trains: a cell that is run twice does not train twice.

    Args:
        clips: as for :func:`fomm_lite.training.loop.train`.
        model_config: likewise.
        config: likewise.
        out: likewise; stopping leaves a checkpoint there, from which another start goes on.
        arguments: further arguments of ``train``; ``resume=True`` goes on from what another kernel left.

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
        self._out = Path(out).resolve()
        resume = arguments.pop("resume", False)
        self._train: Callable[[bool], FirstOrderModel] = lambda again: train(
            clips,
            model_config,
            config,
            out,
            resume=resume or again,
            on_step=self.on_step,
            progress_bar=False,
            **arguments,
        )
        self.model: FirstOrderModel | None = None
        self._losses = Lines()
        self._rows: dict[str, Tensor] = {}
        self._stop, self._drawn = threading.Event(), 0.0
        self._error: Exception | None = None
        self._thread: threading.Thread | None = None
        self.start_button = widgets.Button(description="start")
        self.stop_button = widgets.Button(description="stop", disabled=True)
        self.progress = widgets.FloatProgress(min=0.0, max=1.0)
        self.readout = widgets.HTML("not started")
        self.curves_image, self.samples = picture_box(CHART[0] // 2), widgets.HTML()
        self.start_button.on_click(lambda _: self.start())
        self.stop_button.on_click(lambda _: self.stop())
        head = widgets.HBox([self.start_button, self.stop_button, self.progress])
        self.widget = widgets.VBox([head, self.readout, self.curves_image, self.samples])

    @property
    def curves(self) -> dict[str, list[tuple[int, float]]]:
        """Losses over steps, thinned out: name -> (step, value)."""
        return self._losses.lines

    def start(self) -> None:
        """Begin, or go on after a stop; nothing happens while it trains, nor once it is finished."""
        ended_early = self._stop.is_set() or self._error is not None
        if self._thread is not None and (self._thread.is_alive() or not ended_early):
            return
        before = _AT_WORK.get(self._out)
        _AT_WORK[self._out] = self
        self._stop.clear()
        self._error = None
        self.start_button.disabled, self.stop_button.disabled = True, False
        self._thread = threading.Thread(target=self._run, args=(before,), name="training", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Ask the training to end after this step, with a checkpoint."""
        self._stop.set()
        self.stop_button.disabled = True

    def join(self) -> FirstOrderModel:
        """Wait for the end; starts what was never started. An interrupt stops the training, with a checkpoint.

        Returns:
            The trained model.

        Raises:
            Exception: whatever ended the training early; it stands below the buttons too.
        """
        if self._thread is None:
            self.start()
        assert self._thread is not None
        try:
            self._thread.join()
        except KeyboardInterrupt:
            self.stop()
            self._thread.join()
            raise
        if self._error is not None:
            raise self._error
        assert self.model is not None
        return self.model

    def figure(self, alt: str) -> Image:
        """Curves and pictures as they are, for pages without a kernel.

        Args:
            alt: what they show, in words.

        Raises:
            InputError: nothing is drawn yet.
        """
        if not self._rows:
            raise InputError("got a training of which nothing is drawn yet", "one that runs", "start it, and wait")
        return self._sheet(alt, {"losses": curves(self.curves)})

    def on_step(self, state: State, terms: Terms) -> None:
        """Take in a step; draw about once a second."""
        self._losses.add(state.step, shown_losses(state))
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
        self._rows = {
            name: torch.cat([enlarge(each.cpu(), 2 * SIDE) for each in images], dim=2)
            for name, images in pictures_of(terms, PAIRS).items()
        }
        self.curves_image.value = encode(as_bytes(curves(self.curves)))
        self.samples.value = self._sheet("pairs of this step and what the model makes of them")._repr_html_()

    def _sheet(self, alt: str, above: Mapping[str, Tensor] = MappingProxyType({})) -> Sheet:
        """The pairs in rows of one picture each, below others."""
        return Sheet([(name, [("", picture)]) for name, picture in (*above.items(), *self._rows.items())], alt)

    def _run(self, before: "TrainingMonitor | None") -> None:
        """The thread's work: whatever happens is shown.

        Args:
            before: who trained into this folder last.
        """
        try:
            if before is not None and before is not self and before._thread is not None:
                before.stop()
                self.readout.value = "waiting for the training that this cell began before"
                before._thread.join()
            self.model = self._train(before is not None and (self._out / CHECKPOINT).is_file())
            said = "stopped; a checkpoint is left, start goes on" if self._stop.is_set() else "finished"
            self.readout.value += f" ({said})"
        except Exception as error:  # noqa: BLE001 - raised again by join, and shown to who never joins
            self._error = error
            _AT_WORK.pop(self._out)
            if before is not None:
                _AT_WORK[self._out] = before
            self.readout.value = in_words(error)
        finally:
            self.stop_button.disabled = True
            self.start_button.disabled = self._error is None and not self._stop.is_set()
