"""Owns the payer's answer in money: prices what is paid, words what is denied, and turns it into remittance records.

Every answer balances: charge - adjustments = paid, on each line and on the claim.
"""

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from random import Random

from claims.claim import Adjustment, Claim
from claims.remittance import Remittance, RemittanceLine
from simulator.codes import EDITS, MISLEADING_WORDINGS, Wording
from simulator.edits import Risk
from simulator.forms import dollars
from simulator.payers import SimulatedPayer
from simulator.people import Patient

MISLEADING_SHARE = 0.35
_PREFERRED_WORDING = 0.7
_RARC_REQUIRED = frozenset({"16", "17", "96", "125", "252", "A1"})
Cas = tuple[str, str, int]  # group code, CARC, cents


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """Which edits fired. `claim_edit` denies everything; else `line_edits` deny their lines."""

    claim_edit: str | None
    line_edits: dict[int, str]
    first: str | None  # the planted edit

    @property
    def is_denied(self) -> bool:
        """Tell whether anything is denied."""
        return self.first is not None


def draw_verdict(random: Random, risks: list[Risk]) -> Verdict:
    """Run the edits in order; the first that fires on the claim ends it, each line stops at its own first."""
    lines: dict[int, str] = {}
    first = None
    for risk in risks:
        fires = random.random() < risk.probability
        if not fires or risk.line in lines:
            continue
        first = first or risk.edit
        if risk.line < 0:
            return Verdict(claim_edit=risk.edit, line_edits={}, first=first)
        lines[risk.line] = risk.edit
    return Verdict(claim_edit=None, line_edits=lines, first=first)


@dataclass(frozen=True, kw_only=True, slots=True)
class LineAnswer:
    """One line's answer in cents."""

    charge_cents: int
    paid_cents: int
    allowed_cents: int
    adjustments: tuple[Cas, ...]
    remark: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """One answer in cents. `denied_cents` = what denial adjustments took."""

    lines: tuple[LineAnswer, ...]
    claim_adjustments: tuple[Cas, ...]
    remarks: tuple[str, ...]
    status_code: str
    wording: Wording | None  # of the denial that took most
    denied_cents: int

    @property
    def paid_cents(self) -> int:
        """Add up what is paid."""
        return sum(line.paid_cents for line in self.lines)

    @property
    def patient_cents(self) -> int:
        """Add up what the patient owes."""
        owed = sum(cents for line in self.lines for group, _, cents in line.adjustments if group == "PR")
        return owed + sum(cents for group, _, cents in self.claim_adjustments if group == "PR")


def carc_chance(payer: SimulatedPayer, edit: str, carc: str) -> float:
    """Give P(this CARC is shown | this edit fired at this payer)."""
    wordings = EDITS[edit].wordings
    preferred = _preferred(payer, edit)
    rest = (1 - _PREFERRED_WORDING) / len(wordings)
    plain = sum(rest + (_PREFERRED_WORDING if i == preferred else 0.0) for i, w in enumerate(wordings) if w.carc == carc)
    if edit != "processing":
        return plain
    misleading = sum(1 for wording in MISLEADING_WORDINGS if wording.carc == carc) / len(MISLEADING_WORDINGS)
    return (1 - MISLEADING_SHARE) * plain + MISLEADING_SHARE * misleading


def word_denial(random: Random, payer: SimulatedPayer, edit: str) -> Wording:
    """Choose how a payer words an edit; most keep to one way."""
    wordings = EDITS[edit].wordings
    if edit == "processing" and random.random() < MISLEADING_SHARE:
        return random.choice(MISLEADING_WORDINGS)
    wording = wordings[_preferred(payer, edit)] if random.random() < _PREFERRED_WORDING else random.choice(wordings)
    if wording.carc not in _RARC_REQUIRED and random.random() > payer.gives_remarks:
        wording = replace(wording, rarc=None)
    if payer.plan_type == "medicare_ffs" and wording.group_code == "PI":
        return replace(wording, group_code="CO")
    return wording


def _preferred(payer: SimulatedPayer, edit: str) -> int:
    return sum(map(ord, payer.payer_id + edit)) % len(EDITS[edit].wordings)


