"""Owns by when a paper must be with the payer, under which rule, and at which level of appeal it stands."""

from dataclasses import dataclass
from datetime import date, timedelta

from claims.appeal_standing import appeal_standing
from claims.payer_rules import PayerRules
from claims.payer_rules.rules import OWN_LIST
from serving.packet.case import DenialCase

HOUSE_DEFAULT = "house default"


@dataclass(frozen=True, kw_only=True)
class Due:
    """A limit. `due_on` `None` = not known, and `missing` says what is. `rule_words` states the rule without its source."""

    level: int
    due_on: date | None
    limit_days: int | None
    rule_words: str
    source: str | None
    missing: str

    @property
    def is_house_default(self) -> bool:
        """Tell whether no text that binds a payer stands behind the limit."""
        return self.source is not None and self.source.startswith(HOUSE_DEFAULT)

    @property
    def is_public(self) -> bool:
        """Tell whether the source is a text that the payer can look up: neither a house default nor the practice's own list."""
        return self.source is not None and not self.is_house_default and self.source != OWN_LIST


def appeal_due(case: DenialCase, rules: PayerRules) -> Due:
    """Find the level that comes next and its last day: from the denial, or from the last decision against us.

    The level counts decided appeals of this claim at this payer alone; a pending one is still at its level.
    """
    payer_id, indicator = case.claim.payer_id, case.claim.claim_filing_indicator_code
    standing = appeal_standing(case.appeals, denied_on=case.answer.known_on)
    level, start, since = standing.level, standing.counts_from, "the decision" if standing.is_decided else "the denial"
    limit = rules.appeal_limit_days(payer_id, indicator, start, level=level)
    return Due(
        level=level,
        due_on=start + timedelta(days=limit) if limit is not None else None,
        limit_days=limit,
        rule_words=f"An appeal of level {level} must be filed within {limit} days of {since} of {start:%m/%d/%Y}.",
        source=rules.appeal_limit_source(payer_id, indicator, start, level=level),
        missing=f"no limit for an appeal of level {level} is known for this payer; ask it, and keep it in payers.csv",
    )


def reconsideration_due(case: DenialCase, rules: PayerRules) -> Due:
    """Find the last day for a reconsideration or reopening before a formal appeal."""
    payer_id, indicator, denied_on = case.claim.payer_id, case.claim.claim_filing_indicator_code, case.answer.known_on
    limit = rules.reconsideration_days(payer_id, indicator, denied_on, category=case.category)
    return Due(
        level=1,
        due_on=denied_on + timedelta(days=limit) if limit is not None else None,
        limit_days=limit,
        rule_words=f"A reconsideration or reopening may be asked for within {limit} days of the denial of {denied_on:%m/%d/%Y}.",
        source=rules.reconsideration_source(payer_id, indicator, denied_on, category=case.category),
        missing="no limit for a reconsideration is known for this payer; ask it",
    )


def filing_due(case: DenialCase, rules: PayerRules) -> Due:
    """Find the last day on which a claim for these services may be filed; payers may set another one for corrected claims."""
    payer_id, indicator, served = case.claim.payer_id, case.claim.claim_filing_indicator_code, case.claim.service_to_on
    limit = rules.filing_limit_days(payer_id, indicator, served) if served else None
    return Due(
        level=1,
        due_on=served + timedelta(days=limit) if served and limit is not None else None,
        limit_days=limit,
        rule_words=f"Claims must be filed within {limit} days of service; a payer may set another limit for corrections.",
        source=rules.filing_limit_source(payer_id, indicator, served) if served and limit is not None else None,
        missing="no filing limit is known for this payer; ask it, and keep it in payers.csv",
    )
