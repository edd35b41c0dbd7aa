"""The closing time and what moves it: an incident moves it for everyone in a call.

Where the time is read: `Call.closes_at` for the call. Where it is moved: here alone.
"""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from grants.programmes.models import Call, CallPhase, Incident
from grants.refusal import Refusal
from grants.templatetags.writing import when
from workflows import deadline_forms as forms
from workflows.commands.base import Act, command


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
    guards=(not_closed_yet, moves_it_later),
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
