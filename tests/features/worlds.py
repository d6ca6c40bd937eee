"""Small random worlds for the property tests: claims with answers, records and repeats, in a store."""

import random
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from claims.claim import Claim
from claims.history.store import HistoryStore
from claims.remittance import Remittance
from claims.x12.transactions import Transaction
from tests import factories

FIRST_DAY = date(2025, 1, 6)
PROCEDURES = ("99213", "99214", "70553", "97110", "20610")
DIAGNOSES = ("M5450", "E119", "I10", "J069")
PAYERS = ("P1", "P2", "P3")
DENIALS = (("197", "CO"), ("50", "CO"), ("16", "CO"), ("97", "CO"), ("27", "PR"))


def random_claim(chance: random.Random, number: int, *, days: int = 200) -> Claim:
    submitted = FIRST_DAY + timedelta(days=chance.randrange(days))
    service = submitted - timedelta(days=chance.randrange(1, 60))
    codes = chance.sample(PROCEDURES, k=chance.randint(1, 3))
    lines = tuple(
        factories.service_line(
            line_number=at,
            procedure_code=code,
            charge_amount=Decimal(chance.randrange(50, 900)),
            units=Decimal(chance.randint(1, 4)),
            modifiers=("59",) if chance.random() < 0.2 else (),
            diagnosis_pointers=(1,) if chance.random() < 0.9 else (),
            service_from_on=service,
            service_to_on=service,
        )
        for at, code in enumerate(codes, start=1)
    )
    member = f"M{chance.randrange(30):09d}"
    return factories.claim(
        patient_control_number=f"C{number}",
        submitted_on=submitted,
        payer=factories.payer(chance.choice(PAYERS)),
        subscriber=factories.subscriber(person=factories.person(member_id=member)),
        rendering_provider=factories.provider(f"10000000{chance.randrange(4):02d}"),
        authorization_number=f"A{chance.randrange(20)}" if chance.random() < 0.4 else None,
        diagnosis_codes=tuple(chance.sample(DIAGNOSES, k=2)),
        charge_amount=sum((line.charge_amount for line in lines), Decimal(0)),
        lines=lines,
    )


def answer(chance: random.Random, claim: Claim) -> Remittance:
    carc, group = chance.choice(DENIALS)
    denied = chance.random() < 0.3
    lines = tuple(
        factories.remittance_line(
            procedure_code=line.procedure_code,
            charge_amount=line.charge_amount,
            paid_amount=Decimal(0) if denied and at == 0 else line.charge_amount,
            service_from_on=line.service_from_on,
            modifiers=line.modifiers,
            adjustments=(factories.adjustment(group_code=group, carc=carc, amount=line.charge_amount),)
            if denied and at == 0
            else (),
        )
        for at, line in enumerate(claim.lines)
    )
    return factories.remittance(
        patient_control_number=claim.patient_control_number,
        charge_amount=claim.charge_amount,
        paid_amount=sum((line.paid_amount for line in lines), Decimal(0)),
        lines=lines,
    )


def random_claims(seed: int, count: int) -> list[Claim]:
    chance = random.Random(seed)  # noqa: S311
    claims = [random_claim(chance, number) for number in range(count)]
    repeats = [replace(claim, submitted_on=claim.submitted_on + timedelta(days=20)) for claim in claims[::9]]
    return claims + repeats


def store_of(claims: list[Claim], folder: Path, *, seed: int, until: date | None = None) -> HistoryStore:
    """Load each claim as its own transaction, and an answer 10 to 40 days later for four of five.

    `until` leaves out what became known on that day or later: the same world, seen earlier.
    """
    chance = random.Random(seed)  # noqa: S311
    transactions: list[Transaction] = []
    for at, claim in enumerate(claims):
        number = f"{at:06d}"
        said, known = answer(chance, claim), claim.submitted_on + timedelta(days=chance.randint(10, 40))
        is_answered = chance.random() < 0.8
        if until is None or claim.submitted_on < until:
            transactions.append(factories.claim_transaction(claim, control_number=number))
        if is_answered and (until is None or known < until):
            payer_id = claim.payer.payer_id
            transactions.append(factories.remittance_transaction(said, payer_id=payer_id, on=known, control_number=number))
    checks: list[dict[str, Any]] = [
        {
            "known_on": FIRST_DAY + timedelta(days=at * 5),
            "subscriber_key": factories.HASHER.subscriber_key(f"M{at:09d}"),
            "payer_id": PAYERS[at % 3],
            "checked_on": FIRST_DAY + timedelta(days=at * 5),
            "status": "active" if at % 4 else "inactive",
            "plan_begin": FIRST_DAY,
        }
        for at in range(30)
    ]
    known_checks = [row for row in checks if until is None or row["known_on"] < until]
    return factories.fill_store(HistoryStore(str(folder)), *transactions, csv_rows={"eligibility": known_checks})
