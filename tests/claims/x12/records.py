"""Hypothesis strategies for records as X12 can carry them: texts without delimiters, present or absent but never empty."""

from datetime import date, time
from decimal import Decimal

from hypothesis import strategies as st

from claims.acknowledgment import ClaimAcknowledgment, ClaimStatus, LevelAcknowledgment, TransactionAcknowledgment
from claims.claim import Address, Adjustment, Claim, OtherSubscriber, Paperwork, Payer, Person, Provider, ServiceLine, Subscriber
from claims.remittance import ProviderAdjustment, Remittance, RemittanceLine, RemittancePayment
from claims.x12.transactions import (
    AcknowledgmentTransaction,
    ClaimTransaction,
    Contact,
    Delimiters,
    Envelope,
    RemittanceTransaction,
    SyntaxReportTransaction,
    Transaction,
)

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
texts = st.text(LETTERS + "0123456789é -'&,./#", min_size=1, max_size=12).map(str.strip).filter(bool)
codes = st.text(LETTERS + "0123456789", min_size=1, max_size=4)
numbers = st.text("0123456789", min_size=1, max_size=10)
days = st.dates(date(1900, 1, 1), date(2099, 12, 31))
amounts = st.decimals(Decimal(-99999), Decimal(999999), places=2)
counts = st.decimals(Decimal(0), Decimal(9999), places=3)


def optional(values: st.SearchStrategy) -> st.SearchStrategy:
    return st.none() | values


def several(values: st.SearchStrategy, most: int = 3) -> st.SearchStrategy:
    return st.lists(values, max_size=most).map(tuple)


addresses = st.builds(
    Address,
    line_1=optional(texts),
    line_2=optional(texts),
    city=optional(texts),
    state_code=optional(codes),
    postal_code=optional(numbers),
).filter(lambda address: address != Address())
providers = st.builds(
    Provider,
    npi=optional(numbers),
    name=optional(texts),
    first_name=optional(texts),
    is_organization=st.booleans(),
    taxonomy_code=optional(codes),
    tax_id=optional(numbers),
    address=optional(addresses),
)
parties = st.builds(Provider, name=optional(texts), is_organization=st.booleans(), transmitter_id=optional(numbers))
contacts = st.builds(
    Contact, name=optional(texts), numbers=several(st.tuples(st.sampled_from(["TE", "FX", "EM"]), texts), 3)
).filter(lambda contact: contact != Contact())
payers = st.builds(Payer, payer_id=optional(codes), name=optional(texts))
persons = st.builds(
    Person,
    last_name=optional(texts),
    first_name=optional(texts),
    middle_name=optional(texts),
    member_id=optional(texts),
    birth_on=optional(days),
    sex_code=optional(st.sampled_from("FMU")),
    address=optional(addresses),
)
subscribers = st.builds(
    Subscriber,
    person=persons,
    payer_sequence_code=st.sampled_from("PST"),
    relationship_code=optional(codes),
    group_number=optional(texts),
    group_name=optional(texts),
    claim_filing_indicator_code=optional(codes),
)
adjustments = st.builds(Adjustment, group_code=codes, carc=codes, adjustment_amount=amounts, quantity=optional(counts))
other_subscribers = st.builds(
    OtherSubscriber,
    payer=payers,
    payer_sequence_code=st.sampled_from("PST"),
    relationship_code=optional(codes),
    claim_filing_indicator_code=optional(codes),
    member_id=optional(texts),
    last_name=optional(texts),
    first_name=optional(texts),
    paid_amount=optional(amounts),
    adjudicated_on=optional(days),
    adjustments=several(adjustments, 9),
)
paperwork = st.builds(Paperwork, report_type_code=codes, transmission_code=optional(codes), control_number=optional(texts))


