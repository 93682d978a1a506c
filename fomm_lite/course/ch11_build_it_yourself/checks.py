"""Exercises and quiz of notebook 11: every block of the model, with the library's weights in it."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from fomm_lite import geometry
from fomm_lite.course.ch11_build_it_yourself import borrowed, recipe
from fomm_lite.course.ch11_build_it_yourself import mistakes as wrong
from fomm_lite.course.ch11_build_it_yourself.borrowed import K, scattered
from fomm_lite.course.ch11_build_it_yourself.from_positions import FROM_POSITIONS
from fomm_lite.course.kit.exercise import Case, Exercise, Mistake, seeded
from fomm_lite.course.kit.quiz import Key
from fomm_lite.training import losses
from fomm_lite.training.random_warp import RandomWarp

EXACT = 1e-5  # same weights in, same numbers out
SIZES = (("a square picture", 32), ("a wide one", 16), ("a tall one", 64))  # all are 32 wide


def as_module(answer: Any) -> Callable[..., Any]:
    """A class of modules as a function of its arguments, the library's part with the weights, and the inputs."""

    def run(arguments: tuple[Any, ...], part: nn.Module, *inputs: Any) -> Any:
        module = answer(*arguments)
        module.load_state_dict(part.state_dict())
        with torch.no_grad():
            return module.eval()(*inputs)

    return run


def _pictures(count: int, height: int, seed: int) -> Tensor:
    return torch.rand(count, 3, height, 32, generator=seeded(seed))


def _described(count: int, seed: int) -> borrowed.Described:
    random = seeded(seed)
    positions = 1.2 * torch.rand(count, K, 2, generator=random) - 0.6
    return positions, torch.eye(2) + 0.3 * torch.randn(count, K, 2, 2, generator=random)


def _hourglass_cases() -> list[Case]:
    return [
        Case(name, ((inputs,), scattered(borrowed.Hourglass(inputs), inputs), torch.rand(2, inputs, height, 32)))
        for (name, height), inputs in zip(SIZES, (3, 16, 5), strict=True)
    ]


HOURGLASS = Exercise(
    name="hourglass",
    reference=borrowed.Hourglass,
    cases=lambda: _repeatable(_hourglass_cases),
    mistakes=[
        Mistake("the skip put in front", wrong.SkipFirst, "What came up stands first, the skip behind it."),
        Mistake("nearest neighbours", wrong.Nearest, "`double` interpolates bilinearly."),
        Mistake("doubled before the block", wrong.DoubleFirst, "First the block on the small map, which is cheaper."),
    ],
    hints=[
        "On the way down keep a list: the input, then what each block returns.",
        "skips.pop() gives the deepest one first, then the one above it; join along dim=1.",
    ],
    relative=EXACT,
    use=as_module,
)


DETECTOR = Exercise(
    name="keypoint_detector",
    reference=borrowed.Detector,
    cases=lambda: _repeatable(
        lambda: [
            Case(name, ((), scattered(borrowed.Detector(), height), _pictures(2, height, height)))
            for name, height in SIZES
        ]
    ),
    mistakes=[
        Mistake("the temperature forgotten", wrong.Warm, "Scores are divided by 0.1 before the softmax."),
        Mistake("softmax over keypoints", wrong.Rivals, "Places compete, keypoints do not: flatten(2), softmax(2)."),
        Mistake("(y, x) instead of (x, y)", wrong.RowsFirst, "The last axis of coordinate_grid is (x, y) already."),
        Mistake(
            "plain mean of the jacobian maps", wrong.PlainMean, "Read them under the confidence map, as the positions."
        ),
        Mistake(
            "jacobians transposed", wrong.Transposed, "The four channels of a keypoint are xx, xy, yx, yy: row first."
        ),
    ],
    hints=[
        "features, scores, softmax over places; then two weighted sums over places.",
        'einsum("bkhw,hwc->bkc") reads the grid, "bkhw,bkijhw->bkij" reads the jacobian maps.',
    ],
    relative=EXACT,
    use=as_module,
)


def _sparse_cases() -> list[Case]:
    return [
        Case(name, (_described(2, seed), _described(2, seed + 10), height, width))
        for seed, (name, height, width) in enumerate((("square", 5, 5), ("wide", 4, 9), ("tall", 7, 3)))
    ]


def _identity(described: borrowed.Described) -> borrowed.Described:
    return described[0], torch.eye(2).expand_as(described[1])


def _reversed_product(s: borrowed.Described, d: borrowed.Described, height: int, width: int) -> Tensor:
    product = geometry.invert_2x2(d[1]) @ s[1]
    return wrong.sparse((s[0], product), _identity(d), height, width)


