"""Owns the JSON of fixes and certain edits, for the API and for `denials score --out x.jsonl`."""

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from serving.certain_edits import CertainEdit
from serving.fixes import Change, Proposal

_FIXES_EXAMPLE: dict[str, JsonValue] = {
    "flag": "verify, then change",
    "changes": [
        {
            "fix": "authorization_number",
            "kind": "claim_edit",
            "title": "Add or correct the authorization number",
            "owner": "authorization desk",
            "line_number": None,
            "element": "REF G1",
            "value": "A100200300",
            "is_on_file": True,
            "instruction": "Write the authorization on file for 71260, valid from 2025-06-07 until 2025-09-09, on the claim.",
            "verify": "The payer's authorization names this patient and these procedures.",
        }
    ],
    "denial_probability": 0.06,
    "expected_denied_amount": 71.5,
}
_CERTAIN_EXAMPLE: dict[str, JsonValue] = {
    "id": "filing_limit_passed",
    "cause": "timely_filing",
    "title": "The payer's filing limit passed 3 days ago",
    "source": "the practice's payer list (payers.csv)",
    "fix": None,
    "is_denial": True,
}


class ChangeOut(BaseModel):
    """One change to verify, then make. Nothing here may alter what was done to the patient or a diagnosis."""

    fix: str = Field(description="Id of the closed vocabulary of fixes")
    kind: str = Field(description="claim_edit, attestation, timing or withhold")
    title: str
    owner: str
    line_number: int | None = Field(description="Service line (LX01); null for the whole claim")
    element: str = Field(description="Place in the 837; empty where nothing on the claim changes")
    value: str | None = Field(description="What to write; null where it is health information or must be obtained first")
    is_on_file: bool = Field(description="Whether the practice's own records hold the value")
    instruction: str
    verify: str = Field(description="What must be true before the change is made")

    @classmethod
    def of(cls, change: Change) -> "ChangeOut":
        """Copy from the change and its entry in the vocabulary."""
        fix = change.fix
        return cls(
            fix=fix.id,
            kind=fix.kind.value,
            title=fix.title,
            owner=fix.owner,
            line_number=change.line_number,
            element=change.element,
            value=change.value,
            is_on_file=change.is_on_file,
            instruction=change.instruction,
            verify=fix.verify,
        )


class FixesOut(BaseModel):
    """The smallest set of changes found that brings the claim below its threshold, measured by scoring the changed claim."""

    model_config = ConfigDict(json_schema_extra={"example": _FIXES_EXAMPLE})

    flag: str = "verify, then change"
    changes: list[ChangeOut]
    denial_probability: float = Field(description="Of the changed claim")
    expected_denied_amount: float = Field(description="Dollars at risk of the changed claim")

    @classmethod
    def of(cls, proposal: Proposal) -> "FixesOut":
        """Copy from the proposal."""
        return cls(
            changes=[ChangeOut.of(change) for change in proposal.changes],
            denial_probability=proposal.probability_after,
            expected_denied_amount=proposal.expected_denied_amount,
        )


class CertainEditOut(BaseModel):
    """A rule with a source that the claim breaks, whatever the model says."""

    model_config = ConfigDict(json_schema_extra={"example": _CERTAIN_EXAMPLE})

    id: str
    cause: str
    title: str
    source: str = Field(description="Where the rule is written, or which own record says so")
    fix: str | None = Field(description="Id of the closed vocabulary of fixes")
    is_denial: bool = Field(description="false: a notice, nothing is broken yet")

    @classmethod
    def of(cls, edit: CertainEdit) -> "CertainEditOut":
        """Copy from the edit."""
        return cls(id=edit.id, cause=edit.cause, title=edit.title, source=edit.source, fix=edit.fix_id, is_denial=edit.is_denial)
