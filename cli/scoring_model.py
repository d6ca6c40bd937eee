"""Owns how MLflow loads a registered model: bundle, and beside it the home whose history claims are scored with.

MLflow names this module in the model's files (`training.tracking.LOADER`). It stands here because it joins the JSON form of a
claim, which is the service's, with what training registered. No pickle: `ModelBundle.load` reads text and checks it.
"""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pandas as pd
from pydantic import ValidationError

from claims.history.store import HistoryStore
from claims.home import Home
from claims.privacy import PersonHasher, load_or_create_key
from features.batch import ClaimBatch
from features.matrix import FeatureMatrix, build_matrix
from models.bundle import ModelBundle
from serving.api.claim_models import ClaimIn
from serving.errors import RefusedInput
from serving.state import Snapshot
from training.scoring_model import CLAIM_COLUMN, ScoringModel


class ClaimScoringModel(ScoringModel):
    """Scores feature columns, or claims as JSON text in the column `claim`, each as of its submission day or as of one day."""

    def __init__(self, bundle: ModelBundle, *, home: Path | None, as_of: date | None) -> None:
        super().__init__(bundle)
        self._home = home
        self._as_of = as_of
        self._snapshot: Snapshot | None = None

    def matrix_of(self, model_input: pd.DataFrame) -> FeatureMatrix:
        """Build features of claims from the home's history. Raises: RefusedInput, BundleError."""
        if CLAIM_COLUMN not in model_input.columns or model_input[CLAIM_COLUMN].isna().all():
            return super().matrix_of(model_input)
        if self.bundle.subject != "claim":
            raise RefusedInput(
                f"model {self.bundle.name}: expected its feature columns, got claims; only denial_risk scores claims"
            )
        if self._home is None:
            raise RefusedInput(
                f"model {self.bundle.name}: expected a home with the history of claims in model_config "
                "or DENIALS_HOME, got neither"
            )
        home = Home(self._home)
        self._snapshot = self._snapshot or Snapshot.read(HistoryStore(home.history_uri))
        today = datetime.now(UTC).date() if self._as_of is None else self._as_of
        claims = [_read(text, row).to_claim(today=today) for row, text in enumerate(model_input[CLAIM_COLUMN])]
        batch = ClaimBatch.from_claims(claims, hasher=PersonHasher(load_or_create_key(home.person_key)))
        batch = batch if self._as_of is None else batch.as_of(self._as_of)
        matrix = build_matrix(batch, self._snapshot.history, self.bundle.feature_names)
        return replace(matrix, ids=np.asarray(model_input.index, dtype=object))


def _read(text: object, row: int) -> ClaimIn:
    """Read one claim; trouble names its row and the places at fault, never what was sent."""
    try:
        return ClaimIn.model_validate_json(text) if isinstance(text, str) else ClaimIn.model_validate(text)
    except ValidationError as error:
        places = ", ".join(".".join(str(part) for part in fault["loc"]) for fault in error.errors())
        raise RefusedInput(f"claim in row {row}: expected the fields of a claim, got faults at {places}") from None


def claim_column(claims: Sequence[Mapping[str, object]]) -> pd.DataFrame:
    """Make the frame that the model takes of claims in their JSON form."""
    return pd.DataFrame({CLAIM_COLUMN: [json.dumps(claim) for claim in claims]})


def _load_pyfunc(data_path: str, model_config: Mapping[str, str] | None = None) -> ClaimScoringModel:
    """Load from the folder that MLflow names. Called by MLflow.

    `mlflow models serve` takes no model_config: there DENIALS_HOME names the home.
    """
    config = model_config or {}
    home, as_of = config.get("home") or os.environ.get("DENIALS_HOME"), config.get("as_of")
    return ClaimScoringModel(
        ModelBundle.load(Path(data_path)),
        home=Path(home) if home else None,
        as_of=date.fromisoformat(as_of) if as_of else None,
    )
