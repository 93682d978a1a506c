"""A signed manifest: what the maker says about a clip, bound to its frames so that neither can be changed unseen.

Signed here by HMAC, with one secret that signs and checks: enough within a house, and all in Python's own library.
C2PA, the standard of cameras and newsrooms, signs with a private key and lets anybody check with the public one, whose
owner a certificate names. What is signed is built alike.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from fomm_lite.errors import InputError

VERSION = 1
Manifest = dict[str, Any]


@dataclass(frozen=True)
class Verification:
    """What a check found.

    Attributes:
        valid: whether the signature is right and every frame is as it was signed.
        reason: in words.
        first_altered: index of the first frame that differs, is missing or was added; None where none does, or where
            the signature is wrong, so that nothing in the manifest can be believed.
    """

    valid: bool
    reason: str
    first_altered: int | None = None


def frame_digest(frame: Float[Tensor, "3 h w"]) -> str:
    """SHA-256 of a frame's size and 8-bit pixels: another picture has, in practice, another digest."""
    pixels = frame.detach().cpu().clamp(0, 1).mul(255).round().to(torch.uint8).contiguous()
    size = "x".join(str(side) for side in pixels.shape)
    return hashlib.sha256(size.encode() + b":" + pixels.numpy().tobytes()).hexdigest()


def sign_clip(frames: Float[Tensor, "t 3 h w"], claims: Mapping[str, Any], secret: bytes) -> Manifest:
    """Write a manifest: the claims, a digest for each frame in order, and a signature over both.

    Args:
        frames: in [0, 1]; what is signed is their 8-bit pixels.
        claims: what the maker says: who, when, with which tool, that it is synthetic; anything JSON can hold. Signed,
            and returned, is what JSON makes of it: names become words, tuples lists.
        secret: the key, of 16 bytes or more.

    Returns:
        A dictionary that is the same after JSON.

    Raises:
        InputError: a short secret, or claims that JSON cannot hold.
    """
    if len(secret) < 16:
        raise InputError(f"got a secret of {len(secret)} bytes", "16 or more", "use secrets.token_bytes(32)")
    manifest: Manifest = {
        "version": VERSION,
        "claims": _as_json_has_it(dict(claims)),
        "frames": [frame_digest(one) for one in frames],
    }
    return {**manifest, "signature": _signature(manifest, secret)}


def verify_clip(frames: Float[Tensor, "t 3 h w"], manifest: Mapping[str, Any], secret: bytes) -> Verification:
    """Check the signature, then every frame, and name the first that was altered.

    The signature comes first: digests in a manifest that anybody may have written prove nothing.
    """
    unsigned = {name: part for name, part in manifest.items() if name != "signature"}
    signature = manifest.get("signature")
    try:
        expected = _signature(unsigned, secret)
    except InputError:
        return Verification(False, "the manifest is not what JSON can hold")
    if not isinstance(signature, str) or not hmac.compare_digest(signature.encode(errors="replace"), expected.encode()):
        return Verification(False, "the signature is wrong: another secret, or a manifest that was changed")
    signed = unsigned["frames"]
    for index, (frame, digest) in enumerate(zip(frames, signed, strict=False)):
        if frame_digest(frame) != digest:
            return Verification(False, f"frame {index} is not the one that was signed", index)
    if len(frames) != len(signed):
        shorter = min(len(frames), len(signed))
        return Verification(False, f"{len(signed)} frames were signed, {len(frames)} are here", shorter)
    return Verification(True, f"the signature is right and all {len(signed)} frames are as signed")


def _as_json_has_it(claims: dict[str, Any]) -> dict[str, Any]:
    """The claims as they come back from JSON."""

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if len(dict(pairs)) < len(pairs):
            raise ValueError("two names that are the same word in JSON")
        return dict(pairs)

    try:
        returned: dict[str, Any] = json.loads(json.dumps(claims, allow_nan=False), object_pairs_hook=once)
    except (RecursionError, TypeError, ValueError) as error:
        raise InputError(
            f"got claims that JSON cannot hold ({error})", "texts, numbers, lists", "convert them"
        ) from error
    return returned


def _signature(manifest: Mapping[str, Any], secret: bytes) -> str:
    """HMAC-SHA-256 of the manifest in one fixed spelling: sorted names, no blanks."""
    try:
        text = json.dumps(manifest, sort_keys=True, separators=(",", ":"), allow_nan=False)
    except (RecursionError, TypeError, ValueError) as error:
        raise InputError(
            f"got claims that JSON cannot hold ({error})", "texts, numbers, lists", "convert them"
        ) from error
    return hmac.new(secret, text.encode(), hashlib.sha256).hexdigest()
