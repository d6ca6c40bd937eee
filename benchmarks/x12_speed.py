"""Measure how fast X12 bytes become typed records, beside a bare split loop and, if one is at hand, a peer.

Writes an 837P and an 835 of 20,000 claims with the project's own writer, reads each several times on one core and prints the
best MB/s. Run: `python -m benchmarks.x12_speed [--claims N] [--peer-python PATH]`; PATH is the Python of a throwaway environment
with `pyx12` in it. Results go to benchmarks/results/x12_speed.json.
"""

import argparse
import json
import random
import subprocess
import tempfile
import time
from collections.abc import Callable
from datetime import date, timedelta
from datetime import time as day_time
from decimal import Decimal
from pathlib import Path

from claims.claim import Address, Adjustment, Claim, Payer, Person, Provider, ServiceLine, Subscriber
from claims.remittance import Remittance, RemittanceLine, RemittancePayment
from claims.x12 import parse_x12, write_transactions
from claims.x12.transactions import ClaimTransaction, Envelope, RemittanceTransaction

RESULTS = Path(__file__).parent / "results" / "x12_speed.json"
CLAIMS = 20_000
PEER_CLAIMS = 1_000  # peers are slow enough that a smaller file says the same
REPEATS = 5
FIRST_DAY = date(2026, 1, 5)
PROCEDURES = ("99213", "99214", "93000", "80053", "97110", "J1885", "71046", "36415")
DIAGNOSES = ("E119", "I10", "M545", "J029", "Z0000", "E785", "R079", "K219")
# pyx12 gives loops and segments, no typed values: less than is done here. linuxforhealth-x12 refuses the files: they lack the
# submitter's PER and the payer's address, which our records do not hold.
PEERS = {
    "pyx12": """
import sys, time
import pyx12.params, pyx12.x12context, pyx12.error_handler
start = time.process_time()
with open(sys.argv[1]) as source:
    reader = pyx12.x12context.X12ContextReader(pyx12.params.params(), pyx12.error_handler.errh_null(), source)
    count = sum(1 for _ in reader.iter_segments())
print(time.process_time() - start)
""",
}


def make_claims(count: int) -> tuple[Claim, ...]:
    """Make claims as a practice would send them: two or three lines, a subscriber with address, a rendering provider."""
    chance = random.Random(20_260_105)  # noqa: S311
    clinic = Provider(
        npi="1234567893", name="HARBOR FAMILY CLINIC", taxonomy_code="207Q00000X", tax_id="943210001", address=_address(1)
    )
    doctors = [
        Provider(
            npi=str(1_730_100_000 + n), name=f"HEALER{n}", first_name="RUTH", is_organization=False, taxonomy_code="207Q00000X"
        )
        for n in range(40)
    ]
    payers = [Payer(payer_id=f"BAY{n:02d}", name=f"BAY HEALTH PLAN {n}") for n in range(12)]
    return tuple(_claim(number, chance, clinic, chance.choice(doctors), chance.choice(payers)) for number in range(count))


def _claim(number: int, chance: random.Random, clinic: Provider, doctor: Provider, payer: Payer) -> Claim:
    day = FIRST_DAY + timedelta(days=chance.randrange(250))
    lines = tuple(_line(place, number, day, chance) for place in range(1, chance.choice((3, 4))))
    person = Person(
        last_name=f"TESTPERSON{number % 997}",
        first_name=f"ALMA{number % 89}",
        member_id=f"ZZT{number:08d}",
        birth_on=date(1940, 1, 1) + timedelta(days=chance.randrange(27_000)),
        sex_code=chance.choice("FM"),
        address=_address(number),
    )
    return Claim(
        patient_control_number=f"PCN{number:08d}",
        claim_type="837P",
        charge_amount=sum((line.charge_amount for line in lines), Decimal(0)),
        submitted_on=FIRST_DAY + timedelta(days=260),
        billing_provider=clinic,
        subscriber=Subscriber(
            person=person, relationship_code="18", claim_filing_indicator_code="CI", group_number=f"G{number % 50}"
        ),
        payer=payer,
        place_of_service_code="11",
        facility_qualifier_code="B",
        provider_signature_code="Y",
        assignment_code="A",
        benefits_assigned_code="Y",
        release_of_information_code="Y",
        authorization_number=f"AUTH{number}" if chance.random() < 0.2 else None,
        diagnosis_codes=tuple(chance.sample(DIAGNOSES, 2)),
        rendering_provider=doctor,
        lines=lines,
    )


def _line(place: int, number: int, day: date, chance: random.Random) -> ServiceLine:
    return ServiceLine(
        line_number=place,
        procedure_code=chance.choice(PROCEDURES),
        charge_amount=Decimal(chance.randrange(2_000, 40_000)) / 100,
        units=Decimal(chance.choice((1, 1, 1, 2, 4))),
        modifiers=("25",) if chance.random() < 0.2 else (),
        diagnosis_pointers=(1, 2),
        service_from_on=day,
        service_to_on=day,
        line_control_number=f"{number}L{place}",
    )


def _address(number: int) -> Address:
    return Address(
        line_1=f"{number % 900 + 1} FOG LANE", city="OAKLAND", state_code="CA", postal_code=f"94601{number % 10_000:04d}"
    )


def make_remittances(claims: tuple[Claim, ...]) -> tuple[Remittance, ...]:
    """Make the answer to each claim: contractual adjustment and cost share on every line, now and then a denied one."""
    chance = random.Random(20_260_106)  # noqa: S311
    return tuple(_remittance(claim, chance) for claim in claims)


