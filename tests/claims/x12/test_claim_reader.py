"""837: which loop a segment belongs to, and what a fault in it refuses."""

from dataclasses import fields, replace
from datetime import date
from decimal import Decimal

import pytest

from claims.claim import Claim
from tests.claims.x12.envelopes import CLAIM_HEAD, LINE, claim_segments, read, read_claims, reasons


def one_claim(*segments: str) -> Claim:
    batch = read_claims(*segments)
    assert batch.rejected == ()
    (claim,) = batch.transactions[0].claims
    return claim


def subscriber_loop(level: int, member: str, *, parent: int = 1, payer: str = "P1") -> tuple[str, ...]:
    return (
        f"HL*{level}*{parent}*22*0",
        "SBR*P*18*******CI",
        f"NM1*IL*1*DOE*X****MI*{member}",
        f"NM1*PR*2*PLAN*****PI*{payer}",
    )


def test_every_subscriber_of_a_provider_keeps_to_its_own_claims() -> None:
    batch = read_claims(*claim_segments("A"), *subscriber_loop(3, "M2", payer="P2"), *claim_segments("B"), *claim_segments("C"))
    read_back = [
        (c.patient_control_number, c.subscriber.person.member_id, c.payer.payer_id) for c in batch.transactions[0].claims
    ]
    assert read_back == [("A", "M1", "P1"), ("B", "M2", "P2"), ("C", "M2", "P2")]


def test_several_patients_hang_below_one_subscriber() -> None:
    batch = read_claims(
        "HL*3*2*23*0", "PAT*19", "NM1*QC*1*DOE*KID1", *claim_segments("A"),
        "HL*4*2*23*0", "PAT*01", "NM1*QC*1*DOE*KID2", *claim_segments("B"),
    )  # fmt: skip
    found = [(c.patient and c.patient.first_name, c.patient_relationship_code) for c in batch.transactions[0].claims]
    assert found == [("KID1", "19"), ("KID2", "01")]


def test_the_next_provider_forgets_the_taxonomy_of_the_one_before() -> None:
    batch = read(
        "837P", "BHT*0019*00*R*20260302*0815*CH",
        "HL*1**20*1", "PRV*BI*PXC*207Q00000X", "NM1*85*2*ONE*****XX*1", *subscriber_loop(2, "M1"), *claim_segments("A"),
        "HL*3**20*1", "NM1*85*2*TWO*****XX*2", *subscriber_loop(4, "M2", parent=3), *claim_segments("B"),
    )  # fmt: skip
    found = [(c.billing_provider.npi, c.billing_provider.taxonomy_code) for c in batch.transactions[0].claims]
    assert found == [("1", "207Q00000X"), ("2", None)]


def test_a_parent_that_is_not_the_loop_above_refuses_the_claims_below() -> None:
    batch = read_claims(*claim_segments("A"), "HL*3*7*23*0", "NM1*QC*1*DOE*KID", *claim_segments("B"))
    assert [claim.patient_control_number for claim in batch.transactions[0].claims] == ["A"]
    assert reasons(batch.rejected) == [("HL element 2 (parent)", "the number of the loop above", "another")]
    assert batch.rejected[0].patient_control_number == "B"


def test_a_level_of_no_known_kind_refuses_the_claims_below() -> None:
    batch = read_claims(*claim_segments("A"), "HL*3*1*24*0", *claim_segments("B"))
    assert [rejection.patient_control_number for rejection in batch.rejected] == ["B"]


@pytest.mark.parametrize(
    ("dropped", "expected"),
    [("NM1*85", "a billing provider (HL 20 with NM1*85) above it"), ("NM1*IL", "a subscriber (HL 22 with NM1*IL) above it")],
)
def test_a_claim_without_its_parties_is_refused(dropped: str, expected: str) -> None:
    head = [segment for segment in CLAIM_HEAD if not segment.startswith(dropped)]
    batch = read("837P", *head, *claim_segments("A"))
    assert [(r.expected, r.patient_control_number) for r in batch.rejected] == [(expected, "A")]


def test_a_claim_without_a_payer_is_read() -> None:
    batch = read("837P", *CLAIM_HEAD[:-1], *claim_segments("A"))
    assert batch.transactions[0].claims[0].payer.payer_id is None


