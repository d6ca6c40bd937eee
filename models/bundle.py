"""Owns the bundle: a folder of text and JSON that predicts and explains. Loading one runs no code that it carries.

The same object answers in training, batch scoring and the service. A batch gives the bits of its rows one by one.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from features.matrix import FeatureMatrix
from models.calibration import Calibration, hazard_to_probability, softplus
from models.confidence import Confidence
from models.errors import BundleError
from models.explanation import Explanation, Split, add_hazards, explain_rows, split_rows
from models.feature_set import FeatureSet
from models.linear import LinearPart
from models.member import Member
from models.member_stack import ROWS_AT_ONCE, MemberStack
from models.table_encoder import TableEncoder

FORMAT = 1
BUNDLE_FILE = "bundle.json"
MANIFEST_FILE = "manifest.json"
CARD_FILE = "card.md"

FEW_ROWS = 4_096

Json = None | bool | int | float | str | Sequence["Json"] | Mapping[str, "Json"]


@dataclass(frozen=True, kw_only=True)
class ModelBundle:
    """One trained model. `training`, `metrics`, `thresholds` and `tables` are plain JSON values for people and pages.

    `tables` of appeal_success: `models.appeal_tables`. `reference`: bins of features and scores, and levels learned from
    (`training.drift`).
    """

    name: str
    title: str
    subject: str  # "claim" | "denial" | "table"
    features: FeatureSet
    members: tuple[Member, ...]
    calibration: Calibration = field(default_factory=Calibration)
    confidence: Confidence | None = None  # None: no intervals
    data_version: str = ""  # HistoryStore.version() that it was trained on
    training: Mapping[str, Json] = field(default_factory=dict)
    metrics: Mapping[str, Json] = field(default_factory=dict)
    thresholds: Mapping[str, float] = field(default_factory=dict)
    tables: Mapping[str, Json] = field(default_factory=dict)
    card: str = ""
    encoder: TableEncoder | None = None  # of a model on a flat table: makes its matrix

    @property
    def feature_names(self) -> tuple[str, ...]:
        """Name the columns that a matrix must have, in order."""
        return self.features.names

    @property
    def causes(self) -> tuple[str, ...]:
        """Name the members' causes, the columns of `predict_causes`; a model without causes has its own name here."""
        return tuple(member.cause for member in self.members)

    @cached_property
    def version(self) -> str:
        """Name this content: the same history and spec give the same version."""
        digest = hashlib.sha256(self._describe().encode())
        for member in self.members:
            digest.update(member.text.encode())
        return digest.hexdigest()[:12]

    def predict_probability(self, matrix: FeatureMatrix) -> NDArray[np.float64]:
        """Predict calibrated probabilities, shape (n,), in row order.

        Raises: BundleError, if the matrix has other columns.
        """
        return hazard_to_probability(self.calibration.apply(self.raw_hazard(matrix)))

    def interval(self, matrix: FeatureMatrix) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
        """Give both ends of each row's interval, shapes (n,); `None` for a model without."""
        if self.confidence is None:
            return None
        strange = self.confidence.is_unfamiliar(matrix)
        return self.confidence.interval(self.predict_probability(matrix), is_unfamiliar=strange)

    def raw_hazard(self, matrix: FeatureMatrix) -> NDArray[np.float64]:
        """Give the joint hazard before calibration, shape (n,): what a calibration map is fitted on."""
        return add_hazards(self._hazards(matrix))

    def predict_causes(self, matrix: FeatureMatrix) -> NDArray[np.float64]:
        """Split each probability over `causes` by their hazards: shape (n, n_causes), rows sum to `predict_probability`."""
        hazards = self._hazards(matrix)
        raw = add_hazards(hazards)
        probability = hazard_to_probability(self.calibration.apply(raw))
        shares: NDArray[np.float64] = np.stack(hazards, axis=1) * (probability / raw)[:, None]
        return shares

    def explain(self, matrix: FeatureMatrix) -> Explanation:
        """Explain each row on the calibrated hazard scale. Raises: BundleError, if the matrix has other columns."""
        return explain_rows(self._stack, self.calibration, names=self.feature_names, values=self._values(matrix))

    def split(self, matrix: FeatureMatrix) -> Split:
        """Split each row's risk over the causes, as `explain` does, without the columns behind it. Raises: BundleError."""
        return split_rows(self._stack, self.calibration, self._values(matrix))

    def warm_up(self) -> None:
        """Compile or load what `explain` runs, for one row and for many: seconds once per installation, later below one."""
        for row_count in (1, ROWS_AT_ONCE):
            rows = np.zeros((row_count, len(self.feature_names)))
            self._stack.explain(rows)
            self._stack.margins(rows)

    def save(self, folder: Path) -> None:
        """Write the bundle into an empty or new folder; the manifest comes last and seals it."""
        folder.mkdir(parents=True, exist_ok=True)
        texts = {member.file: member.text for member in self.members}
        texts[BUNDLE_FILE] = self._describe(indent=1)
        texts[CARD_FILE] = self.card
        for name, text in texts.items():
            (folder / name).write_bytes(text.encode())
        hashes = {name: hashlib.sha256(text.encode()).hexdigest() for name, text in sorted(texts.items())}
        seal = {"format": FORMAT, "name": self.name, "version": self.version, "sha256": hashes}
        (folder / MANIFEST_FILE).write_bytes((json.dumps(seal, indent=1) + "\n").encode())

    @classmethod
    def load(cls, folder: Path) -> "ModelBundle":
        """Read a bundle that this installation can run.

        Raises: BundleError, when a file is missing or changed, or the installed features differ from those it was made with.
        """
        texts = _read_sealed(folder)
        bundle = _assemble(texts, folder=folder)
        if bundle.encoder is None:
            bundle.features.refuse_other_features()
        asked = [reason.feature for reason in bundle.confidence.reasons] if bundle.confidence else []
        if not set(asked) <= set(bundle.feature_names):
            raise BundleError(f"{folder}, {BUNDLE_FILE}, confidence: expected reasons on columns of the bundle, got another name")
        for member in bundle.members:
            if member.width != len(bundle.feature_names):
                raise BundleError(f"{folder}, {member.file}: expected {len(bundle.feature_names)} columns, got {member.width}")
        return bundle

    @cached_property
    def _stack(self) -> MemberStack:
        return MemberStack(members=self.members)

    def _hazards(self, matrix: FeatureMatrix) -> list[NDArray[np.float64]]:
        values = self._values(matrix)
        if not len(values):
            return [np.zeros(0) for _ in self.members]
        if len(values) <= FEW_ROWS:  # the bits are the same; asking LightGBM costs more than a few rows do
            return list(softplus(self._stack.margins(values)))
        return [softplus(member.margin(values)) for member in self.members]

    def _values(self, matrix: FeatureMatrix) -> NDArray[np.float64]:
        if tuple(matrix.names) != self.feature_names:
            first = _first_difference(matrix.names, self.feature_names)
            raise BundleError(
                f"{self.name}: expected a matrix of the {len(self.feature_names)} columns of the bundle in their order, "
                f"got {len(matrix.names)} columns that differ from column {first} on"
            )
        return matrix.values

    def _describe(self, indent: int | None = None) -> str:
        content: dict[str, Json] = {
            "format": FORMAT,
            "name": self.name,
            "title": self.title,
            "subject": self.subject,
            "data_version": self.data_version,
            "features": {
                "fingerprint": self.features.fingerprint,
                "names": list(self.features.names),
                "versions": dict(self.features.versions),
            },
            "members": [
                {
                    "cause": member.cause,
                    "file": member.file,
                    "round_count": member.round_count,
                    "positive_count": member.positive_count,
                    "pooled_causes": list(member.pooled_causes),
                    **({"linear_weight": member.linear_weight, "linear": member.linear.to_json()} if member.linear else {}),
                }
                for member in self.members
            ],
            "calibration": self.calibration.to_json(),
            **({"confidence": self.confidence.to_json()} if self.confidence else {}),
            "thresholds": dict(self.thresholds),
            "tables": dict(self.tables),
            "training": dict(self.training),
            "metrics": dict(self.metrics),
            **({"encoder": self.encoder.to_json()} if self.encoder else {}),
        }
        return json.dumps(content, indent=indent, allow_nan=False) + "\n"


