"""What the pages of a call's proposals show: its source with the faulty lines, the difference in words, and the impact."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from grants import clock
from grants.applications import access
from grants.applications.models import Answer, Application, CaseState
from grants.money import kronor, written
from grants.organisations.models import Person
from grants.programmes.changes import Change, changes
from grants.programmes.definition import CallDefinition
from grants.programmes.faults import Fault, LoadingError
from grants.programmes.loading import digest
from grants.programmes.models import Call, CallPhase, CallProposal, Programme
from grants.programmes.reading import parse_call
from grants.templatetags.writing import when
from workflows import trials
from workflows.models import Trial
from workflows.publishable import objections
from workflows.queries.trial_report import Report, read

AROUND = 2  # lines shown before and after a faulty one
LONGEST_LINE = 400  # characters shown of one line
MOST_LATEST = 5
UNSHOWABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff\ufffe\uffff]")

# The parts of a file as people speak of them; what is not here is among the texts.
PARTS: tuple[tuple[Promise, tuple[str, ...]], ...] = (
    (_l("Tider"), ("window",)),
    (_l("Pengar"), ("call_budget", "budget")),
    (_l("Vilka som kan söka"), ("parties", "need_owners", "eligibility")),
    (_l("Projektet"), ("project",)),
    (_l("Frågor och bilagor"), ("sections", "attachments", "checks")),
    (_l("Bedömning"), ("review",)),
    (_l("Beslut och villkor"), ("stages", "completion", "decision", "acceptance")),
    (_l("Rapporter och utbetalningar"), ("reporting",)),
)
REST = _l("Texter och uppgifter om omgången")


def handled_call(person: Person, slug: str) -> Call | None:
    """The call with its version, if this person handles it."""
    handled = access.office_grants(person, ["handle_call"]).values("content_object")
    rows = Call.objects.filter(slug=slug, pk__in=handled, version__isnull=False)
    return rows.select_related("version__text", "programme__authority").first()


def programmes_of(person: Person) -> list[Programme]:
    """The programmes in which this person handles a call, and may make another."""
    calls = access.office_grants(person, ["handle_call"]).values("content_object")
    return list(Programme.objects.filter(calls__in=calls).distinct().order_by("pk"))


def proposal_for(person: Person, pk: int) -> CallProposal | None:
    """A proposal, if this person handles its call, or a call of its programme while it has none of its own."""
    handled = access.office_grants(person, ["handle_call"]).values("content_object")
    own = Q(call__in=handled) | Q(call=None, programme__calls__in=handled)
    rows = CallProposal.objects.filter(own, pk=pk).select_related(
        "by", "programme__authority", "call__version", "call__programme", "published"
    )
    return rows.distinct().first()


def latest(rows: QuerySet[CallProposal]) -> list[CallProposal]:
    """The newest proposals, with who wrote them, and without their texts."""
    return list(rows.select_related("by", "published").defer("text")[:MOST_LATEST])


@dataclass(frozen=True)
class Line:
    """One line of a text; a gap before it when the lines between are not shown."""

    n: int
    text: str
    faulty: bool
    gap: bool


def source_lines(text: str, faults: Iterable[Fault]) -> list[Line]:
    """The lines in which something is wrong, with those around them."""
    lines = text.split("\n")
    faulty = {fault.line for fault in faults if 0 < fault.line <= len(lines)}
    shown = sorted({n for line in faulty for n in range(line - AROUND, line + AROUND + 1) if 0 < n <= len(lines)})
    found: list[Line] = []
    for n in shown:
        gap = bool(found) and found[-1].n != n - 1
        found.append(Line(n, visible(lines[n - 1])[:LONGEST_LINE], n in faulty, gap))
    return found


def visible(text: str) -> str:
    """What cannot stand on a page, as a sign that can be seen; all else as it was written."""
    return UNSHOWABLE.sub("\N{REPLACEMENT CHARACTER}", text)


FEW = 5


@dataclass(frozen=True)
class Lost:
    """A question whose answers may no longer count, and in how many drafts it has one."""

    label: str
    drafts: int

    @property
    def is_few(self) -> bool:
        """Whether a number would tell of single drafts, which officers do not see."""
        return self.drafts < FEW


@dataclass(frozen=True)
class Impact:
    """What a proposal would do if it were published now. Numbers only: officers do not see drafts."""

    groups: list[tuple[str, list[Change]]]
    n: int
    drafts: int
    copies: int
    submitted: int
    lost: list[Lost]
    warnings: list[str]


def impact_of(call: Call, new: CallDefinition) -> Impact:
    """The difference from the version in force, and whom it touches. Four queries, whatever the size of the call."""
    old = call.definition
    told = changes(old, new)
    counted = Application.objects.filter(call=call).aggregate(
        drafts=Count("pk", filter=Q(state=CaseState.DRAFT)),
        copies=Count("pk", filter=Q(state=CaseState.SUBMITTED, working_copy=True)),
        submitted=Count("pk", filter=~Q(state__in=(CaseState.DRAFT, CaseState.LAPSED))),
    )
    return Impact(
        groups=_grouped(told),
        n=len(told),
        lost=_lost(call, old, told),
        warnings=list(_warnings(call, old, new, counted["drafts"])),
        **counted,
    )


def _grouped(told: list[Change]) -> list[tuple[str, list[Change]]]:
    groups: dict[str, list[Change]] = {str(name): [] for name, _keys in PARTS}
    of_key = {key: str(name) for name, keys in PARTS for key in keys}
    for change in told:
        groups.setdefault(of_key.get(change.path.partition(".")[0], str(REST)), []).append(change)
    return [(name, found) for name, found in groups.items() if found]


def _answers(call: Call) -> QuerySet[Answer]:
    drafts = Answer.objects.filter(application__call=call, application__state=CaseState.DRAFT)
    return drafts.exclude(Q(value=None) | Q(value="") | Q(value=[]))


def _lost(call: Call, old: CallDefinition, told: list[Change]) -> list[Lost]:
    asked = {question.id: question.label.read(_language()) for question in old.questions()}
    lost = dict.fromkeys(change.question for change in told if change.question in asked)
    rows = _answers(call).filter(question__in=lost).values("question")
    counts = dict(rows.annotate(n=Count("application", distinct=True)).values_list("question", "n"))
    return [Lost(asked[question], counts.get(question, 0)) for question in lost]


def _warnings(call: Call, old: CallDefinition, new: CallDefinition, drafts: int) -> Iterable[str]:
    """What whoever publishes should have thought of."""
    closes = new.window.closes
    if call.closes_at is not None and closes is not None and closes < call.closes_at:
        if call.closing(closes) == closes:
            text = _(
                "Sista tiden blir tidigare: %(new)s i stället för %(old)s. De som har räknat med den tiden kan bli för sena."
            )
            yield text % {"new": when(closes), "old": when(call.closes_at)}
        else:
            text = _("Sista tiden är flyttad till %(old)s efter ett driftavbrott, och den tiden gäller fortfarande.")
            yield text % {"old": when(call.closes_at)}
    if call.opens_at is not None and new.window.opens is not None and new.window.opens > call.opens_at:
        text = _("Omgången öppnar senare: %(new)s i stället för %(old)s.")
        yield text % {"new": when(new.window.opens), "old": when(call.opens_at)}
    if new.budget.max_grant < old.budget.max_grant and drafts:
        # not how many: with one proposal after another that would tell what is applied for in a draft
        yield _("Utkast kan söka mer än det nya maxbeloppet, %(most)s.") % {
            "most": written(kronor(new.budget.max_grant))
        }
    known = {question.id for question in old.questions()}
    added = sum(question.required and question.id not in known for question in new.questions())
    if added and drafts:
        text = ngettext("%(n)d ny fråga måste besvaras.", "%(n)d nya frågor måste besvaras.", added)
        yield text % {"n": added}
    if call.phase() == CallPhase.OPEN and call.closes_at is not None and (call.closes_at - clock.now()).days < 7:
        yield _("Omgången stänger snart, %(when)s. De som skriver har lite tid att anpassa sig.") % {
            "when": when(call.closes_at)
        }


def _language() -> str:
    return (get_language() or "sv")[:2]


@dataclass(frozen=True)
class ProposalPage:
    """Everything that the page of one proposal shows."""

    call: Call | None
    definition: CallDefinition | None  # none when the text can no longer be read
    impact: Impact | None
    objections: list[str]
    differs: bool
    trial: Trial | None
    is_going: bool  # the dry run is under way, and somebody is at it
    report: Report | None
    sizes: tuple[int, ...]

    @property
    def may_publish(self) -> bool:
        """Whether nothing stands in the way."""
        return self.definition is not None and self.differs and not self.objections


def page_of(proposal: CallProposal) -> ProposalPage:
    """The proposal against the version in force now."""
    call = proposal.call
    try:
        definition = parse_call(proposal.text, proposal.slug)
    except LoadingError:
        definition = None
    differs = call is None or definition is None or digest(definition) != (call.version and call.version.text_id)
    changed = call is not None and definition is not None and differs
    trial = proposal.trials.first()
    return ProposalPage(
        call=call,
        definition=definition,
        impact=impact_of(call, definition) if changed and call and definition else None,
        objections=[o.text for o in objections(call, definition)] if changed and call and definition else [],
        differs=differs,
        trial=trial,
        is_going=trial is not None and trial.phase in Trial.UNDER_WAY and trials.is_queued(trial),
        report=read(trial.report, definition) if trial is not None and trial.report else None,
        sizes=trials.SIZES,
    )
