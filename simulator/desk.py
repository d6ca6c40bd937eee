"""Owns what the practice's front office and coders do before a claim goes out: checks, authorizations, referrals, slips."""

import math
from random import Random

from simulator.catalog import Family
from simulator.encounters import DraftLine, Encounter
from simulator.forms import member_id_as_typed, new_authorization_number
from simulator.identifiers import fill
from simulator.people import Coverage
from simulator.records import AuthorizationRow, Check, Records
from simulator.world import World

_CODER_SLIPS = (
    "modifier_missing",
    "place_wrong",
    "unspecific_diagnosis",
    "units_wrong",
    "clia_missing",
    "drug_code_missing",
    "facility_missing",
    "taxonomy_missing",
    "accident_missing",
    "coverage_unknown",
)
AUTHORIZATION_LEAD_DAYS = 4


class Desk:
    """Draws what the staff does, location by location."""

    def __init__(self, random: Random, world: World, records: Records) -> None:
        self._random = random
        self._world = world
        self._records = records
        self.check_rows: list[tuple[str, str, Check]] = []
        self.authorization_rows: list[AuthorizationRow] = []

    def prepare(self, encounter: Encounter, today: int) -> int | None:
        """Prepare an appointment: slips, authorization, referral. Returns the day of its eligibility check, if any."""
        random, location, day = self._random, encounter.location, encounter.service_day
        for slip in (*_CODER_SLIPS, "id_format", "id_typo"):
            if random.random() < location.rate(slip, day):
                encounter.slips.add(slip)
        if "place_wrong" in encounter.slips:
            encounter.place_of_service_code = random.choice(sorted({"11", "22", "24", "19"} - {encounter.place_of_service_code}))
        self._paperwork(encounter)
        for line in encounter.lines:
            family = self._world.catalog.families[line.procedure.family]
            if encounter.authorization_number is None:
                self._authorize(encounter, line, family, today)
        self._refer(encounter)
        if random.random() < location.rate("no_check", day):
            return None
        if random.random() < location.rate("stale_check", day):
            return None
        last = self._records.last_check(encounter.coverage.payer.payer_id, encounter.coverage.member_id)
        if last is not None and last.status == "active" and day - last.day < 21:
            return None
        return max(today, day - random.choice((0, 0, 1, 1, 2, 3)))

    def _paperwork(self, encounter: Encounter) -> None:
        """Attach records where the coders have learned that this payer wants them."""
        policy = self._world.policies[encounter.coverage.payer.payer_id]
        known = [policy.strictness(("records", line.procedure.family), encounter.service_day - 60) for line in encounter.lines]
        if max(known) > 0.25 and self._random.random() > encounter.location.rate("paperwork_missing", encounter.service_day):
            encounter.slips.add("paperwork_attached")

    def _refer(self, encounter: Encounter) -> None:
        random, policy = self._random, self._world.policies[encounter.coverage.payer.payer_id]
        referable = any(self._world.catalog.families[line.procedure.family].referral for line in encounter.lines)
        if not referable or encounter.clinician.specialty.is_primary_care:
            return
        known = policy.strictness(("referral",), encounter.service_day - 45) > 0
        missing = random.random() < encounter.location.rate("referral_missing", encounter.service_day)
        if known and not missing:
            encounter.referral_number = fill("R9999999", random)
        elif known:
            encounter.slips.add("referral_missing")

    def _authorize(self, encounter: Encounter, line: DraftLine, family: Family, today: int) -> None:
        random, payer_id, day = self._random, encounter.coverage.payer.payer_id, encounter.service_day
        policy = self._world.policies[payer_id]
        known = policy.strictness(("authorization", family.id), day - 50) > 0.12
        exempt = (encounter.clinician.provider.npi or "") in policy.exempt.get(family.id, ())
        wanted = (known and not exempt) or (
            family.authorization_prior >= 0.5
            and encounter.coverage.payer.plan.strict_authorization > 0
            and random.random() < 0.15
        )
        if not wanted or random.random() < encounter.location.rate("authorization_not_obtained", day):
            return
        number = encounter.patient.authorizations.get((payer_id, family.id))
        row = self._records.authorizations.get(number or "")
        if row is not None and row.units > 2 * line.units and row.to_day >= day - 10 and random.random() < 0.93:
            encounter.authorization_number = row.number
        else:
            mismatch = random.random() < encounter.location.rate("authorization_mismatch", day)
            encounter.authorization_number = self.obtain_authorization(
                encounter, line, family, from_day=today, known_day=today, mismatch=mismatch
            ).number
        if random.random() < encounter.location.rate("authorization_omitted", day):
            encounter.slips.add("authorization_omitted")

    def obtain_authorization(
        self, encounter: Encounter, line: DraftLine, family: Family, *, from_day: int, known_day: int, mismatch: bool
    ) -> AuthorizationRow:
        """Obtain an authorization and file its row. A mismatch is another code, other dates or too few units."""
        random = self._random
        fault = random.choice(("code", "code", "date", "units", "row")) if mismatch else ""
        series = family.id.startswith("therapy") or family.is_behavioral
        row = AuthorizationRow(
            number=new_authorization_number(random),
            payer_id=encounter.coverage.payer.payer_id,
            member_id=encounter.coverage.member_id,
            procedure_code=random.choice(family.procedures).code if fault == "code" else line.procedure.code,
            from_day=from_day,
            to_day=encounter.service_day - 1 if fault == "date" else encounter.service_day + random.choice((30, 60, 90)),
            units=max(1, line.units - 1) if fault == "units" else line.units * (random.choice((8, 12, 24)) if series else 1),
            known_day=known_day,
        )
        if fault != "row":
            self.authorization_rows.append(row)
            self._records.authorizations[row.number] = row
        if series or fault == "":
            encounter.patient.authorizations[(row.payer_id, family.id)] = row.number
        return row

    def check(self, encounter: Encounter, day: int) -> None:
        """Ask the payer about the coverage; mend the registration where the desk sees the answer in time."""
        status = self._ask(encounter, encounter.coverage, day)
        random = self._random
        before = day <= encounter.service_day + 1
        if status == "inactive" and before and random.random() < 0.72:
            encounter.patient.primary = encounter.coverage = Coverage(
                payer=encounter.coverage.payer,
                member_id=fill(encounter.coverage.payer.member_id_pattern, random),
                group_number=encounter.coverage.group_number,
                begins_on_day=day - 60,
                ends_on_day=None,
            )
            self._ask(encounter, encounter.coverage, day)
        elif status == "not_found" and before and random.random() < 0.75:
            encounter.slips -= {"id_format", "id_typo"}
            self._ask(encounter, encounter.coverage, day)

    def _ask(self, encounter: Encounter, coverage: Coverage, day: int) -> str:
        random = self._random
        typed = member_id_as_typed(encounter, coverage)
        draw = random.random()
        if typed != coverage.member_id:
            status = "not_found" if draw < 0.9 else "active"
        elif coverage.lapsed_on_day is not None and coverage.lapsed_on_day <= day:
            status = "inactive" if draw < 0.93 else "active"
        else:
            status = "active" if draw < 0.985 else ("inactive" if draw < 0.994 else "not_found")
        lapse = max(coverage.begins_on_day, day - random.randint(3, 60)) if status == "inactive" else None
        if status == "inactive" and coverage.lapsed_on_day is None:
            coverage.lapsed_on_day = lapse
        ends = coverage.ends_on_day if status == "active" else lapse
        begins = None if status == "not_found" else coverage.begins_on_day
        check = Check(day=day, status=status, begins_on_day=begins, ends_on_day=ends if status != "not_found" else None)
        self.check_rows.append((typed, coverage.payer.payer_id, check))
        self._records.add_check(coverage.payer.payer_id, typed, check)
        return status

    def submission_delay(self, encounter: Encounter) -> int:
        """Draw the days from service to submission; some claims lie in a drawer until near or past the limit."""
        random, location = self._random, encounter.location
        if random.random() < location.rate("late", encounter.service_day):
            limit = encounter.coverage.payer.filing_limit_days
            return limit + random.randint(-25, 60)
        return 1 + min(60, int(random.expovariate(1.0 / location.submit_delay_days) + 0.5 * math.exp(random.gauss(0, 0.8))))
