from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from claims.root_cause import root_causes
from serving.packet.practice_file import Letterhead, PayerChannel, PracticeFile
from serving.packet.templates import FACT_NAMES, refuse_unknown_facts, templates
from serving.packet.words import plain
from serving.work_queue.effort import effort
from tests import factories as make
from tests.serving.packet.cases import CARC_OF, TODAY, denied_for, world

PLAN = make.subscriber()
ACTIONS = tuple(sorted(set(effort().minutes) - {"clinical_appeal"}))
NAMES = ("DOE", "JANE", "ABC123456789", "ELM ST", "1980")


def test_templates_cover_every_category_and_action_and_ask_for_known_facts() -> None:
    assert set(templates().categories) == set(root_causes()) == set(CARC_OF)
    assert set(templates().actions) == set(ACTIONS)
    refuse_unknown_facts("letters.toml", "all", templates().texts(), FACT_NAMES)


@pytest.mark.parametrize("category", sorted(CARC_OF))
def test_each_category_has_argument_documents_and_checklist(category: str, tmp_path: Path) -> None:
    packet = world(tmp_path, answer=denied_for(category)).packet("appeal")
    assert packet.category == category
    assert packet.letter is not None
    assert packet.letter.argument
    assert len(packet.documents) >= 2
    assert packet.checklist
    assert set(packet.facts) == set(FACT_NAMES)


@pytest.mark.parametrize("action", ACTIONS)
def test_a_letter_is_written_where_something_goes_to_the_payer(action: str, tmp_path: Path) -> None:
    packet = world(tmp_path).packet(action)
    assert (packet.letter is not None) == (action in {"appeal", "reconsideration", "send_records", "follow_up"})


def test_people_are_gaps_and_no_name_appears(tmp_path: Path) -> None:
    packet = world(tmp_path).packet("appeal")
    assert [packet.facts[name].value for name in ("patient_name", "patient_birth_on", "member_id")] == [None, None, None]
    assert not [name for name in NAMES if name in repr(packet)]
    assert any(gap.startswith("patient name") for gap in packet.gaps)


def test_missing_control_number_is_a_gap_and_present_one_a_fact(tmp_path: Path) -> None:
    without = world(tmp_path / "a", answer=make.denied(carc="197", payer_claim_control_number=None)).packet("appeal")
    with_number = world(tmp_path / "b").packet("appeal")
    assert without.facts["payer_claim_control_number"].value is None
    assert any(gap.startswith("payer's claim number") for gap in without.gaps)
    assert with_number.facts["payer_claim_control_number"].value == "ICN1"


def test_only_denied_procedures_are_argued_for(tmp_path: Path) -> None:
    lines = (make.service_line(1), make.service_line(2, procedure_code="80053", charge=40))
    answered = (
        make.remittance_line(1, adjustments=(make.adjustment("CO", "45", 20),)),
        make.remittance_line(2, charge=40, procedure_code="80053", adjustments=(make.adjustment("CO", "50", 40),)),
    )
    packet = world(tmp_path, claim=make.claim(lines=lines), answer=make.remittance(lines=answered)).packet("appeal")
    assert packet.facts["denied_procedure_codes"].value == "80053"
    assert packet.facts["denied_amount"].value == "$40.00"
    assert [line.denied for line in packet.lines] == ["$0.00", "$40.00"]


@pytest.mark.parametrize(
    ("indicator", "due_on", "source"),
    [
        ("CI", date(2026, 9, 19), "29 CFR 2560.503-1(h)(3)(i)"),
        ("MB", date(2026, 7, 21), "42 CFR 405.942(a)"),
        ("16", date(2026, 5, 27), "42 CFR 422.582(b), as changed by CMS-4205-F (89 FR 30448)"),
        ("WC", None, None),
    ],
)
def test_deadline_and_its_source_come_from_the_payer_rules(
    indicator: str, due_on: date | None, source: str | None, tmp_path: Path
) -> None:
    claim = make.claim(subscriber=replace(PLAN, claim_filing_indicator_code=indicator))
    packet = world(tmp_path, claim=claim).packet("appeal")
    assert packet.sending.due_on == due_on
    assert packet.sending.days_left == (None if due_on is None else (due_on - TODAY).days)
    assert (source is None) or source in plain(packet.sending.due_words)
    assert (due_on is None) == any(gap.startswith("last day") for gap in packet.gaps)


def _appeal(**row: Any) -> dict[str, list[dict[str, Any]]]:
    base = {"patient_control_number": "PCN1", "payer_id": "PAYER1", "level": 1, "filed_on": date(2026, 3, 24)}
    return {"appeals": [base | {"known_on": date(2026, 3, 24)} | row]}


