"""The room in which an application is written: what it holds, who may write in it, and what is left to do.

Everything that a page of the workspace shows around its form is read here, in a number of queries that does not grow.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db.models import Exists, OuterRef
from django.http import Http404
from django.urls import reverse
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from grants import clock
from grants.applications import checklist
from grants.applications.access import WORKING, case_grants
from grants.applications.checklist import BUDGET, FILES, PARTIES, Contents, Lack
from grants.applications.extensions import Extension
from grants.applications.models import Answer, Application, CaseMember, CaseState, Party
from grants.budgets import sheets
from grants.budgets.rules import PartyBudget
from grants.organisations.models import Person
from grants.programmes.definition import CallDefinition
from grants.programmes.models import Incident
from grants.programmes.questions import Question
from grants.templatetags.writing import when

CHECK = "granska"  # the last step: what is left, and the way to submitting
LARGEST_KEY = 2**63 - 1
MOST_SHOWN = 6  # things left beside the form; the last step lists them all

# What is simply not there yet. Anything else that stands in the way is wrong and must be changed.
_GAPS = frozenset(
    {"title", "dates", "coordinator", "too_few", "need_owners", "signatory", "confirmation", "attachment"}
    | {"budget_no_costs", "budget_no_applied", "budget_nothing_applied", "budget_min_grant"}
)


@dataclass(frozen=True)
class Step:
    """One step of the workspace. `state` is the name of a glyph."""

    id: str
    number: int
    title: str
    spoken: str
    state: str
    note: str
    url: str
    is_current: bool


@dataclass(frozen=True)
class Left:
    """One thing that is left, with the way to it."""

    text: str
    url: str
    is_wrong: bool
    step: str
    field: str


def page_language() -> str:
    """The language of the page, as call texts know it."""
    return (get_language() or "sv")[:2]


def stamp(*values: Any) -> str:
    """A mark of values as they were when a form was drawn; another mark later means that somebody changed them."""
    return hashlib.sha256(json.dumps(values, default=str, ensure_ascii=False).encode()).hexdigest()[:16]


class Room:
    """An application in its workspace, for one person."""

    def __init__(self, application: Application, person: Person, step: str = "") -> None:
        self.application = application
        self.person = person
        self.current = step
        self.may_edit: bool = getattr(application, "may_edit", False)

    @cached_property
    def own_parties(self) -> frozenset[int]:
        """The parties whose part the person fills in; one query, asked only for whoever does not write in everything."""
        if self.may_edit:
            return frozenset()
        return frozenset(member.party_id for member in self._places if member.party_id is not None)

    @cached_property
    def _places(self) -> list[CaseMember]:
        return list(CaseMember.objects.active().filter(application=self.application, person=self.person))

    @cached_property
    def confirms(self) -> frozenset[int]:
        """The parties that the person, who fills in their part, also confirms for."""
        if self.may_edit:
            return frozenset()
        return frozenset(member.party_id for member in self._places if member.party_id is not None and member.confirms)

    def covers(self, party: int | None) -> bool:
        """Whether the person writes what is asked of this party; None: of the application."""
        return self.may_edit or party in self.own_parties

    @property
    def definition(self) -> CallDefinition:
        """The call as this application follows it."""
        return self.application.definition

    @property
    def may_write(self) -> bool:
        """Whether this person can change anything here now. What is swept away some minutes after the time is out takes
        nothing more as soon as it is."""
        in_time = self.due is None or clock.now() < self.due
        return in_time and self.application.is_editable and (self.may_edit or bool(self.own_parties))

    @cached_property
    def answers(self) -> dict[tuple[str, int | None], Answer]:
        """Every answer with who saved it; one query."""
        rows = Answer.objects.filter(application=self.application).select_related("saved_by")
        return {(a.question, a.party_id): a for a in rows}

    @cached_property
    def found(self) -> Contents:
        """What the checklist and the preview read; with the answers five queries, whatever the size."""
        parties = list(self.application.parties.select_related("organisation"))
        for party in parties:
            party.application = self.application
        return Contents(
            self.application,
            self.definition,
            parties,
            {key: answer.value for key, answer in self.answers.items()},
            sheets.read(self.application.pk, [(p.pk, p.name) for p in parties]),
            list(self.application.attachments.all()),
        )

    def forget(self) -> None:
        """Read everything anew: something has been saved."""
        for name in ("answers", "found", "left", "steps"):
            self.__dict__.pop(name, None)

    @property
    def parties(self) -> list[Party]:
        """The parties whose part the person writes, in their order: all of them, for whoever writes in everything."""
        return [party for party in self.found.parties if self.covers(party.pk)]

    @property
    def budgets(self) -> list[PartyBudget]:
        """The budgets of these parties."""
        return [budget for budget in self.found.budgets if self.covers(budget.party_id)]

    def asked(self, question: Question) -> Sequence[Party | None]:
        """Of whom a question is asked here: of each of these parties, of the application (None), or of nobody."""
        if question.per_party:
            return self.parties
        return [None] if self.may_edit else []

    def url(self, step: str, field: str = "") -> str:
        """The address of a step, or of a field on it."""
        return reverse("workspace_step", args=[self.application.pk, step]) + (f"#{field}" if field else "")

    @cached_property
    def left(self) -> list[Left]:
        """Everything that stands in the way of submitting and that the person can do something about."""
        return [
            Left(lack.text, self.url(lack.step, lack.field), self._is_wrong(lack), lack.step, lack.field)
            for lack in checklist.lacks(self.found)
            if self.covers(lack.party)
        ]

    def _is_wrong(self, lack: Lack) -> bool:
        return not lack.is_unanswered if lack.code == "answer" else lack.code not in _GAPS

    def split(self, field: str) -> tuple[str, int | None]:
        """The question and the party that a field's name stands for; an unknown name stands for itself."""
        if self.definition.question(field):
            return field, None
        question, _dash, party = field.rpartition("-")
        is_key = party.isascii() and party.isdecimal() and len(party) <= len(str(LARGEST_KEY))
        if question and is_key and int(party) <= LARGEST_KEY:
            return question, int(party)
        return field, None

    @cached_property
    def steps(self) -> list[Step]:
        """Every step with how far it has come."""
        language = page_language()
        sections = [s for s in self.definition.sections if self.may_edit or any(self.asked(q) for q in s.questions)]
        named = [(s.id, s.title.read(language), s.title.spoken(language)) for s in sections]
        spoken = language if language == "en" else "sv"
        named += [(PARTIES, _("Parter"), spoken), (BUDGET, _("Budget per part"), spoken)]
        if self.definition.files and self.may_edit:
            named.append((FILES, _("Bilagor"), spoken))
        steps = [
            Step(pk, n, title, lang, *self._progress(pk), self.url(pk), pk == self.current)
            for n, (pk, title, lang) in enumerate(named, 1)
        ]
        n = len(self.left)
        note = ngettext("%(n)d sak kvar", "%(n)d saker kvar", n) % {"n": n} if n else _("Allt är ifyllt")
        here = self.current == CHECK
        state = "empty" if n else "turn"
        last = _("Granska och skicka in") if self.may_edit else _("Granska er del")
        steps.append(Step(CHECK, len(steps) + 1, last, spoken, state, note, self.url(CHECK), here))
        return steps

    def _progress(self, step: str) -> tuple[str, str]:
        left = [x for x in self.left if x.step == step]
        if wrong := sum(x.is_wrong for x in left):
            return "stop", ngettext("%(n)d sak att rätta", "%(n)d saker att rätta", wrong) % {"n": wrong}
        if not left:
            return "done", _("Klar")
        if self._is_begun(step):
            return "open", ngettext("%(n)d sak kvar", "%(n)d saker kvar", len(left)) % {"n": len(left)}
        return "empty", _("Inte påbörjad")

    def _is_begun(self, step: str) -> bool:
        found = self.found
        if step == PARTIES:
            return len(found.parties) > 1 or any(p.signatory_name or p.contact_name for p in found.parties)
        if step == BUDGET:
            return any(b.costs or b.applied is not None for b in found.budgets)
        if step == FILES:
            return bool(found.attachments)
        first = self.definition.sections[0]
        if step == first.id and self.application.starts_on:
            return True
        asked = {q.id for s in self.definition.sections if s.id == step for q in s.questions}
        return any(question in asked and value for (question, _party), value in found.values.items())

    @property
    def step(self) -> Step:
        """The step that the page is about."""
        return next(s for s in self.steps if s.is_current)

    @property
    def next_step(self) -> Step | None:
        """The step after this one."""
        return self._beside(1)

    @property
    def previous_step(self) -> Step | None:
        """The step before this one."""
        return self._beside(-1)

    def _beside(self, distance: int) -> Step | None:
        at = self.steps.index(self.step) + distance
        return self.steps[at] if 0 <= at < len(self.steps) else None

    @property
    def done_count(self) -> int:
        """How many steps are complete, the last one aside."""
        return sum(s.state == "done" for s in self.steps)

    @property
    def wrong_here(self) -> list[dict[str, str]]:
        """What must be put right on this step, as components/error_summary.html lists it."""
        return [{"text": x.text, "url": f"#{x.field}"} for x in self.left if x.step == self.current and x.is_wrong]

    @property
    def shown_left(self) -> list[Left]:
        """The first things that are left; what is wrong comes before what is missing."""
        return sorted(self.left, key=lambda x: not x.is_wrong)[:MOST_SHOWN]

    @property
    def more_left(self) -> int:
        """How many more things are left than are shown beside the form."""
        return max(0, len(self.left) - MOST_SHOWN)

    def members(self) -> Sequence[CaseMember]:
        """Who works in the application; one query."""
        rows = CaseMember.objects.filter(application=self.application, ended_at=None)
        rows = rows.select_related("person", "party__organisation")
        return list(rows.order_by("since", "pk")[:20])

    @property
    def is_late(self) -> bool:
        """Whether this is a draft whose closing time has come."""
        closes = self.application.closes_at
        return self.application.state == CaseState.DRAFT and closes is not None and clock.now() >= closes

    @property
    def due(self) -> Any:
        """When the work must be in: the answer to a request for completion, the closing of the call or a cut-off."""
        return self.application.due

    @property
    def days_left(self) -> int:
        """Whole days until it must be in."""
        return (self.due - clock.now()).days if self.due else 0

    @cached_property
    def moved_by(self) -> list[Incident]:
        """What has moved the call's closing time for everyone."""
        return self.application.call.moved_by(self.definition)

    @cached_property
    def extension(self) -> Extension | None:
        """What was last asked and answered about more time with this application; one query."""
        if not self.application.is_editable:
            return None
        rows = Extension.objects.filter(application=self.application).select_related("answered_by")
        return rows.order_by("-asked_at", "-pk").first()

    @property
    def due_is_made_up(self) -> bool:
        """Whether the closing time is a value of the demonstration."""
        return self.application.state == CaseState.DRAFT and self.definition.is_demo("window.closes")

    @property
    def call_title(self) -> str:
        """The short title of the call."""
        return self.definition.title.read(page_language())

    def why_closed(self) -> str:
        """Why nothing can be written, in a sentence."""
        application = self.application
        if not self.may_edit and not self.own_parties:
            return _("Du kan läsa ansökan men inte skriva i den. Den som samordnar ansökan skriver och skickar in.")
        if application.state == CaseState.DRAFT and self.extension and self.extension.answered_at is None:
            return _("Sista tiden var %(when)s. Utkastet finns kvar tills handläggaren har svarat på er begäran.") % {
                "when": when(self.due)
            }
        if application.state == CaseState.DRAFT:
            return _("Omgången stängde %(when)s. Utkastet kan inte ändras och inte skickas in.") % {
                "when": when(self.due)
            }
        if application.state == CaseState.COMPLETING:
            return _("Tiden för kompletteringen gick ut %(when)s. Det som skickades in före dess gäller.") % {
                "when": when(self.due)
            }
        if application.state == CaseState.SUBMITTED:
            return _(
                "Ansökan är inskickad. Vill ni ändra något innan bedömningen börjar låser ni upp den på ärendets sida. "
                "Den inskickade versionen gäller tills ni skickar in igen."
            )
        if application.state == CaseState.LAPSED:
            return _("Utkastet är förfallet och kan inte ändras eller skickas in.")
        return _("Ansökan kan inte ändras längre. Ärendet är i läget %(state)s.") % {
            "state": application.get_state_display()
        }


def own_application(person: Person, pk: int, *, lock: bool = False) -> Application:
    """An application that the person works in, with its call; one query. Http404 when there is none for them.

    Readers by office or as reviewers have pages of their own: what is not submitted is not theirs to see.
    """
    if pk > LARGEST_KEY:
        raise Http404
    mine = case_grants(person, WORKING).filter(content_object=OuterRef("pk"))
    edit = case_grants(person, ["edit_case"]).filter(content_object=OuterRef("pk"))
    rows = (
        Application.objects.select_related("call", "version")
        .filter(Exists(mine), pk=pk)
        .annotate(may_edit=Exists(edit))
    )
    if lock:
        rows = rows.select_for_update(of=("self",), no_key=True)
    application: Application | None = rows.first()
    if application is None:
        raise Http404
    return application
