"""Owns the answer key: what the simulator alone knows, written under `truth/` in parquet, CSV and JSON."""

import csv
import json
from dataclasses import asdict
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from simulator.appeals import PARTIAL_GENEROSITY, PARTIAL_SHARE, DeniedClaim, visible_overturn_chance
from simulator.codes import EDITS
from simulator.edits import cause_probabilities, denial_probability
from simulator.priors import CAUSE_MIX
from simulator.submission import Submission
from simulator.world import World

CAUSES = tuple(CAUSE_MIX)
_CLAIMS = pa.schema(
    [
        ("claim_id", pa.string()),
        ("payer_id", pa.string()),
        ("submitted_on", pa.date32()),
        ("service_from_on", pa.date32()),
        ("frequency_code", pa.string()),
        ("payer_sequence_code", pa.string()),
        ("submission_number", pa.int32()),
        ("rejection_probability", pa.float64()),
        ("rejected", pa.bool_()),
        ("denial_probability", pa.float64()),
        *[(f"p_{cause}", pa.float64()) for cause in CAUSES],
        ("denied", pa.bool_()),
        ("cause", pa.string()),
        ("edit", pa.string()),
        ("fix", pa.string()),
        ("denied_amount", pa.float64()),
        ("charge_amount", pa.float64()),
        ("answered_on", pa.date32()),
        ("location_npi", pa.string()),
    ]
)
_DENIALS = pa.schema(
    [
        ("claim_id", pa.string()),
        ("payer_id", pa.string()),
        ("submitted_on", pa.date32()),
        ("denied_on", pa.date32()),
        ("group_code", pa.string()),
        ("carc", pa.string()),
        ("rarc", pa.string()),
        ("denied_amount", pa.float64()),
        ("cause", pa.string()),
        ("p_overturn", pa.float64()),
        ("recovered_share", pa.float64()),
    ]
)
_CHUNK_ROWS = 50_000


class ParquetLog:
    """Appends rows to one parquet file in chunks, so that memory stays flat."""

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        self._schema = schema
        self._writer = pq.ParquetWriter(path, schema)
        self._rows: list[dict[str, object]] = []

    def add(self, row: dict[str, object]) -> None:
        """Append one row."""
        self._rows.append(row)
        if len(self._rows) >= _CHUNK_ROWS:
            self._flush()

    def close(self) -> None:
        """Write what is left."""
        self._flush()
        self._writer.close()

    def _flush(self) -> None:
        if self._rows:
            self._writer.write_table(pa.Table.from_pylist(self._rows, schema=self._schema))
            self._rows.clear()


