"""The closing time and what moves it: an incident moves it for everyone in a call, a decision for one application.

It is read as `Call.closes_at` and `Application.closes_at` everywhere, and moved here alone. Whoever writes in something
unfinished is reminded in time.
"""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from grants import clock
from grants.applications.checklist import contents, lacks
from grants.applications.extensions import Extension
from grants.programmes.models import Call, CallPhase, Incident
from grants.refusal import Refusal
from grants.templatetags.writing import when
from workflows import deadline_forms as forms
from workflows import forms as forms_of_steps
from workflows import nudging
from workflows.commands.applying import in_window
from workflows.commands.base import Act, command
from workflows.commands.disqualified import has_no_application_in_it, stands_outside


def not_asked_already(act: Act) -> Refusal | None:
    """One request at a time."""
    asked = act.the_case.extensions.filter(answered_at=None).first()
    if asked is None:
        return None
    text = _("Ni bad om längre tid %(when)s. Handläggaren har inte svarat än, och till dess finns utkastet kvar.")
    return Refusal("asked", text % {"when": when(asked.asked_at)}, helper=_("handläggaren"))


@command(
    "ask_extension",
    _l("Be om längre tid"),
    guards=(in_window, not_asked_already),
    form=forms.AskForm,
    explain=_l(
        "En handläggare avgör om just den här ansökan får längre tid. Utkastet finns kvar till dess ni har fått svar, även om "
        "omgången hinner stänga."
    ),
    button=_l("Skicka begäran"),
)
def ask_extension(act: Act) -> None:
    """Ask the officers of the call for more time with one draft, which they do not see. Asked in time it holds the draft
    until it is answered, so that an applicant never loses by the answer being late."""
    asked = Extension.objects.create(application=act.the_case, asked_by=act.person, reason=act.data["reason"])
    act.note = {"extension": asked.pk}


def gives_more_time(act: Act) -> Refusal | None:
    """The new time lies after the one that holds for the application now."""
    wanted, closes = act.data.get("due"), act.the_case.closes_at
    if wanted is None or closes is None or wanted > closes:
        return None
    text = _("Sista tid är redan %(when)s. Den nya tiden måste vara senare än så.") % {"when": when(closes)}
    return Refusal("not_later", text, field="due")


@command(
    "grant_extension",
    _l("Ge längre tid"),
    guards=(stands_outside, gives_more_time),
    form=forms.GrantForm,
    explain=_l("Bara den här ansökan kan skickas in till den tid du anger. Du ser inte utkastet."),
    button=_l("Ge längre tid"),
    primary=True,
)
def grant_extension(act: Act) -> None:
    """Decide that this one application may be submitted until a later time. The call stays as it is for all others."""
    case, asked = act.the_case, act.subject
    asked.instead_of, asked.extended_to = case.closes_at, act.data["due"]
    _answer(act, "instead_of", "extended_to")
    case.extended_to, case.nudged_at = asked.extended_to, clock.now()
    case.save(update_fields=["extended_to", "nudged_at"])
    act.note = {"from": asked.instead_of.isoformat(), "due": asked.extended_to.isoformat()}


@command(
    "refuse_extension",
    _l("Avslå begäran"),
    guards=(stands_outside,),
    form=forms_of_steps.ReasonForm,
    explain=_l("Den vanliga sista tiden gäller. Har den passerat förfaller utkastet."),
    button=_l("Avslå"),
)
def refuse_extension(act: Act) -> None:
    """Decide that the application gets no more time than the others."""
    _answer(act)


def _answer(act: Act, *fields: str) -> None:
    asked: Extension = act.subject
    asked.answered_by, asked.answered_at, asked.answer = act.person, clock.now(), act.data["reason"]
    asked.save(update_fields=["answered_by", "answered_at", "answer", *fields])


def not_closed_yet(act: Act) -> Refusal | None:
    """The closing time moves only while it is still ahead, judged by the clock and not by when the request arrived: what
    the closing sets in motion (drafts lapse and are erased, the formal checks begin) cannot be taken back."""
    call: Call = act.subject
    if call.phase() == CallPhase.OPEN and call.closes_at is not None:
        return None
    if call.closes_at is None:
        return Refusal("rolling", _("Omgången har ingen sista tid att flytta."))
    if call.phase() not in (CallPhase.CLOSED, CallPhase.DECIDED):
        return Refusal("not_open", _("Omgången har inte öppnat."), changes_at=call.opens_at)
    text = _(
        "Omgången stängde %(when)s. Sista tiden kan bara flyttas innan den har passerat, för därefter förfaller utkasten "
        "och raderas."
    ) % {"when": when(call.closes_at)}
    return Refusal("closed", text)


def moves_it_later(act: Act) -> Refusal | None:
    """The new closing time lies after the one that holds, so nobody loses time that they were given."""
    call: Call = act.subject
    wanted = act.data.get("closes_at")
    if wanted is None or call.closes_at is None or wanted > call.closes_at or not_closed_yet(act):
        return None
    text = _("Omgången stänger %(when)s. Den nya tiden måste vara senare än så.") % {"when": when(call.closes_at)}
    return Refusal("not_later", text, field="closes_at")


@command(
    "log_incident",
    _l("Anteckna ett driftavbrott och flytta sista tiden"),
    guards=(has_no_application_in_it, not_closed_yet, moves_it_later),
    form=forms.IncidentForm,
    explain=_l(
        "Alla i omgången får längre tid. Avbrottet och den nya tiden visas på omgångens sida, och alla som har ett utkast "
        "eller en upplåst ansökan får ett meddelande. Det går inte att ångra."
    ),
    button=_l("Flytta sista tiden"),
)
def log_incident(act: Act) -> None:
    """Give everyone in the call more time because of an incident. The definition stays as it was published."""
    call: Call = act.subject
    assert call.closes_at is not None
    incident = Incident.objects.create(call=call, instead_of=call.closes_at, logged_by=act.person, **act.data)
    act.note = {"incident": incident.pk, "from": call.closes_at.isoformat(), "due": incident.closes_at.isoformat()}
    call.closes_at = call.closing(call.closes_at)
    call.save(update_fields=["closes_at"])


def reminder_is_due(act: Act) -> Refusal | None:
    """There is something unfinished, and so many days are left as the call reminds at."""
    found = [days for days, rows in nudging.due(clock.now()) if rows.filter(pk=act.the_case.pk).exists()]
    if not found:
        return Refusal("not_due", _("Ingen påminnelse ska skickas nu."))
    (act.memory["days"],) = found
    return None


@command("nudge", _l("Påminn om sista tiden"), guards=(reminder_is_due,))
def nudge(act: Act) -> None:
    """Remind those who write in the application that it has not been submitted, and of how much is left to do."""
    case = act.the_case
    assert case.due is not None
    case.nudged_at = clock.now()
    case.save(update_fields=["nudged_at"])
    act.note = {"days": act.memory["days"], "left": len(lacks(contents(case))), "due": case.due.isoformat()}
