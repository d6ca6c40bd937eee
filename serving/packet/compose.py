"""Owns making a packet of a denial: which words, which rules, which evidence, by when. Reads nothing; states what it is given."""

from datetime import date
from decimal import Decimal

from claims.denial import denial_codes, denied_adjustments
from claims.payer_rules import PayerRules
from claims.payer_rules.entry_parsing import APPEAL_REQUEST, CORRECTION, RECONSIDERATION_REQUEST
from claims.root_cause import root_causes
from serving.on_record import SentLine
from serving.packet.case import DenialCase
from serving.packet.deadlines import Due, appeal_due, filing_due, reconsideration_due
from serving.packet.evidence import find_evidence
from serving.packet.facts import NO_ADDRESS, make_facts
from serving.packet.packet import AnsweredLine, Citation, Letter, Packet, Sending
from serving.packet.practice_file import PayerChannel, PracticeFile
from serving.packet.templates import ActionWords, CategoryWords, templates
from serving.packet.words import Fact, Words, day, dollars, fill, gap, said
from serving.work_queue.actions import APPEAL, CORRECT_AND_RESUBMIT, NEW_CLAIM, RECONSIDERATION
from serving.work_queue.work_item import WorkItem

CORRECTIONS = frozenset({CORRECT_AND_RESUBMIT, NEW_CLAIM})
_PENDING = "pending"


def compose(case: DenialCase, item: WorkItem, *, rules: PayerRules, practice: PracticeFile, today: date) -> Packet:
    """Make the packet for what is to be done next with an item. Raises: TemplateError."""
    action, words = templates().actions[item.next_action], templates().categories[case.category]
    channel = practice.payers.get(case.claim.payer_id or "")
    appeal, filing = appeal_due(case, rules), filing_due(case, rules)
    facts = make_facts(case, letterhead=practice.letterhead, channel=channel, level=appeal.level, filing_limit_on=filing.due_on)
    due = filing if item.next_action in CORRECTIONS else appeal
    if item.next_action == RECONSIDERATION:
        due = reconsideration_due(case, rules)
    evidence = find_evidence(case)
    against = tuple(said(f"On record, and not for us: {each.text} ({each.source})") for each in evidence if not each.supports)
    return Packet(
        item_key=case.key,
        title=action.title,
        action=item.next_action,
        reason=item.reason,
        category=case.category,
        category_title=root_causes()[case.category].title,
        made_on=today,
        level=appeal.level,
        facts=facts,
        lines=_lines(case),
        letter=_letter(action, words, channel, case.category, facts) if action.is_letter else None,
        evidence=tuple(each for each in evidence if each.supports),
        citations=_citations(case, channel, rules, due),
        documents=_documents(case, words, channel, rules, facts),
        checklist=tuple(fill(step, facts) for step in (*words.checklist, *action.steps)) + against,
        warnings=_warnings(case, item, due, today=today),
        sending=_sending(case, item.next_action, channel, rules, due, level=appeal.level, today=today),
    )


def _letter(
    action: ActionWords, words: CategoryWords, channel: PayerChannel | None, category: str, facts: dict[str, Fact]
) -> Letter:
    own = channel.argument.get(category) if channel else None
    return Letter(
        subject=fill(action.subject, facts),
        opening=fill(action.opening, facts),
        argument=tuple(fill(paragraph, facts) for paragraph in own or words.argument),
        request=fill(action.request, facts),
    )


def _documents(
    case: DenialCase, words: CategoryWords, channel: PayerChannel | None, rules: PayerRules, facts: dict[str, Fact]
) -> tuple[Words, ...]:
    """List what every payer asks for, what this one asks for beyond it, and what the practice adds."""
    claim, category = case.claim, case.category
    asked = rules.documents(claim.payer_id, claim.claim_filing_indicator_code, case.answer.known_on, category=category)
    own = (*asked, *(channel.documents.get(category, ()) if channel else ()))
    remittance = fill("The remittance of {denied_on} that denies the claim", facts)
    return (remittance, *(fill(document, facts) for document in (*words.documents, *own)))


