import pytest
import torch

from fomm_lite.media.draw import (
    BACKGROUND_COLOUR,
    GAP,
    LABEL_HEIGHT,
    album,
    draw_keypoints,
    draw_masks,
    draw_occlusion,
    enlarge,
    keypoint_colour,
    sheet,
)

# linear RGB as seen without one kind of cone (Machado et al. 2009, full severity)
BLINDNESS = {
    "none": [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]],
    "red": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "green": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "blue": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}


def lab(linear: torch.Tensor) -> torch.Tensor:
    """CIE Lab of linear sRGB colours."""
    to_xyz = torch.tensor([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    xyz = linear @ to_xyz.T / torch.tensor([0.9505, 1.0, 1.089])
    f = torch.where(xyz > 0.008856, xyz.clamp(min=1e-9) ** (1 / 3), 7.787 * xyz + 16 / 116)
    return torch.stack([116 * f[:, 1] - 16, 500 * (f[:, 0] - f[:, 1]), 200 * (f[:, 1] - f[:, 2])], dim=1)


@pytest.mark.parametrize("kind", BLINDNESS)
def test_keypoints_can_be_told_apart_by_every_eye(kind):
    colours = torch.tensor([keypoint_colour(index) for index in range(15)])
    linear = torch.where(colours <= 0.04045, colours / 12.92, ((colours + 0.055) / 1.055) ** 2.4)
    seen = lab((linear @ torch.tensor(BLINDNESS[kind]).T).clamp(0, 1))
    assert torch.pdist(seen[:10]).min() > 29
    assert torch.pdist(seen).min() > 18  # `puppets-64` has fifteen


def test_colours_repeat_in_a_variation():
    colours = torch.tensor([keypoint_colour(index) for index in range(45)])
    assert torch.pdist(colours).min() > 0.02
    assert ((colours >= 0) & (colours <= 1)).all()


def at(image: torch.Tensor, x: int, y: int) -> tuple[float, ...]:
    return tuple(round(value, 3) for value in image[:, y, x].tolist())


def rounded(colour: tuple[float, ...]) -> tuple[float, ...]:
    return tuple(round(value, 3) for value in colour)


def test_dots_lie_on_their_keypoints_in_their_colours():
    image = torch.full((3, 101, 201), 0.5)
    positions = torch.tensor([[-0.5, 0.5], [0.0, 0.0], [0.9, -0.9]])
    drawn = draw_keypoints(image, positions)
    for index, (x, y) in enumerate([(50, 75), (100, 50), (190, 5)]):
        assert at(drawn, x, y) == rounded(keypoint_colour(index))
        assert (drawn[:, max(y - 6, 0) : y + 7, x] > 0.95).all(0).any()  # the white rim
    changed = (drawn != 0.5).any(0)
    assert 0 < changed.sum() < 600
    assert (image == 0.5).all()


def test_dots_are_round_and_soft():
    drawn = draw_keypoints(torch.full((3, 101, 101), 0.5), torch.zeros(1, 2))
    assert torch.equal(drawn, drawn.flip(1))
    assert torch.equal(drawn, drawn.transpose(1, 2))
    edge = drawn[0, 50, 50:60]
    assert ((edge > 0) & (edge < 0.5)).any()  # partly covered pixels between rim and picture


@pytest.mark.parametrize("place", [[1.0, 1.0], [-1.0, -1.0], [1.03, 0.0], [-40.0, 3.0]])
def test_keypoints_at_and_beyond_the_border(place):
    drawn = draw_keypoints(torch.full((3, 64, 64), 0.5), torch.tensor([place]), 3 * torch.eye(2)[None])
    assert drawn.shape == (3, 64, 64)
    assert (drawn != 0.5).any() == (abs(place[0]) < 2)


def test_rings_leave_the_middle_free():
    drawn = draw_keypoints(torch.full((3, 101, 101), 0.5), torch.zeros(1, 2), hollow=True)
    solid = draw_keypoints(torch.full((3, 101, 101), 0.5), torch.zeros(1, 2))
    assert at(drawn, 50, 50) == (0.5, 0.5, 0.5)
    assert torch.equal(drawn[:, 50, 54:], solid[:, 50, 54:])


def test_arms_show_where_the_columns_of_the_jacobian_lead():
    image, origin = torch.full((3, 201, 201), 0.5), torch.zeros(1, 2)
    colour = keypoint_colour(0)
    drawn = draw_keypoints(image, origin, torch.tensor([[[0.0, -2.0], [2.0, 0.0]]]))  # a quarter turn, twice as long
    assert at(drawn, 100, 120) == rounded(colour)  # the step right now leads down
    assert at(drawn, 80, 100) == rounded(tuple(0.5 + 0.5 * c for c in colour))  # the step down leads left, and is pale
    assert at(drawn, 120, 100) == at(drawn, 100, 80) == (0.5, 0.5, 0.5)


def test_masks_have_the_colours_of_their_keypoints():
    image = torch.rand(3, 8, 8)
    masks = torch.zeros(3, 8, 8)
    masks[0, :4], masks[2, 4:] = 1, 1
    painted = draw_masks(image, masks, strength=1)
    assert at(painted, 2, 1) == rounded(BACKGROUND_COLOUR)
    assert at(painted, 2, 6) == rounded(keypoint_colour(1))
    torch.testing.assert_close(draw_masks(image, masks, strength=0), image.mean(0).expand(3, -1, -1))
    assert draw_masks(torch.rand(3, 20, 20), masks).shape == (3, 20, 20)


def test_occlusion_is_white_where_the_source_is_kept():
    occlusion = torch.tensor([[[0.0, 1.0], [0.0, 1.0]]])
    assert torch.equal(draw_occlusion(occlusion, (2, 2)), occlusion.expand(3, -1, -1))
    assert draw_occlusion(occlusion, (7, 5)).shape == (3, 7, 5)
    assert (draw_occlusion(None, (4, 6)) == torch.ones(3, 4, 6)).all()


def test_enlarged_pixels_are_crisp_blocks():
    image = torch.rand(3, 4, 4)
    assert torch.equal(enlarge(image, 12), image.repeat_interleave(3, 1).repeat_interleave(3, 2))
    assert torch.equal(enlarge(image, 4), image)
    assert enlarge(torch.rand(3, 10, 20), 30).shape == (3, 15, 30)
    small = enlarge(image, 3)
    assert small.shape == (3, 3, 3)
    assert ((small >= 0) & (small <= 1)).all()


def test_an_album_has_a_label_over_each_picture():
    one, two, three = torch.rand(3, 3, 8, 8)
    drawn = album([{"a": one, "b": two}, {"c": three}], side=16)
    step = LABEL_HEIGHT + 16 + GAP
    assert drawn.shape == (3, 2 * step + GAP, 3 * GAP + 2 * 16)
    for picture, (row, column) in zip((one, two, three), ((0, 0), (0, 1), (1, 0)), strict=True):
        top, left = GAP + row * step, GAP + column * (16 + GAP)
        assert drawn[:, top : top + LABEL_HEIGHT, left : left + 16].min() < 0.5  # ink
        bottom = top + LABEL_HEIGHT + 16
        assert torch.equal(drawn[:, bottom - 16 : bottom, left : left + 16], enlarge(picture, 16))
    assert (drawn[:, GAP + step :, 2 * GAP + 16 :] == 1).all()


def test_a_sheet_has_rows_and_labelled_columns():
    big, small, flat = torch.rand(3, 16, 16), torch.rand(3, 8, 8), torch.rand(3, 8, 16)
    drawn = sheet([[big, small], [flat]], ["one", "two"], side=32)
    top, step = GAP + LABEL_HEIGHT, 32 + GAP
    assert drawn.shape == (3, top + 2 * step, 2 * step + GAP)
    assert torch.equal(drawn[:, top : top + 32, GAP : GAP + 32], enlarge(big, 32))
    assert torch.equal(drawn[:, top : top + 32, GAP + step : GAP + step + 32], enlarge(small, 32))
    assert torch.equal(drawn[:, top + step + 8 : top + step + 24, GAP : GAP + 32], enlarge(flat, 32))  # in the middle
    assert (drawn[:, top + step :, GAP + step :] == 1).all()  # a missing picture is paper
    assert drawn[:, :top, :40].min() < 0.5
    assert drawn[:, :top, 48:].min() < 0.5


def test_row_labels_stand_in_front_of_their_rows():
    rows = [[torch.zeros(3, 64, 64)], [torch.zeros(3, 64, 64)]]
    plain, labelled = sheet(rows, ["a"], 64), sheet(rows, ["a"], 64, row_labels=["up", "down"])
    assert labelled.shape[2] == plain.shape[2] + 64 + 8
    assert labelled.shape[1] == plain.shape[1]
    front = labelled[:, 36:, 8:72]  # below the column labels
    assert 0.5 < front.mean() < 1  # white with some ink
    assert front.min() < 0.5
