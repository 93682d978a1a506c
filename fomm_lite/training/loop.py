"""The training loop: pairs from clips, an objective and its opponent, a schedule, resumable at any step.

Device, precision and several processes are accelerate's business. What is kept here is the order of things: draw pairs,
step, now and then show samples and write a checkpoint, and stop in good order when asked to.
"""

import time
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from accelerate import Accelerator, DistributedDataParallelKwargs
from accelerate.state import AcceleratorState
from accelerate.utils import set_seed
from torch import Tensor, nn
from torch.utils.data import DataLoader

from fomm_lite import weights
from fomm_lite.config import ModelConfig
from fomm_lite.errors import InputError
from fomm_lite.files.ahead import ahead
from fomm_lite.model import FirstOrderModel
from fomm_lite.networks.discriminator import Discriminator
from fomm_lite.networks.outline import outlined
from fomm_lite.networks.perceptual import imagenet_vgg19
from fomm_lite.training import checkpoints, progress
from fomm_lite.training.average import Average
from fomm_lite.training.broken_steps import BrokenSteps
from fomm_lite.training.discriminator_step import DiscriminatorObjective, asking_for_no_gradient
from fomm_lite.training.interrupts import finish_step_on_interrupt
from fomm_lite.training.objective import Objective, Terms
from fomm_lite.training.pairs import Numbers, Pairs
from fomm_lite.training.processes import greatest, share_buffers, share_of
from fomm_lite.training.progress import OnStep, State
from fomm_lite.training.random_warp import RandomWarp
from fomm_lite.training.run_lock import alone_in
from fomm_lite.training.sample_sheet import write_sample_sheet
from fomm_lite.training.training_config import TrainingConfig


def train(
    clips: Sequence[Tensor],
    model_config: ModelConfig,
    config: TrainingConfig,
    out: Path,
    *,
    groups: Sequence[Sequence[int]] | None = None,
    samples: Sequence[Tensor] = (),
    resume: bool = False,
    on_step: OnStep | None = None,
    about: dict[str, Any] | None = None,
    progress_bar: bool = True,
    start: FirstOrderModel | None = None,
) -> FirstOrderModel:
    """Train a model; leaves ``model.safetensors``, ``checkpoint.pt``, ``log.jsonl`` and ``samples/`` in ``out``.

    Args:
        clips: training clips, each (t 3 h w) bytes with h = w = ``config.size``.
        model_config: the architecture.
        config: the training.
        out: the run's folder.
        groups: indices of the clips of each identity, as for :class:`~fomm_lite.training.pairs.Pairs`.
        samples: held-out clips whose first pictures are drawn as the run goes.
        resume: go on from the checkpoint in ``out``.
        on_step: called after every step, for curves and stop buttons.
        about: facts to keep in the header of the weights; a run that goes on must have the same.
        progress_bar: show losses, throughput and time left on stderr.
        start: a model of the same architecture whose weights are taken over at the first step.

    Returns:
        The trained model, in evaluation mode.

    Raises:
        InputError: a size the model or a judge of it cannot take, a batch that does not go into the number of
            processes, weights of VGG19 that cannot be had, a folder that holds another run or is in use, nothing to
            resume, a fact in which the run to go on with differs, or two steps in a row without a finite loss and
            gradient.
    """
    config.check_size(model_config)
    with alone_in(Path(out)):
        run = _Run(model_config, config, Path(out), resume, start, {"clips": len(clips), "about": about or {}})
        shown = progress_bar and run.accelerator.is_main_process
        with finish_step_on_interrupt() as interrupted, progress.progress_bar(config, shown) as bar:
            for batch in run.batches(clips, groups):
                terms = run.step(batch)
                if on_step is not None:
                    on_step(run.state, terms)
                progress.show(bar, config, run.state)
                if run.agree(interrupted.signal):
                    run.write(about, samples)
                if run.finished():
                    break
            run.write(about, samples)
        share_buffers(run.accelerator, run.model)
        run.accelerator.wait_for_everyone()  # whoever returns finds the files there
        return run.result().eval()


