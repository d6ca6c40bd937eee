"""Slow, obvious measures: every claim looked at one by one, no SQL, no fact table. Written from the definitions' words."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from itertools import pairwise
from statistics import median
from typing import Any

from claims.adjudication import adjudicate
from claims.history.appeals import known_appeals
from claims.root_cause import root_causes

Row = dict[str, Any]


@dataclass
class Sent:
    """One submission with what became of it."""

    claim: Row
    outcome: Row
    service: str
    is_first: bool = False
    is_initial: bool = False
    sent_again_on: date | None = None
    denials: list[Row] = field(default_factory=list)  # of the whole case, where this submission was denied first
    appeals: list[Row] = field(default_factory=list)
    touches: int = 0
    last_touched_on: date | None = None
    closed_on: date | None = None
    work_outcome: str = ""
    said_avoidable: bool | None = None
    underpaid: float = 0.0
    scored: Row | None = None  # where it was sent after advice was followed
    is_seen_as_scored: bool = False  # its cause is then the one that the score named

    @property
    def answered(self) -> date | None:
        return self.outcome["outcome_known_on"]

    @property
    def rejected(self) -> date | None:
        return self.outcome["rejected_on"]

    @property
    def accounted(self) -> bool:
        return self.rejected is not None or self.answered is not None

    @property
    def denied_on(self) -> date | None:
        return self.denials[0]["denied_on"] if self.denials else None

    @property
    def open_amount(self) -> float:
        return sum(d["denied_amount"] for d in self.denials if not d["resolved_on"] and not d["superseded_on"])

    @property
    def recovered(self) -> float:
        return sum(d["recovered_amount"] for d in self.denials if not d["superseded_on"])

    @property
    def resolved_on(self) -> date | None:
        if any(not d["resolved_on"] and not d["superseded_on"] for d in self.denials):
            return None
        return max((d["resolved_on"] for d in self.denials if d["resolved_on"] and not d["superseded_on"]), default=None)

    @property
    def final_on(self) -> date | None:
        return min((day for day in (self.resolved_on, self.closed_on) if day), default=None)

    @property
    def appealed_on(self) -> date | None:
        return min((appeal["filed_on"] for appeal in self.appeals), default=None)

    @property
    def appeal_outcome(self) -> str:
        outcomes = [appeal["outcome"] for appeal in self.appeals]
        if {"overturned", "partially_overturned"} & set(outcomes):
            return "overturned"
        return next((one for one in ("pending", "upheld", "withdrawn") if one in outcomes), "")

    @property
    def reason(self) -> str:
        if self.is_seen_as_scored and self.scored:
            return self.scored["expected_reason"]
        return self.outcome["category"] or (self.denials[0]["category"] if self.denials else "")

    @property
    def written_off(self) -> float:
        return max(0.0, self.denials[0]["denied_amount"] - self.recovered)

    @property
    def avoidable(self) -> bool:
        return self.reason != "payer_processing" if self.said_avoidable is None else self.said_avoidable

    def dimension(self, name: str, clock: date | None, as_of: date) -> str:
        own = {
            "payer": lambda: self.claim["payer_id"] or "",
            "location": lambda: self.claim["facility_npi"] or self.claim["facility_name"] or _billing_place(self.claim),
            "provider": lambda: self.claim["rendering_provider_npi"] or "",
            "specialty": lambda: self.claim["rendering_taxonomy_code"] or "",
            "procedure": lambda: self.service,
            "procedure_family": lambda: self.service[:3],
            "claim_type": lambda: self.claim["claim_type"],
            "plan_kind": lambda: self.claim["claim_filing_indicator_code"] or "",
            "reason": lambda: self.reason,
            "tier": lambda: root_causes()[self.reason].tier.value if self.reason else "",
            "owner": lambda: root_causes()[self.reason].owner if self.reason else "",
            "carc": lambda: self._code("carc"),
            "rarc": lambda: self._code("rarc"),
            "month": lambda: _month(clock),
            "submission_month": lambda: _month(self.claim["submitted_on"]),
            "denial_month": lambda: _month(self.denied_on),
            "aging": lambda: _bucket(clock, as_of),
        }
        return own[name]()

    def _code(self, name: str) -> str:
        if self.outcome["category"]:
            return self.outcome[name] or ""
        return (self.denials[0][name] or "") if self.denials else ""


@dataclass(frozen=True)
class Rule:
    """One measure in Python."""

    population: Callable[[Sent], object]
    clock: Callable[[Sent], date | None]
    known: Callable[[Sent], object] = lambda _: True
    amount: Callable[[Sent], float] = lambda _: 1.0
    weight: Callable[[Sent], float] | None = None
    middle: bool = False
    of_scores: bool = False
    divides: bool = True


def _submitted(one: Sent) -> date:
    return one.claim["submitted_on"]


def _denied(one: Sent) -> date | None:
    return one.denied_on


def _closed(one: Sent) -> date | None:
    return one.closed_on


def _is_case(one: Sent) -> bool:
    return bool(one.denials)


def _wait(begin: date | None, end: date | None) -> float:
    return float((end - begin).days) if begin and end else 0.0


RULES: dict[str, Rule] = {
    "initial_denial_rate": Rule(lambda s: s.is_initial, _submitted, lambda s: s.answered, lambda s: bool(s.outcome["denied"])),
    "initial_denial_dollar_rate": Rule(
        lambda s: s.is_initial, _submitted, lambda s: s.answered, lambda s: s.outcome["denied_amount"] or 0.0,
        lambda s: float(s.claim["charge_amount"]),
    ),
    "denial_rate": Rule(lambda _: True, _submitted, lambda s: s.answered, lambda s: bool(s.outcome["denied"])),
    "submitted_claims": Rule(lambda _: True, _submitted, divides=False),
    "denied_claims": Rule(_is_case, _denied, divides=False),
    "denied_dollars": Rule(_is_case, _denied, amount=lambda s: s.denials[0]["denied_amount"], divides=False),
    "rejection_rate": Rule(lambda _: True, _submitted, lambda s: s.accounted, lambda s: s.rejected is not None),
    "first_pass_acceptance": Rule(
        lambda s: s.is_first, _submitted, lambda s: s.accounted,
        lambda s: s.rejected is None and not (s.sent_again_on and s.sent_again_on < s.answered),
    ),
    "first_pass_resolution": Rule(
        lambda s: s.is_first, _submitted, lambda s: s.accounted, lambda s: s.rejected is None and not s.outcome["denied"]
    ),
    "clean_claim_rate": Rule(
        lambda s: s.is_first, _submitted, lambda s: s.accounted,
        lambda s: s.rejected is None and s.sent_again_on is None and s.touches == 0,
    ),
    "appeal_rate": Rule(_is_case, _denied, amount=lambda s: bool(s.appeals)),
    "overturn_rate": Rule(
        lambda s: s.appeals and s.appeal_outcome != "withdrawn", _denied, lambda s: s.appeal_outcome in ("overturned", "upheld"),
        lambda s: s.appeal_outcome == "overturned",
    ),
    "recovered_dollars": Rule(lambda s: s.recovered > 0, _denied, amount=lambda s: s.recovered, divides=False),
    "recovered_share": Rule(
        _is_case, _denied, amount=lambda s: s.recovered, weight=lambda s: s.denials[0]["denied_amount"]
    ),
    "write_off_dollars": Rule(
        lambda s: _is_case(s) and s.work_outcome == "written_off", _closed, amount=lambda s: s.written_off, divides=False
    ),
    "avoidable_write_off_dollars": Rule(
        lambda s: _is_case(s) and s.work_outcome == "written_off" and s.avoidable, _closed,
        amount=lambda s: s.written_off, divides=False,
    ),
    "time_to_resolution": Rule(_is_case, _denied, lambda s: s.final_on, lambda s: _wait(s.denied_on, s.final_on)),
    "median_time_to_resolution": Rule(
        _is_case, _denied, lambda s: s.final_on, lambda s: _wait(s.denied_on, s.final_on), middle=True
    ),
    "time_to_appeal": Rule(lambda s: s.appeals, _denied, amount=lambda s: _wait(s.denied_on, s.appealed_on), middle=True),
    "time_to_answer": Rule(
        lambda _: True, _submitted, lambda s: s.answered, lambda s: _wait(_submitted(s), s.answered), middle=True
    ),
    "open_denied_dollars": Rule(lambda s: s.open_amount > 0, _denied, amount=lambda s: s.open_amount, divides=False),
    "unanswered_dollars": Rule(
        lambda s: not s.accounted and s.sent_again_on is None, _submitted, amount=lambda s: float(s.claim["charge_amount"]),
        divides=False,
    ),
    "rejected_open_dollars": Rule(
        lambda s: s.rejected and not s.answered and s.sent_again_on is None, _submitted,
        amount=lambda s: float(s.claim["charge_amount"]), divides=False,
    ),
    "underpaid_dollars": Rule(
        lambda s: s.is_first and s.underpaid, _submitted, amount=lambda s: s.underpaid, divides=False
    ),
    "closed_items": Rule(lambda s: _is_case(s) and s.closed_on, _closed, divides=False),
    "touches": Rule(
        lambda s: _is_case(s) and s.touches, lambda s: s.last_touched_on, amount=lambda s: s.touches, divides=False
    ),
    "touches_per_closed_item": Rule(lambda s: _is_case(s) and s.closed_on, _closed, amount=lambda s: s.touches),
    "prevented_dollars": Rule(
        lambda s: s.scored, _submitted, lambda s: s.scored["probability_after"] is not None,
        lambda s: (s.scored["probability_before"] - s.scored["probability_after"]) * s.scored["amount_if_denied"],
        divides=False, of_scores=True,
    ),
    "prevented_denials": Rule(
        lambda s: s.scored, _submitted, lambda s: s.scored["probability_after"] is not None,
        lambda s: s.scored["probability_before"] - s.scored["probability_after"], divides=False, of_scores=True,
    ),
    "prevented_dollars_counted": Rule(
        lambda s: s.scored, _submitted, lambda s: s.answered,
        lambda s: s.scored["probability_before"] * s.scored["amount_if_denied"] - (s.outcome["denied_amount"] or 0.0),
        divides=False, of_scores=True,
    ),
}  # fmt: skip


def sent_claims(store: Any, *, as_of: date, work: Iterable[Row] = (), prevented: Iterable[Row] = ()) -> list[Sent]:
    """Lay every submission out with its claim's denials, appeals and work."""
    before = as_of + timedelta(days=1)
    known = adjudicate(store, before=before)
    outcomes = {row["submission_id"]: row for row in known.submissions.to_pylist()}
    services = _services(store.read("claim_lines", before=before).to_pylist())
    found = {
        row["submission_id"]: Sent(row, outcomes[row["submission_id"]], services.get(row["submission_id"], ""))
        for row in store.read("claims", before=before).to_pylist()
    }
    groups: dict[object, list[Sent]] = defaultdict(list)
    for one in found.values():
        groups[(one.claim["patient_control_number"], one.claim["payer_id"], one.claim["service_from_on"])].append(one)
    for group in groups.values():
        _order_submissions(group)
    denials = known.denials.to_pylist()
    heads = _attach_denials(denials, groups.values())
    _attach_appeals(denials, known_appeals(store, before=before).to_pylist(), heads)
    touched = {(row["claim_id"], row["payer"]): row for row in work}
    for one in found.values():
        row = touched.get((one.claim["patient_control_number"], one.claim["payer_id"] or ""))
        if row:
            one.underpaid = row["underpaid_amount"]
            one.touches, one.last_touched_on = row["touch_count"], row["last_touched_on"]
            one.closed_on, one.work_outcome, one.said_avoidable = row["closed_on"], row["work_outcome"], row["work_avoidable"]
    for row in prevented:
        found[row["submission_id"]].scored = row
    return list(found.values())