SPARSE = Exercise(
    name="sparse_motions",
    reference=wrong.sparse,
    cases=_sparse_cases,
    mistakes=[
        Mistake(
            "zero order", lambda s, d, h, w: wrong.sparse(_identity(s), _identity(d), h, w), "Where is J = A B^-1?"
        ),
        Mistake("the product the wrong way round", _reversed_product, "Back to the reference first: B^-1 acts first."),
        Mistake(
            "source and driving exchanged", lambda s, d, h, w: wrong.sparse(d, s, h, w), "At z = d the answer is s."
        ),
        Mistake(
            "background last", lambda s, d, h, w: wrong.sparse(s, d, h, w).roll(-1, 1), "Number 0 is the background."
        ),
    ],
    hints=[
        "Eq. 5, then Eq. 4 on grid - d; d needs two more axes before the last: d[:, :, None, None].",
        'einsum("bkij,bkhwj->bkhwi", J, offsets) turns them; cat the grid, expanded to (b, 1, h, w, 2), in front.',
    ],
    relative=EXACT,
)


def _motion_cases() -> list[Case]:
    return [
        Case(
            name, ((), scattered(borrowed.DenseMotion(), h), _pictures(2, h, h), _described(2, h), _described(2, h + 1))
        )
        for name, h in SIZES
    ]


MOTION = Exercise(
    name="motion_network",
    reference=borrowed.DenseMotion,
    cases=lambda: _repeatable(_motion_cases),
    mistakes=[
        Mistake(
            "masks sum to 1 over places", wrong.MasksOverPlaces, "At each place the k+1 motions compete: softmax(1)."
        ),
        Mistake("the sigmoid forgotten", wrong.NoSigmoid, "The occlusion map lies between 0 and 1."),
        Mistake("source minus driving", wrong.HeatTurned, "A heatmap is positive where the keypoint is now."),
    ],
    hints=[
        "Evidence: for each of the k+1 motions its heatmap (1 channel) and its deformed source (3), in this order.",
        "cat([maps[:, :, None], deformed], dim=2).flatten(1, 2); hourglass; two heads; Eq. 7.",
    ],
    relative=EXACT,
    use=as_module,
)


def _generator_cases() -> list[Case]:
    cases = []
    for name, height in SIZES:
        moved = geometry.coordinate_grid(height, 32) + 0.2 * torch.randn(2, height, 32, 2, generator=seeded(height))
        shown = torch.rand(2, 1, height, 32, generator=seeded(height + 1))
        cases.append(
            Case(name, ((), scattered(borrowed.Generator(), height), _pictures(2, height, height), moved, shown))
        )
    return cases


GENERATOR = Exercise(
    name="generator",
    reference=borrowed.Generator,
    cases=lambda: _repeatable(_generator_cases),
    mistakes=[
        Mistake("features not occluded", wrong.AllKept, "Eq. 8 has two factors, at every level that is carried."),
        Mistake("kept and painted exchanged", wrong.Swapped, "Where keep is 1 the deformed source is seen."),
        Mistake("nothing kept", wrong.OnlyPainted, "The prediction blends what was painted with the deformed source."),
    ],
    hints=[
        "Encode (keep all four levels), carry each, decode: the hourglass's pattern once more.",
        "The last layer has four channels: three are painted colours, one says how much of the source to keep.",
        "keep = keep * occlusion; prediction = keep * deformed + (1 - keep) * painted.",
    ],
    relative=EXACT,
    use=as_module,
)


def _equivariance(
    kp_driving: borrowed.Described, kp_warped: borrowed.Described, warp: RandomWarp
) -> tuple[Tensor, Tensor]:
    positions = losses.equivariance_positions(kp_driving[0], warp.points(kp_warped[0]))
    return positions, losses.equivariance_jacobians(kp_driving[1], kp_warped[1], warp.jacobians(kp_warped[0]))


def _warped_cases() -> list[Case]:
    return [
        Case(
            name,
            (
                _described(3, seed),
                _described(3, seed + 5),
                RandomWarp.sample(3, sigma_affine=affine, sigma_tps=bend, generator=seeded(seed)),
            ),
        )
        for seed, (name, affine, bend) in enumerate(
            (("an affine warp", 0.2, 0.0), ("a thin plate", 0.0, 0.02), ("both", 0.1, 0.01))
        )
    ]


def _eq12(kp_driving: borrowed.Described, kp_warped: borrowed.Described, warp: RandomWarp) -> tuple[Tensor, Tensor]:
    carried = warp.jacobians(kp_warped[0]) @ kp_warped[1]
    return _equivariance(kp_driving, kp_warped, warp)[0], (kp_driving[1] - carried).abs().mean()


