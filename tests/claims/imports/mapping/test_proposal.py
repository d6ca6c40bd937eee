import pytest

from claims.imports.mapping.export import read_export
from claims.imports.mapping.mapping import parse_mapping
from claims.imports.mapping.proposal_file import Proposal, propose_mapping
from tests.claims.imports.mapping.exports import PER_LINE

NPI = "1234567893"


def propose(text: str) -> Proposal:
    return propose_mapping(text.encode(), name="export")


def places(proposal: Proposal) -> dict[str, str | None]:
    return {one.column: one.field.place if one.field else None for one in proposal.findings}


def test_names_and_contents_map_a_whole_export() -> None:
    proposal = propose(PER_LINE)
    assert places(proposal) == {
        "Claim ID": "claim.patient_control_number",
        "Member No": "claim.member_id",
        "Birth Date": "claim.birth_on",
        "Payer": "claim.payer_name",
        "Bill Date": "claim.submitted_on",
        "DOS": "line.service_from_on",
        "CPT": "line.procedure_code",
        "Mod": "line.modifiers",
        "Units": "line.units",
        "Charge": "line.charge_amount",
        "ICD10": "claim.diagnosis_codes",
        "NPI": "claim.rendering_provider_npi",
        "Paid": "answer.paid_amount",
        "Check Date": "answer.paid_on",
        "Denial Code": "adjustment.carc",
    }
    assert proposal.missing == ()


def test_a_complete_proposal_reads_the_export_that_it_was_made_of() -> None:
    batch = read_export(PER_LINE.encode(), parse_mapping(propose(PER_LINE).text, file="m"), file="x")
    assert [one.kind for one in batch.transactions] == ["837P", "837P", "835"]
    assert batch.refused == ()


def test_names_in_camel_case_with_numbers_make_lists_and_lines() -> None:
    header = "ClaimNumber,PayerId,DateSubmitted,Dx1,Dx2,CptCode1,BilledAmount1,CptCode2,BilledAmount2"
    proposal = propose(f"{header}\n1,P,2026-01-02,E11.9,I10,99213,10.00,93000,5.00\n")
    assert proposal.missing == ()
    mapping = parse_mapping(proposal.text, file="m")
    assert mapping.claim is not None
    assert mapping.claim["diagnosis_codes"].columns == ("Dx1", "Dx2")
    assert [line["charge_amount"].columns for line in mapping.lines] == [("BilledAmount1",), ("BilledAmount2",)]


@pytest.mark.parametrize(
    ("header", "values", "place"),
    [
        ("Clinician", (NPI, NPI), "claim.rendering_provider_npi"),
        ("Clinician", ("1234567890", NPI), None),  # one check digit is wrong
        ("Problem", ("E11.9", "M17.11"), "claim.diagnosis_codes"),
        ("Outcome", ("CO-45", "PR-1"), "adjustment.carc"),
        ("Outcome", ("45", "1"), None),
        ("CPT", ("99213", "G0463"), "line.procedure_code"),
        ("CPT", ("visit", "consult"), None),
        ("NPI", ("12", "13"), None),
        ("Paid Date", ("soon", "later"), None),
        ("Paid Date", ("1/2/2026", "1/20/2026"), "answer.paid_on"),
        ("Allowed", ("$1,200.50", "3"), "answer.allowed_amount"),
        ("SSN", ("123-45-6789", "987-65-4321"), None),
    ],
)
def test_contents_must_agree_with_a_name_and_may_speak_alone(header: str, values: tuple[str, str], place: str | None) -> None:
    rows = "".join(f'"{value}",1\n' for value in values)
    assert places(propose(f"{header},X\n{rows}"))[header] == place


def test_a_charge_that_repeats_on_each_row_of_a_claim_is_its_total() -> None:
    rows = "Claim ID,Charge\nA,100.00\nA,100.00\nB,30.00\n"
    assert places(propose(rows))["Charge"] == "claim.charge_amount"
    assert places(propose(rows.replace("A,100.00\nB", "A,20.00\nB")))["Charge"] == "line.charge_amount"


def test_what_is_missing_is_named_and_stands_in_the_file_as_a_comment() -> None:
    proposal = propose(PER_LINE.replace("Bill Date", "When").replace("Check Date", "Then"))
    assert proposal.missing == (
        "claim.submitted_on: the day the claim was sent",
        "answer.paid_on: the day the payer's answer came",
    )
    assert '# submitted_on = { column = "DOS", plus_days = 3 }' in proposal.text


def test_days_that_could_be_either_way_round_are_said() -> None:
    proposal = propose("Claim ID,Payer,Bill Date,Charge\nA,P,1/2/2026,1.00\n")
    assert any("month first was taken" in note for note in proposal.notes)


def test_no_value_of_a_person_leaves_the_proposal() -> None:
    text = "Claim ID,Patient Name,Last Name,DOB,Policy No,Payer\nA1,Jane Canary,Canary,5/17/1980,W123CANARY,Aetna\n"
    shown = repr(propose(text))
    assert not any(secret in shown for secret in ("Canary", "CANARY", "1980", "W123"))
    assert "AAAA AAAAAA" in shown
