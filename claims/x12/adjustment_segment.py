"""Owns the CAS segment: one group code and up to six triplets of reason, amount, quantity."""

from claims.claim import Adjustment
from claims.x12.values import DECIMALS, BadSegment, make, read_decimal

ELEMENTS_PER_TRIPLET = 3
ELEMENTS_OF_ONE = 4  # CAS, group, reason, amount


def read_adjustments(elements: list[str]) -> list[Adjustment]:
    """Read every triplet; one that is empty altogether is skipped. Raises: BadSegment."""
    count = len(elements)
    if count == ELEMENTS_OF_ONE and elements[2] and elements[3] in DECIMALS:  # nearly all of them
        return [
            make(Adjustment, {"group_code": elements[1], "carc": elements[2], "adjustment_amount": DECIMALS[elements[3]]}),
        ]
    found = []
    for at in range(2, count, ELEMENTS_PER_TRIPLET):
        carc = elements[at]
        amount = elements[at + 1] if at + 1 < count else ""
        quantity = elements[at + 2] if at + 2 < count else ""
        if not carc:
            if amount or quantity:
                raise BadSegment(f"CAS element {at} (reason code)", expected="a code", got="nothing")
            continue
        fields: dict[str, object] = {"group_code": elements[1], "carc": carc}
        try:
            fields["adjustment_amount"] = DECIMALS[amount]
            if quantity:
                fields["quantity"] = DECIMALS[quantity]
        except ValueError:
            read_decimal(amount, f"CAS element {at + 1} (adjustment amount)")
            read_decimal(quantity, f"CAS element {at + 2} (quantity)")
        found.append(make(Adjustment, fields))
    return found