@pytest.mark.parametrize(
    ("segments", "place", "got"),
    [
        (("CLM*X*FIFTY***11:B:1", *LINE), "CLM element 2 (charge amount)", "5 letters"),
        (("CLM*X****11:B:1", *LINE), "CLM element 2 (charge amount)", "nothing"),
        (("CLM*X*50***11>B>1", *LINE), "CLM element 5 (place of service)", "6 characters"),
        (("CLM*X*50***11:B:1",), "CLM", "none"),
        (("CLM*X*50***11:B:1", "LX*1"), "LX", "none"),
        (("CLM*X*50***11:B:1", "LX*A", *LINE[1:]), "LX element 1 (line number)", "1 letter"),
        (("CLM*X*50***11:B:1", "LX*1", "SV1*HC:99213*1e3*UN*1"), "SV1 element 2 (charge amount)", "3 characters"),
        (("CLM*X*50***11:B:1", "LX*1", "SV1*HC:99213*50*UN*"), "SV1 element 4 (units)", "nothing"),
        (("CLM*X*50***11:B:1", "LX*1", "SV1*HC*50*UN*1"), "SV1 element 1 (procedure)", "2 letters"),
        (("CLM*X*50***11:B:1", "LX*1", "SV1*HC:99213*50*UN*1***1:B"), "SV1 element 7 (diagnosis pointers)", "1 letter"),
        (("CLM*X*50***11:B:1", "LX*1", "SV3*AD:D2150*100"), "SV3", "a dental one"),
        (("CLM*X*50***11:B:1", *LINE[:2], "DTP*472*D8*20260230"), "DTP element 3 (date)", "8 digits that are no date"),
        (("CLM*X*50***11:B:1", *LINE[:2], "DTP*472*RD8*20260201"), "DTP element 3 (date)", "nothing"),
        (("CLM*X*50***11:B:1", *LINE[:2], "DTP*472"), "DTP", "1"),
        (("CLM*X*50***11:B:1", "HI*ABK>J029", *LINE), "HI (codes)", "8 characters"),
        (("CLM*X*50***11:B:1", "AMT*F5*FREE", *LINE), "AMT element 2 (patient paid amount)", "4 letters"),
        (("CLM*X*50***11:B:1", "SBR*S", "CAS*CO**5", *LINE), "CAS element 2 (reason code)", "nothing"),
        (("CLM*X*50***11:B:1", "SBR*S", "CAS*CO*45", *LINE), "CAS element 3 (adjustment amount)", "nothing"),
    ],
)
def test_a_broken_claim_is_refused_and_the_others_kept(segments: tuple[str, ...], place: str, got: str) -> None:
    batch = read_claims(*claim_segments("A"), *segments, *claim_segments("B"))
    assert [claim.patient_control_number for claim in batch.transactions[0].claims] == ["A", "B"]
    assert [(r.place, r.got, r.patient_control_number) for r in batch.rejected] == [(place, got, "X")]


def test_a_claim_without_a_number_is_refused_without_one() -> None:
    batch = read_claims(*claim_segments(""), *claim_segments("B"))
    assert [(r.place, r.patient_control_number) for r in batch.rejected] == [("CLM element 1 (patient control number)", None)]


def test_a_broken_subscriber_refuses_each_claim_below_and_no_other() -> None:
    loop = subscriber_loop(3, "M2")
    broken = (*loop[:3], "DMG*D8*19801301*F", loop[3])
    batch = read_claims(
        *claim_segments("A"), *broken, *claim_segments("B"), *claim_segments("C"), *subscriber_loop(4, "M3"), *claim_segments("D")
    )
    assert [claim.patient_control_number for claim in batch.transactions[0].claims] == ["A", "D"]
    assert [(r.place, r.patient_control_number) for r in batch.rejected] == [
        ("DMG element 2 (birth date)", "B"),
        ("DMG element 2 (birth date)", "C"),
    ]


def test_a_broken_subscriber_without_claims_is_reported_too() -> None:
    batch = read_claims(*claim_segments("A"), *subscriber_loop(3, "M2"), "DMG*D8*1980*F")
    assert [(r.place, r.patient_control_number) for r in batch.rejected] == [("DMG element 2 (birth date)", None)]


@pytest.mark.parametrize("segment", ["LX*1", "SV1*HC:99213*50*UN*1", "HI*ABK:J029"])
def test_what_belongs_to_a_claim_and_has_none_is_reported(segment: str) -> None:
    batch = read_claims(segment, *claim_segments("A"))
    assert "a claim (CLM) before it" in {rejection.expected for rejection in batch.rejected}


def test_a_transaction_without_a_claim_is_refused() -> None:
    assert reasons(read_claims().rejected) == [("837", "at least one claim (CLM)", "none")]


