"""Who is asked to review: reviewers are offered a case, decline it, or have it taken back, and the assessment ends."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from grants import clock
from grants.refusal import Refusal, Refused
from grants.templatetags.writing import when
from reviewers.models import OPEN_ASSIGNMENT, Assignment
from workflows import forms, jobs
from workflows.commands.base import Act, command
from workflows.commands.disqualified import stands_outside
from workflows.commands.finding import nobody_is_tied
from workflows.commands.quorum import end_if_enough, quorum_reached


def someone_left_to_ask(act: Act) -> Refusal | None:
    """The pool has reviewers who can be asked."""
    if forms.reviewer_pool(act).exists():
        return None
    return Refusal("empty_pool", _("Alla bedömare har redan tillfrågats eller kan inte bedöma det här ärendet."))


@command(
    "assign",
    _l("Utse bedömare"),
    guards=(
        stands_outside,
        someone_left_to_ask,
        nobody_is_tied,
    ),
    form=forms.AssignForm,
    explain=_l("Var och en prövar först om den är jävig, och ser ansökan först därefter."),
    button=_l("Utse"),
    primary=True,
)
def assign(act: Act) -> None:
    """Offer the application to reviewers; each starts with the declaration."""
    case = act.the_case
    if found := _already_asked(act):
        raise Refused(found)
    made = []
    for reviewer in act.data["reviewers"]:
        assignment = Assignment.objects.create(
            application=case, reviewer=reviewer, assigned_by=act.person, assigned_at=clock.now(), due=act.data["due"]
        )
        assignment.application = case
        act.begin(assignment)
        act.also("offered", assignment, reviewer=reviewer.pk)
        made.append(assignment.pk)
        if case.definition.the_review.blind:
            jobs.defer_declared(reviewer.pk)  # who has declared about the call's parties need not do it again
    act.note = {"assignments": made}


def _already_asked(act: Act) -> list[Refusal]:
    """Reviewers whom a colleague asked while the form stood open."""
    taken = act.the_case.assignments.filter(reviewer__in=act.data["reviewers"]).select_related(
        "reviewer", "assigned_by"
    )
    return [
        Refusal(
            "taken",
            _("%(reviewer)s tillfrågades %(when)s av %(who)s.")
            % {"reviewer": a.reviewer.name, "when": when(a.assigned_at), "who": a.assigned_by.name},
            field="reviewers",
        )
        for a in taken
    ]


@command("decline_assignment", _l("Avböj uppdraget"), form=forms.ReasonForm, button=_l("Avböj"))
def decline_assignment(act: Act) -> None:
    """The reviewer cannot do it; the officer is told."""
    act.move(act.subject, "decline")
    end_if_enough(act)


@command(
    "remove_reviewer",
    _l("Ta tillbaka uppdraget"),
    guards=(stands_outside,),
    form=forms.ReasonForm,
    button=_l("Ta tillbaka"),
)
def remove_reviewer(act: Act) -> None:
    """The officer takes an assignment back."""
    act.move(act.subject, "remove")
    end_if_enough(act)


@command(
    "end_assessment",
    _l("Avsluta bedömningen"),
    guards=(
        stands_outside,
        quorum_reached,
    ),
    explain=_l("Bedömningar som inte är lämnade räknas inte, och de som har dem mister åtkomsten."),
    button=_l("Avsluta bedömningen"),
)
def end_assessment(act: Act) -> None:
    """Go on with the sheets that are lodged."""
    case = act.the_case
    for assignment in case.assignments.filter(state__in=OPEN_ASSIGNMENT).select_related("reviewer"):
        assignment.application = case
        source = assignment.state
        act.move(assignment, "end")
        act.also("ended_unlodged", assignment, source=source)
    act.move(case, "end_assessment")
