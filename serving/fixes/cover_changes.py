"""Owns changes of who is insured where: member id, payer, order of payers, eligibility check, enrollment."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from claims.claim import Claim, OtherSubscriber, Payer, Subscriber
from features.batch import NO_DAY
from features.cover import ACTIVE, billed_ids
from features.text_keys import SEPARATOR
from serving.fixes.case import Case, shown_day
from serving.fixes.change import Change, MemberOnFile, RegisterRow

UNCERTAIN_CHECKS = ("unchecked", "active, stale")  # another check may say more; an answer of "inactive" stands


def subscriber_ids(case: Case) -> Iterator[Change]:
    """Propose the member id of the newest active check of this patient at this payer, else one that was paid here."""
    found = _newest(case, here=True)
    if found is None:
        return
    at, shown = found
    person = replace(case.claim.subscriber.person, member_id=None)
    subscriber = replace(case.claim.subscriber, person=person)
    yield Change(
        fix_id="subscriber_id",
        element="2010BA NM109",
        value=None,
        instruction=f"Write the member id {shown}; it differs from the claim's.",
        is_on_file=True,
        apply=lambda claim: replace(claim, subscriber=subscriber),
        member=_member(case, at),
    )


def payer_ids(case: Case) -> Iterator[Change]:
    """Propose the other payer where the patient's cover is active, in place of this one."""
    found = _newest(case, here=False) if case.claim.subscriber.payer_sequence_code == "P" else None
    if found is None:
        return
    at, shown = found
    payer, subscriber = _cover(case, at)
    yield Change(
        fix_id="payer_id",
        element="2010BB NM109",
        value=payer.payer_id,
        instruction=f"Send the claim to {payer.name or payer.payer_id}, under the member id {shown}.",
        is_on_file=True,
        apply=lambda claim: replace(claim, payer=payer, subscriber=subscriber),
        member=_member(case, at),
    )


def payer_orders(case: Case) -> Iterator[Change]:
    """Propose to bill first the other payer where the patient's cover is active, with this one listed second."""
    found = _newest(case, here=False) if case.claim.subscriber.payer_sequence_code == "P" else None
    if found is None:
        return
    at, shown = found
    payer, subscriber = _cover(case, at)

    def apply(claim: Claim) -> Claim:
        own = OtherSubscriber(
            payer=case.claim.payer,
            payer_sequence_code="S",
            claim_filing_indicator_code=case.claim.subscriber.claim_filing_indicator_code,
            member_id=case.claim.subscriber.person.member_id,
        )
        others = tuple(other for other in claim.other_subscribers if other.payer.payer_id != payer.payer_id)
        return replace(claim, payer=payer, subscriber=subscriber, other_subscribers=(own, *others))

    yield Change(
        fix_id="payer_order",
        element="SBR01",
        value=f"primary {payer.payer_id}, secondary {case.payer_id}",
        instruction=f"Bill {payer.name or payer.payer_id} first, under the member id {shown}; then this payer.",
        is_on_file=True,
        apply=apply,
        member=_member(case, at),
    )


def eligibility_checks(case: Case) -> Iterator[Change]:
    """Propose a check where the last one is old or there is none; one that said inactive is not asked away."""
    if case.at.key("eligibility_state")[case.row] not in UNCERTAIN_CHECKS or not case.subscriber_key:
        return
    checked = case.day - 1
    own = case.at.eligibility
    begin = int(own.day("plan_begin")[case.row]) if own.is_known[case.row] else int(NO_DAY)
    row = RegisterRow(
        register="eligibility",
        key=SEPARATOR.join((case.subscriber_key, case.payer_id)),
        columns=(("checked_on", checked), ("plan_begin", begin), ("plan_end", int(NO_DAY)), ("status", ACTIVE)),
    )
    last = int(own.day("checked_on")[case.row])
    since = f"the last check is of {shown_day(last)}" if own.is_known[case.row] else "it was never checked"
    yield Change(
        fix_id="eligibility_check",
        element="",
        value=None,
        instruction=f"Ask the payer whether the cover held on the service date: {since}. Send only if it did.",
        is_on_file=False,
        apply=lambda claim: claim,
        rows=(row,),
    )


def enrollment_holds(case: Case) -> Iterator[Change]:
    """Propose to wait where no enrollment of the provider covers the service date; professional claims only."""
    state = case.at.key("enrollment_state")[case.row]
    provider = case.claim.rendering_provider
    npi = (provider.npi if provider else None) or case.claim.billing_provider.npi
    if state == "in force" or not npi or case.claim.claim_type == "837I":
        return
    service = int(case.at.service_from[case.row])
    row = RegisterRow(
        register="enrollments",
        key=SEPARATOR.join((npi, case.payer_id)),
        columns=(("effective_from", service), ("effective_to", int(NO_DAY))),
    )
    yield Change(
        fix_id="enrollment_hold",
        element="",
        value=None,
        instruction="Hold the claim until the payer confirms an enrollment of the provider that covers the service date.",
        is_on_file=False,
        apply=lambda claim: claim,
        rows=(row,),
    )


def _newest(case: Case, *, here: bool) -> tuple[int, str] | None:
    """Find another member id of the patient, at this payer or elsewhere: its position and where it was seen."""
    ids, billed = case.at.history.member_ids, billed_ids(case.at)
    own = SEPARATOR.join((case.subscriber_key, case.payer_id))
    mine = np.flatnonzero(billed.owner == case.row)
    fitting = [at for at in mine if (ids.payers[billed.row[at]] == case.payer_id) == here and ids.keys[billed.row[at]] != own]
    checked = billed.check.day("checked_on")
    active = [at for at in fitting if billed.active[at]]
    if active:
        best = max(active, key=lambda at: (checked[at], at))
        return int(billed.row[best]), f"of the eligibility check of {shown_day(int(checked[best]))}"
    paid = [at for at in fitting if here and _paid_under(case, int(billed.row[at])) > 0]
    return (int(billed.row[paid[-1]]), "of the patient's claims that this payer paid") if paid else None


def _paid_under(case: Case, at: int) -> float:
    patient = str(case.batch.text("patient_key")[case.row])
    member, _, payer = case.at.history.member_ids.keys[at].partition(SEPARATOR)
    return case.habits.count_paid("patient_member", SEPARATOR.join((patient, member, payer)), day=case.day)


def _member(case: Case, at: int) -> MemberOnFile:
    ids = case.at.history.member_ids
    key, _, _ = ids.keys[at].partition(SEPARATOR)
    return MemberOnFile(subscriber_key=key, id_format=str(ids.first["subscriber_id_format"][at]))


def _cover(case: Case, at: int) -> tuple[Payer, Subscriber]:
    """Give payer and subscriber of the other cover, as first billed; the member id is left out, it is known by its hash alone."""
    first = case.at.history.member_ids.first

    def text(column: str) -> str | None:
        return str(first[column][at]) or None

    subscriber = replace(
        case.claim.subscriber,
        person=replace(case.claim.subscriber.person, member_id=None),
        payer_sequence_code="P",
        group_number=text("group_number"),
        claim_filing_indicator_code=text("claim_filing_indicator_code"),
    )
    return Payer(payer_id=text("payer_id"), name=text("payer_name")), subscriber
