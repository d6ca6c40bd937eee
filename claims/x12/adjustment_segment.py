"""Owns the CAS segment: one group code and up to six triplets of reason, amount, quantity."""

from claims.claim import Adjustment
from claims.x12.values import make, read_decimal, read_optional_decimal, required


def read_adjustments(elements: list[str]) -> tuple[Adjustment, ...]:
    """Read every triplet that carries a reason code. Raises: BadSegment."""
    group = elements[1] if len(elements) > 1 else ""
    found = []
    for at in range(2, len(elements), 3):
        if not elements[at]:
            continue
        place = f"CAS{at + 1:02d} (adjustment amount)"
        fields = {
            "group_code": group,
            "carc": elements[at],
            "adjustment_amount": read_decimal(required(elements, at + 1, place), place),
        }
        if len(elements) > at + 2 and elements[at + 2]:
            fields["quantity"] = read_optional_decimal(elements, at + 2, f"CAS{at + 2:02d} (quantity)")
        found.append(make(Adjustment, fields))
    return tuple(found)
