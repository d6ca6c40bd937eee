"""What a validator of the implementation guides by other people (pyx12) says of X12 that we wrote."""

import io
import logging
from dataclasses import replace

from pyx12.params import params
from pyx12.x12n_document import x12n_document

from claims.claim import Claim, Provider
from claims.x12.transactions import ClaimTransaction, Contact
from tests import factories as make

BILLING = make.provider(tax_id="941234567")
CONTACT = Contact(name="BILLING", numbers=(("TE", "5105550100"), ("EX", "12")))


class _Faults(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.messages.append(record.getMessage())


def outside_faults(content: bytes) -> list[str]:
    """List the faults that pyx12 finds; empty = the file follows its guide."""
    faults, log = _Faults(), logging.getLogger("pyx12")
    log.addHandler(faults)
    try:
        is_valid = x12n_document(params(), io.StringIO(content.decode()), io.StringIO(), None, None)
    finally:
        log.removeHandler(faults)
    return faults.messages or ([] if is_valid else ["not valid"])


def sendable(claim: Claim | None = None, *, contacts: tuple[Contact, ...] = (CONTACT,)) -> ClaimTransaction:
    """Put a claim into a transaction that names sender and receiver in full."""
    return make.claim_transaction(
        replace(claim or make.claim(), billing_provider=BILLING),
        envelope=make.envelope(version="005010X223A2" if claim and claim.claim_type == "837I" else "005010X222A1"),
        submitter=Provider(name="RIVERSIDE CLINIC", transmitter_id="RC1"),
        receiver=Provider(name="CLEARINGHOUSE", transmitter_id="CH1"),
        submitter_contacts=contacts,
    )