def test_a_service_without_a_line_number_is_numbered_and_warned_about() -> None:
    batch = read_claims("CLM*A*80***11:B:1", "SV1*HC:99213*50*UN*1", "SV1*HC:99214*30*UN*1")
    assert [(line.line_number, line.procedure_code) for line in batch.transactions[0].claims[0].lines] == [
        (1, "99213"),
        (2, "99214"),
    ]
    assert {warning.expected for warning in batch.warnings} == {"a line number (LX) before it"}


def test_unknown_segments_and_codes_are_passed_over() -> None:
    claim = one_claim(
        "CLM*A*50***ZZ:Q:99*Y", "K3*FREE TEXT", "CR2*1", "REF*ZZ*X", "REF", "REF*G1", "HI*QQ:X", *LINE, "MEA*TR*HT*70"
    )
    assert (claim.place_of_service_code, claim.facility_qualifier_code, claim.frequency_code) == ("ZZ", "Q", "99")


def test_the_numbers_of_other_payers_and_providers_are_not_the_claims_own() -> None:
    claim = one_claim(
        "CLM*A*50***11:B:1", "REF*G1*OWN", "NM1*82*1*HEALER*RUTH****XX*17", "REF*G1*PROVIDERS",
        "SBR*S*18*******CI", "REF*9F*NOWHERE", "NM1*PR*2*OTHER*****PI*P2", "REF*G1*OTHERS", "REF*F8*OTHERS", *LINE,
    )  # fmt: skip
    assert (claim.authorization_number, claim.referral_number, claim.payer_claim_control_number) == ("OWN", None, None)


def test_what_another_payer_said_of_a_line_is_not_the_lines_own() -> None:
    claim = one_claim(
        "CLM*A*50***11:B:1", *LINE, "REF*6R*L1", "SVD*P2*40*HC:99213**1", "CAS*CO*45*10", "DTP*573*D8*20260301", "REF*6R*L9"
    )
    assert (claim.lines[0].line_control_number, claim.lines[0].service_from_on) == ("L1", date(2026, 2, 16))


@pytest.mark.parametrize(
    ("code", "field"),
    [("DN", "referring_provider"), ("P3", "referring_provider"), ("82", "rendering_provider"), ("77", "facility_provider")],
)
def test_providers_of_a_professional_claim_go_by_their_role(code: str, field: str) -> None:
    claim = one_claim("CLM*A*50***11:B:1", f"NM1*{code}*1*HEALER*RUTH****XX*17", "PRV*PE*PXC*207Q00000X", *LINE)
    named = {name.name for name in fields(claim) if name.name.endswith("_provider") and getattr(claim, name.name) is not None}
    assert named == {"billing_provider", field}
    assert getattr(claim, field).taxonomy_code == "207Q00000X"


def test_supervising_providers_are_passed_over() -> None:
    claim = one_claim("CLM*A*50***11:B:1", "NM1*DQ*1*CHIEF*ADA****XX*18", "PRV*PE*PXC*X", *LINE)
    assert (claim.rendering_provider, claim.referring_provider, claim.facility_provider) == (None, None, None)


@pytest.mark.parametrize(
    ("qualifier", "text", "period"),
    [("D8", "20260216", (16, 16)), ("RD8", "20260216-20260218", (16, 18)), ("DT", "202602161330", (16, 16))],
)
def test_service_dates_are_read_in_every_format(qualifier: str, text: str, period: tuple[int, int]) -> None:
    line = one_claim("CLM*A*50***11:B:1", *LINE[:2], f"DTP*472*{qualifier}*{text}").lines[0]
    assert (line.service_from_on, line.service_to_on) == (date(2026, 2, period[0]), date(2026, 2, period[1]))


def test_money_is_exact() -> None:
    claim = one_claim("CLM*A*0.1***11:B:1", "LX*1", "SV1*HC:99213*.30*UN*2.")
    assert (claim.charge_amount, claim.lines[0].charge_amount, claim.lines[0].units) == (
        Decimal("0.1"),
        Decimal("0.3"),
        Decimal(2),
    )


def test_a_record_that_was_read_equals_one_that_was_built() -> None:
    read_one = one_claim(*claim_segments("A"))
    built = replace(read_one)
    assert (read_one, hash(read_one), repr(read_one)) == (built, hash(built), repr(built))
    assert replace(read_one, patient_control_number="B") != read_one


def test_a_year_of_two_digits_from_69_on_is_of_the_last_century() -> None:
    batch = read_claims(*subscriber_loop(3, "M2")[:3], "DMG*D8*690101*F", *claim_segments("A"))
    assert batch.transactions[0].claims[0].subscriber.person.birth_on == date(1969, 1, 1)
