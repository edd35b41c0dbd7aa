"""Who is asked to review: reviewers are offered a case, are reminded, decline it, have it taken back or are replaced, and the
assessment ends."""

from collections.abc import Iterable, Iterator

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from grants import clock
from grants.organisations.models import Person
from grants.refusal import Refusal, Refused
from grants.templatetags.writing import when
from reviewers.asking import obstacles
from reviewers.loads import hold
from reviewers.models import LEFT, OPEN_ASSIGNMENT, Assignment
from workflows import assigning_forms as asking_forms
from workflows import chasing, forms, jobs
from workflows.commands.base import Act, command
from workflows.commands.disqualified import stands_outside
from workflows.commands.quorum import assessment_goes_on, end_if_enough, quorum_reached
from workflows.models import Task


def someone_left_to_ask(act: Act) -> Refusal | None:
    """The call has reviewers who have not been asked."""
    if asking_forms.not_asked_yet(act).exists():
        return None
    return Refusal(
        "empty_pool",
        _("Alla bedömare har redan tillfrågats eller kan inte bedöma det här ärendet. Bjud in fler till poolen."),
        link=reverse("reviewers_pool"),
    )


@command(
    "assign",
    _l("Utse bedömare"),
    guards=(
        stands_outside,
        someone_left_to_ask,
    ),
    form=asking_forms.AssignForm,
    explain=_l("Var och en prövar först om den är jävig, och ser ansökan först därefter."),
    button=_l("Utse"),
    primary=True,
)
def assign(act: Act) -> None:
    """Offer the application to reviewers; each starts with the declaration. Whoever is asked after somebody has left takes
    their place."""
    left = iter(_left_unreplaced(act))
    act.note = {"assignments": [made.pk for made in _offer(act, act.data["reviewers"], left)]}


def _offer(act: Act, reviewers: Iterable[Person], left: Iterator[Assignment]) -> list[Assignment]:
    """Ask these reviewers, all of them or none. A reviewer's row is held while their load is read and grows."""
    persons = list(reviewers)
    hold(persons)
    if found := obstacles(act.the_case, persons):
        raise Refused([found[person.pk] for person in persons if person.pk in found])
    made = []
    for reviewer in persons:
        assignment = Assignment.objects.create(
            application=act.the_case,
            reviewer=reviewer,
            assigned_by=act.person,
            assigned_at=clock.now(),
            due=act.data["due"],
            reminded_at=clock.now(),
            replaces=next(left, None),
        )
        assignment.application = act.the_case
        act.begin(assignment)
        act.also("offered", assignment, reviewer=reviewer.pk)
        if act.the_case.definition.the_review.blind:
            jobs.defer_declared(reviewer.pk)  # who has declared about the call's parties need not do it again
        made.append(assignment)
    return made


def _left_unreplaced(act: Act) -> list[Assignment]:
    """Who left before lodging and has nobody in their place yet, in the order in which they were asked."""
    rows = act.the_case.assignments.filter(state__in=LEFT, replaced_by=None)
    return list(rows.order_by("assigned_at", "pk"))


@command(
    "replace_reviewer",
    _l("Ersätt bedömaren"),
    guards=(stands_outside, assessment_goes_on, someone_left_to_ask),
    form=asking_forms.ReplaceForm,
    explain=_l("Bedömaren mister åtkomsten genast, och någon annan tillfrågas i samma steg."),
    button=_l("Ersätt"),
)
def replace_reviewer(act: Act) -> None:
    """Take an open assignment back and offer the application to somebody else, in one step."""
    assignment: Assignment = act.subject
    act.move(assignment, "remove")
    (made,) = _offer(act, [act.data["reviewer"]], iter([assignment]))
    act.note = {"assignments": [made.pk]}


@command(
    "extend_review",
    _l("Flytta sista dagen"),
    guards=(stands_outside, assessment_goes_on),
    form=forms.LaterForm,
    button=_l("Flytta"),
)
def extend_review(act: Act) -> None:
    """Give one reviewer another last day. Reminders begin anew from it."""
    assignment: Assignment = act.subject
    assignment.due, assignment.reminded_at = act.data["due"], clock.now()
    assignment.save(update_fields=["due", "reminded_at"])
    Task.objects.filter(subject_id=assignment.pk, finished=None, kind__in=("declare", "review")).update(
        due=assignment.due
    )
    act.note = {"due": assignment.due.isoformat()}


def reminder_of_review_is_due(act: Act) -> Refusal | None:
    """A moment to remind at has passed since the last reminder."""
    found = chasing.reminder(act.subject, clock.now())
    if found is None:
        return Refusal("not_due", _("Ingen påminnelse ska skickas nu."))
    act.memory["reminder"] = found
    return None


@command("remind_reviewer", _l("Påminn bedömaren"), guards=(assessment_goes_on, reminder_of_review_is_due))
def remind_reviewer(act: Act) -> None:
    """Remind a reviewer of what they have not answered or not lodged, once at each moment."""
    _remind(act, act.memory["reminder"])


def not_reminded_today(act: Act) -> Refusal | None:
    """Nobody is asked and reminded, or reminded twice, in a day."""
    last = act.subject.reminded_at
    if last + chasing.REST <= clock.now():
        return None
    text = _("Bedömaren tillfrågades eller påmindes %(when)s. En påminnelse om dagen räcker.") % {"when": when(last)}
    return Refusal("reminded", text, changes_at=last + chasing.REST)


@command(
    "prompt_reviewer",
    _l("Påminn bedömaren"),
    guards=(stands_outside, assessment_goes_on, not_reminded_today),
    explain=_l("Bedömaren får ett brev om det som återstår: att svara om jäv, eller att lämna bedömningen."),
    button=_l("Påminn"),
)
def prompt_reviewer(act: Act) -> None:
    """The same when an officer sees reason to."""
    _remind(act, chasing.by_hand(act.subject))


def _remind(act: Act, found: chasing.Reminder) -> None:
    assignment: Assignment = act.subject
    assignment.reminded_at = clock.now()
    assignment.save(update_fields=["reminded_at"])
    act.note = {"about": found.about, "reviewer": assignment.reviewer_id, "due": found.due.isoformat()}


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
