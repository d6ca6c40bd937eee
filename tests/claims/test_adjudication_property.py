"""Bulk adjudication says of every remittance what `claims.denial.read_denial` says of the record."""

from datetime import timedelta
from decimal import Decimal

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from claims.adjudication import adjudicate
from claims.claim import Adjustment
from claims.denial import denied_adjustments, read_denial
from claims.remittance import Remittance, RemittanceLine
from tests import factories as make

CARCS = ["1", "2", "3", "23", "24", "45", "253", "16", "96", "97", "50", "197", "18", "29", "9999", "X1", "b7"]
REMARKS = ["MA27", "N382", "M20", "N130", "N999", "MA130"]

amounts = st.integers(-5000, 20000).map(lambda cents: Decimal(cents) / 100)
adjustments = st.lists(
    st.builds(
        Adjustment, group_code=st.sampled_from(["CO", "PR", "OA", "PI"]), carc=st.sampled_from(CARCS), adjustment_amount=amounts
    ),
    max_size=4,
).map(tuple)
remarks = st.lists(st.sampled_from(REMARKS), max_size=2).map(tuple)
paid = st.sampled_from([Decimal(0), Decimal("12.50")])
lines = st.lists(
    st.builds(
        RemittanceLine,
        procedure_code=st.sampled_from(["99213", None]),
        charge_amount=st.just(Decimal(100)),
        paid_amount=paid,
        adjustments=adjustments,
        remark_codes=remarks,
    ),
    max_size=3,
).map(tuple)
remittances = st.builds(
    Remittance,
    patient_control_number=st.just(""),
    claim_status_code=st.sampled_from(["1", "2", "4", "22"]),
    charge_amount=st.just(Decimal(100)),
    paid_amount=paid,
    patient_responsibility_amount=paid,
    adjustments=adjustments,
    remark_codes=remarks,
    lines=lines,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
@given(st.lists(remittances, min_size=1, max_size=30))
def test_bulk_equals_records(drawn: list[Remittance]) -> None:
    answers = [make.replace(answer, patient_control_number=f"P{index}") for index, answer in enumerate(drawn)]
    store = make.fill_store(make.MemoryHistory(), make.remittance_transaction(*answers))
    found = {row["patient_control_number"]: row for row in adjudicate(store).answers.to_pylist()}
    for answer in answers:
        row, denial = found[answer.patient_control_number], read_denial(answer)
        assert row["denied"] == (denial is not None)
        assert row["denied_amount"] == float(denial.denied_amount if denial else 0)
        expected = (denial.category, denial.group_code, denial.carc, denial.rarc) if denial else (None,) * 4
        assert (row["category"], row["group_code"], row["carc"], row["rarc"]) == expected


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
@given(st.lists(remittances.filter(lambda answer: not answer.is_reversal), min_size=1, max_size=20))
def test_bulk_lines_equal_records(drawn: list[Remittance]) -> None:
    answers = [make.replace(answer, patient_control_number=f"P{index}") for index, answer in enumerate(drawn)]
    claims = [
        make.claim(
            answer.patient_control_number,
            lines=tuple(make.service_line(n + 1, line_control_number=None) for n in range(len(answer.lines))),
            submitted_on=make.RECEIVED_ON - timedelta(days=20),
            payer=make.payer("PAYER1"),
        )
        for answer in answers
    ]
    store = make.fill_store(make.MemoryHistory(), make.claim_transaction(*claims), make.remittance_transaction(*answers))
    result = adjudicate(store)
    got: dict[str, list[float]] = {}
    numbers = {row["submission_id"]: row["patient_control_number"] for row in result.answers.to_pylist()}
    for row in result.lines.to_pylist():
        got.setdefault(numbers[row["submission_id"]], []).append(row["denied_amount"])
    for answer in answers:
        money = [Decimal(0)] * len(answer.lines)
        for found in denied_adjustments(answer):
            if found.line_position is not None:
                money[found.line_position] += found.adjustment.adjustment_amount
        assert sorted(got.get(answer.patient_control_number, [])) == sorted(float(amount) for amount in money)
