"""Owns how the staff corrects a denied or rejected claim before sending it again: one hand for each edit."""

from random import Random

from simulator.desk import Desk
from simulator.encounters import Encounter
from simulator.identifiers import fill
from simulator.people import Panel
from simulator.world import World

_SLIPS_OF_EDIT: dict[str, tuple[str, ...]] = {
    "facility": ("facility_missing",),
    "clia": ("clia_missing",),
    "drug_code": ("drug_code_missing",),
    "taxonomy": ("taxonomy_missing",),
    "accident": ("accident_missing",),
    "modifier": ("modifier_missing",),
    "pair": ("modifier_missing",),
    "diagnosis_code": ("unspecific_diagnosis",),
    "units": ("units_wrong",),
    "member_id": ("id_format", "id_typo"),
    "primary_data": ("primary_missing",),
    "primary_first": ("coverage_unknown",),
    "authorization": ("authorization_omitted",),
}


class Corrector:
    """Corrects encounters."""

    def __init__(self, random: Random, world: World, *, desk: Desk, panel: Panel) -> None:
        self._random = random
        self._world = world
        self._desk = desk
        self._panel = panel

    def correct(self, encounter: Encounter, edit: str, day: int) -> bool:
        """Take the cause away where it can be taken away. Returns whether the claim now goes to another payer."""
        encounter.slips -= set(_SLIPS_OF_EDIT.get(edit, ()))
        if edit in {"coverage", "other_plan", "primary_first"} and encounter.primary_answer is None:
            encounter.patient.primary = encounter.coverage = self._panel.new_coverage(encounter.patient, day)
            encounter.authorization_number = None
            self._desk.check(encounter, day)
            return True
        if edit == "member_id":
            self._desk.check(encounter, day)
        elif edit in {"authorization", "authorization_scope"}:
            self._authorize(encounter, edit, day)
        elif edit == "referral":
            encounter.referral_number = fill("R9999999", self._random)
            encounter.slips.discard("referral_missing")
        elif edit == "place":
            family = self._world.catalog.families[encounter.lines[0].procedure.family]
            encounter.place_of_service_code = family.place_of_service_codes[0]
        elif edit == "necessity":
            self._support(encounter)
        elif edit == "records":
            encounter.slips.add("paperwork_attached")
        return False

    def _authorize(self, encounter: Encounter, edit: str, day: int) -> None:
        """Ask for a retroactive authorization; payers grant it now and then."""
        if edit == "authorization" and encounter.authorization_number is not None:
            return
        if self._random.random() < 0.5:
            line = max(encounter.lines, key=lambda own: own.charge_cents)
            family = self._world.catalog.families[line.procedure.family]
            row = self._desk.obtain_authorization(
                encounter, line, family, from_day=encounter.service_day, known_day=day, mismatch=False
            )
            encounter.authorization_number = row.number

    def _support(self, encounter: Encounter) -> None:
        """Point the line to a diagnosis that the record also holds, where it holds one."""
        for line in encounter.lines:
            family = self._world.catalog.families[line.procedure.family]
            if family.necessity_prior and self._random.random() < 0.6 and len(encounter.diagnoses) < 12:
                if family.diagnoses[0] not in encounter.diagnoses:
                    encounter.diagnoses.append(family.diagnoses[0])
                position = encounter.diagnoses.index(family.diagnoses[0]) + 1
                line.pointers = (position, *[pointer for pointer in line.pointers if pointer != position][:3])
