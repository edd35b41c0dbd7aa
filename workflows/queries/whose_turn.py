"""Whose turn it is, in words and with an address: read from the open tasks."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from grants import clock
from grants.applications.models import Application, CaseState
from grants.decisions.models import Decision, DecisionState
from grants.organisations.models import Person
from grants.projects.models import Duty, DutyState
from grants.templatetags.writing import day, when
from reviewers.panels import goes_on
from workflows.matrix import ASSESSING_TURNS, CLOSING_TURNS, HEARING_TURNS, ROLE_NAMES, TURNS, Noun, Role, Turn
from workflows.models import Task
from workflows.queries import sides

KINDS: dict[str, tuple[Noun, Turn]] = {
    **{turn.kind: (noun, turn) for (noun, _state), turn in reversed(TURNS.items())},
    **{kind: (Noun.CASE, turn) for kind, turn in (ASSESSING_TURNS | HEARING_TURNS | CLOSING_TURNS).items()},
}

_INSIDE = (Noun.ASSIGNMENT, Noun.DECISION)  # turns that nobody outside the authority knows of
# What goes on, said to those who wait.
GOES_ON: dict[str, Promise] = {
    "check": _l("Formell kontroll pågår"),
    "complete": _l("Sökanden kompletterar ansökan"),
    "assess": _l("Ansökan bedöms"),
    "replace": _l("Ansökan bedöms"),
    "follow": _l("Ansökan bedöms"),
    "call_in": _l("Sökanden ska kallas till intervju"),
    "interview": _l("Sökanden är kallad till intervju"),
    "panel": _l("En panel ska lämna sin rekommendation"),
    "prepare": _l("Beslut förbereds"),
    "decide": _l("Förslaget ligger hos beslutsfattaren"),
    "reserve": _l("Ansökan står på reservlistan"),
    "write_off": _l("Ärendet ska skrivas av"),
    "decide_later": _l("Ett nytt förslag ligger hos beslutsfattaren"),
    "redo_later": _l("Ett förslag har lämnats tillbaka"),
    "declare": _l("En bedömare prövar om hen är jävig"),
    "rule": _l("Handläggaren avgör om en bedömare är jävig"),
    "review": _l("En bedömare läser och poängsätter"),
    "accept": _l("Parterna godkänner villkoren"),
    "chase": _l("En part har inte svarat i tid"),
    "report": _l("Projektet skriver rapport"),
    "examine": _l("Rapporten granskas"),
}


def open_tasks() -> QuerySet[Task]:
    """Every turn that has not been taken."""
    rows: QuerySet[Task] = Task.objects.filter(finished=None)
    return rows


def address_of(kind: str, case_id: int, subject_id: int) -> str:
    """Where the turn is taken."""
    match kind:
        case "complete":
            return reverse("workspace", args=[case_id])
        case "declare":
            return reverse("act", args=["declare", subject_id])
        case "rule":
            return reverse("act", args=["rule_conflict", subject_id])
        case "review":
            return reverse("review", args=[subject_id])
        case "decide":
            return reverse("act", args=["approve", case_id])
        case "decide_later":
            return reverse("act", args=["approve_later", subject_id])
        case "report" | "examine":
            return reverse("report", args=[subject_id])
        case _:
            return reverse("case", args=[case_id])


@dataclass(frozen=True)
class TurnSheet:
    """The first sheet of a case page: parameters of components/turn.html."""

    whose: str
    title: str
    text: str = ""
    mine: bool = False
    url: str = ""
    link: str = ""
    over: bool = False  # nothing more happens
    quote: str = ""  # a colleague's own words
    after: str = ""  # what follows if nothing is done


_LINK_WORDS: dict[str, Promise] = {
    "complete": _l("Komplettera nu"),
    "decide": _l("Läs och fatta beslut"),
    "decide_later": _l("Läs och fatta beslut"),
    "write_off": _l("Skriv av ärendet"),
    "reserve": _l("Förbered ett nytt beslut"),
    "report": _l("Skriv rapporten"),
    "examine": _l("Granska rapporten"),
    "rule": _l("Avgör jäv"),
    "assess": _l("Utse bedömare"),
    "replace": _l("Ersätt bedömare"),
    "call_in": _l("Kalla till intervju"),
    "interview": _l("Anteckna intervjun"),
    "panel": _l("Anteckna rekommendationen"),
    "prepare": _l("Förbered beslutet"),
}
_STEP = {
    "assess": "assign",
    "replace": "assign",
    "call_in": "call_interview",
    "interview": "record_interview",
    "panel": "record_panel",
    "prepare": "propose",
    "reserve": "propose",
    "write_off": "write_off",
}  # on the case page itself the turn leads to its step


def turn_of(
    case: Application,
    roles: frozenset[Role],
    person: Person,
    tasks: Iterable[Task],
    decision: Decision | None,
    duties: Iterable[Duty],
) -> TurnSheet:
    """Whose turn it is, for this person. A turn of their own comes first, then the case's own, then the rest."""
    begins = case.judged_from
    if case.state == CaseState.SUBMITTED and begins is not None and begins > clock.now():
        return _until_judged(case, roles, begins)
    seen_by_all = (
        t for t in tasks if t.kind in KINDS and KINDS[t.kind][0] not in _INSIDE and t.kind not in CLOSING_TURNS
    )
    known = [t for t in tasks if t.kind in KINDS] if sides.is_staff(roles) else list(seen_by_all)
    seen = sorted(known, key=lambda t: (not _is_mine(t, roles, person), KINDS[t.kind][0] != Noun.CASE, t.pk))
    if seen and seen[0].kind == "follow":
        return _reviewers_at_work(roles, person, seen)
    if seen:
        return _of_task(case, roles, person, seen[0])
    return _without_task(case, roles, decision, list(duties))


