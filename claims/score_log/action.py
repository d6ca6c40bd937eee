"""Owns what a person may report about a scored claim that no field of the claim shows."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import uuid4

import pyarrow as pa

from claims.score_log.schema import ACTIONS


class ActionKind(StrEnum):
    """What was done, in closed words: a note would sooner or later hold a name."""

    VERIFIED = "verified"  # asked payer, patient or clinician: as the claim says
    CORRECTED = "corrected"  # set right outside the claim: a register, a portal, an enrollment
    DOCUMENTS_SENT = "documents_sent"  # apart from the claim
    NOTHING_FOUND = "nothing_found"  # looked at and left as it was
    WITHHELD = "withheld"  # will not be sent
    DECLINED = "declined"  # the advice was not followed


MENDING = frozenset({ActionKind.VERIFIED, ActionKind.CORRECTED, ActionKind.DOCUMENTS_SENT})


@dataclass(frozen=True, kw_only=True)
class ClaimAction:
    """One report. `fix`: id of the vocabulary that it stands for, `None` = none in particular."""

    patient_control_number: str
    payer_id: str
    by: str
    action: ActionKind
    fix: str | None
    acted_on: date
    reported_at: datetime


def action_table(actions: list[ClaimAction]) -> pa.Table:
    """Lay reports out as rows."""
    rows = [{"action_id": uuid4().hex, **vars(action), "action": action.action.value} for action in actions]
    return pa.Table.from_pylist(rows, schema=ACTIONS)
