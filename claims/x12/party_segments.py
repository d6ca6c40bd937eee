"""Owns how an NM1 loop (NM1, N3, N4, PRV, REF, DMG) becomes a provider, a person or a payer.

Providers and payers come back in claim after claim: each is built once per interchange, from the very same segments.
"""

from claims.claim import Address, Payer, Person, Provider
from claims.x12.transactions import Delimiters
from claims.x12.values import MOST_CACHED, make, read_date

_ABSENT = [""] * 10  # so that every element up to NM109 can be asked for
_ADDRESS_ELEMENTS = {
    "N3": (("line_1", 1), ("line_2", 2)),
    "N4": (("city", 1), ("state_code", 2), ("postal_code", 3)),
}
_TAX_QUALIFIERS = frozenset({"EI", "SY", "TJ"})
_TAX_ID_QUALIFIERS = frozenset({"24", "34", "FI"})  # NM108 in 4010, N103


class PartySegments:
    """Builds the parties of one interchange."""

    def __init__(self, delimiters: Delimiters) -> None:
        self._mark = delimiters.element
        self._providers: dict[tuple[str, ...], Provider] = {}
        self._payers: dict[str, Payer] = {}

    def provider(self, segments: list[str]) -> Provider:
        """Build a provider from the segments of its loop, in any order."""
        key = tuple(segments)
        provider = self._providers.get(key)
        if provider is None:
            provider = self._build_provider(segments)
            if len(self._providers) < MOST_CACHED:
                self._providers[key] = provider
        return provider

    def payer(self, segments: list[str]) -> Payer:
        """Build a payer from its NM1; its address, if any, is of no use here."""
        payer = self._payers.get(segments[0])
        if payer is None:
            e = segments[0].split(self._mark) + _ABSENT
            payer = Payer(payer_id=e[9] or None, name=e[3] or None)
            if len(self._payers) < MOST_CACHED:
                self._payers[segments[0]] = payer
        return payer

    def person(self, segments: list[str]) -> Person:
        """Build a subscriber or patient. Raises: BadSegment, for a birth date that is none."""
        fields: dict[str, object] = {}
        address: dict[str, object] = {}
        for segment in segments:
            e = segment.split(self._mark) + _ABSENT
            name = e[0]
            if name == "NM1":
                if e[3]:
                    fields["last_name"] = e[3]
                if e[4]:
                    fields["first_name"] = e[4]
                if e[5]:
                    fields["middle_name"] = e[5]
                if e[9]:
                    fields["member_id"] = e[9]
            elif name == "DMG":
                if e[2]:
                    fields["birth_on"] = read_date(e[2], "DMG element 2 (birth date)")
                if e[3]:
                    fields["sex_code"] = e[3]
            else:
                take_address(address, e)
        if address:
            fields["address"] = make(Address, address)
        return make(Person, fields)

    def _build_provider(self, segments: list[str]) -> Provider:
        fields: dict[str, object] = {}
        address: dict[str, object] = {}
        for segment in segments:
            e = segment.split(self._mark) + _ABSENT
            if e[0] == "NM1":
                fields["is_organization"] = e[2] != "1"
                for name, at in (("name", 3), ("first_name", 4)):
                    if e[at]:
                        fields[name] = e[at]
                if e[9]:
                    fields[_number_field(e[8])] = e[9]
            elif e[0] == "PRV":
                if e[3]:
                    fields["taxonomy_code"] = e[3]
            elif e[0] == "REF":
                if e[1] in _TAX_QUALIFIERS and e[2]:
                    fields["tax_id"] = e[2]
            else:
                take_address(address, e)
        if address:
            fields["address"] = make(Address, address)
        fields.pop("", None)
        return make(Provider, fields)


def _number_field(qualifier: str) -> str:
    """Tell what NM109 is; a payer's own number for a provider is none of ours."""
    if qualifier == "XX":
        return "npi"
    if qualifier == "46":
        return "transmitter_id"
    return "tax_id" if qualifier in _TAX_ID_QUALIFIERS else ""


def take_address(address: dict[str, object], e: list[str]) -> None:
    """Copy what N3 or N4 says, if `e` is one."""
    for name, at in _ADDRESS_ELEMENTS.get(e[0], ()):
        if e[at]:
            address[name] = e[at]
