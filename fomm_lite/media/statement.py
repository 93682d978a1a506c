"""What a film says of itself: that it is synthetic, and how it was made, as text in the place its format has for that.

MP4, MOV, MKV and WebM have a comment, which the writer of the container takes. GIF, PNG and WebP have one too, which
FFmpeg does not write: it is put into the finished file here. Anybody can remove a statement; it is for the honest.
"""

import json
import re
from collections.abc import Mapping
from html import escape, unescape
from io import BytesIO
from pathlib import Path
from typing import Any
from zlib import crc32

from PIL import Image

from fomm_lite.media.decode import opened
from fomm_lite.media.read import PathLike, kind_of

SYNTHETIC = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
"""The word of the IPTC, and of C2PA, for media that a trained model has made."""

_WEBP_ALPHA, _WEBP_XMP = 16, 4  # flags in the extended header of a WebP
_BLOCK = 255  # bytes of a GIF's comment that hang together
_XMP = (
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    '<rdf:Description xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:description><rdf:Alt>'
    '<rdf:li xml:lang="x-default">{}</rdf:li></rdf:Alt></dc:description></rdf:Description></rdf:RDF></x:xmpmeta>'
)


def statement(made_by: str, how: Mapping[str, Any]) -> str:
    """The text that a synthetic film carries.

    Args:
        made_by: which program, with its version.
        how: settings that JSON can hold.

    Example:
        >>> statement("fomm-lite 1.0", {"weights": "faces-64"})[:49]
        '{"synthetic": true, "made_by": "fomm-lite 1.0", "'
    """
    return json.dumps({"synthetic": True, "made_by": made_by, "digital_source_type": SYNTHETIC, "how": dict(how)})


def read_statement(path: PathLike) -> dict[str, Any] | None:
    """What a film says of itself; None where it says nothing that this library understands.

    Raises:
        InputError: the path is missing, a folder, or no film.
    """
    path, kind = kind_of(path)
    text = ""
    if kind == "video":
        with opened(path) as container:
            text = {name.lower(): value for name, value in container.metadata.items()}.get("comment", "")
            text = text.encode(errors="surrogateescape").decode(errors="ignore")  # bytes that are no UTF-8
    elif kind == "GIF":
        text = _from_gif(path.read_bytes())
    elif kind in ("PNG", "WebP"):
        with Image.open(path) as picture:
            found = re.search(r'x-default">(.*?)</rdf:li>', picture.info.get("xmp", b"").decode(errors="replace"), re.S)
            text = unescape(found[1]) if found else str(picture.info.get("Comment", ""))
    try:
        told = json.loads(text)
    except ValueError:
        return None
    return told if isinstance(told, dict) and "synthetic" in told else None


def put_statement(path: Path, text: str) -> None:
    """Put a statement into a finished GIF, PNG or WebP, animated or not."""
    file = path.read_bytes()
    put = {b"GIF": _into_gif, b"\x89PN": _into_png, b"RIF": _into_webp}[file[:3]]
    path.write_bytes(put(file, text.encode()))


def _into_gif(file: bytes, text: bytes) -> bytes:
    """As an extension before the end mark."""
    parts = (text[start : start + _BLOCK] for start in range(0, len(text), _BLOCK))
    return file[:-1] + b"\x21\xfe" + b"".join(bytes([len(part)]) + part for part in parts) + b"\0" + file[-1:]


def _from_gif(file: bytes) -> str:
    start, text = file.rfind(b"\x21\xfe") + 2, b""
    while start < len(file) and file[start]:
        text, start = text + file[start + 1 : start + 1 + file[start]], start + 1 + file[start]
    return text.decode(errors="replace")


def _into_png(file: bytes, text: bytes) -> bytes:
    """As a text chunk behind the header, which has a length of its own."""
    header = 8 + 25
    chunk = b"tEXtComment\0" + text
    return file[:header] + (len(chunk) - 4).to_bytes(4, "big") + chunk + crc32(chunk).to_bytes(4, "big") + file[header:]


def _into_webp(file: bytes, text: bytes) -> bytes:
    """As XMP, which the extended header announces; a film of one picture may not have that header yet."""
    if file[12:16] != b"VP8X":
        with Image.open(BytesIO(file)) as picture:
            sides = b"".join((side - 1).to_bytes(3, "little") for side in picture.size)
            flags = _WEBP_ALPHA if picture.mode == "RGBA" else 0
        file = file[:12] + b"VP8X" + (10).to_bytes(4, "little") + bytes([flags, 0, 0, 0]) + sides + file[12:]
    xmp = _XMP.format(escape(text.decode(), quote=False)).encode()
    xmp = b"XMP " + len(xmp).to_bytes(4, "little") + xmp + b"\0" * (len(xmp) % 2)
    whole = file[:20] + bytes([file[20] | _WEBP_XMP]) + file[21:] + xmp
    return whole[:4] + (len(whole) - 8).to_bytes(4, "little") + whole[8:]
