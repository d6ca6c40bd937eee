"""Owns how the service logs: one JSON object a line on standard error, with the request's id and nothing of a patient.

A message is only as clean as who wrote it: ours name places and shapes, never values. What other packages raise may quote what
they were given, so that of an error that is not ours only the type and the lines of code are written.
"""

import json
import logging
import traceback
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from claims.errors import ClaimsError
from features.registry import FeatureError
from models.errors import ModelError
from serving.errors import ServingError
from serving.observability import request_ids

OUR_ERRORS = (ClaimsError, ServingError, ModelError, FeatureError)
FACTS = "facts"  # `log.info("...", extra={FACTS: {...}})` adds these keys to the line
_MOST_FRAMES = 12
_ROOT = Path(__file__).parents[2]


class JsonFormatter(logging.Formatter):
    """Writes a record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """Give the line."""
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        request_id = request_ids.current.get()
        if request_id:
            line["request_id"] = request_id
        line |= getattr(record, FACTS, {})
        if record.exc_info and record.exc_info[1]:
            line["error"] = describe_error(record.exc_info[1])
        return json.dumps(line, ensure_ascii=False, default=str)


def describe_error(error: BaseException) -> dict[str, object]:
    """Describe an error for a log: type, where in the code, and what it says if the words are ours; so for its causes."""
    frames = traceback.extract_tb(error.__traceback__)[-_MOST_FRAMES:]
    told: dict[str, object] = {
        "type": f"{type(error).__module__}.{type(error).__qualname__}",
        "at": [f"{_place(frame.filename)}:{frame.lineno} {frame.name}" for frame in frames],
    }
    if isinstance(error, OUR_ERRORS):
        told["message"] = str(error)
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if cause is not None:
        told["cause"] = describe_error(cause)
    return told


def _place(filename: str) -> str:
    path = Path(filename)
    return path.relative_to(_ROOT).as_posix() if path.is_relative_to(_ROOT) else path.name


def logging_config(level: str) -> dict[str, Any]:
    """Give the configuration that uvicorn applies in each worker: everything as JSON, uvicorn's own access log off."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"json": {"()": "serving.observability.logs.JsonFormatter"}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json", "stream": "ext://sys.stderr"}},
        "root": {"handlers": ["stderr"], "level": level.upper()},
        "loggers": {
            "uvicorn": {"level": level.upper(), "handlers": [], "propagate": True},
            "uvicorn.error": {"level": level.upper()},
            "uvicorn.access": {"level": "CRITICAL", "handlers": [], "propagate": False},
            "alembic": {"level": "WARNING"},
            "sqlalchemy": {"level": "WARNING"},
            "httpx": {"level": "WARNING"},
            "mlflow": {"level": "WARNING"},
        },
    }