def test_second_level_counts_from_the_decision(tmp_path: Path) -> None:
    rows = _appeal(outcome="upheld", decided_on=date(2026, 3, 30))
    packet = world(tmp_path, csv_rows=rows).packet("appeal")
    assert (packet.level, packet.sending.due_on) == (2, date(2026, 5, 29))
    assert any("house default" in warning for warning in packet.warnings)


def test_later_levels_are_asked_for_as_their_rules_say(tmp_path: Path) -> None:
    claim = make.claim(subscriber=replace(PLAN, claim_filing_indicator_code="MB"))
    rows = _appeal(outcome="upheld", decided_on=date(2026, 3, 30))
    packet = world(tmp_path, claim=claim, csv_rows=rows).packet("appeal")
    assert (packet.level, packet.sending.due_on) == (2, date(2026, 9, 26))
    assert "qualified independent contractor" in plain(packet.sending.file_with)
    assert "Form: CMS-20033." in plain(packet.sending.how)


def test_reconsideration_has_its_own_limit_and_way(tmp_path: Path) -> None:
    line = make.remittance_line(adjustments=(make.adjustment("CO", "133", 150),))
    packet = world(tmp_path, answer=make.remittance(lines=(line,))).packet("reconsideration")
    assert packet.sending.due_on == date(2026, 9, 19)
    assert "provider service" in plain(packet.sending.file_with)


def test_what_a_kind_of_plan_asks_for_is_enclosed(tmp_path: Path) -> None:
    claim = make.claim(subscriber=replace(PLAN, claim_filing_indicator_code="16"))
    packet = world(tmp_path, claim=claim).packet("appeal")
    assert any("waiver of liability" in plain(document) for document in packet.documents)


def test_pending_appeal_is_a_warning(tmp_path: Path) -> None:
    packet = world(tmp_path, csv_rows=_appeal(outcome="pending", decided_on=None)).packet("appeal")
    assert packet.level == 1
    assert any("is pending" in warning for warning in packet.warnings)


def test_no_appeal_right_is_a_warning(tmp_path: Path) -> None:
    line = make.remittance_line(adjustments=(make.adjustment("CO", "16", 150),), remark_codes=("MA130",))
    packet = world(tmp_path, answer=make.remittance(lines=(line,))).packet("appeal")
    assert any("MA130" in warning for warning in packet.warnings)


def test_authorization_on_record_speaks_for_the_claim_only_on_its_days(tmp_path: Path) -> None:
    claim = make.claim()
    key = make.HASHER.subscriber_key(claim.subscriber.person.member_id)
    base = {"payer_id": "PAYER1", "subscriber_key": key, "procedure_code": "99213", "known_on": date(2026, 3, 1)}
    february = base | {"valid_from": date(2026, 2, 1), "valid_to": date(2026, 2, 28), "units_approved": 2.0}
    march = base | {"valid_from": date(2026, 3, 1), "valid_to": date(2026, 3, 9), "authorization_number": "A2"}
    rows = [
        february | {"authorization_number": "A1"},
        march,
        february | {"authorization_number": "A3", "procedure_code": "70553"},
    ]
    packet = world(tmp_path, claim=claim, csv_rows={"authorizations": rows}).packet("appeal")
    assert [each.text.split()[1] for each in packet.evidence] == ["A1"]
    assert any("A2" in plain(entry) for entry in packet.checklist)
    assert "A3" not in repr(packet)


def test_own_words_of_a_payer_go_first_and_its_address_fills_the_gap(tmp_path: Path) -> None:
    channel = PayerChannel(
        payer_id="PAYER1",
        source="provider manual 2026, p. 12",
        checked_on=date(2026, 3, 1),
        address=("PO Box 1", "Oakland, CA 94612"),
        argument={"authorization": ("We argue for {patient_control_number} in our own way.",)},
        documents={"authorization": ("The payer's own form",)},
        citations={"authorization": ("Policy 7: no approval is needed for 99213.",)},
    )
    practice = PracticeFile(letterhead=Letterhead(name="RIVERSIDE CLINIC"), payers={"PAYER1": channel})
    packet = world(tmp_path).packet("appeal", practice=practice)
    assert packet.letter is not None
    assert [plain(words) for words in packet.letter.argument] == ["We argue for PCN1 in our own way."]
    assert "The payer's own form" in [plain(words) for words in packet.documents]
    assert ("Policy 7: no approval is needed for 99213.", "provider manual 2026, p. 12, read on 03/01/2026") in [
        (each.text, each.source) for each in packet.citations
    ]
    assert packet.facts["payer_address"].value == "PO Box 1, Oakland, CA 94612"
    assert not any(gap.startswith(("practice name", "payer's address")) for gap in packet.gaps)
