"""Owns reading the words of packets from `data/letters.toml`. Refuses a template that asks for a fact which does not exist."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from serving.errors import TemplateError
from serving.packet.words import fact_names

LETTER, WORKSHEET = "letter", "worksheet"
FACT_NAMES = (
    "item_key", "level", "patient_name", "patient_birth_on", "member_id", "group_number", "patient_control_number",
    "payer_claim_control_number", "payer_name", "payer_id", "submitted_on", "service_days", "service_to_on", "filing_limit_on",
    "procedure_codes", "denied_procedure_codes", "diagnosis_codes",
    "place_of_service_code", "authorization_number", "referral_number", "charge_amount",
    "paid_amount", "patient_responsibility_amount", "denied_amount", "denied_on", "reason_codes", "remark_codes", "trace_number",
    "billing_provider_npi", "rendering_provider_npi", "referring_provider_npi", "facility_name", "practice_name",
    "practice_address", "practice_phone", "practice_fax", "practice_tax_id", "signer_name", "signer_title", "payer_address",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class ActionWords:
    """What paper a next action needs. A worksheet stays in the office and has no subject, opening and request."""

    kind: str
    title: str
    steps: tuple[str, ...]
    subject: str = ""
    opening: str = ""
    request: str = ""

    @property
    def is_letter(self) -> bool:
        """Tell whether something goes to the payer."""
        return self.kind == LETTER


@dataclass(frozen=True, kw_only=True)
class CategoryWords:
    """What to argue against a denial of one category, what to enclose, what to look at first."""

    argument: tuple[str, ...]
    documents: tuple[str, ...]
    checklist: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class CitedRule:
    """A text to refer to, where the kind of plan and the category fit; no categories = all."""

    plan_kinds: frozenset[str]
    categories: frozenset[str]
    text: str
    source: str

    def fits(self, *, plan_kind: str, category: str) -> bool:
        """Tell whether it bears on a denial."""
        return plan_kind in self.plan_kinds and (not self.categories or category in self.categories)


@dataclass(frozen=True, kw_only=True)
class Templates:
    """All words of packets."""

    actions: Mapping[str, ActionWords]
    categories: Mapping[str, CategoryWords]
    citations: tuple[CitedRule, ...]

    def texts(self) -> Iterable[str]:
        """Give every text that may ask for facts."""
        for action in self.actions.values():
            yield from (action.subject, action.opening, action.request, *action.steps)
        for category in self.categories.values():
            yield from (*category.argument, *category.documents, *category.checklist)


@cache
def templates() -> Templates:
    """Read the templates that ship with the product."""
    table = tomllib.loads(files("serving").joinpath("packet/data/letters.toml").read_text(encoding="utf-8"))
    return Templates(
        actions={
            name: ActionWords(steps=tuple(row["steps"]), **{key: row[key] for key in row if key != "steps"})
            for name, row in table["action"].items()
        },
        categories={
            name: CategoryWords(**{key: tuple(value) for key, value in row.items()}) for name, row in table["category"].items()
        },
        citations=tuple(
            CitedRule(
                plan_kinds=frozenset(row["plan_kinds"]),
                categories=frozenset(row.get("categories", ())),
                text=row["text"],
                source=row["source"],
            )
            for row in table["citation"]
        ),
    )


def refuse_unknown_facts(file: str, key: str, texts: Iterable[str], known: Iterable[str]) -> None:
    """Check that texts ask for known facts alone. Raises: TemplateError."""
    names = set(known)
    for text in texts:
        if unknown := sorted(fact_names(text) - names):
            raise TemplateError(file, key, expected=f"facts among {', '.join(sorted(names))}", got=", ".join(unknown))