def _reviewers_at_work(roles: frozenset[Role], person: Person, tasks: list[Task]) -> TurnSheet:
    """As many reviewers as the call wants are on their way: the officer's turn comes when one of them is late."""
    theirs = [task for task in tasks if KINDS[task.kind][1].role == Role.REVIEWER]
    late = [task.owner.name for task in theirs if task.owner and task.due and task.due < clock.now()]
    if late and _is_mine(tasks[0], roles, person):
        text = _("Tiden har gått ut för %(names)s. Påminn, flytta sista dagen eller ersätt.")
        return TurnSheet(_("Din tur"), str(KINDS["follow"][1].title), text % {"names": ", ".join(late)}, mine=True)
    dues = sorted(task.due for task in theirs if task.due)
    last = _("Sista dag är %(due)s.") if dues and dues[-1] > clock.now() else _("Sista dag var %(due)s.")
    return TurnSheet(_("Väntar på bedömarna"), str(GOES_ON["follow"]), last % {"due": when(dues[-1])} if dues else "")


def _until_judged(case: Application, roles: frozenset[Role], begins: datetime) -> TurnSheet:
    """Nothing is judged before its cut-off or its closing time (the inbox says the same: queries.turns)."""
    text = _("Omgången stänger %(when)s. Därefter börjar den formella kontrollen.")
    if not case.definition.stages.formal_check:
        text = _("Ansökan går vidare till bedömning %(when)s. Till dess kan den ändras.")
    elif case.gathered_at is not None:
        text = _("Ansökan bedöms efter avstämningen %(when)s. Till dess kan den ändras.")
    elif begins != case.call.closes_at:
        text = _("Ansökan har egen sista tid, %(when)s. Därefter börjar den formella kontrollen.")
    text %= {"when": when(begins, "weekday")}
    if case.working_copy and Role.APPLICANT in roles:
        url = reverse("workspace", args=[case.pk])
        title = _("Skicka in ändringarna, annars gäller den inskickade versionen")
        return TurnSheet(_("Er tur"), title, text, mine=True, url=url, link=_("Fortsätt skriva"))
    return TurnSheet(_("Ingen väntar på någon"), _("Ansökan är inskickad"), text)


def _is_mine(task: Task, roles: frozenset[Role], person: Person) -> bool:
    return KINDS[task.kind][1].role in roles and task.owner_id in (None, person.pk)


def _of_task(case: Application, roles: frozenset[Role], person: Person, task: Task) -> TurnSheet:
    _noun, turn = KINDS[task.kind]
    mine = _is_mine(task, roles, person)
    if mine:
        title = str(turn.title)
        if task.due:
            title = _("%(what)s senast %(when)s") % {"what": title, "when": when(task.due, "weekday")}
        url, link = "", str(_LINK_WORDS.get(task.kind, ""))
        if task.kind in _LINK_WORDS:
            step = _STEP.get(task.kind)
            url = reverse("act", args=[step, case.pk]) if step else address_of(task.kind, case.pk, task.subject_id)
            if task.kind == "panel" and (item := goes_on(case)):  # its meeting says it, and not this step
                url, link = reverse("meeting", args=[item.meeting_id]), _("Till panelens möte")
        whose = _("Er tur") if turn.role in (Role.APPLICANT, Role.PARTNER) else _("Din tur")
        text, quote, after = _("Sedan %(since)s.") % {"since": when(task.created)}, "", ""
        if task.kind == "complete":
            text, quote = _completion_text(case), case.completion_request
            after = _("Om svaret inte kommer i tid prövas ansökan som den är, och den kan då avslås på formell grund.")
        return TurnSheet(whose, title, text, True, url, link, quote=quote, after=after)
    if case.state in sides.BEING_PREPARED and not sides.is_staff(roles):
        return _being_prepared(case)
    text = _("Sedan %(since)s.") % {"since": when(task.created)}
    if task.due:
        last = _("Sista dag är %(due)s.") if task.due > clock.now() else _("Sista dag var %(due)s.")
        text = f"{text} {last % {'due': when(task.due)}}"
    return TurnSheet(_waits_for(task, turn, roles), str(GOES_ON[task.kind]), text)


