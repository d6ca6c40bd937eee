"""Owns what the X12 readers return and the writers take: one typed transaction per ST/SE set, inside its envelope."""

from dataclasses import dataclass
from datetime import date, time

from claims.acknowledgment import ClaimAcknowledgment, LevelAcknowledgment, TransactionAcknowledgment
from claims.claim import Claim, Payer, Provider
from claims.errors import Rejection
from claims.remittance import ProviderAdjustment, Remittance, RemittancePayment


@dataclass(frozen=True, kw_only=True)
class Delimiters:
    """The four characters an interchange declares in ISA; `line_end` is what follows each segment terminator."""

    element: str = "*"
    repetition: str = "^"
    component: str = ":"
    segment: str = "~"
    line_end: str = "\n"


@dataclass(frozen=True, kw_only=True)
class Envelope:
    """ISA, GS and ST facts of one transaction. Control numbers are text: leading zeros matter."""

    sender_id: str  # ISA06, stripped
    receiver_id: str  # ISA08, stripped
    interchange_control_number: str  # ISA13
    group_control_number: str  # GS06
    transaction_control_number: str  # ST02
    version: str  # GS08 or ST03, "005010X222A1"
    created_on: date  # GS04
    created_at: time  # GS05
    sender_qualifier: str = "ZZ"  # ISA05
    receiver_qualifier: str = "ZZ"  # ISA07
    group_sender_id: str | None = None  # GS02 where it differs from ISA06
    group_receiver_id: str | None = None  # GS03
    usage_code: str = "P"  # ISA15
    delimiters: Delimiters = Delimiters()


@dataclass(frozen=True, kw_only=True)
class Contact:
    """PER: whom to ask, with up to three numbers, each behind its qualifier (TE telephone, FX fax, EM e-mail, EX extension)."""

    name: str | None = None  # PER02
    numbers: tuple[tuple[str, str], ...] = ()  # PER03 and PER04, ...


@dataclass(frozen=True, kw_only=True)
class ClaimTransaction:
    """One 837P or 837I. Every claim in it carries the same `submitted_on` (BHT04)."""

    envelope: Envelope
    kind: str  # "837P" | "837I"
    reference: str  # BHT03
    submitted_on: date  # BHT04
    submitter: Provider | None  # 1000A
    receiver: Provider | None  # 1000B
    claims: tuple[Claim, ...]
    content_key: str  # sha256 hex over the canonical ST..SE segments: same transaction, same key, whatever the delimiters
    submitter_contacts: tuple[Contact, ...] = ()  # 1000A PER


@dataclass(frozen=True, kw_only=True)
class RemittanceTransaction:
    """One 835."""

    envelope: Envelope
    payment: RemittancePayment
    remittances: tuple[Remittance, ...]
    provider_adjustments: tuple[ProviderAdjustment, ...]
    content_key: str
    kind: str = "835"


@dataclass(frozen=True, kw_only=True)
class AcknowledgmentTransaction:
    """One 277CA."""

    envelope: Envelope
    created_on: date  # BHT04
    payer: Payer  # 2100A information source
    acknowledgments: tuple[ClaimAcknowledgment, ...]
    content_key: str
    kind: str = "277CA"
    level_acknowledgments: tuple[LevelAcknowledgment, ...] = ()


@dataclass(frozen=True, kw_only=True)
class SyntaxReportTransaction:
    """One 999."""

    envelope: Envelope
    acknowledgments: tuple[TransactionAcknowledgment, ...]
    group_accepted_code: str  # AK901
    content_key: str
    kind: str = "999"
    group_control_number: str = ""  # AK102: the answered group, also where no transaction of it is named


Transaction = ClaimTransaction | RemittanceTransaction | AcknowledgmentTransaction | SyntaxReportTransaction


@dataclass(frozen=True, kw_only=True)
class ParsedBatch:
    """Both halves of a file: what was read and what was refused. Nothing is dropped without a `Rejection`.

    `warnings` name envelope faults that lost nothing (a wrong count, a control number that differs); what they touch was read.
    """

    transactions: tuple[Transaction, ...]
    rejected: tuple[Rejection, ...]
    warnings: tuple[Rejection, ...] = ()
