"""Owns how findings become a mapping file, and what such a file still lacks. What is lacking stands in it as a comment."""

from collections import Counter
from collections.abc import Container, Iterator
from dataclasses import dataclass
from json import dumps as quoted  # a JSON string is a TOML string

from claims.imports.mapping.fields import ADJUSTMENT, ANSWER, CLAIM, ISO_DATE, LINE
from claims.imports.mapping.mapping import PER_CLAIM, PER_LINE
from claims.imports.mapping.proposal import ColumnFinding, Sample, find_columns, is_per_claim, read_sample


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """A mapping file's text, what each column was taken for, what is missing and what a person should look at."""

    findings: tuple[ColumnFinding, ...]
    text: str
    missing: tuple[str, ...]
    notes: tuple[str, ...]


def propose_mapping(data: bytes, *, name: str) -> Proposal:
    """Propose a mapping for an export."""
    sample = read_sample(data)
    draft = _Draft(sample, find_columns(sample), name)
    text = "\n".join(draft.lines()) + "\n"
    return Proposal(findings=draft.findings, text=text, missing=tuple(draft.missing), notes=tuple(draft.notes))


class _Draft:
    def __init__(self, sample: Sample, findings: tuple[ColumnFinding, ...], name: str) -> None:
        self._sample, self.findings, self._name = sample, findings, name
        self._mapped = [finding for finding in findings if finding.field is not None]
        formats = Counter(finding.shape.date_format for finding in self._dates())
        self._date_format = formats.most_common(1)[0][0] if formats else ISO_DATE
        self.missing: list[str] = []
        self.notes: list[str] = []

    def _dates(self) -> list[ColumnFinding]:
        return [one for one in self._mapped if one.field and one.field.read == "date" and one.shape.date_format]

    def lines(self) -> Iterator[str]:
        """Write the file line by line; fills `missing` and `notes` on the way."""
        yield f"name = {quoted(self._name)}"
        yield f"date_format = {quoted(self._date_format)}"
        if any(one.shape.is_ambiguous for one in self._dates()):
            self.notes.append("dates: month and day could be either way round; month first was taken")
        has_answer = self._find(ANSWER, "paid_amount") is not None
        yield from self._claim()
        yield from self._blocks(LINE)
        if has_answer:
            yield from self._answer()
            yield from self._blocks(ADJUSTMENT)
        else:
            self.notes.append("no column of payments: the file tells what was sent, not what payers answered")

    def _claim(self) -> Iterator[str]:
        yield "\n[claim]"
        yield from self._needed(CLAIM, "patient_control_number", "the claim's number (CLM01)")
        payer, payer_name = self._find(CLAIM, "payer_id"), self._find(CLAIM, "payer_name")
        if payer is None and payer_name is not None:
            self.notes.append(f"payer_id: taken from {payer_name.column}; write your payers' ids (NM109) behind their names")
            yield f"payer_id = {_coded(payer_name)}"
        else:
            yield from self._needed(CLAIM, "payer_id", "who is to pay")
        yield from self._submitted_on()
        done = {"patient_control_number", "payer_id", "submitted_on"}
        for name in dict.fromkeys(one.field.name for one in self._of(CLAIM) if one.field):
            if name not in done:
                yield f"{name} = {self._source(CLAIM, name)}"

    def _submitted_on(self) -> Iterator[str]:
        if self._find(CLAIM, "submitted_on"):
            yield f"submitted_on = {self._source(CLAIM, 'submitted_on')}"
            return
        self.missing.append("claim.submitted_on: the day the claim was sent")
        service = self._find(LINE, "service_from_on")
        hint = f"{{ column = {quoted(service.column)}, plus_days = 3 }}" if service else '"COLUMN"'
        yield "# MISSING, the day the claim was sent. Where it is never written, say how many days after service:"
        yield f"# submitted_on = {hint}"

    def _answer(self) -> Iterator[str]:
        yield "\n[answer]"
        if self._find(ANSWER, "paid_on") is None:
            self.missing.append("answer.paid_on: the day the payer's answer came")
            sent = self._find(CLAIM, "submitted_on") or self._find(LINE, "service_from_on")
            hint = f"{{ column = {quoted(sent.column)}, plus_days = 30 }}" if sent else '"COLUMN"'
            yield f"# MISSING, the day the answer came. Where it is never written, say how many days after:\n# paid_on = {hint}"
        for name in dict.fromkeys(one.field.name for one in self._of(ANSWER) if one.field):
            yield f"{name} = {self._source(ANSWER, name)}"
        numbers, paid = self._find(CLAIM, "patient_control_number"), self._find(ANSWER, "paid_amount")
        if numbers and paid and len(self._numbers(LINE)) == 1:
            per = PER_CLAIM if is_per_claim(self._sample, numbers.column, paid.column) else PER_LINE
            yield f"per = {quoted(per)}"

    def _blocks(self, section: str) -> Iterator[str]:
        for number in self._numbers(section):
            names = dict.fromkeys(one.field.name for one in self._of(section) if one.field and one.number in {0, number})
            if section == ADJUSTMENT and "carc" not in names:
                continue
            yield f"\n[[{section}]]"
            for name in names:
                yield f"{name} = {self._source(section, name, number)}"
            if section == ADJUSTMENT:
                yield from self._group_code(names)
            if section == ADJUSTMENT and "adjustment_amount" not in names:
                self.notes.append("adjustment_amount: no column; what payment and shares leave of the charge was taken")
                yield "adjustment_amount = { rest = true }"
        if section == LINE and not self._find(LINE, "charge_amount") and not self._find(CLAIM, "charge_amount"):
            self.missing.append("line.charge_amount: what was charged")
            yield '# MISSING, what was charged:\n# charge_amount = "COLUMN"'

    def _group_code(self, names: Container[str]) -> Iterator[str]:
        reason = self._find(ADJUSTMENT, "carc")
        if "group_code" not in names and reason and "reason" not in reason.shape.forms:
            self.missing.append("adjustment.group_code: who bears what was not paid (CO, PR, OA, PI)")
            yield "# MISSING, who bears what was not paid. Where every code is the practice's loss:"
            yield '# group_code = { constant = "CO" }'

    def _numbers(self, section: str) -> list[int]:
        """List the places of a section's blocks: those that lead (procedures, reasons), one where nothing is numbered."""
        lead = {LINE: "procedure_code", ADJUSTMENT: "carc"}[section]
        found = sorted({one.number for one in self._of(section) if one.field and one.field.name == lead})
        return found or ([0] if section == LINE else [])

    def _needed(self, section: str, name: str, what: str) -> Iterator[str]:
        if self._find(section, name):
            yield f"{name} = {self._source(section, name)}"
        else:
            self.missing.append(f"{section}.{name}: {what}")
            yield f'# MISSING, {what}:\n# {name} = "COLUMN"'

    def _of(self, section: str) -> list[ColumnFinding]:
        return [one for one in self._mapped if one.field and one.field.section == section]

    def _find(self, section: str, name: str) -> ColumnFinding | None:
        return next((one for one in self._of(section) if one.field and one.field.name == name), None)

    def _source(self, section: str, name: str, number: int = 0) -> str:
        found = [one for one in self._of(section) if one.field and one.field.name == name]
        own = [one for one in found if one.number == number] if number else found
        own = own or [one for one in found if one.number == 0]
        if own[0].field and own[0].field.is_many and len(own) > 1:
            columns = ", ".join(quoted(one.column) for one in sorted(own, key=lambda one: one.number))
            return f"{{ columns = [{columns}] }}"
        return self._one(own[0])

    def _one(self, finding: ColumnFinding) -> str:
        parts = [f"column = {quoted(finding.column)}"]
        form = finding.shape.date_format
        if finding.field and finding.field.read == "date" and form and form != self._date_format:
            parts.append(f"date_format = {quoted(form)}")
        if finding.field and finding.field.read == "money" and "negative" in finding.shape.forms and finding.shape.distinct > 1:
            parts.append("negative = true")
        return quoted(finding.column) if len(parts) == 1 else f"{{ {', '.join(parts)} }}"


def _coded(finding: ColumnFinding) -> str:
    if not finding.values:
        return quoted(finding.column)
    codes = ", ".join(f"{quoted(value)} = {quoted(value)}" for value in finding.values)
    return f"{{ column = {quoted(finding.column)}, codes = {{ {codes} }} }}"
