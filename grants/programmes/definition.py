"""A call as data: everything in which one call differs from another, validated, and nothing else.

The models are the schema of `fixtures/calls/*.yaml`. Money is written in whole kronor, shares in per cent, moments as
local time in the window's zone. `demo` lists the values (dotted paths) that are made up for the demonstration; pages mark
them so that they never look like facts.
"""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import AwareDatetime, Field, ValidationInfo, model_validator

from grants.money import kronor
from grants.organisations.kinds import OrganisationKind
from grants.programmes import consistency
from grants.programmes.judging import Criterion, PanelRules, ReviewRules
from grants.programmes.law import LegalText
from grants.programmes.letter_templates import LetterKind, LetterTexts
from grants.programmes.questions import AttachmentRule, Check, Model, Option, Percent, Question, Section, Slug, Text

_CLOCK_TIME = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d)?$")  # a date alone is refused: closes at which hour?
# The context in which a published text is read again: the rules that it met when it was published are enough, for a rule
# that is added later must not close the cases that are pinned to it.
STORED = {"stored": True}


REMINDED = (14, 3, 1)  # days before the closing time, unless the call says otherwise


class PartyRole(StrEnum):
    """A party's place in an application."""

    COORDINATOR = "coordinator"
    PARTICIPANT = "participant"


