"""Train the judges of the drawn worlds, measure them on identities they never saw, ship them with their cards.

    python scripts/train_judges.py [faces] [puppets] [--minutes 10] [--out assets/weights]

A judge learns three things at once from true answers: where each landmark is, whether it is there to be seen (pieces of
the pictures are painted over to teach that), and who is in the picture, whatever the background and the pose.
"""

import argparse
import time
from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor

from fomm_lite.evaluation.judges import SIDE, Judge, Opinion, save_judge
from fomm_lite.forensics import auc
from fomm_lite.geometry import coordinate_grid
from fomm_lite.worlds import WORLDS, seeds
from fomm_lite.worlds.clip import render

WEIGHTS = Path(__file__).resolve().parent.parent / "assets" / "weights"
CLIPS, FRAMES, STRIDE = 2000, 6, 5
PEOPLE = 24  # of each batch, two pictures of each
SHARPNESS = 10.0  # of the contest between identities
SPREAD = 1.5 * 2 / 31  # of the target around a landmark, one and a half cells of the confidence map
HELD_OUT = 100  # clips


@dataclass(frozen=True)
class Lessons:
    """Drawn clips as bytes with their answers: pictures, landmarks, where the background shows, and all of it."""

    pictures: Tensor  # (n t 3 h w)
    landmarks: Tensor  # (n t k 2)
    behind: Tensor  # (n t 1 h w), share of the background
    backgrounds: Tensor  # (n 3 h w)


@dataclass(frozen=True)
class Batch:
    """Pictures of people, two of each in a row, and what is to be said about them."""

    pictures: Tensor  # (b 3 h w)
    landmarks: Tensor  # (b k 2)
    present: Tensor  # (b k), 1 there, 0 not, NaN where nobody should be asked


def draw(world: str, split: str, count: int, size: int = SIDE) -> Lessons:
    """Draw the lessons."""
    parts: list[tuple[Tensor, ...]] = []
    for seed in seeds(split, count):
        clip = WORLDS[world](seed, frames=FRAMES, size=size, stride=STRIDE)
        behind = clip.part_masks[:, :1]
        background = render(clip.parts[:1], 1, size)[0]
        parts.append((as_bytes(clip.frames), clip.landmarks, as_bytes(behind), as_bytes(background)))
    return Lessons(*(torch.stack(column) for column in zip(*parts, strict=True)))


def as_bytes(pictures: Tensor) -> Tensor:
    """Pictures in [0, 1] in a quarter of the memory."""
    return (pictures * 255).round().to(torch.uint8)


def take(lessons: Lessons, random: torch.Generator) -> Batch:
    """A batch: half of the pictures on another's background, half of them partly painted over, some blurred."""
    clips = torch.randperm(len(lessons.pictures), generator=random)[:PEOPLE].repeat_interleave(2)
    frames = torch.rand(PEOPLE, FRAMES, generator=random).argsort(1)[:, :2].flatten()
    pictures = lessons.pictures[clips, frames].float() / 255
    behind = lessons.behind[clips, frames].float() / 255
    others = lessons.backgrounds[torch.randint(len(lessons.backgrounds), (len(clips),), generator=random)].float() / 255
    elsewhere = (torch.rand(len(clips), 1, 1, 1, generator=random) < 0.5).float() * behind
    pictures = pictures + elsewhere * (others - lessons.backgrounds[clips].float() / 255)
    landmarks = lessons.landmarks[clips, frames]
    inside = (landmarks.abs() <= 1).all(-1).float()
    coarse = F.interpolate(F.avg_pool2d(pictures, 2), scale_factor=2.0, mode="bilinear", align_corners=False)
    blurred = torch.rand(len(clips), 1, 1, 1, generator=random) < 0.3
    pictures = torch.where(blurred, coarse, pictures).clamp(0, 1)
    return paint_over(Batch(pictures, landmarks, inside), others, random)