def select(sent: Iterable[Sent], measure: str, *, filters: dict[str, list[str]], since: date | None, until: date | None,
           as_of: date) -> list[Sent]:  # fmt: skip
    """Keep the submissions that a measure is about, under filters and within a span of its clock."""
    rule = RULES[measure]
    kept = []
    for one in sent:
        one = replace(one, is_seen_as_scored=True) if rule.of_scores else one
        clock = rule.clock(one)
        if not rule.population(one) or any(one.dimension(name, clock, as_of) not in values for name, values in filters.items()):
            continue
        if (since and (clock is None or clock < since)) or (until and (clock is None or clock > until)):
            continue
        kept.append(one)
    return kept


def figure(rows: Iterable[Sent], measure: str) -> tuple[float | None, int, int]:
    """Give value, known rows and awaiting rows."""
    rule, rows = RULES[measure], list(rows)
    known = [one for one in rows if rule.known(one)]
    amounts = [float(rule.amount(one)) for one in known]
    below = [rule.weight(one) if rule.weight else 1.0 for one in known]
    if rule.middle:
        value: float | None = median(amounts) if amounts else None
    elif rule.divides:
        value = sum(amounts) / sum(below) if sum(below) else None
    else:
        value = sum(amounts)
    return value, len(known), len(rows) - len(known)


