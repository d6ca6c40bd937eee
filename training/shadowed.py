"""Owns the comparison of a challenger with the champion on claims that both scored before they were sent, and that were answered.

Only claims that were sent as they were scored count: what somebody mended or held back because of the champion's score no longer
says which model was right. Only submissions old enough for their payer count, or fast answers would stand for all.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from claims.adjudication import Adjudication, adjudicate
from claims.history.store import HistoryStore
from claims.home import Home
from claims.privacy import PersonHasher, load_or_create_key
from claims.score_log.action import MENDING
from claims.score_log.followed import read_followed
from claims.score_log.log import ScoreLog
from features.batch import NO_DAY, day_number, days, numbers
from models.bundle import Json
from models.maturity import UNKNOWN, Maturity, learn_maturity
from models.spec import ModelSpec
from training.errors import TooLittleData
from training.live import Calibration, calibration_of
from training.metrics import Flags, Numbers, log_loss, measure

SMALLEST_LIVE = 100  # claims, before anything is said
RESAMPLES, SEED = 500, 43
WORKED_SHARE = 0.10  # of claims, those with most dollars expected to be denied


@dataclass(frozen=True, kw_only=True)
class PairedFigure:
    """One figure of both models on the same claims. `low` and `high` bound challenger less champion, by patients, 95 %."""

    name: str
    champion: float
    challenger: float
    low: float
    high: float

    @property
    def difference(self) -> float:
        """Give challenger less champion."""
        return self.challenger - self.champion


@dataclass(frozen=True, kw_only=True)
class LiveComparison:
    """What live outcomes say of two models. Dollars: share of the denied dollars in the tenth with most dollars expected."""

    name: str
    champion: str
    challenger: str
    row_count: int
    patient_count: int
    denied_count: int
    acted_on_count: int  # left out: somebody acted on the score
    waiting_count: int  # left out: not answered, or not yet old enough
    sent_from: date
    sent_until: date
    figures: tuple[PairedFigure, ...]
    calibration: tuple[Calibration, Calibration]

    def to_json(self) -> dict[str, Json]:
        """Give everything as plain values."""
        return {
            "model": self.name,
            "champion": self.champion,
            "challenger": self.challenger,
            "row_count": self.row_count,
            "patient_count": self.patient_count,
            "denied_count": self.denied_count,
            "acted_on_count": self.acted_on_count,
            "waiting_count": self.waiting_count,
            "sent_from": self.sent_from.isoformat(),
            "sent_until": self.sent_until.isoformat(),
            "figures": {
                one.name: {
                    "champion": one.champion,
                    "challenger": one.challenger,
                    "difference": one.difference,
                    "low": one.low,
                    "high": one.high,
                }
                for one in self.figures
            },
            "calibration": {one.name: one.to_json() for one in self.calibration},
        }


@dataclass(frozen=True, kw_only=True)
class Answered:
    """Claims that both models scored and that were answered, one row each. Pairs are (champion, challenger)."""

    patient: NDArray[np.object_]
    label: Flags
    probability: tuple[Numbers, Numbers]
    expected_dollars: tuple[Numbers, Numbers]
    denied_dollars: Numbers


def compare_live(
    name: str, *, home: Home, champion: str, challenger: str, as_of: date | None = None, spec: ModelSpec | None = None
) -> LiveComparison:
    """Compare two bundles, by their names in the score log ("denial_risk-VERSION"), with what is known before `as_of`.

    Raises: TooLittleData, with fewer than 100 claims to compare on.
    """
    store, log = HistoryStore(home.history_uri).pinned(), ScoreLog(home.history_uri)
    adjudication = adjudicate(store, before=as_of)
    hasher = PersonHasher(load_or_create_key(home.person_key))
    pairs = _pairs(store, log, adjudication, hasher, (champion, challenger), as_of)
    untouched = [row for row in pairs if not row["changed"] and not set(_texts(row["actions"])) & MENDING]
    rows = _matured(untouched, store, adjudication, spec or ModelSpec.load(name), as_of)
    if len(rows) < SMALLEST_LIVE:
        raise TooLittleData(
            what=f"{name}: matured claims that champion and challenger scored", expected=SMALLEST_LIVE, got=len(rows)
        )
    answered = _answered(rows)
    sent = [row["sent_on"] for row in rows]
    return LiveComparison(
        name=name,
        champion=champion,
        challenger=challenger,
        row_count=len(rows),
        patient_count=len(set(answered.patient)),
        denied_count=int(answered.label.sum()),
        acted_on_count=len(pairs) - len(untouched),
        waiting_count=len(untouched) - len(rows),
        sent_from=min(sent),  # type: ignore[type-var,arg-type]
        sent_until=max(sent),  # type: ignore[type-var,arg-type]
        figures=paired_figures(answered),
        calibration=(
            calibration_of("champion", answered.label, answered.probability[0]),
            calibration_of("challenger", answered.label, answered.probability[1]),
        ),
    )


def paired_figures(answered: Answered) -> tuple[PairedFigure, ...]:
    """Measure both models; intervals resample patients, since claims of one patient fail together."""
    _, patient = np.unique(answered.patient.astype(str), return_inverse=True)
    count = int(patient.max()) + 1
    random = np.random.default_rng(SEED)
    even = np.ones(len(answered.label))
    first, second = _figures(answered, 0, even), _figures(answered, 1, even)
    draws = []
    for _ in range(RESAMPLES):
        weight = random.multinomial(count, np.full(count, 1 / count)).astype(np.float64)[patient]
        old, new = _figures(answered, 0, weight), _figures(answered, 1, weight)
        draws.append({name: new[name] - old[name] for name in first if name in old and name in new})
    found = []
    for name in first:
        low, high = np.quantile([draw[name] for draw in draws if name in draw], [0.025, 0.975])
        found.append(PairedFigure(name=name, champion=first[name], challenger=second[name], low=float(low), high=float(high)))
    return tuple(found)


def _figures(answered: Answered, which: int, weight: Numbers) -> dict[str, float]:
    label, probability = answered.label, answered.probability[which]
    kept = weight > 0
    label, probability, weight = label[kept], probability[kept], weight[kept]
    measured = measure(label, probability, weight)
    dollars, expected = answered.denied_dollars[kept], answered.expected_dollars[which][kept]
    found = {"log_loss": log_loss(label, probability, weight), "brier": measured["brier"]}
    if "auc" in measured:
        found["auc"] = measured["auc"]
    found["observed_over_expected"] = float((weight * label).sum() / max((weight * probability).sum(), 1e-9))
    if (weight * dollars).sum() > 0:
        found["denied_dollars_in_top_tenth"] = _share_in_top(dollars, expected, weight)
    found["dollar_error"] = float(np.average(np.abs(dollars - expected), weights=weight))
    return found


def _share_in_top(dollars: Numbers, expected: Numbers, weight: Numbers) -> float:
    order = np.argsort(-expected, kind="stable")
    upto = np.cumsum(weight[order])
    inside = order[upto <= max(WORKED_SHARE * upto[-1], upto[0])]
    return float((weight * dollars)[inside].sum() / (weight * dollars).sum())


def _pairs(
    store: HistoryStore,
    log: ScoreLog,
    adjudication: Adjudication,
    hasher: PersonHasher,
    models: tuple[str, str],
    as_of: date | None,
) -> list[dict[str, object]]:
    """Give the last score of each submission by the champion that the challenger scored, too, both in one row."""
    shadows = {row["score_id"]: row for row in log.shadows(before=as_of).to_pylist() if row["model_version"] == models[1]}
    if not shadows:
        return []
    followed = read_followed(store, log, adjudication, hasher=hasher, before=as_of).to_pylist()
    found: dict[object, dict[str, object]] = {}
    for row in sorted(followed, key=lambda row: row["scored_at"]):
        said = shadows.get(row["score_id"])
        if said is None or row["submission_id"] is None or row["model_version"] != models[0]:
            continue
        said = {"shadow_probability": said["denial_probability"], "shadow_dollars": said["expected_denied_amount"]}
        found[row["submission_id"]] = row | said
    return list(found.values())


def _matured(
    rows: list[dict[str, object]], store: HistoryStore, adjudication: Adjudication, spec: ModelSpec, as_of: date | None
) -> list[dict[str, object]]:
    """Keep what was answered and is old enough for its payer, with the patient's key."""
    claims = store.read("claims", columns=["submission_id", "payer_id", "submitted_on", "patient_key"], before=as_of)
    joined = claims.join(adjudication.submissions.select(["submission_id", "outcome_known_on"]), "submission_id")
    sent, known = days(joined["submitted_on"].combine_chunks()), days(joined["outcome_known_on"].combine_chunks())
    known = np.where(known == NO_DAY, UNKNOWN, known)
    end = day_number(as_of) if as_of is not None else int(max(sent.max(initial=0), known[known != UNKNOWN].max(initial=0))) + 1
    payer = np.array(joined["payer_id"].to_pylist(), dtype=object)
    maturity = learn_maturity(payer_id=payer, sent=sent, known=known, end=end, rule=spec.maturity)
    patients = _column(joined, "patient_key")
    return [
        row | {"patient_key": patients[row["submission_id"]] or row["submission_id"]}
        for row in rows
        if row["result"] in {"paid", "denied"} and _is_ripe(row, maturity, end)
    ]


def _is_ripe(row: Mapping[str, object], maturity: Maturity, end: int) -> bool:
    sent_on, payer = row["sent_on"], np.array([row["payer_id"]], dtype=object)
    assert isinstance(sent_on, date)  # noqa: S101  of a row with a submission
    return bool(day_number(sent_on) + maturity.of(payer)[0] <= end)


def _answered(rows: list[dict[str, object]]) -> Answered:
    def column(name: str) -> Numbers:
        return np.nan_to_num(numbers(pa.array([_float(row[name]) for row in rows], pa.float64())))

    return Answered(
        patient=np.array([row["patient_key"] for row in rows], dtype=object),
        label=np.array([row["result"] == "denied" for row in rows], dtype=np.bool_),
        probability=(column("denial_probability"), column("shadow_probability")),
        expected_dollars=(column("expected_denied_amount"), column("shadow_dollars")),
        denied_dollars=column("denied_amount"),
    )


def _column(table: pa.Table, name: str) -> dict[object, object]:
    return dict(zip(table["submission_id"].to_pylist(), table[name].to_pylist(), strict=True))


def _float(found: object) -> float | None:
    return None if found is None else float(str(found))


def _texts(found: object) -> list[str]:
    return [str(text) for text in found] if isinstance(found, list) else []
