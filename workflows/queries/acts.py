"""What the act page shows beside the form: what the command is about, and for some commands what one should know."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, QuerySet, Sum
from django.urls import reverse
from django.utils.text import Truncator
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from grants import clock
from grants.applications.access import staff_in
from grants.applications.checklist import contents
from grants.applications.extensions import Extension
from grants.applications.models import Application, CaseState
from grants.budgets.rules import total_applied, total_cost
from grants.decisions.models import Decision, DecisionLine, DecisionState, Outcome
from grants.money import kronor
from grants.programmes.models import Call
from grants.projects.drafts import Fields
from grants.projects.filing import freeze_report
from grants.projects.reading import read_content
from grants.templatetags.writing import when
from reviewers.declaring import is_named
from reviewers.models import Assignment, AssignmentState
from reviewers.reading import read_sheet
from workflows.commands.base import Act
from workflows.commands.deciding import in_force, money_left
from workflows.commands.finding import ties_of
from workflows.commands.hearing import not_heard
from workflows.commands.projects import draft_of
from workflows.commands.publishing import definition_of, proposal_of
from workflows.matrix import Noun, Role
from workflows.nouns import noun_of
from workflows.queries import actions, asking, hearings, panel, review_acts, sides
from workflows.queries.aid import decided_aid, proposed_aid
from workflows.queries.case_page import scores_of
from workflows.queries.decision_diff import returned
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


def propose(act: Act, form: Any) -> dict[str, Any]:
    """The parties' figures, the limits, and what the law asks of a decision."""
    case, content = act.the_case, form.submission_content()
    budgets = {b["party"]: b for b in content["budgets"]}
    rows = []
    for row in form.rows():
        budget = budgets.get(row["party"].pk, {"costs": [], "applied_ore": 0})
        rows.append(row | {"cost": sum(c["ore"] for c in budget["costs"]), "applied": budget["applied_ore"]})
    left = money_left(case.call, case)
    return {
        "rows": rows,
        "cost": sum(r["cost"] for r in rows),
        "applied": sum(r["applied"] for r in rows),
        "limit": case.definition.budget.max_grant_ore,
        "max_share": case.definition.budget.max_share_bp,
        "left": left,
        "has_budget": left is not None,
        "must_haves": must_haves(act, None),
        "scores": scores_of(case),
        **_written(case),
        "aid": proposed_aid(case, form),
        "not_heard": actions.with_addresses(not_heard(act), act.command, case.pk, case),
    }


def _written(case: Application) -> dict[str, Any]:
    """What was held and what the reviewers wrote, for whoever prepares or makes the decision."""
    return {
        "hearings": hearings.of_case(case),
        "sheets": [read for a in _lodged(case) if (read := read_sheet(a, case.definition))],
        "highest": case.definition.review and case.definition.review.highest,
    }


def _lodged(case: Application) -> QuerySet[Assignment]:
    """The reviews that count, with what their reviewers wrote."""
    rows: QuerySet[Assignment] = case.assignments.filter(state=AssignmentState.LODGED)
    return rows.select_related("reviewer", "sheet").prefetch_related("sheet__scores").order_by("lodged_at", "pk")


@dataclass(frozen=True)
class MustHave:
    """One particular that the law asks of a decision."""

    what: str
    detail: str
    glyph: str  # done, wait or stop


def must_haves(act: Act, decision: Decision | None) -> list[MustHave]:
    """FL 31–33 §§ for a proposal that is being written (no decision yet) or one that waits."""
    case = act.the_case
    texts, language = case.definition.decision, (get_language() or "sv")[:2]
    preparer = decision.prepared_by if decision else act.person
    deciders = [p.name for p in staff_in(case, "decide_call").exclude(pk=preparer.pk)]
    written = "wait" if decision is None else "done"
    say = _("skrivs här") if decision is None else ""
    return [
        MustHave(
            _("Vem som beslutar, 31 § 3"),
            ", ".join(deciders) or _("ingen beslutsfattare finns"),
            "done" if deciders else "stop",
        ),
        MustHave(_("Vem som har förberett, 31 § 4"), preparer.name, "done"),
        MustHave(_("Vilka som deltog utan att avgöra, 31 § 5"), decision.participants if decision else say, written),
        MustHave(_("Vad som beslutas, 31 § 2"), str(Outcome(decision.outcome).label) if decision else say, written),
        MustHave(_("Skäl, 32 §"), _("finns") if decision else say, written),
        MustHave(
            _("Vilka som får beslutet, 33 §"),
            ", ".join(p.name for p in case.parties.select_related("organisation")),
            "done",
        ),
        MustHave(
            _("Hur det kan överklagas, 33 §"),
            Truncator(texts.appeal.read(language)).words(14),
            "done" if texts.appeal.sv else "stop",
        ),
        MustHave(_("Datum, 31 § 1"), _("sätts när beslutet fattas"), "wait"),
    ]


def approve(act: Act, form: Any) -> dict[str, Any]:
    """Exactly what is signed, and its total against the call's budget."""
    case = act.the_case
    try:
        decision = in_force(case)
    except Decision.DoesNotExist:
        return {}
    language, left = (get_language() or "sv")[:2], money_left(case.call, case)
    lines = [
        {
            "line": line,
            "basis": basis.label.read(language)
            if (basis := case.definition.aid_basis(line.aid_basis))
            else line.aid_basis,
        }
        for line in decision.lines.all()
    ]
    budget = kronor(case.definition.call_budget) if case.definition.call_budget else None
    total = decision.total_ore
    others = DecisionLine.objects.filter(
        decision__application__call=case.call, decision__state=DecisionState.PROPOSED
    ).exclude(decision=decision)
    waiting = others.aggregate(n=Count("decision", distinct=True), ore=Sum("max_amount_ore"))
    return {
        **_written(case),
        "decision": decision,
        "returned": returned(decision, case.definition),
        "aid": decided_aid(decision),
        "outcome": str(Outcome(decision.outcome).label),
        "lines": lines,
        "total": total,
        "budget": budget,
        "granted": budget - left if budget is not None and left is not None else None,
        "after": left - total if left is not None else None,
        "spent_after": budget - left + total if budget is not None and left is not None else None,
        "others": waiting,
        "must_haves": must_haves(act, decision),
        "reports": [
            (
                date.fromisoformat(r["due"]),
                rule.title.read(language) if (rule := case.definition.report(r["rule"])) else r["rule"],
            )
            for r in decision.schedule
        ],
        "payments": [
            (p["label_en"] if language == "en" and p["label_en"] else p["label_sv"], p["amount_ore"])
            for p in decision.payments
        ],
        "conditions": [c for c in decision.special_conditions.split("\n") if c.strip()],
        "lodged": case.assignments.filter(state=AssignmentState.LODGED).count(),
        "ruled": case.assignments.filter(state=AssignmentState.CONFLICTED).count(),
    }


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
    "propose": propose,
    "approve": approve,
    "declare": declare,
    "declare_parties": review_acts.declare_parties,
    "accept_terms": review_acts.accept_terms,
    "rule_tie": review_acts.rule_tie,
    "assign": asking.assign,
    "submit": submit,
    "lodge": lodge,
    "file_report": file_report,
}
