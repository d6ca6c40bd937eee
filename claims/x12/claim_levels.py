"""Owns the loops of an 837 above its claims: submitter, billing provider (HL 20), subscriber (HL 22) and patient (HL 23).

What a segment means depends on where it stands, which `_where` tells. A fault up here refuses the claims that hang below.
"""

from datetime import date

from claims.claim import Payer, Person, Provider, Subscriber
from claims.x12.claim_details import Fields, take
from claims.x12.party_segments import PartySegments
from claims.x12.set_reader import Handler, Refused, SetReader
from claims.x12.transactions import Contact, Delimiters
from claims.x12.values import BadSegment, make, read_date

_ABSENT = [""] * 10  # so that every element up to NM109 can be asked for

# Where a segment stands; what is deeper counts higher.
HEAD, BILLING, SUBSCRIBER, PATIENT, CLAIM, OTHER_SUBSCRIBER, LINE, LINE_ADJUDICATION = range(8)
_SUBSCRIBER_ELEMENTS = (
    ("payer_sequence_code", 1),
    ("relationship_code", 2),
    ("group_number", 3),
    ("group_name", 4),
    ("claim_filing_indicator_code", 9),
)
_LEVEL_ABOVE = {SUBSCRIBER: BILLING, PATIENT: SUBSCRIBER}
_LEVELS = {"20": BILLING, "22": SUBSCRIBER, "23": PATIENT}
_PROFESSIONAL_ROLES = {"DN": "referring", "P3": "referring", "82": "rendering", "77": "facility", "FA": "facility"}
_INSTITUTIONAL_ROLES = {"DN": "referring", "71": "rendering", "77": "facility", "FA": "facility"}
_ROLES = {
    HEAD: {"41": "submitter", "40": "receiver"},
    BILLING: {"85": "billing"},
    SUBSCRIBER: {"IL": "subscriber", "PR": "payer"},
    PATIENT: {"QC": "patient"},
    OTHER_SUBSCRIBER: {"IL": "subscriber", "PR": "payer"},
    LINE: {"82": "rendering"},
    LINE_ADJUDICATION: {},
}


