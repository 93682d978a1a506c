"""A film that was just saved, as the page shows it: moving, with a link to take it home."""

import base64
from html import escape
from pathlib import Path

MOST = 16_000_000  # bytes; a longer film lies in its folder, and would only make the page slow


def film_box(path: Path, count: int) -> str:
    """HTML: how many pictures, where they lie, the film, and a link that downloads it.

    Args:
        path: of an MP4 or a GIF.
        count: of its pictures.
    """
    said = f"{count} picture{'' if count == 1 else 's'} in {escape(str(path))}"
    if path.stat().st_size > MOST:
        return f"<p>{said} (too long to be shown here)</p>"
    kind = "image/gif" if path.suffix == ".gif" else "video/mp4"
    data = f"data:{kind};base64,{base64.b64encode(path.read_bytes()).decode('ascii')}"
    label = escape(f"the puppet's recording, {count} pictures" if count > 1 else "the puppet's recording, 1 picture")
    if kind == "image/gif":
        film = f'<img src="{data}" alt="{label}" width="192">'
    else:
        film = f'<video src="{data}" aria-label="{label}" width="192" controls muted loop autoplay playsinline></video>'
    name = escape(path.name)
    link = f'<a href="{data}" download="{name}" style="text-decoration:underline">download {name}</a>'
    return f"<div>{said}: {link}</div>{film}"
