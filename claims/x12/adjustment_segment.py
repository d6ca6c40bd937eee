"""Owns the CAS segment: one group code and up to six triplets of reason, amount, quantity."""

from claims.claim import Adjustment
from claims.x12.values import BadSegment, make, read_decimal

ELEMENTS_PER_TRIPLET = 3


def read_adjustments(elements: list[str]) -> list[Adjustment]:
    """Read every triplet; one that is empty altogether is skipped. Raises: BadSegment."""
    found = []
    count = len(elements)
    for at in range(2, count, ELEMENTS_PER_TRIPLET):
        carc = elements[at]
        amount = elements[at + 1] if at + 1 < count else ""
        quantity = elements[at + 2] if at + 2 < count else ""
        if not carc:
            if amount or quantity:
                raise BadSegment(f"CAS element {at} (reason code)", expected="a code", got="nothing")
            continue
        fields: dict[str, object] = {
            "group_code": elements[1],
            "carc": carc,
            "adjustment_amount": read_decimal(amount, f"CAS element {at + 1} (adjustment amount)"),
        }
        if quantity:
            fields["quantity"] = read_decimal(quantity, f"CAS element {at + 2} (quantity)")
        found.append(make(Adjustment, fields))
    return found
