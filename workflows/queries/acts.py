"""What the act page shows beside the form: what the command is about, and for some commands what one should know."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from grants import clock
from grants.applications.checklist import contents
from grants.applications.extensions import Extension
from grants.applications.models import Application, CaseState
from grants.budgets.rules import total_applied, total_cost
from grants.programmes.models import Call
from grants.projects.drafts import Fields
from grants.projects.filing import freeze_report
from grants.projects.reading import read_content
from grants.templatetags.writing import when
from reviewers.declaring import is_named
from reviewers.reading import read_sheet
from workflows.commands.base import Act
from workflows.commands.finding import ties_of
from workflows.commands.projects import draft_of
from workflows.commands.publishing import definition_of, proposal_of
from workflows.matrix import Noun, Role
from workflows.nouns import noun_of
from workflows.queries import asking, decision_acts, panel, review_acts, sides
from workflows.queries.proposals import impact_of


@dataclass(frozen=True)
class About:
    """What a command is about, in a line and a heading."""

    kicker: str
    title: str
    back: str  # address
    facts: tuple[tuple[str, str], ...] = ()


def about(act: Act) -> About:
    """The noun in words, and the page one came from."""
    subject, case = act.subject, act.case
    match noun_of(subject):
        case Noun.ASSIGNMENT:
            if Role.REVIEWER in act.roles:
                return About(_kicker(case), act.the_case.title if is_named(subject) else "", reverse("review_queue"))
            facts = ((_("Bedömare"), subject.reviewer.name), *review_acts.what_is_known(act))
            return About(_kicker(case), sides.title_for(act.case, act.roles), case_page_of(act), facts)
        case Noun.ACCEPTANCE:
            return About(_kicker(case), subject.party.name, case_page_of(act))
        case Noun.PARTY:
            return About(
                _kicker(case), subject.name, reverse("workspace_step", args=[subject.application_id, "parter"])
            )
        case Noun.MEMBER:
            return _about_member(act)
        case Noun.DUTY:
            rule = case.definition.report(subject.rule) if case else None
            title = rule.title.read((get_language() or "sv")[:2]) if rule else subject.rule
            return About(_kicker(case), title, reverse("report", args=[subject.pk]))
        case Noun.MEMBERSHIP:
            facts = (
                (_("Person"), f"{subject.person.name}, {subject.person.email}"),
                (_("Organisation"), subject.organisation.name),
                (_("Organisationsnummer"), subject.organisation.number),
            )
            return About(_("Medlemskap"), subject.organisation.name, reverse("memberships"), facts)
        case Noun.EXTENSION:
            # of the draft itself nothing is shown, to the officer least of all
            title = case.call.title if case else ""
            if not sides.is_staff(act.roles):
                return About(_("Begäran om längre tid"), title, case_page_of(act))
            return About(_("Begäran om längre tid"), title, reverse("inbox"), _request(subject))
        case Noun.CALL if act.command == "accept_terms":
            return About(_("Omgång"), subject.title, reverse("review_queue"))
        case Noun.AUTHORITY:
            return About(_("Bedömarpoolen"), subject.read_name(), reverse("reviewers_pool"))
        case Noun.PLACE:
            return About(*review_acts.about_place(act))
        case Noun.CALL:
            return About(_("Omgång"), subject.title, reverse("calls_work"), tuple(_times(subject)))
        case Noun.MEETING:
            facts = ((_("När"), when(subject.starts_at, "weekday")),)
            return About(_("Panelens möte"), subject.call.title, reverse("meeting", args=[subject.pk]), facts)
        case Noun.ITEM:
            return About(_kicker(case), case.title if case else "", reverse("panel_item", args=[subject.pk]))
        case Noun.PERSON:
            return About(_("Du själv"), str(subject), reverse("inbox"))
        case _:
            return About(_kicker(case), sides.title_for(act.case, act.roles), case_page_of(act))


def _about_member(act: Act) -> About:
    """To whoever is invited: to what, by whom, and what they would be able to do. To the others: about whom it is."""
    member, case = act.subject, act.the_case
    title = case.title or _("Projekt utan titel")
    right = str(member.get_right_display())
    if Role.INVITED not in act.roles:
        facts = ((_("Person"), member.called), (_("Uppgift nu"), right))
        return About(_kicker(case), title, reverse("case_members", args=[case.pk]), facts)
    party = ((_("Part"), member.party.name),) if member.party else ()
    by = ((_("Inbjuden av"), f"{member.invited_by.name}, {member.invited_by.email}"),) if member.invited_by else ()
    return About(_("Inbjudan"), title, reverse("my_cases"), (*by, *party, (_("Uppgift"), right)))


def _times(call: Call) -> Iterator[tuple[str, str]]:
    """What an officer knows when they move the closing time: a cut-off stands."""
    if call.closes_at:
        yield _("Stänger"), when(call.closes_at, "weekday")
    if cutoff := call.definition.window.gathering(clock.now()):
        yield _("Nästa avstämning"), _("%(when)s, flyttas inte") % {"when": when(cutoff, "weekday")}


def _request(extension: Extension) -> tuple[tuple[str, str], ...]:
    """What the officer knows when they answer."""
    closes = extension.application.closes_at
    return (
        (_("Vem som ber"), f"{extension.asked_by.name}, {extension.asked_by.email}"),
        (_("När"), when(extension.asked_at, "weekday")),
        (_("Varför"), extension.reason),
        (_("Sista tid nu"), when(closes, "weekday") if closes else ""),
    )


def _kicker(case: Application | None) -> str:
    if case is None:
        return ""
    return _("Dnr %(number)s") % {"number": case.number} if case.number else _("Utkast")


def case_page_of(act: Act) -> str:
    """The case page, or for a reviewer the queue: the case page is not theirs."""
    if act.case is None:
        return reverse("home")
    return reverse("case", args=[act.case.pk]) if sides.may_read_case(act.roles) else reverse("review_queue")


Extra = Callable[[Act, Any], dict[str, Any]]


@dataclass(frozen=True)
class PartyPersons:
    """A party with the persons a reviewer has to think of."""

    name: str
    number: str
    is_coordinator: bool
    persons: tuple[str, ...]


def declare(act: Act, form: Any) -> dict[str, Any]:
    """Title, parties and persons only; of the application no more than how long it is."""
    case, assignment = act.the_case, act.subject
    last = case.submissions.order_by("-n").first()
    parties = last.content["parties"] if last else []
    return {
        "parties": [
            PartyPersons(
                p["name"],
                p["number"],
                p["role"] == "coordinator",
                tuple(dict.fromkeys(n for n in (p["contact_name"], p["signatory_name"]) if n)),
            )
            for p in parties
        ],
        "found": ties_of(act),
        "sections": len(case.definition.sections),
        "files": len(last.content["attachments"]) if last else 0,
        "due": assignment.due,
    }


def submit(act: Act, form: Any) -> dict[str, Any]:
    """What is about to be submitted, in figures."""
    case, found = act.the_case, contents(act.the_case)
    first = case.state == CaseState.DRAFT
    cutoff = case.definition.window.gathering(act.arrived_at) if first else case.gathered_at
    return {
        "cutoff": cutoff if cutoff and cutoff > act.arrived_at else None,
        "summary": {
            "parties": len(found.parties),
            "applied": total_applied(found.budgets),
            "cost": total_cost(found.budgets),
            "files": len(found.attachments),
        },
        "is_again": not first,
    }


def lodge(act: Act, form: Any) -> dict[str, Any]:
    """The score sheet that is about to be lodged."""
    definition = act.the_case.definition
    return {"sheet": read_sheet(act.subject, definition), "highest": definition.the_review.highest}


def file_report(act: Act, form: Any) -> dict[str, Any]:
    """The report that is about to be filed."""
    content = freeze_report(act.subject, draft_of(act))
    return {"read": read_content(act.subject, content, Fields(act.subject), (get_language() or "sv")[:2])}


def publish_version(act: Act, form: Any) -> dict[str, Any]:
    """What the proposal changes in the version in force, and whom that touches."""
    definition = definition_of(act)
    assert definition is not None  # or the guards would have refused
    return {"impact": impact_of(act.subject, definition), "call": act.subject, "proposal": proposal_of(act)}


EXTRAS: dict[str, Extra] = {
    "declare_panel": panel.declare,
    "adopt_trial": panel.adopt,
    "publish_version": publish_version,
    "propose": decision_acts.propose,
    "propose_change": decision_acts.propose_later,
    "propose_withdrawal": decision_acts.propose_later,
    "propose_recovery": decision_acts.propose_later,
    "write_off": decision_acts.propose_later,
    "approve": decision_acts.approve,
    "approve_later": decision_acts.approve,
    "declare": declare,
    "declare_parties": review_acts.declare_parties,
    "accept_terms": review_acts.accept_terms,
    "rule_tie": review_acts.rule_tie,
    "assign": asking.assign,
    "submit": submit,
    "lodge": lodge,
    "file_report": file_report,
}