def paint_over(batch: Batch, others: Tensor, random: torch.Generator) -> Batch:
    """Lose up to three landmarks of every second picture under a round patch of something else.

    What is well under a patch is not there, what is well outside is, and what is near its edge is not asked about.
    """
    pictures, present = batch.pictures, batch.present.clone()
    count, points = present.shape
    grid = coordinate_grid(SIDE, SIDE)
    for _ in range(3):
        centre = batch.landmarks[torch.arange(count), torch.randint(points, (count,), generator=random)]
        centre = centre + 0.06 * torch.randn(count, 2, generator=random)
        radius = 0.16 + 0.2 * torch.rand(count, generator=random)
        radius = radius * (torch.rand(count, generator=random) < 0.3)
        patch = ((grid - centre[:, None, None]).norm(dim=-1) < radius[:, None, None]).float()[:, None]
        # another's background, one colour of the picture, or a smear of what is there
        smear = F.interpolate(F.avg_pool2d(pictures, 16), scale_factor=16.0, mode="bilinear", align_corners=False)
        colour = pictures.mean((2, 3), keepdim=True).expand_as(pictures)
        kind = torch.randint(3, (count, 1, 1, 1), generator=random)
        cover = torch.where(kind == 0, others, torch.where(kind == 1, colour, smear))
        pictures = pictures + patch * (cover - pictures)
        distance = (batch.landmarks - centre[:, None]).norm(dim=-1) / radius[:, None].clamp(min=1e-6)
        present = torch.where(distance < 0.7, 0.0, torch.where(distance < 1.3, present * torch.nan, present))
    return Batch(pictures, batch.landmarks, present)


def loss_of(opinion: Opinion, batch: Batch) -> Tensor:
    """Places, presence and identity, each worth about as much."""
    there = batch.present == 1
    height, width = opinion.confidence_maps.shape[2:]
    offsets = coordinate_grid(height, width) - batch.landmarks[:, :, None, None]
    target = (-offsets.square().sum(-1) / (2 * SPREAD**2)).flatten(2).softmax(2)
    surprise = -(target * opinion.confidence_maps.flatten(2).clamp(min=1e-8).log()).sum(2)
    distance = (opinion.positions - batch.landmarks).norm(dim=-1)
    asked = ~batch.present.isnan()
    presence = F.binary_cross_entropy_with_logits(opinion.presence[asked], batch.present[asked])
    first, second = opinion.embeddings.view(PEOPLE, 2, -1).unbind(1)
    likeness, people = SHARPNESS * first @ second.T, torch.arange(PEOPLE)
    identity = F.cross_entropy(likeness, people) + F.cross_entropy(likeness.T, people)
    return 0.3 * surprise[there].mean() + 10 * distance[there].mean() + presence + 0.3 * identity


def train(world: str, minutes: float) -> tuple[Judge, int]:
    """A judge after so many minutes, drawing of the lessons included, and the steps that it took.

    The minutes are the processor's, so that a busy machine makes no worse a judge.
    """
    torch.manual_seed(0)
    random = torch.Generator().manual_seed(0)
    started = time.process_time()
    lessons = draw(world, "train", CLIPS)
    print(f"{world}: {CLIPS} clips drawn in {time.process_time() - started:.0f} s", flush=True)
    names = WORLDS[world](0, frames=1, size=16).landmark_names
    judge = Judge(names).to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch's stubs lack it
    optimizer = torch.optim.AdamW(judge.parameters(), weight_decay=1e-2)
    step = 0
    while (share := (time.process_time() - started) / (60 * minutes)) < 1:
        for group in optimizer.param_groups:
            group["lr"] = 3e-3 * min(1.0, (step + 1) / 100, 3 * (1 - share) + 0.003)
        batch = take(lessons, random)
        loss = loss_of(judge(batch.pictures), batch)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        step += 1
        if step % 200 == 0:
            print(f"{world}: step {step}, {share:.0%} of the time, loss {float(loss):.3f}", flush=True)
    return judge.eval(), step