def _first_difference(got: Sequence[str], wanted: Sequence[str]) -> int:
    same = (left == right for left, right in zip(got, wanted, strict=False))
    return next((at for at, is_same in enumerate(same) if not is_same), min(len(got), len(wanted)))


def _read_sealed(folder: Path) -> dict[str, str]:
    manifest = folder / MANIFEST_FILE
    if not manifest.is_file():
        raise BundleError(f"{folder}: expected a bundle with {MANIFEST_FILE}, got none")
    seal = _read_json(manifest.read_text(encoding="utf-8"), where=str(manifest))
    if seal.get("format") != FORMAT:
        raise BundleError(f"{manifest}, format: expected {FORMAT}, got {seal.get('format')}")
    hashes = seal.get("sha256")
    if not isinstance(hashes, Mapping) or BUNDLE_FILE not in hashes:
        raise BundleError(f"{manifest}, sha256: expected the hash of every file, got none of {BUNDLE_FILE}")
    texts = {}
    for name, expected in hashes.items():
        path = folder / name
        if path.parent != folder or not path.is_file():
            raise BundleError(f"{folder}, {name}: expected a file of the bundle, got none")
        content = path.read_bytes()
        if hashlib.sha256(content).hexdigest() != expected:
            raise BundleError(f"{folder}, {name}: expected the content that the manifest seals, got another")
        texts[name] = content.decode()
    return texts