def _remittance(claim: Claim, chance: random.Random) -> Remittance:
    lines = tuple(_answer(line, chance) for line in claim.lines)
    owed = sum((a.adjustment_amount for line in lines for a in line.adjustments if a.group_code == "PR"), Decimal(0))
    return Remittance(
        patient_control_number=claim.patient_control_number,
        claim_status_code="1",
        charge_amount=claim.charge_amount,
        paid_amount=sum((line.paid_amount for line in lines), Decimal(0)),
        patient_responsibility_amount=owed,
        claim_filing_indicator_code="12",
        payer_claim_control_number=f"ICN2026{claim.patient_control_number[3:]}",
        facility_code="11",
        frequency_code="1",
        subscriber_id=claim.subscriber.person.member_id,
        rendering_provider_npi=claim.rendering_provider.npi if claim.rendering_provider else None,
        received_on=claim.submitted_on,
        statement_from_on=claim.lines[0].service_from_on,
        statement_to_on=claim.lines[0].service_to_on,
        allowed_amount=claim.charge_amount,
        lines=lines,
    )


def _answer(line: ServiceLine, chance: random.Random) -> RemittanceLine:
    charge = line.charge_amount
    if chance.random() < 0.1:
        adjustments: tuple[Adjustment, ...] = (Adjustment(group_code="CO", carc="50", adjustment_amount=charge),)
        remarks: tuple[str, ...] = ("N115",)
    else:
        adjustments = (
            Adjustment(group_code="CO", carc="45", adjustment_amount=(charge * Decimal("0.3")).quantize(Decimal("0.01"))),
            Adjustment(group_code="PR", carc=chance.choice("123"), adjustment_amount=Decimal(chance.randrange(100, 2_000)) / 100),
        )
        remarks = ()
    return RemittanceLine(
        procedure_code=line.procedure_code,
        charge_amount=charge,
        paid_amount=charge - sum((adjustment.adjustment_amount for adjustment in adjustments), Decimal(0)),
        modifiers=line.modifiers,
        paid_units=line.units,
        service_from_on=line.service_from_on,
        line_control_number=line.line_control_number,
        allowed_amount=charge,
        adjustments=adjustments,
        remark_codes=remarks,
    )


def _envelope(version: str) -> Envelope:
    return Envelope(
        sender_id="SENDER01",
        receiver_id="CLEARHOUSE",
        interchange_control_number="000000001",
        group_control_number="1",
        transaction_control_number="0001",
        version=version,
        created_on=FIRST_DAY,
        created_at=day_time(8, 0),
    )


def make_files(count: int) -> dict[str, bytes]:
    """Write both files."""
    claims = make_claims(count)
    clinic = claims[0].billing_provider
    payment = RemittancePayment(
        payer=claims[0].payer,
        payee=clinic,
        payment_amount=Decimal(0),
        payment_method_code="ACH",
        paid_on=FIRST_DAY,
        produced_on=FIRST_DAY,
        trace_number="EFT1",
    )
    submitted = ClaimTransaction(
        envelope=_envelope("005010X222A1"),
        kind="837P",
        reference="BENCHMARK",
        submitted_on=claims[0].submitted_on,
        submitter=clinic,
        receiver=Provider(name="CLEARHOUSE", transmitter_id="CLR01"),
        claims=claims,
        content_key="",
    )
    answered = RemittanceTransaction(
        envelope=_envelope("005010X221A1"),
        payment=payment,
        remittances=make_remittances(claims),
        provider_adjustments=(),
        content_key="",
    )
    return {"837P": write_transactions([submitted]), "835": write_transactions([answered])}


def split_loop(data: bytes) -> None:
    """Do the least that any reader does: cut into segments and elements, keep nothing."""
    for segment in data.decode().split("~\n"):
        segment.split("*")


def read(data: bytes) -> None:
    """Read to typed records."""
    batch = parse_x12(data, file="benchmark")
    assert not batch.rejected
    assert not batch.warnings


def best_rate(work: Callable[[bytes], None], data: bytes, *, repeats: int) -> float:
    """Give MB/s of the quickest of several runs, in processor time, so that a busy machine counts less."""
    seconds = []
    for _ in range(repeats):
        start = time.process_time()
        work(data)
        seconds.append(time.process_time() - start)
    return len(data) / 1e6 / min(seconds)


def peer_rates(python: Path, data: bytes) -> dict[str, float | str]:
    """Run each peer that is installed for `python`; one that fails says why."""
    rates: dict[str, float | str] = {}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "peer.x12"
        path.write_bytes(data)
        for name, script in PEERS.items():
            done = subprocess.run([python, "-c", script, path], capture_output=True, text=True, check=False)
            if done.returncode:
                rates[name] = done.stderr.strip().rpartition("\n")[2][:120]
            else:
                rates[name] = round(len(data) / 1e6 / float(done.stdout.split()[-1]), 3)
    return rates


def main() -> None:
    """Measure, print, keep."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--claims", type=int, default=CLAIMS)
    parser.add_argument("--peer-python", type=Path)
    wanted = parser.parse_args()
    small = make_files(PEER_CLAIMS) if wanted.peer_python else {}
    results: dict[str, dict[str, object]] = {}
    for kind, data in make_files(wanted.claims).items():
        result: dict[str, object] = {
            "claims": wanted.claims,
            "megabytes": round(len(data) / 1e6, 2),
            "split_loop_mb_per_s": round(best_rate(split_loop, data, repeats=REPEATS), 1),
            "typed_records_mb_per_s": round(best_rate(read, data, repeats=REPEATS), 1),
        }
        if wanted.peer_python:
            result["peers_mb_per_s"] = peer_rates(wanted.peer_python, small[kind])
            result["peer_claims"] = PEER_CLAIMS
        results[kind] = result
        print(kind, json.dumps(result))
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