def measure(judge: Judge, world: str) -> dict[str, float]:
    """Numbers on identities that no training saw."""
    numbers = {}
    for size in (SIDE, 4 * SIDE):
        lessons = draw(world, "test", HELD_OUT if size == SIDE else HELD_OUT // 4, size)
        pictures, truth = lessons.pictures.flatten(0, 1).float() / 255, lessons.landmarks.flatten(0, 1)
        found = judge.landmarks(pictures)
        inside = (truth.abs() <= 1).all(-1)
        distance = (found.positions - (truth + 1) * (size - 1) / 2).norm(dim=-1)
        numbers[f"landmark_error_{size}"] = float(distance[inside].mean())
        numbers[f"landmark_error_p95_{size}"] = float(distance[inside].quantile(0.95))
        numbers[f"missed_{size}"] = float((~found.present)[inside].double().mean())
        vectors = judge.embed(pictures).view(len(lessons.pictures), FRAMES, -1)
        apart = torch.cdist(vectors[:, 0], vectors[:, -1])
        own = torch.eye(len(apart), dtype=torch.bool)
        numbers[f"auc_{size}"] = auc(apart[own], apart[~own])  # how often people are further apart than pictures of one
        numbers[f"same_distance_{size}"] = float(apart[own].mean())
        numbers[f"other_distance_{size}"] = float(apart[~own].mean())
    lessons, random = draw(world, "test", HELD_OUT), torch.Generator().manual_seed(1)
    batches = [take(lessons, random) for _ in range(20)]
    found_there = torch.cat([judge.landmarks(batch.pictures).present for batch in batches])
    present = torch.cat([batch.present for batch in batches])
    inside = torch.cat([(batch.landmarks.abs() <= 1).all(-1) for batch in batches])
    numbers["covered_noticed"] = float((~found_there)[(present == 0) & inside].double().mean())
    numbers["uncovered_missed"] = float((~found_there)[present == 1].double().mean())
    return numbers


def card(name: str, world: str, facts: dict[str, float], size: int, minutes: float, steps: int) -> str:
    """The judge's card, in Markdown."""

    def both(key: str, digits: int = 3, factor: float = 1, unit: str = "") -> str:
        return " | ".join(f"{factor * facts[f'{key}_{side}']:.{digits}f}{unit}" for side in (SIDE, 4 * SIDE))

    return f"""# {name}

Finds the landmarks of the drawn world `{world}` and tells its identities apart, for AKD, MKR and AED of
`fomm-lite evaluate`. {size / 1e6:.2f} MB in half precision. Made by `python scripts/train_judges.py {world}` on one
thread of a CPU, in at most {minutes:.0f} minutes: {steps} steps of {2 * PEOPLE} pictures, of {CLIPS} identities with
training seeds.

## Numbers

On true pictures of {HELD_OUT} identities that it never saw (`seeds("test", {HELD_OUT})`; a quarter of them at
{4 * SIDE} pixels). The landmark error is the floor of AKD, and the share missed that of MKR: a perfect model is
measured at about these. AED of a perfect model is 0; how far apart pictures of one person and of two are gives it a
scale.

| pictures | {SIDE} px | {4 * SIDE} px |
|---|---|---|
| landmark error, mean | {both("landmark_error", 2, 1, " px")} |
| landmark error, 95 of 100 below | {both("landmark_error_p95", 2, 1, " px")} |
| landmarks in the picture missed | {both("missed", 2, 100, " %")} |
| same or different identity, area under the curve | {both("auc", 4)} |
| distance of embeddings, same identity | {both("same_distance")} |
| distance of embeddings, different identities | {both("other_distance")} |

Of landmarks that were painted over {facts["covered_noticed"]:.0%} are reported missing, and
{facts["uncovered_missed"]:.1%} of the others in the same pictures.

It knows nothing but drawn {world}: on photographs its answers mean nothing.
"""


def main() -> None:
    """Train and ship what was asked for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("worlds", nargs="*", metavar="WORLD", help="faces, puppets; by default both")
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--out", type=Path, default=WEIGHTS)
    arguments = parser.parse_args()
    unknown = [world for world in arguments.worlds if world not in WORLDS]
    if unknown:
        parser.error(f"got {', '.join(unknown)}; expected some of {', '.join(WORLDS)}")
    torch.set_num_threads(1)
    for world in arguments.worlds or WORLDS:
        judge, steps = train(world, arguments.minutes)
        numbers = measure(judge, world)
        facts = {"world": world, "minutes": arguments.minutes, "steps": steps, **numbers}
        path = save_judge(judge, arguments.out / f"judge-{world}.safetensors", about=facts)
        text = card(path.stem, world, numbers, path.stat().st_size, arguments.minutes, steps)
        path.with_suffix(".md").write_text(text, encoding="utf-8")
        print(text, flush=True)


if __name__ == "__main__":
    main()