def by_segment(rows: Iterable[Sent], measure: str, by: tuple[str, ...], *, as_of: date) -> dict[tuple[str, ...], list[Sent]]:
    """Sort rows into the segments of one or two dimensions."""
    found: dict[tuple[str, ...], list[Sent]] = defaultdict(list)
    for one in rows:
        found[tuple(one.dimension(name, RULES[measure].clock(one), as_of) for name in by)].append(one)
    return found


def _services(lines: list[Row]) -> dict[str, str]:
    found: dict[str, Row] = {}
    for line in sorted(lines, key=lambda line: (-line["charge_amount"], line["line_number"])):
        found.setdefault(line["submission_id"], line)
    return {key: line["procedure_code"] or line["revenue_code"] or "" for key, line in found.items()}


def _order_submissions(group: list[Sent]) -> None:
    group.sort(key=lambda one: (one.claim["submitted_on"], one.claim["submission_id"]))
    for one, following in pairwise(group):
        one.sent_again_on = following.claim["submitted_on"]
    group[0].is_first = True
    adjudicated = [one for one in group if one.rejected is None]
    if adjudicated:
        adjudicated[0].is_initial = True


def _attach_denials(denials: list[Row], groups: Iterable[list[Sent]]) -> dict[str, Sent]:
    """Give the denials of each claim to the submission denied first; returns that submission by each denial's id."""
    heads: dict[str, Sent] = {}
    by_submission: dict[str, list[Row]] = defaultdict(list)
    for denial in denials:
        by_submission[denial["submission_id"]].append(denial)
    for group in groups:
        own = [denial for one in group for denial in by_submission[one.claim["submission_id"]]]
        own.sort(key=lambda denial: (denial["denied_on"], denial["remittance_id"]))
        if own:
            head = next(one for one in group if one.claim["submission_id"] == own[0]["submission_id"])
            head.denials = own
            heads |= {denial["remittance_id"]: head for denial in own}
    return heads


def _attach_appeals(denials: list[Row], appeals: list[Row], heads: dict[str, Sent]) -> None:
    by_claim: dict[object, list[Row]] = defaultdict(list)
    for denial in denials:
        by_claim[(denial["patient_control_number"], denial["payer_id"])].append(denial)
    for appeal in appeals:
        earlier = [
            denial
            for denial in by_claim[(appeal["patient_control_number"], appeal["payer_id"])]
            if denial["denied_on"] <= appeal["filed_on"]
        ]
        if earlier:
            last = max(earlier, key=lambda denial: (denial["denied_on"], denial["remittance_id"]))
            if last["remittance_id"] in heads:
                heads[last["remittance_id"]].appeals.append(appeal)


def _billing_place(claim: Row) -> str:
    return f"{claim['billing_provider_npi'] or ''} {claim['place_of_service_code'] or ''}"


def _month(day: date | None) -> str:
    return f"{day:%Y-%m}" if day else ""


def _bucket(clock: date | None, as_of: date) -> str:
    age = (as_of - clock).days if clock else 999
    return next((f"{low}-{top}" for low, top in ((0, 30), (31, 60), (61, 90), (91, 120)) if age <= top), ">120")
