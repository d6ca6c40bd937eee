"""Owns changes of one service line that a coder may make where the record supports them: modifier, units, diagnosis pointer."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal
from typing import TypedDict, Unpack

from claims.claim import Claim, ServiceLine
from features.outcomes import LOWEST_OF
from features.text_keys import SEPARATOR
from serving.fixes.case import Case
from serving.fixes.change import Change

MOST_LINES = 6  # of a claim, dearest first
MOST_CHOICES = 2  # modifiers, pointers proposed for one line
LEAST_PAID = 3  # paid lines before a habit counts
MOST_MODIFIERS, MOST_POINTERS = 4, 4


def modifiers(case: Case) -> Iterator[Change]:
    """Propose modifiers that paid lines of the service carried beside those that are there; none is taken away."""
    for _, line in case.lines[:MOST_LINES]:
        for codes in _usual_modifiers(case, line)[:MOST_CHOICES]:
            added = [code for code in codes if code not in line.modifiers]
            merged = (*line.modifiers, *added)
            yield Change(
                fix_id="modifier",
                line_number=line.line_number,
                element="SV101-3, SV202-3",
                value=", ".join(added),
                instruction=f"Add modifier {', '.join(added)} to {line.procedure_code}, as on paid lines of this service.",
                is_on_file=True,
                apply=_on_line(line.line_number, modifiers=merged),
            )


def _usual_modifiers(case: Case, line: ServiceLine) -> list[tuple[str, ...]]:
    code = line.procedure_code or ""
    here = case.habits.paid("payer_procedure_modifiers", SEPARATOR.join((case.payer_id, code)), day=case.day, least=LEAST_PAID)
    anywhere = case.habits.paid("procedure_modifiers", code, day=case.day, least=LEAST_PAID)
    own = set(line.modifiers)
    seen = dict.fromkeys(tuple(text.split(",")) for text, _ in (*here, *anywhere) if text)
    return [codes for codes in seen if own < set(codes) and len(codes) <= MOST_MODIFIERS]


def units(case: Case) -> Iterator[Change]:
    """Propose the usual units where the payer never paid so many, or denied as many before."""
    most_paid = case.at.habit_peak("payer_procedure", "paid_units")
    fewest_denied = LOWEST_OF - case.at.habit_peak("payer_procedure", "over_units")
    for position, line in case.lines[:MOST_LINES]:
        own = float(line.units)
        if not (own > most_paid[position] or own >= fewest_denied[position]):
            continue
        key = SEPARATOR.join((case.payer_id, line.procedure_code or ""))
        paid = case.habits.paid("payer_procedure_units", key, day=case.day, least=LEAST_PAID)
        usual = [float(text) for text, _ in paid if float(text) < own]
        if not usual:
            continue
        most = f"the payer paid {usual[0]:g} most often"
        yield Change(
            fix_id="units",
            line_number=line.line_number,
            element="SV104, SV205",
            value=f"{usual[0]:g}",
            instruction=f"Check the units of {line.procedure_code} against the record: {most}; {own:g} is more than it pays.",
            is_on_file=True,
            apply=_on_line(line.line_number, units=Decimal(f"{usual[0]:g}")),
        )


def diagnosis_pointers(case: Case) -> Iterator[Change]:
    """Propose to point first to another diagnosis of the claim. No diagnosis is added, changed or left out."""
    if case.claim.claim_type == "837I":
        return
    count = len(case.claim.diagnosis_codes)
    for _, line in case.lines[:MOST_LINES]:
        first = line.diagnosis_pointers[0] if line.diagnosis_pointers else 0
        for pointer in [at for at in range(1, count + 1) if at != first][: MOST_CHOICES + 1]:
            rest = [other for other in line.diagnosis_pointers if other != pointer]
            pointers = (pointer, *rest)[:MOST_POINTERS]
            yield Change(
                fix_id="diagnosis_pointer",
                line_number=line.line_number,
                element="SV107",
                value=":".join(str(at) for at in pointers),
                instruction=f"Point {line.procedure_code} first to diagnosis {pointer} of the claim.",
                is_on_file=True,
                apply=_on_line(line.line_number, diagnosis_pointers=pointers),
            )


class _LineFields(TypedDict, total=False):
    """What a change may write on a line."""

    modifiers: tuple[str, ...]
    units: Decimal
    diagnosis_pointers: tuple[int, ...]


def _on_line(number: int, **fields: Unpack[_LineFields]) -> Callable[[Claim], Claim]:
    def apply(claim: Claim) -> Claim:
        lines = (replace(line, **fields) if line.line_number == number else line for line in claim.lines)
        return replace(claim, lines=tuple(lines))

    return apply