@st.composite
def service_lines(draw: st.DrawFn, *, institutional: bool) -> ServiceLine:
    period = draw(optional(st.tuples(days, days)))
    fields = {
        "line_number": draw(st.integers(0, 999)),
        "charge_amount": draw(amounts),
        "units": draw(counts),
        "unit_code": draw(st.sampled_from(["UN", "MJ", "DA"])),
        "service_from_on": period and period[0],
        "service_to_on": period and period[1],
        "line_control_number": draw(optional(texts)),
        "authorization_number": draw(optional(texts)),
        "referral_number": draw(optional(texts)),
        "national_drug_code": draw(optional(numbers)),
        "rendering_provider": draw(optional(providers)),
        "paperwork": draw(several(paperwork, 2)),
    }
    if fields["national_drug_code"] and draw(st.booleans()):
        fields["drug_quantity"], fields["drug_unit_code"] = draw(counts), draw(optional(st.sampled_from(["UN", "ML"])))
    if institutional:
        fields["revenue_code"] = draw(numbers)
        fields["procedure_code"] = draw(optional(codes))
    else:
        fields["procedure_code"] = draw(codes)
        fields["place_of_service_code"] = draw(optional(codes))
        fields["diagnosis_pointers"] = draw(several(st.integers(1, 12), 4))
        fields["emergency_code"] = draw(optional(codes))
    if fields["procedure_code"]:
        fields["procedure_qualifier_code"] = draw(st.sampled_from(["HC", "ER", "WK"]))
        fields["modifiers"] = draw(several(codes, 4))
    return ServiceLine(**fields)


@st.composite
def claims(draw: st.DrawFn, *, kind: str, submitted_on: date, provider: Provider, subscriber: Subscriber, payer: Payer) -> Claim:
    institutional = kind == "837I"
    patient = draw(optional(persons))
    statement = draw(optional(st.tuples(days, days)))
    return draw(
        st.builds(
            Claim,
            patient_control_number=texts,
            claim_type=st.just(kind),
            charge_amount=amounts,
            submitted_on=st.just(submitted_on),
            billing_provider=st.just(provider),
            subscriber=st.just(subscriber),
            payer=st.just(payer),
            place_of_service_code=optional(codes),
            frequency_code=st.sampled_from("178"),
            facility_qualifier_code=optional(codes),
            patient=st.just(patient),
            patient_relationship_code=optional(codes) if patient else st.none(),
            provider_signature_code=optional(codes),
            assignment_code=optional(codes),
            benefits_assigned_code=optional(codes),
            release_of_information_code=optional(codes),
            related_cause_codes=several(codes, 3),
            delay_reason_code=optional(codes),
            payer_claim_control_number=optional(texts),
            authorization_number=optional(texts),
            referral_number=optional(texts),
            medical_record_number=optional(texts),
            clia_number=optional(texts),
            note=optional(texts),
            diagnosis_codes=several(codes, 14),
            admitting_diagnosis_code=optional(codes),
            procedure_codes=several(codes),
            condition_codes=several(codes),
            occurrence_codes=several(codes),
            value_codes=several(codes),
            drg_code=optional(codes),
            admission_type_code=optional(codes),
            admission_source_code=optional(codes),
            patient_status_code=optional(codes),
            onset_on=optional(days),
            accident_on=optional(days),
            admitted_on=optional(days),
            discharged_on=optional(days),
            statement_from_on=st.just(statement and statement[0]),
            statement_to_on=st.just(statement and statement[1]),
            patient_paid_amount=optional(amounts),
            referring_provider=optional(providers),
            rendering_provider=optional(providers),
            facility_provider=optional(providers),
            other_subscribers=several(other_subscribers, 2),
            paperwork=several(paperwork, 2),
            lines=st.lists(service_lines(institutional=institutional), min_size=1, max_size=3).map(tuple),
        )
    )


delimiters = st.sampled_from(
    [
        Delimiters(),
        Delimiters(line_end=""),
        Delimiters(line_end="\r\n"),
        Delimiters(element="|", repetition="!", component=">", segment="\n", line_end=""),
        Delimiters(element="\x1d", repetition="\x1e", component="\x1f", segment="\x1c", line_end=""),
        Delimiters(element="+", repetition="*", component=":", segment="~"),
        Delimiters(element="\t", repetition="^", component="<", segment="\r", line_end="\n"),
    ]
)