def _lines(case: DenialCase) -> tuple[AnsweredLine, ...]:
    """Show the lines as the remittance answers them; where it has none, as they were sent."""
    answer = case.answer.remittance
    if not answer.lines:
        return tuple(_sent_line(line) for line in case.lines)
    taken: dict[int, Decimal] = {}
    for each in denied_adjustments(answer):
        if each.line_position is not None:
            taken[each.line_position] = taken.get(each.line_position, Decimal(0)) + each.adjustment.adjustment_amount
    return tuple(
        AnsweredLine(
            service_on=day(line.service_from_on) if line.service_from_on else "",
            procedure=":".join((line.procedure_code or line.revenue_code or "", *line.modifiers)),
            charge=dollars(line.charge_amount),
            paid=dollars(line.paid_amount),
            denied=dollars(taken.get(position, Decimal(0))),
            reasons=", ".join(f"{each.group_code}-{each.carc} {dollars(each.adjustment_amount)}" for each in line.adjustments),
            remarks=", ".join(line.remark_codes),
        )
        for position, line in enumerate(answer.lines)
    )


def _sent_line(line: SentLine) -> AnsweredLine:
    return AnsweredLine(
        service_on=day(line.service_from_on) if line.service_from_on else "",
        procedure=":".join((line.procedure_code or line.revenue_code or "", *line.modifiers)),
        charge=dollars(line.charge_amount),
        paid="",
        denied="claim level",
        reasons="",
        remarks="",
    )


def _citations(case: DenialCase, channel: PayerChannel | None, rules: PayerRules, due: Due) -> tuple[Citation, ...]:
    indicator = case.claim.claim_filing_indicator_code
    kind = rules.plan_kind(indicator).name
    found = [Citation(text=due.rule_words, source=due.source)] if due.source and due.is_public else []
    found += [
        Citation(text=cited.text, source=cited.source)
        for cited in templates().citations
        if cited.fits(plan_kind=kind, category=case.category)
    ]
    if channel:
        source = f"{channel.source}, read on {day(channel.checked_on)}"
        found += [Citation(text=text, source=source) for text in channel.citations.get(case.category, ())]
    return tuple(found)


def _sending(
    case: DenialCase, action: str, channel: PayerChannel | None, rules: PayerRules, due: Due, *, level: int, today: date
) -> Sending:
    section = CORRECTION if action in CORRECTIONS else APPEAL_REQUEST
    if action == RECONSIDERATION:
        section = RECONSIDERATION_REQUEST
    rule = rules.instruction(
        section,
        case.claim.claim_filing_indicator_code,
        case.answer.known_on,
        payer_id=case.claim.payer_id,
        level=level if section == APPEAL_REQUEST else 1,
    )
    ways = tuple(said(way) for way in channel.where) if channel and section == APPEAL_REQUEST else ()
    if not ways and section == APPEAL_REQUEST:
        ways = (gap(NO_ADDRESS),)
    return Sending(
        file_with=said(rule.file_with) if rule else gap("who takes it: no rule is known for this kind of plan; ask the payer"),
        how=said(f"{rule.how}{_form(rule.form)} (Source: {rule.source})")
        if rule
        else gap("how: no rule is known for this kind of plan; ask the payer"),
        ways=ways,
        must_contain=rule.must_contain if rule else (),
        due_on=due.due_on,
        days_left=(due.due_on - today).days if due.due_on else None,
        due_words=_due_words(due, today=today),
        due_source=due.source or "none",
    )


def _form(name: str | None) -> str:
    return f" Form: {name}." if name else ""


def _due_words(due: Due, *, today: date) -> Words:
    if due.due_on is None:
        return gap(f"last day: {due.missing}")
    left = (due.due_on - today).days
    when = f"{left} days left" if left >= 0 else f"passed {-left} days ago"
    return said(f"{day(due.due_on)} ({when}): {due.rule_words} (Source: {due.source})")


def _warnings(case: DenialCase, item: WorkItem, due: Due, *, today: date) -> tuple[str, ...]:
    found = []
    remarks = {each.rarc for each in denied_adjustments(case.answer.remittance) if each.rarc}
    barred = sorted(remarks & denial_codes().no_appeal_rarcs)
    if barred and item.next_action == APPEAL:
        found.append(f"Remark {', '.join(barred)} says that there is no appeal of this decision.")
    if due.due_on is not None and due.due_on < today:
        found.append(f"The limit passed on {day(due.due_on)}; without good cause the payer need not look at it.")
    if due.is_house_default:
        found.append(
            "The limit is a house default, not a rule that binds this payer: look into the contract or the payer's manual."
        )
    found += [
        f"An appeal of level {row['level']}, filed on {day(row['filed_on'])}, is pending."
        for row in case.appeals
        if row["outcome"] == _PENDING
    ]
    return tuple(found)