class Pricer:
    """Prices claims for one world."""

    def __init__(self, random: Random) -> None:
        self._random = random

    def answer(
        self,
        claim: Claim,
        payer: SimulatedPayer,
        patient: Patient,
        verdict: Verdict,
        *,
        families: list[str],
        primary_care: bool,
        generosity: float = 1.0,
    ) -> Answer:
        """Price a claim under a verdict. `generosity` below 1 pays a share of the contract (a partly overturned appeal)."""
        random = self._random
        secondary = claim.subscriber.payer_sequence_code != "P"
        wordings: dict[int, Wording] = {}
        if verdict.claim_edit is not None:
            shared = word_denial(random, payer, verdict.claim_edit)
            wordings = dict.fromkeys(range(len(claim.lines)), shared)
        else:
            wordings = {position: word_denial(random, payer, edit) for position, edit in sorted(verdict.line_edits.items())}
        paid_before = self._prior_payments(claim) if secondary else None
        lines = []
        for position, line in enumerate(claim.lines):
            charge = int(line.charge_amount.scaleb(2))
            if position in wordings:
                wording = wordings[position]
                lines.append(_denied_line(charge, wording))
            elif paid_before is not None:
                lines.append(self._secondary_line(charge, paid_before[position]))
            else:
                capitated = (
                    payer.capitates
                    and primary_care
                    and families[position] in {"office_visit", "preventive_visit", "telehealth_visit"}
                )
                lines.append(self._priced_line(charge, payer, patient, claim, capitated=capitated, generosity=generosity))
        return self._assemble(claim, payer, verdict, wordings, lines, secondary=secondary)

    def _prior_payments(self, claim: Claim) -> list[int]:
        """Spread what the primary left to the patient over the lines by charge."""
        other = claim.other_subscribers[0] if claim.other_subscribers else None
        charge = int(claim.charge_amount.scaleb(2))
        owed = sum(int(a.adjustment_amount.scaleb(2)) for a in other.adjustments if a.group_code == "PR") if other else 0
        owed = min(owed, charge)
        spread = [int(line.charge_amount.scaleb(2)) * owed // max(1, charge) for line in claim.lines]
        if spread:
            spread[0] = min(int(claim.lines[0].charge_amount.scaleb(2)), spread[0] + owed - sum(spread))
        return spread

    def _secondary_line(self, charge: int, owed: int) -> LineAnswer:
        """Pay what the primary left; OA-23 stands for what the primary paid and wrote off."""
        paid = owed if self._random.random() < 0.85 else owed // 2
        adjustments: list[Cas] = [("OA", "23", charge - owed)] if charge > owed else []
        if owed > paid:
            adjustments.append(("PR", "3", owed - paid))
        return LineAnswer(charge_cents=charge, paid_cents=paid, allowed_cents=owed, adjustments=tuple(adjustments), remark=None)

    def _priced_line(
        self, charge: int, payer: SimulatedPayer, patient: Patient, claim: Claim, *, capitated: bool, generosity: float
    ) -> LineAnswer:
        random = self._random
        if capitated:
            return LineAnswer(
                charge_cents=charge, paid_cents=0, allowed_cents=charge, adjustments=(("CO", "24", charge),), remark=None
            )
        allowed = min(charge, round(charge * payer.allowed_ratio * random.uniform(0.93, 1.07) * generosity))
        adjustments: list[Cas] = [("CO", "45", charge - allowed)] if charge > allowed else []
        left = allowed
        year = claim.submitted_on.year
        owed = patient.deductible_left_cents.get((payer.payer_id, year))
        if owed is None:
            owed = random.choice((15_000, 30_000, 60_000, 150_000)) if random.random() < payer.plan.deductible_chance else 0
        deductible = min(owed, left)
        patient.deductible_left_cents[(payer.payer_id, year)] = owed - deductible
        if deductible:
            adjustments.append(("PR", "1", deductible))
            left -= deductible
        share = round(left * payer.plan.coinsurance)
        if share:
            adjustments.append(("PR", "2" if payer.plan_type != "medicare_advantage" else "3", share))
            left -= share
        sequestered = round(left * 0.02) if payer.plan_type == "medicare_ffs" else 0
        if sequestered:
            adjustments.append(("CO", "253", sequestered))
        return LineAnswer(
            charge_cents=charge, paid_cents=left - sequestered, allowed_cents=allowed, adjustments=tuple(adjustments), remark=None
        )

    def _assemble(
        self,
        claim: Claim,
        payer: SimulatedPayer,
        verdict: Verdict,
        wordings: dict[int, Wording],
        lines: list[LineAnswer],
        *,
        secondary: bool,
    ) -> Answer:
        random = self._random
        charge = sum(line.charge_cents for line in lines)
        all_denied = len(wordings) == len(lines)
        first = max(sorted(wordings), key=lambda position: lines[position].charge_cents, default=None)
        status = "2" if secondary else "1"
        if all_denied and random.random() < payer.status_4_share:
            status = "4"
        elif not secondary and payer.plan_type == "medicare_ffs" and claim.other_subscribers and not all_denied:
            status = "19"
        remarks: list[str] = []
        if payer.plan_type == "medicare_ffs":
            remarks.append("MA18" if status == "19" else "MA01")
        if all_denied and first is not None and wordings[first].carc == "16" and payer.plan_type.startswith("medicare"):
            remarks.insert(0, "MA130")
        claim_level = verdict.claim_edit is not None and payer.claim_level_denials and first is not None
        if claim_level and first is not None and (rarc := wordings[first].rarc):
            remarks.insert(0, rarc)
        return Answer(
            lines=() if claim_level else tuple(lines),
            claim_adjustments=((wordings[first].group_code, wordings[first].carc, charge),)
            if claim_level and first is not None
            else (),
            remarks=tuple(remarks),
            status_code=status,
            wording=wordings[first] if first is not None else None,
            denied_cents=sum(lines[position].charge_cents for position in wordings),
        )


def _denied_line(charge: int, wording: Wording) -> LineAnswer:
    return LineAnswer(
        charge_cents=charge,
        paid_cents=0,
        allowed_cents=0,
        adjustments=((wording.group_code, wording.carc, charge),),
        remark=wording.rarc,
    )


def remittance(claim: Claim, payer: SimulatedPayer, answer: Answer, *, control_number: str, received_day: int) -> Remittance:
    """Write an answer as a CLP loop."""
    return Remittance(
        patient_control_number=claim.patient_control_number,
        claim_status_code=answer.status_code,
        charge_amount=claim.charge_amount,
        paid_amount=dollars(answer.paid_cents),
        patient_responsibility_amount=dollars(answer.patient_cents),
        claim_filing_indicator_code=payer.filing_indicator_code,
        payer_claim_control_number=control_number,
        facility_code=claim.place_of_service_code,
        frequency_code=claim.frequency_code,
        subscriber_id=claim.subscriber.person.member_id,
        rendering_provider_npi=claim.rendering_provider.npi if claim.rendering_provider else None,
        received_on=date.fromordinal(received_day),
        adjustments=tuple(_adjustment(cas) for cas in answer.claim_adjustments),
        remark_codes=answer.remarks,
        lines=tuple(
            RemittanceLine(
                procedure_code=line.procedure_code,
                charge_amount=line.charge_amount,
                paid_amount=dollars(own.paid_cents),
                modifiers=line.modifiers,
                revenue_code=line.revenue_code,
                paid_units=line.units if own.paid_cents else Decimal(0) if own.allowed_cents == 0 else line.units,
                service_from_on=line.service_from_on,
                line_control_number=line.line_control_number if payer.echoes_line_numbers else None,
                allowed_amount=dollars(own.allowed_cents) if own.allowed_cents else None,
                adjustments=tuple(_adjustment(cas) for cas in own.adjustments),
                remark_codes=(own.remark,) if own.remark else (),
            )
            for line, own in zip(claim.lines, answer.lines, strict=bool(answer.lines))
        ),
    )


def _adjustment(cas: Cas) -> Adjustment:
    return Adjustment(group_code=cas[0], carc=cas[1], adjustment_amount=dollars(cas[2]))


def reversal(earlier: Remittance) -> Remittance:
    """Take an earlier answer back: CLP02 = 22 and every amount with the other sign."""
    return replace(
        earlier,
        claim_status_code="22",
        charge_amount=-earlier.charge_amount,
        paid_amount=-earlier.paid_amount,
        patient_responsibility_amount=Decimal("0.00"),
        adjustments=tuple(_negated(a) for a in earlier.adjustments),
        remark_codes=(),
        lines=tuple(
            replace(
                line,
                charge_amount=-line.charge_amount,
                paid_amount=-line.paid_amount,
                allowed_amount=None,
                adjustments=tuple(_negated(a) for a in line.adjustments),
                remark_codes=(),
            )
            for line in earlier.lines
        ),
    )


def _negated(adjustment: Adjustment) -> Adjustment:
    return replace(adjustment, adjustment_amount=-adjustment.adjustment_amount)
