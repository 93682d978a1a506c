"""What trainings found, one record a line in a JSON file beside the chapter that shows it."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from fomm_lite.files.atomic import written_whole


def write_records(path: Path, records: Iterable[Mapping[str, Any]]) -> None:
    """Write a list of records, whole or not at all: a second training leaves the lines of the first as they are."""
    lines = ",\n".join(json.dumps(record) for record in records)
    with written_whole(path) as draft:
        draft.write_text(f"[\n{lines}\n]\n", encoding="utf-8")
