"""Owns how the figures by group read: error rates and calibration for payers and people, in a card or on a terminal."""

from collections.abc import Iterator, Mapping

from models.bundle import Json

HEADS = (
    "rows",
    "positive",
    "observed / expected",
    "ECE (by chance)",
    "flagged",
    "flagged of the negative",
    "missed of the positive",
)
_RULES = {
    "advice": "Flagged: the advice is to look at the claim before it is sent, at the costs that training was given.",
    "even odds": "Flagged: a win is at least as likely as not.",
}
_RATIOS = ("flagged_rate", "false_positive_rate", "false_negative_rate")
_COUNTS = ("row_count", "positive_count")


def fairness_tables(found: Json) -> Iterator[tuple[str, list[list[str]]]]:
    """Give (kind of group, rows of cells: the group's name, then one cell for each of `HEADS`)."""
    kinds = found.get("kinds") if isinstance(found, Mapping) else None
    for kind, groups in kinds.items() if isinstance(kinds, Mapping) else ():
        if isinstance(groups, Mapping):
            yield kind, [[str(name), *_cells(figures)] for name, figures in groups.items() if isinstance(figures, Mapping)]


def fairness_section(found: Json) -> list[str]:
    """Write the card's section; empty for a model without groups."""
    if not isinstance(found, Mapping) or not found:
        return []
    lines = ["## For whom it errs", "", fairness_note(found), ""]
    for kind, rows in fairness_tables(found):
        lines += [f"### By {kind}", "", f"| {kind} | {' | '.join(HEADS)} |", "|---" * (len(HEADS) + 1) + "|"]
        lines += [f"| {' | '.join(row)} |" for row in rows]
        lines.append("")
    return lines


def fairness_note(found: Mapping[str, Json]) -> str:
    """Say how the figures are to be read."""
    return (
        f"{_RULES.get(str(found.get('rule')), '')} Positive and negative are the outcomes of the label. Brackets: 95 % "
        "intervals, a patient's rows drawn together. `*`: differs from all other rows beyond chance, corrected for the number "
        "of figures. ECE by chance is what a perfect probability shows on so many rows. Age, sex, location and size are read "
        "for this table, whether features or not. Rates differ between groups whose payers and cases differ: a mark asks for a "
        "look, it is no proof of harm, and no mark is no proof of none."
    )


def _cells(figures: Mapping[str, Json]) -> list[str]:
    if "row_count_below" in figures:
        return [f"fewer than {figures['row_count_below']}: too few to say", *[""] * (len(HEADS) - 1)]
    if "base_rate" not in figures:
        return [f"{figures.get('row_count')}: too few to say", *[""] * (len(HEADS) - 1)]
    errors = f"{_number(figures.get('ece'), 3)} ({_number(figures.get('ece_by_chance'), 3)})"
    return [
        *(f"{figures.get(name):,}" for name in _COUNTS),
        _ratio(figures, "observed_over_expected"),
        errors,
        *(_ratio(figures, name) for name in _RATIOS),
    ]


def _ratio(figures: Mapping[str, Json], name: str) -> str:
    if name not in figures:
        return "too few to say"
    intervals, differs = figures.get("interval"), figures.get("differs")
    ends = intervals.get(name) if isinstance(intervals, Mapping) else None
    shown = f" [{_number(ends[0], 2)}, {_number(ends[1], 2)}]" if isinstance(ends, list | tuple) else ""
    mark = "*" if isinstance(differs, list | tuple) and name in differs else ""
    return f"{_number(figures.get(name), 2)}{mark}{shown}"


def _number(value: Json, digits: int) -> str:
    return f"{value:.{digits}f}" if isinstance(value, int | float) else ""
