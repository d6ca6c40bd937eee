"""Owns scoring changed claims: the same matrix and model as any claim, over the records as they would be after the change."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from claims.claim import Claim
from claims.privacy import PersonHasher
from features.batch import ClaimBatch, Days, Numbers, Texts
from features.events import Ints
from features.history import History
from features.matrix import build_matrix
from features.registers import Register
from features.text_keys import SEPARATOR
from models.bundle import ModelBundle
from serving.fixes.change import Change, RegisterRow

Touched = dict[tuple[str, str], frozenset[RegisterRow]]


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A risky claim with changes made. `row` is the position of the claim as it was in the batch that was looked up."""

    row: int
    changes: tuple[Change, ...]
    claim: Claim

    @classmethod
    def make(cls, row: int, changes: tuple[Change, ...], claim: Claim) -> "Candidate":
        """Apply the changes, one after the other."""
        for change in changes:
            claim = change.apply(claim)
        return cls(row=row, changes=changes, claim=claim)

    @property
    def rows(self) -> frozenset[RegisterRow]:
        """Gather the rows that the practice's records would have."""
        return frozenset(row for change in self.changes for row in change.rows)


@dataclass(frozen=True, kw_only=True)
class Rescorer:
    """Scores candidates through `ClaimBatch.from_claims`, `build_matrix` and the bundle, many at once."""

    bundle: ModelBundle
    history: History
    hasher: PersonHasher

    def causes(self, candidates: Sequence[Candidate], before: ClaimBatch) -> NDArray[np.float64]:
        """Split each candidate's probability over the bundle's causes: shape (n, n_causes), as `predict_causes` does."""
        found = np.zeros((len(candidates), len(self.bundle.causes)))
        for group in _worlds(candidates, before):
            part = [candidates[at] for at in group]
            matrix = build_matrix(self._batch(part, before), self._history(part, before), self.bundle.feature_names)
            found[group] = self.bundle.predict_causes(matrix)
        return found

    def _batch(self, candidates: Sequence[Candidate], before: ClaimBatch) -> ClaimBatch:
        """Make rows of changed claims. The patient stays who it was; a member id known by its hash alone is put in here."""
        batch = ClaimBatch.from_claims([candidate.claim for candidate in candidates], hasher=self.hasher)
        columns: dict[str, list[str | None]] = {"subscriber_key": [], "subscriber_id_format": [], "patient_key": []}
        for candidate in candidates:
            members = [change.member for change in candidate.changes if change.member is not None]
            row = candidate.row
            member = members[-1] if members else None
            key = member.subscriber_key if member else before.text("subscriber_key")[row]
            columns["subscriber_key"].append(key or None)
            columns["subscriber_id_format"].append(member.id_format if member else before.text("subscriber_id_format")[row])
            columns["patient_key"].append(before.text("patient_key")[row] or None)
        rows = np.array([candidate.row for candidate in candidates], dtype=np.int64)
        return replace(batch.with_text(columns), prediction_day=before.prediction_day[rows])

    def _history(self, candidates: Sequence[Candidate], before: ClaimBatch) -> History:
        filed: dict[str, list[tuple[RegisterRow, int]]] = {}
        for candidate in candidates:
            known = int(before.prediction_day[candidate.row]) - 1
            for row in candidate.rows:
                filed.setdefault(row.register, []).append((row, known))
        if not filed:
            return self.history
        registers = dict(self.history.registers)
        for name, rows in filed.items():
            registers[name] = _with_rows(registers[name], dict.fromkeys(rows))
        return replace(self.history, registers=registers)


def _with_rows(register: Register, rows: dict[tuple[RegisterRow, int], None]) -> Register:
    keys = np.array([row.key for row, _ in rows], dtype=object)
    known: Ints = np.array([day for _, day in rows], dtype=np.int64)
    cells = [dict(row.columns) for row, _ in rows]
    columns: dict[str, Texts | Days | Numbers] = {
        name: np.array([cell[name] for cell in cells], dtype=values.dtype)  # type: ignore[misc]  # a dtype of the three
        for name, values in register.columns.items()
    }
    return register.with_newer(keys, known, columns)


def _worlds(candidates: Sequence[Candidate], before: ClaimBatch) -> list[list[int]]:
    """Group candidates so that none sees a record that only another one's change would file."""
    worlds: list[tuple[Touched, list[int]]] = []
    for at, candidate in enumerate(candidates):
        touched = _touched(candidate, before)
        for known, members in worlds:
            if all(known.get(key, rows) == rows for key, rows in touched.items()):
                known.update(touched)
                members.append(at)
                break
        else:
            worlds.append((dict(touched), [at]))
    return [members for _, members in worlds]


def _touched(candidate: Candidate, before: ClaimBatch) -> Touched:
    """Name the records that a candidate reads and that a change may add to, each with the rows that it adds there."""
    row, claim = candidate.row, candidate.claim
    by_register = {name: frozenset(r for r in candidate.rows if r.register == name) for name in ("eligibility", "enrollments")}
    patient, member = str(before.text("patient_key")[row]), str(before.text("subscriber_key")[row])
    provider = claim.rendering_provider
    npis = {(provider.npi if provider else None) or "", claim.billing_provider.npi or ""}
    checks = (f"patient {patient or member}", SEPARATOR.join((member, str(before.text("payer_id")[row]))))
    return {
        **{("eligibility", key): by_register["eligibility"] for key in checks},
        **{("enrollments", SEPARATOR.join((npi, claim.payer.payer_id or ""))): by_register["enrollments"] for npi in npis if npi},
    }