@st.composite
def envelopes(draw: st.DrawFn, *, version: str, group: int) -> Envelope:
    sender, receiver = draw(codes), draw(codes)
    group_sender = draw(optional(codes))
    group_receiver = draw(optional(codes))
    return Envelope(
        sender_id=sender,
        receiver_id=receiver,
        interchange_control_number=f"{group:09d}",
        group_control_number=str(group),
        transaction_control_number=draw(numbers),
        version=version,
        created_on=draw(days),
        created_at=draw(st.builds(time, st.integers(0, 23), st.integers(0, 59), st.integers(0, 59))),
        sender_qualifier=draw(st.sampled_from(["ZZ", "30", "01"])),
        group_sender_id=group_sender if group_sender != sender else None,
        group_receiver_id=group_receiver if group_receiver != receiver else None,
        usage_code=draw(st.sampled_from("PT")),
        delimiters=draw(delimiters),
    )


@st.composite
def claim_transactions(draw: st.DrawFn, *, group: int) -> ClaimTransaction:
    kind = draw(st.sampled_from(["837P", "837I"]))
    submitted_on = draw(days)
    own_providers = draw(st.lists(providers, min_size=1, max_size=2))
    own_subscribers = draw(st.lists(subscribers, min_size=1, max_size=2))
    own_payers = draw(st.lists(payers, min_size=1, max_size=2))
    one = st.deferred(
        lambda: claims(
            kind=kind,
            submitted_on=submitted_on,
            provider=draw(st.sampled_from(own_providers)),
            subscriber=draw(st.sampled_from(own_subscribers)),
            payer=draw(st.sampled_from(own_payers)),
        )
    )
    submitter = draw(optional(parties))
    return ClaimTransaction(
        envelope=draw(envelopes(version="005010X222A1" if kind == "837P" else "005010X223A2", group=group)),
        kind=kind,
        reference=draw(texts),
        submitted_on=submitted_on,
        submitter=submitter,
        submitter_contacts=draw(several(contacts, 2)) if submitter else (),
        receiver=draw(optional(parties)),
        claims=tuple(draw(st.lists(one, min_size=1, max_size=4))),
        content_key="",
    )


@st.composite
def remittance_lines(draw: st.DrawFn) -> RemittanceLine:
    procedure = draw(optional(codes))
    return draw(
        st.builds(
            RemittanceLine,
            procedure_code=st.just(procedure),
            charge_amount=amounts,
            paid_amount=amounts,
            procedure_qualifier_code=st.sampled_from(["HC", "N4"]) if procedure else st.just("HC"),
            modifiers=several(codes, 4) if procedure else st.just(()),
            revenue_code=optional(numbers) if procedure else numbers,
            paid_units=optional(counts),
            submitted_procedure_code=optional(codes),
            submitted_units=optional(counts),
            service_from_on=optional(days),
            service_to_on=optional(days),
            line_control_number=optional(texts),
            allowed_amount=optional(amounts),
            adjustments=several(adjustments, 9),
            remark_codes=several(codes),
        )
    )


remittances = st.builds(
    Remittance,
    patient_control_number=texts,
    claim_status_code=codes,
    charge_amount=amounts,
    paid_amount=amounts,
    patient_responsibility_amount=amounts,
    claim_filing_indicator_code=optional(codes),
    payer_claim_control_number=optional(texts),
    facility_code=optional(codes),
    frequency_code=optional(codes),
    subscriber_id=optional(texts),
    rendering_provider_npi=optional(numbers),
    crossover_payer_id=optional(codes),
    corrected_payer_id=optional(codes),
    received_on=optional(days),
    statement_from_on=optional(days),
    statement_to_on=optional(days),
    coverage_expired_on=optional(days),
    allowed_amount=optional(amounts),
    interest_amount=optional(amounts),
    adjustments=several(adjustments, 9),
    remark_codes=several(codes, 10),
    lines=several(remittance_lines()),
)
provider_adjustments = st.builds(
    ProviderAdjustment,
    provider_npi=optional(numbers),
    fiscal_period_on=optional(days),
    reason_code=codes,
    reference=optional(texts),
    adjustment_amount=amounts,
)


