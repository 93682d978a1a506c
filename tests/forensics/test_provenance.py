"""The manifest: whatever is changed is noticed, and named."""

import copy
import hashlib
import hmac
import json

import pytest
import torch

from fomm_lite.errors import InputError
from fomm_lite.forensics import sign_clip, verify_clip
from fomm_lite.forensics.provenance import frame_digest

SECRET = b"sixteen bytes or more"


@pytest.fixture
def clip() -> torch.Tensor:
    return torch.rand(5, 3, 8, 10, generator=torch.Generator().manual_seed(0))


def test_the_clip_as_signed_is_valid_after_a_trip_through_json(clip: torch.Tensor) -> None:
    manifest = json.loads(json.dumps(sign_clip(clip, {"synthetic": True, "tool": "fomm_lite"}, SECRET)))
    checked = verify_clip(clip, manifest, SECRET)
    assert checked.valid and checked.first_altered is None
    assert manifest["claims"] == {"synthetic": True, "tool": "fomm_lite"}


def test_the_signature_is_the_standard_one(clip: torch.Tensor) -> None:
    manifest = sign_clip(clip, {"by": "a"}, SECRET)
    text = json.dumps({"claims": {"by": "a"}, "frames": manifest["frames"], "version": 1}, sort_keys=True)
    text = text.replace(", ", ",").replace(": ", ":")
    assert manifest["signature"] == hmac.new(SECRET, text.encode(), hashlib.sha256).hexdigest()


@pytest.mark.parametrize("index", [0, 2, 4])
def test_the_first_altered_frame_is_named(clip: torch.Tensor, index: int) -> None:
    manifest = sign_clip(clip, {}, SECRET)
    altered = clip.clone()
    altered[index:, 0, 3, 4] = 1 - altered[index:, 0, 3, 4].round()  # one colour of one pixel
    checked = verify_clip(altered, manifest, SECRET)
    assert not checked.valid and checked.first_altered == index
    assert f"frame {index}" in checked.reason


def test_cut_added_and_swapped_frames_are_named(clip: torch.Tensor) -> None:
    manifest = sign_clip(clip, {}, SECRET)
    assert verify_clip(clip[:3], manifest, SECRET).first_altered == 3
    assert verify_clip(torch.cat([clip, clip[:1]]), manifest, SECRET).first_altered == 5
    assert verify_clip(clip[[0, 2, 1, 3, 4]], manifest, SECRET).first_altered == 1
    assert verify_clip(clip[[0, 1, 3, 4]], manifest, SECRET).first_altered == 2


def test_a_changed_claim_or_digest_or_secret_breaks_the_signature(clip: torch.Tensor) -> None:
    manifest = sign_clip(clip, {"synthetic": True}, SECRET)
    claimed, swapped, unsigned = (copy.deepcopy(manifest) for _ in range(3))
    claimed["claims"]["synthetic"] = False
    swapped["frames"][0] = frame_digest(1 - clip[0])
    del unsigned["signature"]
    for forged in (claimed, swapped, unsigned, {}, {**manifest, "signature": 7}, {**manifest, "more": torch.zeros(1)}):
        checked = verify_clip(clip, forged, SECRET)
        assert not checked.valid and checked.first_altered is None
    assert not verify_clip(clip, manifest, b"another secret of length").valid


def test_a_digest_knows_the_shape_and_the_8_bit_pixels() -> None:
    flat = torch.zeros(3, 4, 6)
    assert frame_digest(flat) != frame_digest(torch.zeros(3, 6, 4))
    assert frame_digest(flat) == frame_digest(flat + 0.001)  # the same 8 bits
    assert frame_digest(flat) != frame_digest(flat + 0.003)


def test_a_manifest_is_the_same_after_json(clip: torch.Tensor) -> None:
    claims = {"seeds": {1: "one", 2: "two"}, "size": (8, 10), 2026: "made", True: "synthetic", 0.5: "half", None: ""}
    manifest = sign_clip(clip, claims, SECRET)
    assert verify_clip(clip, manifest, SECRET).valid
    assert json.loads(json.dumps(manifest)) == manifest
    assert verify_clip(clip, json.loads(json.dumps(manifest)), SECRET).valid
    assert manifest["claims"]["seeds"] == {"1": "one", "2": "two"}


def test_claims_that_json_would_lose_are_refused(clip: torch.Tensor) -> None:
    with pytest.raises(InputError, match="the same word"):
        sign_clip(clip, {"seeds": {1: "a", "1": "b"}}, SECRET)
    endless: dict[str, object] = {}
    endless["more"] = endless
    with pytest.raises(InputError, match="JSON"):
        sign_clip(clip, endless, SECRET)
    assert not verify_clip(clip, {"version": 1, "signature": "\ud800"}, SECRET).valid


def test_bad_secrets_and_claims_are_refused(clip: torch.Tensor) -> None:
    with pytest.raises(InputError, match="16 or more"):
        sign_clip(clip, {}, b"short")
    with pytest.raises(InputError, match="JSON"):
        sign_clip(clip, {"picture": clip}, SECRET)
