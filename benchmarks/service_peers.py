"""Owns what a user could pick instead of the service: the same model and features behind MLflow, BentoML and plain FastAPI.

Each peer validates the JSON claim, builds its features by `build_matrix`, asks LightGBM for every member's exact SHAP values
(`pred_contrib`, what `shap.TreeExplainer` calls for LightGBM; they sum to the margin), and answers probability and contributions.
"""

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import lightgbm as lgb
import numpy as np
import pandas as pd
from fastapi import FastAPI
from numpy.typing import NDArray

from claims.history.store import HistoryStore
from claims.privacy import PersonHasher, load_or_create_key
from features.batch import ClaimBatch
from features.matrix import build_matrix
from models.bundle import ModelBundle
from models.calibration import hazard_to_probability, softplus
from serving.api.claim_models import ClaimIn
from serving.bundles import DENIAL_RISK, load_champion
from serving.settings import Settings
from serving.state import Snapshot

BENTO = """
import bentoml, json
from pathlib import Path
from benchmarks.service_peers import Peer
from serving.api.claim_models import ClaimIn

@bentoml.service(workers=1)
class Denials:
    def __init__(self) -> None:
        self.peer = Peer()

    @bentoml.api
    def score(self, claim: ClaimIn) -> dict:
        return self.peer.answer([claim])[0]
"""


class Peer:
    """The model as a team would serve it by hand. Reads the home from the settings, as the service does."""

    def __init__(self) -> None:
        self._settings = Settings()
        home = self._settings.home
        self._bundle: ModelBundle = load_champion(home, DENIAL_RISK).bundle
        self._history = Snapshot.read(HistoryStore(home.history_uri)).history
        self._hasher = PersonHasher(load_or_create_key(home.person_key))

    def answer(self, claims: Sequence[ClaimIn]) -> list[dict[str, object]]:
        """Score and explain."""
        today = self._settings.current_day()
        batch = ClaimBatch.from_claims([claim.to_claim(today=today) for claim in claims], hasher=self._hasher)
        values = build_matrix(batch, self._history, self._bundle.feature_names).values
        hazards, shap_values = [], []
        for member in self._bundle.members:
            found = _shap_values(member.booster, values)
            share = member.linear_weight
            terms = found if member.linear is None else (1 - share) * found
            if member.linear is not None:
                terms[:, :-1] += share * member.linear.contributions(values)
                terms[:, -1] += share * member.linear.intercept
            shap_values.append(terms)
            hazards.append(softplus(terms.sum(axis=1)))
        probability = hazard_to_probability(self._bundle.calibration.apply(np.sum(hazards, axis=0)))
        strongest = np.argsort(-np.abs(np.sum(shap_values, axis=0)[:, :-1]), axis=1)[:, :9]
        names = self._bundle.feature_names
        return [
            {
                "claim_id": claim.claim_id,
                "probability": float(probability[row]),
                "causes": {one.cause: float(hazard[row]) for one, hazard in zip(self._bundle.members, hazards, strict=True)},
                "shap": {names[at]: [float(terms[row, at]) for terms in shap_values] for at in strongest[row]},
            }
            for row, claim in enumerate(claims)
        ]


def _shap_values(booster: lgb.Booster, values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(booster.predict(values, pred_contrib=True, num_threads=1), dtype=np.float64)


def create_peer_app() -> FastAPI:
    """Build the plain FastAPI service."""
    app, peer = FastAPI(), Peer()

    @app.post("/score")
    def score(claim: ClaimIn) -> dict[str, object]:
        return peer.answer([claim])[0]

    @app.get("/ping")
    def ping() -> str:
        return "ok"

    return app


class PeerModel:
    """What `mlflow models serve` calls: a frame with one JSON claim per row."""

    def __init__(self) -> None:
        self._peer = Peer()

    def predict(self, frame: pd.DataFrame, params: Mapping[str, object] | None = None) -> list[dict[str, object]]:  # noqa: ARG002
        """Score and explain."""
        return self._peer.answer([ClaimIn.model_validate_json(text) for text in frame["claim"]])


def _load_pyfunc(_: str) -> PeerModel:
    """Load for MLflow, which names this module in the model's files."""
    return PeerModel()


def write_mlflow_model(folder: Path) -> None:
    """Write the peer as a model folder that `mlflow models serve` takes."""
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    import mlflow

    data = folder.with_suffix(".data")
    data.mkdir()
    mlflow.pyfunc.save_model(str(folder), loader_module="benchmarks.service_peers", data_path=str(data), pip_requirements=[])


def mlflow_body(claim: bytes) -> bytes:
    """Wrap a JSON claim as MLflow's server expects it."""
    return json.dumps({"dataframe_records": [{"claim": claim.decode()}]}).encode()
