"""What a golden file says, as JSON: every field of every record that is not its default."""

import json
from dataclasses import MISSING, fields, is_dataclass
from pathlib import Path

from claims.x12 import read_file

FOLDER = Path(__file__).parent
GOLDEN_FILES = sorted(path for path in FOLDER.iterdir() if path.suffix in {".837", ".835", ".277", ".999"})


def as_json(path: Path) -> str:
    return json.dumps(_plain(read_file(path)), indent=1, ensure_ascii=False) + "\n"


def _plain(value: object) -> object:
    if is_dataclass(value):
        return {
            field.name: _plain(getattr(value, field.name))
            for field in fields(value)
            if field.default is MISSING or getattr(value, field.name) != field.default
        }
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    return value if value is None or isinstance(value, bool | int) else str(value)