class LevelReader(SetReader):
    """Keeps the parties that the claims below share; the reader of the claims builds on it."""

    def __init__(self, delimiters: Delimiters, parties: PartySegments, handlers: dict[str, Handler], *, kind: str) -> None:
        own: dict[str, Handler] = {
            "BHT": self._read_bht,
            "HL": self._read_hl,
            "PAT": self._read_pat,
            "NM1": self._read_nm1,
            "N3": self._read_party_detail,
            "N4": self._read_party_detail,
            "PRV": self._read_party_detail,
            "DMG": self._read_dmg,
            "PER": self._read_per,
        }
        super().__init__(delimiters.element, own | handlers)
        mark = delimiters.element
        self._mark = mark
        self._parties = parties
        claim_roles = _INSTITUTIONAL_ROLES if kind == "837I" else _PROFESSIONAL_ROLES
        # Keys are "82*" and "82": NM101 is read off the segment without cutting the rest, which is seldom needed.
        self._role_of = {
            loop: {key: role for code, role in roles.items() for key in (code + mark, code)}
            for loop, roles in (_ROLES | {CLAIM: claim_roles}).items()
        }
        self._reference = ""
        self._submitted_on: date | None = None
        self._has_head_fault = False
        self._head: dict[str, list[str]] = {}
        self._submitter_contacts: list[Contact] = []
        self._billing: dict[str, list[str]] = {}
        self._billing_provider: Provider | None = None
        self._subscriber: Subscriber | None = None
        self._subscriber_fields: Fields = {}
        self._subscriber_parties: dict[str, list[str]] = {}
        self._payer = Payer()
        self._patient: Person | None = None
        self._patient_parties: dict[str, list[str]] = {}
        self._relationship: str | None = None
        self._faults: dict[int, Refused] = {}
        self._levels: dict[int, str] = {}
        self._used_faults: set[int] = set()
        self._enter(HEAD, self._head)

    def take_fault(self, fault: BadSegment) -> None:
        """Remember a fault of a level for the claims below it; one of the head stands for itself."""
        refused = Refused(self.position, fault)
        if self._where == HEAD:
            self._has_head_fault = True
            self.refused.append(refused)
        else:
            self._faults.setdefault(self._where, refused)

    def finish_claim(self) -> None:
        """End the claim that is open, if one is: a level ends."""

    def _enter(self, loop: int, parties: dict[str, list[str]]) -> None:
        self._where = loop
        self._roles = self._role_of[loop]
        self._named = parties
        self._in_party = False
        self._party: list[str] | None = None

    def _read_bht(self, segment: str) -> None:
        e = segment.split(self._mark) + _ABSENT
        self._reference = e[3]
        self._submitted_on = read_date(e[4], "BHT element 4 (date)")

    def _read_hl(self, segment: str) -> None:
        self.finish_claim()
        e = segment.split(self._mark) + _ABSENT
        level = _LEVELS.get(e[3])
        if level is None:
            self._report_unused_faults(BILLING)
            self._enter(BILLING, {})
            self._billing_provider, self._billing = None, {}
            raise BadSegment("HL element 3 (level)", expected="20, 22 or 23", got="another" if e[3] else "nothing")
        if self._faults:
            self._report_unused_faults(level)
        self._levels[level] = e[1]
        self._patient, self._relationship, self._patient_parties = None, None, {}
        if level == PATIENT:
            self._enter(level, self._patient_parties)
        else:
            self._subscriber, self._subscriber_fields, self._subscriber_parties = None, {}, {}
            if level == BILLING:
                self._billing_provider, self._billing = None, {}
                self._enter(level, self._billing)
                self._party = []  # PRV of 2000A comes before the NM1 it speaks of
            else:
                self._enter(level, self._subscriber_parties)
        above = _LEVEL_ABOVE.get(level)
        if above is not None and e[2] and e[2] != self._levels.get(above):
            raise BadSegment("HL element 2 (parent)", expected="the number of the loop above", got="another")

    def _report_unused_faults(self, level: int) -> None:
        """Forget the faults of this level and below; one that refused no claim is reported for itself."""
        for loop in [loop for loop in self._faults if loop >= level]:
            refused = self._faults.pop(loop)
            if refused.position not in self._used_faults:
                self.refused.append(refused)

    def _read_pat(self, segment: str) -> None:
        if self._where == PATIENT:
            self._relationship = (segment.split(self._mark) + _ABSENT)[1] or None

    def _read_nm1(self, segment: str) -> None:
        role = self._roles.get(segment[4:7])
        self._in_party = True
        if role is None or role in self._named:
            self._party = None
            return
        if self._where == BILLING and self._party:
            self._party.append(segment)  # behind its PRV
        else:
            self._party = [segment]
        self._named[role] = self._party

    def _read_party_detail(self, segment: str) -> None:
        if self._party is not None:
            self._party.append(segment)

    def _read_dmg(self, segment: str) -> None:
        if self._party is not None and self._where in (SUBSCRIBER, PATIENT):
            self._party.append(segment)
            born = (segment.split(self._mark) + _ABSENT)[2]
            if born:
                read_date(born, "DMG element 2 (birth date)")

    def _read_per(self, segment: str) -> None:
        if self._where == HEAD and self._party is not None and self._party is self._head.get("submitter"):
            e = segment.split(self._mark) + _ABSENT
            pairs = [(e[at], e[at + 1]) for at in (3, 5, 7)]
            numbers = tuple((qualifier, number) for qualifier, number in pairs if qualifier and number)
            self._submitter_contacts.append(Contact(name=e[2] or None, numbers=numbers))

    def _fault_above(self) -> Refused | None:
        """Give the fault of a level that spoils every claim below it."""
        for refused in self._faults.values():
            self._used_faults.add(refused.position)
            return refused
        return None

    def _take_levels(self, claim: Fields) -> None:
        """Give the claim its billing provider, subscriber, payer and patient. Raises: BadSegment, where one is missing."""
        if self._subscriber is None:
            self._build_subscriber()
        if self._billing_provider is None:
            if "billing" not in self._billing:
                raise BadSegment("CLM", expected="a billing provider (HL 20 with NM1*85) above it", got="none")
            self._billing_provider = self._parties.provider(self._billing["billing"])
        claim["billing_provider"] = self._billing_provider
        claim["subscriber"] = self._subscriber
        claim["payer"] = self._payer
        if "patient" in self._patient_parties:
            if self._patient is None:
                self._patient = self._parties.person(self._patient_parties["patient"])
            claim["patient"] = self._patient
            if self._relationship:
                claim["patient_relationship_code"] = self._relationship

    def _build_subscriber(self) -> None:
        named = self._subscriber_parties
        if "subscriber" not in named:
            raise BadSegment("CLM", expected="a subscriber (HL 22 with NM1*IL) above it", got="none")
        self._subscriber_fields["person"] = self._parties.person(named["subscriber"])
        self._subscriber = make(Subscriber, self._subscriber_fields)
        self._payer = self._parties.payer(named["payer"]) if "payer" in named else Payer()

    def _take_subscriber_information(self, segment: str) -> None:
        e = segment.split(self._mark) + _ABSENT
        take(self._subscriber_fields, e, _SUBSCRIBER_ELEMENTS)
