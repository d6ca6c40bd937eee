"""Owns what a clearinghouse or payer says before adjudication: 277CA claim acknowledgments and 999 syntax reports."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

# STC01-1 categories that mean "returned, never adjudicated"; A0-A2 and A5 report progress (X12 claim status category list).
REJECTING_CATEGORY_CODES = frozenset({"A3", "A4", "A6", "A7", "A8"})


@dataclass(frozen=True, kw_only=True)
class ClaimStatus:
    """One STC set: category, status and the entity at fault."""

    category_code: str  # STC01-1
    status_code: str | None  # STC01-2
    entity_code: str | None = None  # STC01-3
    effective_on: date | None = None  # STC02
    action_code: str | None = None  # STC03: WQ accepted, U rejected
    charge_amount: Decimal | None = None  # STC04


@dataclass(frozen=True, kw_only=True)
class ClaimAcknowledgment:
    """277CA loop 2200D: was the claim taken into adjudication?"""

    patient_control_number: str  # TRN02
    statuses: tuple[ClaimStatus, ...]  # STC, repeated; STC10 and STC11 become further ones
    payer_claim_control_number: str | None = None  # REF*1K
    clearinghouse_trace_number: str | None = None  # REF*D9
    payer: str | None = None  # source id, NM1*PR or AY NM109
    service_from_on: date | None = None  # DTP*472

    @property
    def is_rejection(self) -> bool:
        """Tell whether the claim never entered adjudication: the filing clock runs on and no appeal exists."""
        return any(status.category_code in REJECTING_CATEGORY_CODES for status in self.statuses)


@dataclass(frozen=True, kw_only=True)
class LevelAcknowledgment:
    """277CA loop 2200B or 2200C: the answer to a whole submission, or to all claims of one billing provider.

    A rejection here returns every claim below it, and no claim of it is named.
    """

    level: str  # "receiver" (2200B) | "provider" (2200C)
    trace_number: str | None  # TRN02: BHT03 of the 837 at receiver level
    statuses: tuple[ClaimStatus, ...]
    provider_npi: str | None = None  # NM1*85 NM109, provider level

    @property
    def is_rejection(self) -> bool:
        """Tell whether everything under this level was returned, never adjudicated."""
        return any(status.category_code in REJECTING_CATEGORY_CODES for status in self.statuses)


@dataclass(frozen=True, kw_only=True)
class TransactionAcknowledgment:
    """999 loop 2000: the fate of one transaction set. `accepted_code`: A, E accepted with errors, R, M, W, X."""

    group_control_number: str  # AK102
    transaction_type: str  # AK201, "837"
    transaction_control_number: str  # AK202
    accepted_code: str  # IK501
    error_codes: tuple[str, ...] = ()  # IK502..506
    segment_errors: tuple[str, ...] = ()  # IK3 as "CLM@12:8" (segment, position, code)
