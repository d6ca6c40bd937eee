"""Owns what makes a run repeatable: the hash of the rows it learned from, the versions it ran with, its spec as a file."""

import hashlib
import json
import os
import platform
import sys
from collections.abc import Mapping
from dataclasses import asdict
from importlib.metadata import version

import numpy as np
from numpy.typing import NDArray

from models.spec import ModelSpec
from training.dataset import Dataset

LIBRARIES = ("lightgbm", "numpy", "pyarrow", "deltalake", "scikit-learn", "mlflow", "pandas")


def hash_rows(dataset: Dataset, rows: NDArray[np.int64]) -> str:
    """Hash columns, values, outcomes and keys of these rows, in their order: 16 hex digits."""
    digest = hashlib.sha256("\n".join(dataset.matrix.names).encode())
    digest.update(np.ascontiguousarray(dataset.matrix.values[rows]).tobytes())
    digest.update(dataset.label[rows].tobytes())
    digest.update(dataset.sent[rows].tobytes())
    for column in (dataset.matrix.ids, dataset.cause):
        digest.update("\n".join(column[rows].astype(str)).encode())
    return digest.hexdigest()[:16]


def library_versions() -> dict[str, str]:
    """Give the versions that figures may depend on."""
    return {"python": platform.python_version(), **{name: version(name) for name in LIBRARIES}}


def peak_memory_bytes() -> int | None:
    """Give the most memory that this process has held so far; `None` where the system does not tell."""
    if os.name != "posix":
        return None
    import resource  # of POSIX systems only

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def spec_text(spec: ModelSpec) -> str:
    """Write a spec as TOML with every default spelled out; `ModelSpec.load` reads the same spec back."""
    values = asdict(spec)
    lines = [f"{key} = {_toml(value)}" for key, value in values.items() if not isinstance(value, Mapping) and value is not None]
    for section, content in values.items():
        if isinstance(content, Mapping):
            lines += ["", f"[{section}]", *(f"{key} = {_toml(value)}" for key, value in content.items() if value is not None)]
    return "\n".join(lines) + "\n"


def _toml(value: object) -> str:
    """Write a value; JSON's words, numbers and lists are TOML's too, and so are tables once they stand inline."""
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{json.dumps(key)} = {_toml(inner)}" for key, inner in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_toml(inner) for inner in value) + "]"
    return json.dumps(value)