@st.composite
def remittance_transactions(draw: st.DrawFn, *, group: int) -> RemittanceTransaction:
    payee = st.builds(
        Provider, npi=optional(numbers), name=optional(texts), tax_id=optional(numbers), address=optional(addresses)
    )
    return RemittanceTransaction(
        envelope=draw(envelopes(version="005010X221A1", group=group)),
        payment=draw(
            st.builds(
                RemittancePayment,
                payer=payers,
                payee=payee,
                payment_amount=amounts,
                payment_method_code=optional(codes),
                paid_on=optional(days),
                produced_on=optional(days),
                trace_number=optional(texts),
            )
        ),
        remittances=draw(several(remittances)),
        provider_adjustments=draw(several(provider_adjustments, 8)),
        content_key="",
    )


statuses = st.lists(
    st.builds(
        ClaimStatus,
        category_code=codes,
        status_code=optional(codes),
        entity_code=optional(codes),
        effective_on=optional(days),
        action_code=optional(codes),
        charge_amount=optional(amounts),
    ),
    min_size=1,
    max_size=3,
).map(tuple)


@st.composite
def acknowledgment_transactions(draw: st.DrawFn, *, group: int) -> AcknowledgmentTransaction:
    payer = draw(payers)
    answers = st.builds(
        ClaimAcknowledgment,
        patient_control_number=texts,
        statuses=statuses,
        payer_claim_control_number=optional(texts),
        clearinghouse_trace_number=optional(texts),
        payer=st.just(payer.payer_id),
        service_from_on=optional(days),
    )
    receiver = st.builds(LevelAcknowledgment, level=st.just("receiver"), trace_number=optional(texts), statuses=statuses)
    provider = st.builds(
        LevelAcknowledgment,
        level=st.just("provider"),
        trace_number=optional(texts),
        statuses=statuses,
        provider_npi=optional(numbers),
    )
    return AcknowledgmentTransaction(
        envelope=draw(envelopes(version="005010X214", group=group)),
        created_on=draw(days),
        payer=payer,
        acknowledgments=tuple(draw(st.lists(answers, min_size=1, max_size=3))),
        content_key="",
        level_acknowledgments=(*draw(several(receiver, 1)), *draw(several(provider, 2))),
    )


@st.composite
def syntax_report_transactions(draw: st.DrawFn, *, group: int) -> SyntaxReportTransaction:
    answered = draw(numbers)
    errors = st.builds("{}@{}:{}".format, codes, numbers, codes)
    answers = st.builds(
        TransactionAcknowledgment,
        group_control_number=st.just(answered),
        transaction_type=st.just("837"),
        transaction_control_number=numbers,
        accepted_code=st.sampled_from("AERMWX"),
        error_codes=several(codes, 5),
        segment_errors=several(errors, 2),
    )
    return SyntaxReportTransaction(
        envelope=draw(envelopes(version="005010X231A1", group=group)),
        acknowledgments=draw(several(answers)),
        group_accepted_code=draw(st.sampled_from("AEPR")),
        content_key="",
        group_control_number=answered,
    )


@st.composite
def files(draw: st.DrawFn) -> tuple[Transaction, ...]:
    """Several transactions, each in an interchange of its own."""
    kinds = [claim_transactions, remittance_transactions, acknowledgment_transactions, syntax_report_transactions]
    chosen = draw(st.lists(st.sampled_from(kinds), min_size=1, max_size=3))
    return tuple(draw(kind(group=group)) for group, kind in enumerate(chosen, start=1))