def _read_json(text: str, *, where: str) -> dict[str, Json]:
    try:
        content = json.loads(text)
    except json.JSONDecodeError as error:
        raise BundleError(f"{where}: expected JSON, got {error}") from None
    if not isinstance(content, dict):
        raise BundleError(f"{where}: expected a JSON object, got {type(content).__name__}")
    return content


def _assemble(texts: Mapping[str, str], *, folder: Path) -> ModelBundle:
    where = f"{folder}, {BUNDLE_FILE}"
    content = json.loads(texts[BUNDLE_FILE])
    try:
        members = tuple(
            Member(
                cause=row["cause"],
                text=texts[row["file"]],
                round_count=row["round_count"],
                positive_count=row["positive_count"],
                pooled_causes=tuple(row["pooled_causes"]),
                linear=LinearPart.from_json(row["linear"]) if "linear" in row else None,
                linear_weight=float(row.get("linear_weight", 0.0)),
            )
            for row in content["members"]
        )
        features = content["features"]
        return ModelBundle(
            name=content["name"],
            title=content["title"],
            subject=content["subject"],
            features=FeatureSet(
                names=tuple(features["names"]), versions=features["versions"], fingerprint=features["fingerprint"]
            ),
            members=members,
            calibration=Calibration(**content["calibration"]),
            confidence=Confidence.from_json(content["confidence"]) if "confidence" in content else None,
            data_version=content["data_version"],
            training=content["training"],
            metrics=content["metrics"],
            thresholds=content["thresholds"],
            tables=content["tables"],
            card=texts.get(CARD_FILE, ""),
            encoder=TableEncoder.from_json(content["encoder"]) if "encoder" in content else None,
        )
    except (KeyError, TypeError, ValueError) as error:
        raise BundleError(f"{where}: expected the keys of format {FORMAT}, got {type(error).__name__} at {error}") from None
