"""The C2PA manifest of a film: who says, under a signature, how it was made; with ``c2pa-python`` installed."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fomm_lite.media.statement import SYNTHETIC

# a manifest may lie elsewhere, and a certificate be asked about: a stranger's file must not make anybody call there
_OFFLINE = {"verify": {"remote_manifest_fetch": False, "ocsp_fetch": False}}


@dataclass(frozen=True)
class Manifest:
    """What a signed manifest says.

    Attributes:
        made_by: the program that wrote it.
        signed_by: the organisation that its certificate names; anybody can make a certificate of any name.
        state: ``Trusted``, ``Valid`` (nothing was changed since, and nobody vouches for the signer) or ``Invalid``.
        synthetic: whether it says that a trained model has made the film.
    """

    made_by: str
    signed_by: str
    state: str
    synthetic: bool


def read_manifest(path: str | Path) -> Manifest | None:
    """The manifest in a film or a picture; None where there is none in it, or no place for one. Nothing is fetched.

    Args:
        path: the file.

    Raises:
        ImportError: ``c2pa-python`` is not installed.
    """
    import c2pa

    try:
        context = c2pa.Context(settings=c2pa.Settings.from_dict(_OFFLINE))
        with c2pa.Reader(str(path), context=context) as reader:
            told: dict[str, Any] = json.loads(reader.json())
            state = str(reader.get_validation_state() or "Invalid")
    except (c2pa.C2paError.ManifestNotFound, c2pa.C2paError.NotSupported):
        return None
    except c2pa.C2paError as error:
        if str(error).startswith("Remote"):  # the file only says where it lies
            return None
        return Manifest("?", "?", "Invalid", synthetic=False)
    manifest = told["manifests"][told["active_manifest"]]
    programs = manifest.get("claim_generator_info") or [{"name": manifest.get("claim_generator", "?")}]
    return Manifest(
        made_by=" ".join(str(programs[0][part]) for part in ("name", "version") if part in programs[0]),
        signed_by=str((manifest.get("signature_info") or {}).get("issuer", "?")),
        state=state,
        synthetic=SYNTHETIC in json.dumps(manifest.get("assertions", [])),
    )