class Truth:
    """The files under `truth/`."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._claims = ParquetLog(folder / "claims.parquet", _CLAIMS)
        self._denials = ParquetLog(folder / "denials.parquet", _DENIALS)

    def add_submission(self, submission: Submission, *, last_day: int) -> None:
        """Note a submission with its exact chances, the planted cause and the fix that removes it."""
        claim, first, encounter = submission.claim, submission.verdict.first, submission.encounter
        causes = cause_probabilities(submission.risks)
        lines = submission.verdict.line_edits
        denied = sum(float(claim.lines[p].charge_amount) for p in lines) if lines else float(claim.charge_amount)
        facility = encounter.location.outpatient_department if encounter.is_institutional else encounter.location.facility
        answered = 0 < submission.answer_day <= last_day
        self._claims.add(
            {
                "claim_id": claim.patient_control_number,
                "payer_id": submission.payer.payer_id,
                "submitted_on": claim.submitted_on,
                "service_from_on": claim.service_from_on,
                "frequency_code": claim.frequency_code,
                "payer_sequence_code": claim.subscriber.payer_sequence_code,
                "submission_number": submission.number,
                "rejection_probability": submission.rejection_probability,
                "rejected": submission.is_rejected,
                "denial_probability": denial_probability(submission.risks),
                **{f"p_{cause}": causes.get(cause, 0.0) for cause in CAUSES},
                "denied": None if submission.is_rejected else first is not None,
                "cause": EDITS[first].cause if first else None,
                "edit": first,
                "fix": EDITS[first].fix if first else None,
                "denied_amount": denied if first else 0.0,
                "charge_amount": float(claim.charge_amount),
                "answered_on": date.fromordinal(submission.answer_day) if answered else None,
                "location_npi": facility.npi,
            }
        )

    def add_denial(self, submission: Submission, denied: DeniedClaim, *, elapsed_days: int) -> None:
        """Note a denial with P(overturn at level 1), after these days, given what the files show."""
        wording = denied.answer.wording
        if wording is None:
            return
        self._denials.add(
            {
                "claim_id": submission.claim.patient_control_number,
                "payer_id": submission.payer.payer_id,
                "submitted_on": submission.claim.submitted_on,
                "denied_on": date.fromordinal(denied.answered_day),
                "group_code": wording.group_code,
                "carc": wording.carc,
                "rarc": wording.rarc,
                "denied_amount": denied.answer.denied_cents / 100,
                "cause": EDITS[denied.edit].cause,
                "p_overturn": visible_overturn_chance(denied, elapsed_days=elapsed_days),
                "recovered_share": submission.payer.allowed_ratio * (1 - PARTIAL_SHARE * (1 - PARTIAL_GENEROSITY)),
            }
        )

    def write_world(self, world: World, *, months: int) -> None:
        """Write the dated policy changes and the parameters of the world."""
        with (self._folder / "policies.csv").open("w", newline="", encoding="utf-8") as file:
            out = csv.writer(file, lineterminator="\n")
            out.writerow(["payer", "cause", "procedure_family", "effective_on", "old", "new", "subject"])
            for payer in world.payers:
                for change in sorted(
                    world.policies[payer.payer_id].changes, key=lambda c: (c.effective_on, c.cause, c.procedure_family, c.subject)
                ):
                    out.writerow(
                        [
                            change.payer_id,
                            change.cause,
                            change.procedure_family,
                            change.effective_on.isoformat(),
                            change.old,
                            change.new,
                            change.subject,
                        ]
                    )
        text = json.dumps(_describe(world, months=months), indent=1, sort_keys=True)
        (self._folder / "world.json").write_text(text + "\n", encoding="utf-8")

    def close(self) -> None:
        """Close the parquet files."""
        self._claims.close()
        self._denials.close()


def _describe(world: World, *, months: int) -> dict[str, object]:
    """Write the whole world down as plain JSON values."""
    payers = []
    for payer in world.payers:
        row = {key: value for key, value in asdict(payer).items() if key != "plan"}
        row["plan_type"] = payer.plan_type
        row["starts_on"] = date.fromordinal(payer.starts_on_day).isoformat() if payer.starts_on_day else None
        policy = world.policies[payer.payer_id]
        row["rules"] = [{"rule": "/".join(key), "days": days, "strictness": values} for key, days, values in policy.rules()]
        row["authorization_exempt"] = {family: sorted(npis) for family, npis in sorted(policy.exempt.items())}
        row["intensity"] = {cause: world.adjudicator.intensity.get((payer.payer_id, cause), 1.0) for cause in CAUSES}
        payers.append(row)
    return {
        "seed": world.seed,
        "claims": world.claims,
        "months": months,
        "first_on": date.fromordinal(world.first_day).isoformat(),
        "last_on": date.fromordinal(world.last_day).isoformat(),
        "priors": asdict(world.priors),
        "fixes": {edit.id: edit.fix for edit in EDITS.values()},
        "late_procedures": {code: date.fromordinal(day).isoformat() for code, day in sorted(world.late_codes.items())},
        "late_providers": {
            c.provider.npi or "": date.fromordinal(c.starts_on_day).isoformat()
            for c in world.practice.clinicians
            if c.starts_on_day
        },
        "locations": [
            {
                "npi": location.facility.npi,
                "outpatient_npi": location.outpatient_department.npi,
                "diligence": location.diligence,
                "habits": {habit: {"days": days, "rates": rates} for habit, (days, rates) in sorted(location.habits.items())},
            }
            for location in world.practice.locations
        ],
        "payers": payers,
    }