def _slope_elsewhere(
    kp_driving: borrowed.Described, kp_warped: borrowed.Described, warp: RandomWarp
) -> tuple[Tensor, Tensor]:
    slope = warp.jacobians(kp_driving[0])
    return _equivariance(kp_driving, kp_warped, warp)[0], losses.equivariance_jacobians(
        kp_driving[1], kp_warped[1], slope
    )


EQUIVARIANCE = Exercise(
    name="equivariance_losses",
    reference=_equivariance,
    cases=_warped_cases,
    mistakes=[
        Mistake(
            "the original carried",
            lambda d, w, t: _equivariance(w, d, t),
            "Whose keypoints does T carry (notebook 03)?",
        ),
        Mistake("Eq. 12 as a difference", _eq12, "Small jacobians satisfy that too. Eq. 13 is a distance to identity."),
        Mistake("dT at the driving keypoints", _slope_elsewhere, "T is applied to d', so its slope is taken at d'."),
    ],
    hints=[
        "Eq. 11: mean |d - T(d')|; warp.points is T.",
        "Eq. 13: mean |1 - B^-1 dT B'|; warp.jacobians(d') is dT.",
    ],
    relative=EXACT,
)


def _pair_cases() -> list[Case]:
    cases = []
    for seed, name in enumerate(("a pair of pictures", "another", "a model at its start, keypoints in one heap")):
        model = borrowed.library_model()
        if seed < 2:
            scattered(model, seed)
        pictures = (torch.rand(2, 3, 32, 32, generator=seeded(10 * seed + each)) for each in (0, 1))
        warp = RandomWarp.sample(2, generator=seeded(seed))
        cases.append(Case(name, (model.eval(), *pictures, warp)))
    return cases


OBJECTIVE = Exercise(
    name="whole_objective",
    reference=recipe.objective,
    cases=lambda: _repeatable(_pair_cases),
    mistakes=[
        Mistake(f"{name} forgotten", wrong.without(name), f"One row of the table is missing: {name}.")
        for name in ("warp", "painting", "equivariance_jacobians", "separation")
    ]
    + [
        Mistake(
            "source and driving exchanged",
            lambda model, source, driving, warp: recipe.objective(model, driving, source, warp),
            "The source is moved, the driving frame is what comes out.",
        )
    ],
    hints=[
        "One call of the detector for three pictures: cat([source, driving, warp.image(driving)]), then take it apart.",
        "model(source, kp_source, kp_driving) gives prediction, deformed and painted; add up the table's rows.",
    ],
    relative=EXACT,
)


def _train(answer: Any) -> Callable[..., Any]:
    """A training loop as a function: of a toy, because what is checked is the loop."""

    def run(seed: int, steps: int) -> Any:
        toy = recipe.toy(seed)
        before = [parameter.detach().clone() for parameter in toy.parameters()]
        said = answer(toy, recipe.toy_objective, lambda step: recipe.toy_pair(seed, step), steps)
        after = torch.cat([parameter.detach().flatten() for parameter in toy.parameters()])
        if said is None and torch.equal(after, torch.cat([each.flatten() for each in before])):
            return None  # a stub
        return after, torch.tensor([float(each) for each in said])

    return run


LOOP = Exercise(
    name="training_loop",
    reference=recipe.fit,
    cases=lambda: [Case("a few steps", (0, 5)), Case("forty steps", (1, 40)), Case("another start", (2, 21))],
    mistakes=[
        Mistake(
            "slopes add up", wrong.loop(zero=False), "backward adds to what is there: who empties it before each step?"
        ),
        Mistake(
            "one learning rate for all steps",
            wrong.loop(schedule=False),
            "Set it before each step: PEAK * rate((step + 1) / steps).",
        ),
        Mistake("Adam's usual betas", wrong.loop(betas=(0.9, 0.999)), "The authors take betas=(0.5, 0.999)."),
    ],
    hints=[
        "Each step: set the rate, ask for the loss, empty the slopes, backward, step.",
        'optimiser.param_groups[0]["lr"] is where Adam keeps its rate.',
    ],
    relative=1e-4,
    use=_train,
)


def _repeatable(make: Callable[[], list[Case]]) -> list[Case]:
    """The same cases every time, whatever the state of the global random numbers, which stays as it is."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(11)
        return make()


EXERCISES = (HOURGLASS, DETECTOR, SPARSE, MOTION, GENERATOR, EQUIVARIANCE, OBJECTIVE, LOOP, FROM_POSITIONS)
QUIZ = (
    Key("a", "skips hand on what the bottleneck is too coarse to hold"),
    Key("d", "zero weights and an identity for a bias"),
    Key("a", "the deepest features are carried by the same grid, made smaller"),
    Key("c", "one call for three pictures, so that batch norm sees them as one population"),
    Key("d", "the loss has no unit, a share of copying has a meaning"),
)
