"""Owns how a claim meets the practice's own records and its earlier submissions; states and features both read it here."""

from dataclasses import dataclass

import numpy as np

from features.batch import Numbers, Texts
from features.evaluation import Evaluation
from features.keys import line_payer, of_claim, procedure
from features.registers import Found
from features.registry import Column
from features.text_keys import join


def authorization_number(at: Evaluation) -> Texts:
    """Number of each line: its own, else the claim's."""
    own = at.batch.line_text("authorization_number")
    return np.where(own != "", own, of_claim(at.batch, "authorization_number"))


def authorization(at: Evaluation) -> Found:
    """Find the authorization of each line's number: the row of its service that covers its day, where there is one."""

    def find() -> Found:
        keys = join(authorization_number(at), line_payer(at.batch))
        codes = procedure(at.batch)
        return at.history.registers["authorizations"].best(
            keys,
            at.line_day,
            lambda row: (
                (row.text("procedure_code") == codes) & row.covers(at.line_service_from, first="valid_from", last="valid_to")
            ),
        )

    return at.once("authorization", find)


def service_authorization(at: Evaluation) -> Found:
    """Find an authorization of each line's subscriber, payer and procedure: one that covers its day, where there is one."""

    def find() -> Found:
        keys = join(of_claim(at.batch, "subscriber_key"), line_payer(at.batch), procedure(at.batch))
        return at.history.registers["service_authorizations"].best(
            keys, at.line_day, lambda row: row.covers(at.line_service_from, first="valid_from", last="valid_to")
        )

    return at.once("service_authorization", find)


def authorized_units(found: Found) -> Numbers:
    """Units approved; NaN where no authorization or no limit is known."""
    return found.number("units_approved")


def enrollment(at: Evaluation, *, column: str = "") -> Found:
    """Find the enrollment at the payer of the rendering provider, else the billing one; or of the provider in `column`."""

    def find() -> Found:
        rendering = at.batch.text("rendering_provider_npi")
        npi = at.batch.text(column) if column else np.where(rendering != "", rendering, at.batch.text("billing_provider_npi"))
        return at.history.registers["enrollments"].best(
            join(npi, at.batch.text("payer_id")),
            at.day,
            lambda row: row.covers(at.service_from, first="effective_from", last="effective_to"),
        )

    return at.once(f"enrollment {column}", find)


@dataclass(frozen=True, kw_only=True)
class SentBefore:
    """Earlier submissions of the same patient, payer, first day and procedures, and what was known of them; shape (n,)."""

    sent: Column
    rejected: Column
    answered: Column
    denied: Column

    @property
    def paid(self) -> Column:
        """Count those answered without a denial."""
        return self.answered - self.denied


def sent_before(at: Evaluation) -> SentBefore:
    """Count what was sent before."""

    def find() -> SentBefore:
        return SentBefore(
            sent=at.sent_count("service"),
            rejected=at.sent_count("service_rejections"),
            answered=at.sent_count("service_answers", "submissions"),
            denied=at.sent_count("service_answers", "denied"),
        )

    return at.once("sent_before", find)
