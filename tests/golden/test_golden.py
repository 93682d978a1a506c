"""Number by number what the authors' implementation gives; README.md says where the numbers come from.

Motion and pictures start from the golden keypoints, not from our own. Processors add up a convolution in different
orders, one rounding in the detector moves a keypoint by 1e-6, and noise seen through a warp then changes by 1e-4: in
the authors' implementation as in ours. The keypoints themselves, and predictions made of our own, have tests too.
"""

import pytest
import torch
from torch import Tensor

from fomm_lite import geometry
from fomm_lite.config import DiscriminatorConfig
from fomm_lite.model import FirstOrderModel
from fomm_lite.networks.discriminator import Discriminator, load_official_discriminator
from fomm_lite.training import losses
from fomm_lite.training.random_warp import RandomWarp
from fomm_lite.transfer import transfer
from fomm_lite.types import Keypoints

MAPS, PREDICTION, RELATIVE = 1e-4, 5e-4, 1e-5
NAMES = ("source", "driving", "initial")


def check_near(ours: Tensor, golden: Tensor, tolerance: float) -> None:
    torch.testing.assert_close(ours, golden, atol=tolerance, rtol=0)


def check_relatively_near(ours: Tensor, golden: Tensor) -> None:
    """Within 1e-5 of the largest number."""
    check_near(ours, golden, RELATIVE * golden.abs().max().item())


def check_detection(case, model: FirstOrderModel, names: tuple[str, ...]) -> None:
    for name in names:
        with torch.no_grad():
            ours = model.detect(case.arrays[f"{name}_image"])
        check_near(ours.positions, case.keypoints(name).positions, MAPS)
        check_near(ours.jacobians, case.keypoints(name).jacobians, MAPS)


def check_transfer(case) -> None:
    source, driving, initial = (case.keypoints(name)[:1] for name in NAMES)
    for relative in (False, True):
        for adapt in (False, True):
            moved = transfer(source, driving, initial, relative=relative, adapt_scale=adapt)
            golden = f"transfer_relative{relative:d}_adapt{adapt:d}"
            check_relatively_near(moved.positions, case.arrays[f"{golden}_value"])
            if f"{golden}_jacobian" in case.arrays:
                check_relatively_near(moved.jacobians, case.arrays[f"{golden}_jacobian"])


def check_pictures(case, model: FirstOrderModel, every: int) -> None:
    """From golden keypoints to the prediction; of full-size pictures each ``every``-th pixel is stored."""
    arrays = case.arrays
    with torch.no_grad():
        out = model(arrays["source_image"], case.keypoints("source"), case.keypoints("driving"))
    kept = ..., slice(None, None, every), slice(None, None, every)
    motion = out.motion
    assert motion.occlusion_map is not None
    check_near(motion.deformation, arrays["deformation"], MAPS)
    check_near(motion.occlusion_map, arrays["occlusion_map"], MAPS)
    check_near(out.deformed[kept], arrays["deformed"], MAPS)
    check_near(out.prediction[kept], arrays["prediction"], PREDICTION)


def predict_moved(case, model: FirstOrderModel) -> Tensor:
    """The first source, moved by golden keypoints after relative transfer with adapted scale."""
    arrays, name = case.arrays, "transfer_relative1_adapt1"
    positions = arrays[f"{name}_value"]
    jacobians = arrays.get(f"{name}_jacobian", torch.eye(2).expand(*positions.shape, 2))
    with torch.no_grad():
        out = model(arrays["source_image"][:1], case.keypoints("source")[:1], Keypoints(positions, jacobians))
    return out.prediction


def test_keypoints(small):
    check_detection(small, small.model(), NAMES)


def test_transfers(small):
    check_transfer(small)


def test_motion_and_pictures(small):
    model = small.model()
    check_pictures(small, model, every=1)
    with torch.no_grad():
        motion = model.motion(small.arrays["source_image"], small.keypoints("source"), small.keypoints("driving"))
    check_near(motion.masks, small.arrays["mask"], MAPS)
    check_near(motion.deformed_sources, small.arrays["sparse_deformed"], MAPS)
    check_near(predict_moved(small, model), small.arrays["prediction_relative_adapt"], PREDICTION)


def test_predictions_of_our_own_keypoints(small):
    model, arrays = small.model(), small.arrays
    source, driving = arrays["source_image"], arrays["driving_image"]
    with torch.no_grad():
        out = model(source, model.detect(source), model.detect(driving))
    check_near(out.prediction, arrays["prediction"], PREDICTION)
    check_near(out.motion.masks, arrays["mask"], MAPS)
    check_near(out.motion.deformation, arrays["deformation"], MAPS)


def test_the_original_architecture_at_its_own_size(vox):
    """One test, so that the 60 million weights are drawn once and let go."""
    model = vox.model()
    check_transfer(vox)
    check_detection(vox, model, ("source", "driving"))
    check_pictures(vox, model, every=9)
    with torch.no_grad():
        motion = model.motion(vox.arrays["source_image"], vox.keypoints("source"), vox.keypoints("driving"))
    check_near(motion.masks[..., ::3, ::3], vox.arrays["mask"], MAPS)
    check_near(predict_moved(vox, model)[..., ::9, ::9], vox.arrays["prediction_relative_adapt"], PREDICTION)


def test_discriminator(tiny):
    config = DiscriminatorConfig.from_official(tiny.description["discriminator"])
    discriminator = load_official_discriminator(Discriminator(config), tiny.state("discriminator"))
    with torch.no_grad():
        [scores] = discriminator(tiny.arrays["driving_image"])
    for index, feature_map in enumerate(scores.feature_maps):
        check_relatively_near(feature_map, tiny.arrays[f"disc_feature_maps_1_{index}"])
    check_relatively_near(scores.prediction_map, tiny.arrays["disc_prediction_map_1"])


@pytest.fixture
def warp(losses_arrays) -> RandomWarp:
    points = losses_arrays["control_points"].flatten(0, -2)
    return RandomWarp(losses_arrays["theta"], points, losses_arrays["control_params"][:, 0])


def test_random_warp_of_points_and_its_jacobian(warp, losses_arrays):
    check_relatively_near(warp.points(losses_arrays["points"]), losses_arrays["warped_points"])
    check_relatively_near(warp.jacobians(losses_arrays["points"]), losses_arrays["jacobian_at_points"])


def test_random_warp_of_an_image(warp, losses_arrays):
    check_near(warp.image(losses_arrays["image"], align_corners=False), losses_arrays["transformed_image"], MAPS)


def test_equivariance_terms(warp, losses_arrays):
    a = losses_arrays
    check_relatively_near(
        losses.equivariance_positions(a["driving_value"], warp.points(a["points"])), a["equivariance_value"]
    )
    check_relatively_near(
        losses.equivariance_jacobians(a["driving_jacobian"], a["transformed_jacobian"], warp.jacobians(a["points"])),
        a["equivariance_jacobian"],
    )


def test_image_pyramid(losses_arrays):
    for scale, level in zip((1, 0.5, 0.25, 0.125), losses.antialiased_pyramid(losses_arrays["image"]), strict=True):
        check_relatively_near(level, losses_arrays[f"pyramid_{scale}"])


def test_gaussian_heatmaps(losses_arrays):
    ours = geometry.gaussian_heatmaps(losses_arrays["driving_value"], 24, 24, 0.01)
    check_relatively_near(ours, losses_arrays["gaussian_heatmap"])