class Window(Model):
    """When the call can be seen and applied to. An application is in time if and only if it arrives before `closes`."""

    zone: str = "Europe/Stockholm"
    planned: AwareDatetime | None = None
    announced: AwareDatetime
    opens: AwareDatetime
    closes: AwareDatetime | None = None
    cutoffs: tuple[AwareDatetime, ...] = ()
    remind_days_before: Annotated[tuple[Annotated[int, Field(ge=1, le=365)], ...], Field(max_length=10)] = REMINDED

    @model_validator(mode="before")
    @classmethod
    def _local(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        try:
            zone = ZoneInfo(data.get("zone", "Europe/Stockholm"))
        except (KeyError, TypeError, ValueError, OSError):  # all that ZoneInfo raises for a name that is none
            raise ValueError("zone is not the name of a time zone") from None

        def aware(value: Any) -> Any:
            if isinstance(value, str) and _CLOCK_TIME.match(value):
                value = datetime.fromisoformat(value)
            if not isinstance(value, datetime) or value.tzinfo is not None:
                return value
            local = value.replace(tzinfo=zone)
            if local.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != value:
                raise ValueError(f"{value:%Y-%m-%d %H:%M} does not exist: the clocks go forward over it")
            return local

        out = {key: aware(value) for key, value in data.items()}
        if isinstance(out.get("cutoffs"), (list, tuple)):
            out["cutoffs"] = tuple(aware(value) for value in out["cutoffs"])
        return out

    def gathering(self, arrived_at: datetime) -> datetime | None:
        """The cut-off that gathers what arrives at this moment: the first that is later. A cut-off at the planned closing time
        is the closing itself, so that an incident moves both; None when it is the closing that gathers, or nothing does."""
        ahead = (cutoff for cutoff in self.cutoffs if arrived_at < cutoff)
        return next((cutoff for cutoff in ahead if self.closes is None or cutoff < self.closes), None)


class PartyRule(Model):
    """Who may have a role, and how many of them there may be."""

    role: PartyRole
    kinds: Annotated[tuple[OrganisationKind, ...], Field(min_length=1)]
    least: Annotated[int, Field(ge=0)] = 0
    most: Annotated[int, Field(ge=1, le=50)] = 20


class CostType(Model):
    """A column of the budget."""

    id: Slug
    label: Text
    help: Text | None = None


class Cap(Model):
    """`cost` may be at most `percent` of `of` ('total' or a cost type) in each party's budget."""

    cost: Slug
    of: Slug
    percent: Percent
    rule: Text


class BudgetRules(Model):
    """What may be asked for."""

    cost_types: Annotated[tuple[CostType, ...], Field(min_length=1)]
    max_grant: Annotated[int, Field(gt=0)]  # whole kronor, per project
    max_share: Percent = 100
    share_of: Literal["project", "party"] = "project"
    min_grant: Annotated[int, Field(ge=0)] = 0
    caps: tuple[Cap, ...] = ()

    @property
    def max_grant_ore(self) -> int:
        """The most a project can be granted, in öre."""
        return kronor(self.max_grant)

    @property
    def max_share_bp(self) -> int:
        """The largest share of the eligible costs, in basis points."""
        return round(self.max_share * 100)


class ProjectRules(Model):
    """When a project may run."""

    earliest_start: date
    latest_start: date
    latest_end: date
    max_months: Annotated[int, Field(ge=1, le=120)]


class Stages(Model):
    """Which stages the call has switched on."""

    partner_confirmation: bool = False
    formal_check: bool = True
    review: bool = True
    interview: bool = False
    panel: bool = False
    acceptance: bool = True


class CompletionRules(Model):
    """How long an applicant has to complete an application, unless the officer says otherwise."""

    days: Annotated[int, Field(ge=1, le=90)] = 10


class AcceptanceRules(Model):
    """How long each party has to accept the conditions after the decision is sent."""

    days: Annotated[int, Field(ge=1, le=180)] = 30


# Kinds of decisions that have a law of their own, unless the call says otherwise. Writing off decides nothing of the grant.
GROUNDS: dict[LetterKind, LegalText | None] = {
    LetterKind.WRITTEN_OFF: None,
    LetterKind.WITHDRAWAL: LegalText(law="withdrawal_ground"),
    LetterKind.RECOVERY: LegalText(law="recovery_ground"),
}
APPEALS = {kind: LegalText(law="how_to_appeal") for kind in (LetterKind.WITHDRAWAL, LetterKind.RECOVERY)}


class AidBasis(Option):
    """The ground of a grant in state aid law."""

    de_minimis: bool = False  # counts against the limit of what one undertaking may receive


class DecisionTexts(Model):
    """What the decision letters say."""

    decision_due: date | None = None
    legal_ground: LegalText
    appeal: LegalText
    letters: dict[LetterKind, LetterTexts] = {}
    general_conditions: tuple[Text, ...] = ()
    special_conditions: tuple[Text, ...] = ()
    aid_bases: Annotated[tuple[AidBasis, ...], Field(min_length=1)]
    default_intensity: dict[OrganisationKind, Percent] = {}
    default_aid_basis: dict[OrganisationKind, Slug] = {}

    def ground_of(self, kind: LetterKind) -> LegalText | None:
        """The law that a letter of this kind rests on."""
        own = self.letters.get(kind)
        return (own and own.legal_ground) or GROUNDS.get(kind, self.legal_ground)

    def templates_of(self, kind: LetterKind) -> Iterator[tuple[str, Text]]:
        """What letters of this kind say in the call's own words, by part."""
        return (self.letters.get(kind) or LetterTexts()).templates()

    def appeal_of(self, kind: LetterKind) -> LegalText:
        """Whether and how a decision of this kind can be appealed."""
        own = self.letters.get(kind)
        return (own and own.appeal) or APPEALS.get(kind, self.appeal)


class ReportRule(Model):
    """A report to file. `every_months` repeats it from the start of the project to its end; otherwise it is due once,
    `days_after_end` days after the end, or `months_after_start` months after the start."""

    id: Slug
    kind: Literal["progress", "yearly", "final"]
    title: Text
    every_months: Annotated[int, Field(ge=1, le=60)] | None = None
    months_after_start: Annotated[int, Field(ge=0, le=120)] | None = None
    days_after_end: Annotated[int, Field(ge=0, le=365)] | None = None
    opens_days_before: Annotated[int, Field(ge=1, le=365)] = 60
    cost_statement: bool = True
    questions: Annotated[tuple[Question, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _one_date(self) -> "ReportRule":
        if tables := [q.id for q in self.questions if q.kind in ("table", "file")]:
            raise ValueError(f"report {self.id}: {', '.join(tables)}: a report asks for no tables and no files")
        if sum(x is not None for x in (self.every_months, self.months_after_start, self.days_after_end)) != 1:
            raise ValueError(f"report {self.id}: exactly one of every_months, months_after_start and days_after_end")
        return self


class Payment(Model):
    """A part of the grant and what releases it: 'accepted' or the id of a report."""

    percent: Percent
    after: Slug
    label: Text


class Reporting(Model):
    """What a funded project has to do."""

    reports: Annotated[tuple[ReportRule, ...], Field(min_length=1)]
    payments: tuple[Payment, ...] = ()
    remind_days_before: tuple[int, ...] = (60, 30, 7)
    remind_days_after: tuple[int, ...] = (1, 14)


class Eligibility(Model):
    """A question of the two-minute check, with the rule behind each answer."""

    id: Slug
    question: Text
    rule: Text


class CallDefinition(Model):
    """One call, whole."""

    format: Literal[1]
    slug: Slug
    programme: Slug
    number: str | None = None
    title: Text
    full_title: Text
    summary: Text
    purpose: Text
    who: Text
    extras: tuple[Text, ...] = ()
    sources: tuple[str, ...] = ()
    demo: tuple[str, ...] = ()
    window: Window
    call_budget: Annotated[int, Field(gt=0)] | None = None  # whole kronor
    stages: Stages = Stages()
    parties: Annotated[tuple[PartyRule, ...], Field(min_length=1)]
    need_owners: Annotated[int, Field(ge=0, le=50)] = 1
    project: ProjectRules
    sections: Annotated[tuple[Section, ...], Field(min_length=1)]
    attachments: tuple[AttachmentRule, ...] = ()
    checks: tuple[Check, ...] = ()
    budget: BudgetRules
    review: ReviewRules | None = None
    panel: PanelRules | None = None
    completion: CompletionRules = CompletionRules()
    decision: DecisionTexts
    acceptance: AcceptanceRules = AcceptanceRules()
    reporting: Reporting
    eligibility: tuple[Eligibility, ...] = ()

    @model_validator(mode="after")
    def _fits_together(self, info: ValidationInfo) -> "CallDefinition":
        if info.context != STORED:
            consistency.require(self)
        return self

    def questions(self) -> Iterator[Question]:
        """Every question of the application form, in order."""
        for section in self.sections:
            yield from section.questions

    @property
    def files(self) -> tuple[AttachmentRule, ...]:
        """Every file that is asked for: by questions of the form, and by themselves."""
        asked = (q for q in self.questions() if q.kind == "file")
        rules = (AttachmentRule(id=q.id, title=q.label, help=q.help, required=q.required) for q in asked)
        return (*rules, *self.attachments)

    def question(self, question_id: str) -> Question | None:
        """The question with this id, if the form has it."""
        return next((q for q in self.questions() if q.id == question_id), None)

    def rule_for(self, role: PartyRole) -> PartyRule | None:
        """The rule for parties of this role."""
        return next((r for r in self.parties if r.role == role), None)

    def admits(self, role: PartyRole, kind: OrganisationKind) -> bool:
        """Whether an organisation of this kind can have this role."""
        rule = self.rule_for(role)
        return rule is not None and kind in rule.kinds

    def report(self, report_id: str) -> ReportRule | None:
        """The report with this id."""
        return next((r for r in self.reporting.reports if r.id == report_id), None)

    @property
    def the_review(self) -> ReviewRules:
        """How applications are assessed, in a call where they are."""
        if self.review is None:
            raise LookupError(f"call {self.slug} has no review")
        return self.review

    @property
    def criteria(self) -> tuple[Criterion, ...]:
        """What reviewers score; nothing in a call without review."""
        return self.review.criteria if self.review else ()

    def criterion(self, criterion_id: str) -> Criterion | None:
        """The criterion with this id."""
        return next((c for c in self.criteria if c.id == criterion_id), None)

    def aid_basis(self, basis_id: str) -> AidBasis | None:
        """The aid basis with this id."""
        return next((o for o in self.decision.aid_bases if o.id == basis_id), None)

    def is_demo(self, path: str) -> bool:
        """Whether the value at this dotted path (or above it) is made up for the demonstration."""
        return any(path == p or path.startswith(p + ".") for p in self.demo)
