"""What the act page shows of steps about the pool of reviewers and about conflicts of interest."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from grants.templatetags.writing import when
from reviewers.models import Assignment, PoolPlace
from workflows.commands.base import Act
from workflows.commands.finding import has_read, ties_of
from workflows.conflict_forms import pool_ties
from workflows.matrix import Role


def about_place(act: Act) -> tuple[Any, ...]:
    """To whoever is invited: by whom and to what. To the others: about whom it is."""
    place: PoolPlace = act.subject
    name = place.authority.read_name()
    if Role.INVITED in act.roles:
        by = ((_("Inbjuden av"), f"{place.invited_by.name}, {place.invited_by.email}"),) if place.invited_by else ()
        return (_("Inbjudan"), name, reverse("reviewer_profile"), (*by, (_("Myndighet"), name)))
    if Role.SELF in act.roles:
        return (name, _("Min profil"), reverse("reviewer_profile"))
    return (name, place.called, reverse("reviewers_pool"), ((_("Bedömare"), place.called),))


def what_is_known(act: Act) -> tuple[tuple[str, str], ...]:
    """What is known of the connection, for the officer who rules: what the reviewer said, what the system found, and what had
    been seen by then."""
    if act.command not in ("rule_conflict", "report_conflict"):
        return ()
    assignment: Assignment = act.subject
    said = ((_("Bedömarens beskrivning"), assignment.conflict_text),) if assignment.conflict_text else ()
    found = tuple((_("Systemet hittade"), tie.text) for tie in ties_of(act))
    read = _("ja") if has_read(assignment) else _("nej")
    if assignment.first_read_at:
        read = when(assignment.first_read_at, "full")
    lodged = when(assignment.lodged_at, "full") if assignment.lodged_at else _("nej")
    return (*said, *found, (_("Har läst ansökan"), read), (_("Har lämnat bedömning"), lodged))


def declare_parties(act: Act, form: Any) -> dict[str, Any]:
    """The call's whole list, which says nothing of who is in which application."""
    return {"rows": form.rows(), "years": act.the_case.definition.the_review.conflict_years}


def accept_terms(act: Act, form: Any) -> dict[str, Any]:
    """What the call asks of its reviewers."""
    review = act.subject.definition.the_review
    return {"terms": review.terms}


def rule_tie(act: Act, form: Any) -> dict[str, Any]:
    """Who has a tie, and what it is."""
    ties = pool_ties(act)
    names = dict(form.fields["reviewer"].queryset.values_list("pk", "name"))
    return {"ties": [(names[who], found) for who, found in ties.items() if who in names]}