class _Run:
    """A model, its optimiser and its clock."""

    def __init__(
        self,
        model_config: ModelConfig,
        config: TrainingConfig,
        out: Path,
        resume: bool,
        start: FirstOrderModel | None,
        data: dict[str, Any],
    ) -> None:
        self.config, self.out, self.data, self.state = config, out, data, State()
        self.broken_clips: dict[int, str] = {}  # why, by the clip's index
        AcceleratorState._reset_state()  # else a notebook's second training could not choose another precision
        wrapping = DistributedDataParallelKwargs(find_unused_parameters=not config.weights.look_at_predictions)
        self.accelerator = Accelerator(
            mixed_precision=config.precision, cpu=not torch.cuda.is_available(), kwargs_handlers=[wrapping]
        )
        self.broken = BrokenSteps(self.accelerator)
        self.share = share_of(config.batch_size, self.accelerator.num_processes)
        set_seed(config.seed)
        self.model = self._build(model_config, start)
        self.discriminator = self._build_discriminator()
        features = imagenet_vgg19(config.vgg_weights) if config.weights.perceptual else None
        objective = Objective(self.model, config.weights, features, self.discriminator)
        for size in config.sizes:
            objective.check_size(size)
        self.random = torch.Generator().manual_seed(config.seed)  # alike in all processes: see `step`
        self.parts: dict[str, checkpoints.Stateful] = {"model": self.model, "optimiser": self._optimiser()}
        if self.discriminator is not None:
            rate = config.rate_at(0, config.discriminator_learning_rate)
            judging = torch.optim.Adam(self.discriminator.parameters(), lr=rate, betas=config.betas, fused=True)
            self.parts |= {"discriminator": self.discriminator, "discriminator_optimiser": judging}
        self.average = Average(self.model, config.average) if config.average else None
        if self.average is not None:
            self.parts["average"] = self.average
        if self.accelerator.scaler is not None:
            self.parts["scaler"] = self.accelerator.scaler
        checkpoints.claim(out, resume=resume)
        if resume:
            self.state.step, self.state.seconds = checkpoints.load_checkpoint(
                out, self._facts(), self.parts, self.random
            )
            self.state.progress = config.progress(self.state.step, self.state.seconds)
        self._prepare(objective)
        self.started = time.monotonic() - self.state.seconds
        self.last_checkpoint = time.monotonic()

    def _build(self, config: ModelConfig, start: FirstOrderModel | None) -> FirstOrderModel:
        """The model, its weights drawn or taken over, laid out for speed."""
        outlined(lambda: FirstOrderModel(config))
        model = FirstOrderModel(config)
        if start is not None:
            model.load_state_dict(start.state_dict())
        if self.accelerator.num_processes > 1 and self.accelerator.device.type == "cuda":
            model = nn.SyncBatchNorm.convert_sync_batchnorm(model)  # means of the whole batch, as in the original
        return model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # twice as fast on CPUs

    def _build_discriminator(self) -> Discriminator | None:
        """The opponent, where a term asks for one."""
        if not self.config.weights.adversarial:
            return None
        config = self.model.config

        def build() -> Discriminator:
            return Discriminator(self.config.discriminator, config.num_channels, config.num_keypoints)

        outlined(build)
        return build()

    def _optimiser(self) -> torch.optim.Optimizer:
        """Adam for the model; the keypoint detector is a group of its own only where its rate is another."""
        config, detector = self.config, self.model.detector
        self.peaks = [config.learning_rate]
        groups: list[dict[str, Any]] = [{"params": list(self.model.parameters())}]
        if config.detector_learning_rate is not None:
            others = (self.model.dense_motion, self.model.generator)
            groups = [{"params": [parameter for part in others for parameter in part.parameters()]}]
            if config.detector_learning_rate:
                groups.append({"params": list(detector.parameters())})
                self.peaks.append(config.detector_learning_rate)
            else:
                detector.requires_grad_(False)
        return torch.optim.Adam(groups, lr=config.learning_rate, betas=config.betas, fused=True)

    def _prepare(self, objective: Objective) -> None:
        """Hand everything over to accelerate, which knows the device, the precision and the other processes."""
        prepare, judge = self.accelerator.prepare, None
        if self.accelerator.num_processes > 1:
            # channels-last weights of 1 x 1 convolutions: their gradients are copied once more, and that is all
            warnings.filterwarnings("ignore", message="Grad strides do not match bucket view strides")
        with asking_for_no_gradient(self.discriminator):  # in the model's turn it only judges
            self.objective, self.parts["optimiser"] = prepare(objective, self.parts["optimiser"])
        if self.discriminator is not None:
            judge = DiscriminatorObjective(self.discriminator, self.config.weights.discriminator_gan)
            judge, self.parts["discriminator_optimiser"] = prepare(judge, self.parts["discriminator_optimiser"])
        self.judge = judge
        self.objective.train()

    def _facts(self) -> dict[str, Any]:
        """What makes this run this run, as a checkpoint keeps it."""
        return {"config": self.model.config.to_dict(), "training": asdict(self.config), **self.data}

    def batches(self, clips: Sequence[Tensor], groups: Sequence[Sequence[int]] | None) -> Iterator[Tensor]:
        """Batches of pairs (b 2 3|4 h w) in [0, 1], the same whatever the number of processes."""
        config = self.config
        if self.finished():  # by the clock: the one that counts steps would find none left
            return
        last = config.steps if config.steps is not None else 10**9
        numbers = Numbers(self.state.step * config.batch_size, last * config.batch_size)
        pairs = Pairs(
            clips, seed=config.seed, augmentation=config.augmentation, groups=groups, lively=config.lively,
            regions=config.weights.expression > 0,
        )  # fmt: skip
        loader = self.accelerator.prepare(
            DataLoader(pairs, batch_size=self.share, sampler=numbers, num_workers=config.workers)
        )
        if not config.workers and self.accelerator.num_processes == 1:  # several talk to each other in one order
            loader = ahead(loader, threads=1 if self.accelerator.device.type == "cpu" else None)
        try:
            for batch in loader:
                self._tell_broken(pairs)
                yield batch.float() / 255
        except (InputError, RuntimeError):  # the latter from a process that reads ahead, whatever went wrong in it
            self._tell_broken(pairs)
            pairs.check_any_left()
            raise

    def _tell_broken(self, pairs: Pairs) -> None:
        """List the clips that have turned out to be broken since."""
        for index in pairs.broken():
            if index not in self.broken_clips:
                self.broken_clips[index] = progress.tell_broken(pairs.clips, index)

    def step(self, batch: Tensor) -> Terms:
        """One update of the model, then one of the discriminator."""
        config, state = self.config, self.state
        batch = _shrink(batch, config.size_at(state.progress))
        pictures, region = batch[:, :, :3], batch[:, 1, 3:] if batch.shape[2] > 3 else None
        source, driving = (x.contiguous(memory_format=torch.channels_last) for x in pictures.unbind(1))
        before = [buffer.clone() for buffer in self.model.buffers()]
        with asking_for_no_gradient(self.discriminator):
            terms = self.objective(source, driving, self._warp(batch.device), region)
            done = self._update(terms.total, "optimiser", self.peaks)
        if self.judge is not None and done:
            loss = self.judge(driving, terms.reconstruction.prediction.detach(), terms.kp_driving.positions.detach())
            peak = config.discriminator_learning_rate
            peaks = [config.learning_rate if peak is None else peak]
            done = self._update(loss, "discriminator_optimiser", peaks)
            unweighted = loss.detach() / config.weights.discriminator_gan
            terms = replace(terms, named=terms.named | {"discriminator_gan": unweighted})
        self.broken.settle(done, self.model, before, state)
        if self.average is not None and done:
            self.average.take(self.model)
        state.step += 1
        state.seconds = time.monotonic() - self.started
        state.progress = config.progress(state.step, state.seconds)
        if done:
            state.smooth(terms)
        return terms

    def _warp(self, device: torch.device) -> RandomWarp:
        """The random warps of this process: its share of those of the whole batch.

        All processes draw all of them from generators that stand alike, so that a run does not depend on the number of
        processes, and one state is enough to go on from.
        """
        config, first = self.config, self.accelerator.process_index * self.share
        warp = RandomWarp.sample(
            config.batch_size,
            sigma_affine=config.sigma_affine,
            sigma_tps=config.sigma_tps,
            points_tps=config.points_tps,
            generator=self.random,
            device=device,
        )
        mine = slice(first, first + self.share)
        return replace(warp, theta=warp.theta[mine], control_weights=warp.control_weights[mine])

    def _update(self, loss: Tensor, optimiser: str, peaks: Sequence[float]) -> bool:
        """One step of one optimiser, at the rate of its middle: at its beginning, the first would learn nothing.

        Returns:
            False where loss or gradient are no finite numbers; the weights are then as they were.
        """
        if self.broken.loss(loss):
            return False
        stepped: Any = self.parts[optimiser]
        middle = self.config.progress(self.state.step + 0.5, self.state.seconds)
        for group, peak in zip(stepped.param_groups, peaks, strict=True):
            group["lr"] = self.config.rate_at(middle, peak)
        stepped.zero_grad()
        self.accelerator.backward(loss)
        if self.broken.gradient(stepped):
            stepped.zero_grad()
            return False
        stepped.step()
        return True

    def agree(self, interrupted: int) -> bool:
        """Make all processes see one clock and one wish to stop; whether a checkpoint is due."""
        state, config = self.state, self.config
        due = time.monotonic() - self.last_checkpoint > 60 * config.checkpoint_minutes
        due = due or (config.checkpoint_steps is not None and state.step % config.checkpoint_steps == 0)
        stop, signal, due_anywhere, state.seconds = greatest(
            self.accelerator, state.stop or interrupted > 0, interrupted, due, state.seconds
        )
        state.stop, state.signal, state.progress = bool(stop), int(signal), config.progress(state.step, state.seconds)
        return bool(due_anywhere)

    def finished(self) -> bool:
        return self.state.stop or self.state.progress >= 1

    def write(self, about: dict[str, Any] | None, samples: Sequence[Tensor]) -> None:
        """Checkpoint, weights, a log line and a sheet of samples; by one process only."""
        self.accelerator.wait_for_everyone()
        self.last_checkpoint = time.monotonic()
        if not self.accelerator.is_main_process:
            return
        state, size = self.state, self.config.size_at(self.state.progress)
        checkpoints.save_checkpoint(self.out, self._facts(), self.parts, self.random, state.step, state.seconds)
        facts = {
            "size": size,
            "steps": state.step,
            "minutes": round(state.seconds / 60, 2),
            "finished": state.progress >= 1,
            "training": asdict(self.config),
        }
        facts |= {"broken_clips": list(self.broken_clips.values())} if self.broken_clips else {}
        weights.save(self.result(), self.out / "model.safetensors", about=facts | (about or {}))
        left_out = {"left_out": state.left_out} if state.left_out else {}
        line = {"step": state.step, "seconds": round(state.seconds, 1), **left_out, **state.losses}
        progress.add_line(self.out / "log.jsonl", line)
        if samples:
            pictures = [_shrink(clip[None].float() / 255, size)[0] for clip in samples]
            write_sample_sheet(self.result(), pictures, self.out / "samples" / f"{state.step:06d}.png")
            self.objective.train()

    def result(self) -> FirstOrderModel:
        """What has come out so far."""
        return self.model if self.average is None else self.average.model_like(self.model)


def _shrink(batch: Tensor, size: int) -> Tensor:
    """Average pictures (... 3 h w) down to ``size``."""
    factor = batch.shape[-1] // size
    return batch if factor == 1 else F.avg_pool2d(batch.flatten(0, -4), factor).unflatten(0, batch.shape[:-3])