def sent_back(turn: TurnSheet, decisions: Sequence[Decision]) -> TurnSheet:
    """The turn with why the decision-maker gave the last proposal back, when it waits for a new one. `decisions`: the latest
    first."""
    last = decisions[0] if decisions else None
    if last is None or last.state != DecisionState.RETURNED or not turn.mine:
        return turn
    return replace(turn, text=_("Version %(n)d lämnades tillbaka:") % {"n": last.version}, quote=last.return_reason)


def _completion_text(case: Application) -> str:
    if case.handled_by:
        return _("%(name)s behöver en komplettering för att den formella kontrollen ska bli klar:") % {
            "name": case.handled_by.name
        }
    return _("Handläggaren behöver en komplettering för att den formella kontrollen ska bli klar:")


def _waits_for(task: Task, turn: Turn, roles: frozenset[Role]) -> str:
    if task.owner is not None and (sides.is_staff(roles) or turn.role == Role.OFFICER):
        return _("Väntar på %(name)s") % {"name": task.owner.name}
    return _("Väntar på %(name)s") % {"name": ROLE_NAMES[turn.role]}


def _being_prepared(case: Application) -> TurnSheet:
    due = case.definition.decision.decision_due
    text = (
        _("Beslut väntas senast %(day)s.") % {"day": day(due)}
        if due
        else _("Ni får ett meddelande när det finns ett beslut.")
    )
    return TurnSheet(_("Väntar på myndigheten"), _("Ärendet bereds"), text)


def _without_task(
    case: Application, roles: frozenset[Role], decision: Decision | None, duties: list[Duty]
) -> TurnSheet:
    if case.state == CaseState.DRAFT:
        return _draft(case, roles)
    if case.state == CaseState.SUBMITTED:  # in a call without a formal check, for the minute that the clock takes
        title, text = _("Ansökan är inskickad"), _("Den går vidare till bedömning av sig själv.")
        return TurnSheet(_("Väntar på systemet"), title, text)
    if case.state in sides.BEING_PREPARED and not sides.is_staff(roles):
        return _being_prepared(case)
    if case.state == CaseState.DECIDED:
        text = _("Brevet skapas och skickas av sig självt.")
        if decision and decision.hold_until and decision.hold_until > clock.now():
            text = _("Breven hålls till %(when)s.") % {"when": when(decision.hold_until)}
        return TurnSheet(_("Väntar på systemet"), _("Beslutet är fattat och ska expedieras"), text)
    if case.state == CaseState.REPORTING:
        coming = [d for d in duties if d.state == DutyState.PLANNED]
        text = _("Nästa rapport öppnar %(when)s.") % {"when": when(coming[0].opens_at)} if coming else ""
        title = _("Projektet pågår")
        if decision and decision.starts_on and decision.starts_on > clock.today():
            title = _("Projektet börjar %(day)s") % {"day": day(decision.starts_on)}
        return TurnSheet(_("Ingen väntar på någon"), title, text)
    title = _("Ärendet är klart: %(state)s") % {"state": sides.state_word(case, roles)}
    return TurnSheet(_("Ingen väntar på någon"), title, over=True)


def _draft_of_others(case: Application, roles: frozenset[Role], text: str) -> TurnSheet:
    """For whoever fills in a party's part, or only reads."""
    url = reverse("workspace", args=[case.pk])
    if Role.PARTNER in roles:
        return TurnSheet(_("Er tur"), _("Fyll i er del"), text, mine=True, url=url, link=_("Fortsätt skriva"))
    return TurnSheet(_("Väntar på sökanden"), _("Ansökan skrivs"), text, url=url, link=_("Läs utkastet"))


def _draft(case: Application, roles: frozenset[Role]) -> TurnSheet:
    closes = case.closes_at
    text = _("Omgången stänger %(when)s.") if closes == case.call.closes_at else _("Er egen sista tid är %(when)s.")
    text = text % {"when": when(closes, "weekday")} if closes else ""
    if not roles & {Role.APPLICANT, Role.PENDING}:
        return _draft_of_others(case, roles, text)
    if Role.PENDING in roles:
        text = _(
            "Ni kan skriva i utkastet. För att skicka in behöver en handläggare bekräfta medlemskapet i organisationen."
        )
    return TurnSheet(
        _("Er tur"),
        _("Skriv klart och skicka in"),
        text,
        mine=True,
        url=reverse("workspace", args=[case.pk]),
        link=_("Fortsätt skriva"),
    )
