"""What the parties answer to a grant: each accepts its conditions by a link of its own, or the whole grant is declined."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from grants import clock
from grants.applications.models import CaseState
from grants.decisions.models import Acceptance, AcceptanceState
from grants.refusal import Refusal
from workflows import forms, link_forms, links
from workflows.commands.base import Act, command
from workflows.commands.disqualified import stands_outside
from workflows.commands.projects import begin_project
from workflows.models import Invitation


@command("accept", _l("Godkänn villkoren"), form=link_forms.NameForm, button=_l("Godkänn villkoren"), primary=True)
def accept(act: Act) -> None:
    """A party accepts the conditions (projektparts godkännande); with the last one the project begins."""
    _answer(act, "accept")
    case = act.the_case
    if not case.acceptances.exclude(state=AcceptanceState.ACCEPTED).exists():
        act.move(case, "start_reporting")
        act.also("started_reporting", case, source=CaseState.ACCEPTING)
        begin_project(act, act.subject.decision)


@command("decline_part", _l("Avböj"), form=link_forms.DeclineForm, button=_l("Avböj"))
def decline_part(act: Act) -> None:
    """A party will not take part on these conditions; the officer and the applicant are told."""
    _answer(act, "decline")


def _answer(act: Act, verb: str) -> None:
    acceptance: Acceptance = act.subject
    acceptance.answered_at, acceptance.answered_name = clock.now(), act.data["name"]
    act.move(acceptance, verb, "answered_at", "answered_name")
    links.end(Invitation.Purpose.ACCEPT, acceptance.pk)


@command(
    "extend_acceptance",
    _l("Ge längre tid"),
    guards=(stands_outside,),
    form=forms.LaterForm,
    button=_l("Ge längre tid"),
)
def extend_acceptance(act: Act) -> None:
    """A later date, and a new link."""
    acceptance: Acceptance = act.subject
    acceptance.due = act.data["due"]
    links.invite(
        acceptance.party,
        Invitation.Purpose.ACCEPT,
        acceptance,
        acceptance.party.signatory_email or acceptance.party.contact_email,
    )
    act.note = {"due": act.data["due"].isoformat()}
    act.move(acceptance, "extend", "due")


def date_has_passed(act: Act) -> Refusal | None:
    """The party's time is over."""
    if clock.now() > act.subject.due:
        return None
    return Refusal("in_time", _("Tiden har inte gått ut."), changes_at=act.subject.due)


@command("pass_date", _l("Fråga handläggaren"), guards=(date_has_passed,))
def pass_date(act: Act) -> None:
    """A party has not answered in time: the officer is asked to get in touch."""
    act.move(act.subject, "pass_date")


@command(
    "decline_grant",
    _l("Avböj bidraget"),
    form=forms.WithdrawForm,
    explain=_l("Hela bidraget avböjs och ärendet avslutas. Det går inte att ångra."),
    button=_l("Avböj bidraget"),
)
def decline_grant(act: Act) -> None:
    """The coordinator declines the whole grant."""
    case = act.the_case
    for acceptance in case.acceptances.filter(state__in=(AcceptanceState.WAITING, AcceptanceState.OVERDUE)):
        acceptance.application = case
        act.move(acceptance, "decline")
    act.move(case, "decline")
    Invitation.objects.filter(application=case, ended_at=None).update(ended_at=clock.now())
