"""What a call wants to be held before a grant is proposed: interviews, and what a panel recommends.

The applicant is told when and where; what was said is written down once, for those who prepare and make the decision.
"""

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from grants import clock
from grants.applications.freezing import sha256
from grants.applications.models import CaseState
from grants.decisions import hearings
from grants.decisions.hearings import Hearing, HearingKind
from grants.decisions.models import NOT_BEFORE_HEARING
from grants.refusal import Refusal
from grants.templatetags.writing import when
from reviewers.panels import goes_on
from workflows import hearing_forms as forms
from workflows.commands.base import Act, command
from workflows.commands.disqualified import stands_outside


def _called(act: Act) -> Hearing | None:
    """The interview that is called, read once an act; no query in a call without interviews."""
    if "called" not in act.memory:
        asked = HearingKind.INTERVIEW in hearings.asked_for(act.the_case)
        act.memory["called"] = hearings.called(act.the_case) if asked else None
    found: Hearing | None = act.memory["called"]
    return found


def _the_called(act: Act) -> Hearing:
    found = _called(act)
    assert found is not None
    return found


def not_called_already(act: Act) -> Refusal | None:
    """One interview at a time."""
    if (hearing := _called(act)) is None:
        return None
    text = _("Sökanden är kallad till intervju %(when)s.") % {"when": when(hearing.starts_at)}
    return Refusal("called", text, link="move_interview")


def is_called(act: Act) -> Refusal | None:
    """There is an interview that is called."""
    if _called(act) is not None:
        return None
    return Refusal("not_called", _("Sökanden är inte kallad till intervju."), link="call_interview")


def has_begun(act: Act) -> Refusal | None:
    """What was said is written down when it has been said."""
    hearing = _called(act)
    if hearing is None or clock.now() >= hearing.starts_at:
        return None
    text = _("Intervjun är %(when)s.") % {"when": when(hearing.starts_at)}
    return Refusal("not_held", text, changes_at=hearing.starts_at)


@command(
    "call_interview",
    _l("Kalla till intervju"),
    guards=(stands_outside, not_called_already),
    form=forms.CallForm,
    explain=_l("Sökanden får ett meddelande och ser tid, plats och vilka som deltar på ärendets sida."),
    button=_l("Skicka kallelsen"),
)
def call_interview(act: Act) -> None:
    """Call the applicant to an interview."""
    hearing = Hearing.objects.create(
        application=act.the_case,
        kind=HearingKind.INTERVIEW,
        called_by=act.person,
        called_at=clock.now(),
        **act.data,
    )
    _tell(act, hearing)
    act.next_turn()


@command(
    "move_interview",
    _l("Ändra intervjun"),
    guards=(stands_outside, is_called),
    form=forms.MoveForm,
    explain=_l("Sökanden får ett meddelande om den nya tiden eller platsen."),
    button=_l("Ändra"),
)
def move_interview(act: Act) -> None:
    """Another time or place, or others who take part."""
    hearing = _the_called(act)
    for name, value in act.data.items():
        setattr(hearing, name, value)
    hearing.save(update_fields=list(act.data))
    _tell(act, hearing)


def _tell(act: Act, hearing: Hearing) -> None:
    act.note = {"hearing": hearing.pk, "at": hearing.starts_at.isoformat()}


@command(
    "cancel_interview",
    _l("Ställ in intervjun"),
    guards=(stands_outside, is_called),
    explain=_l("Sökanden får ett meddelande om att intervjun inte blir av. Ni kan kalla till en ny."),
    button=_l("Ställ in"),
)
def cancel_interview(act: Act) -> None:
    """There will be no interview at that time; the call still wants one before a grant."""
    hearing = _the_called(act)
    hearing.cancelled_at = clock.now()
    hearing.save(update_fields=["cancelled_at"])
    act.note = {"hearing": hearing.pk}
    _follow(act)


@command(
    "record_interview",
    _l("Anteckna intervjun"),
    guards=(stands_outside, is_called, has_begun),
    form=forms.RecordForm,
    explain=_l("Skriv vilka som deltog och vad som kom fram. Sökanden läser det inte på ärendets sida."),
    button=_l("Spara anteckningen"),
)
def record_interview(act: Act) -> None:
    """Write down who took part in the interview and what was said."""
    hearing = _the_called(act)
    hearing.participants, hearing.text = act.data["participants"], act.data["text"]
    hearing.recorded_by, hearing.recorded_at = act.person, clock.now()
    hearing.save(update_fields=["participants", "text", "recorded_by", "recorded_at"])
    act.note = {"hearing": hearing.pk, "sha256": sha256(hearing.content())}
    _follow(act)


def not_at_a_meeting(act: Act) -> Refusal | None:
    """What a meeting is to weigh, its panel says there."""
    if act.case is None or not act.the_case.definition.stages.panel or (item := goes_on(act.the_case)) is None:
        return None
    text = _("Ansökan står på dagordningen för panelens möte %(when)s.") % {"when": when(item.meeting.starts_at)}
    return Refusal("at_meeting", text, link=reverse("meeting", args=[item.meeting_id]))


@command(
    "record_panel",
    _l("Anteckna panelens rekommendation"),
    guards=(stands_outside, not_at_a_meeting),
    form=forms.PanelForm,
    explain=_l("Panelen rekommenderar, beslutsfattaren beslutar. Sökanden läser det inte på ärendets sida."),
    button=_l("Spara rekommendationen"),
)
def record_panel(act: Act) -> None:
    """Write down what the panel recommends."""
    hearing = Hearing.objects.create(
        application=act.the_case,
        kind=HearingKind.PANEL,
        recorded_by=act.person,
        recorded_at=clock.now(),
        **act.data,
    )
    act.note = {
        "hearing": hearing.pk,
        "recommendation": hearing.recommendation,
        "sha256": sha256(hearing.content()),
    }
    act.next_turn()


def _follow(act: Act) -> None:
    """In a case whose assessment has opened again the turn is the assessment's, whatever is heard."""
    if act.the_case.state == CaseState.ASSESSED:
        act.next_turn()


def no_interview_ahead(act: Act) -> Refusal | None:
    """Who is called to an interview is heard, or told that it is cancelled, before anything is proposed."""
    if (hearing := _called(act)) is None:
        return None
    text = _("Sökanden är kallad till intervju %(when)s. Anteckna intervjun eller ställ in den först.")
    past = hearing.starts_at <= clock.now()
    link = "record_interview" if past else "cancel_interview"
    return Refusal("interview_ahead", text % {"when": when(hearing.starts_at)}, link=link)


def heard_before_a_grant(act: Act) -> list[Refusal]:
    """A grant or a place on the reserve list is proposed when everything has been held that the call asks for; a rejection at
    any time."""
    return not_heard(act) if act.data.get("outcome") in NOT_BEFORE_HEARING else []


def not_heard(act: Act) -> list[Refusal]:
    """What has still to be held before a grant can be proposed, with the way on."""
    texts = {
        HearingKind.INTERVIEW: (
            _("Omgången kräver en intervju innan bidrag föreslås. Avslag kan föreslås utan."),
            "call_interview",
        ),
        HearingKind.PANEL: (
            _("Omgången kräver panelens rekommendation innan bidrag föreslås. Avslag kan föreslås utan."),
            "record_panel",
        ),
    }
    return [Refusal(f"no_{kind}", texts[kind][0], link=texts[kind][1]) for kind in hearings.lacking(act.the_case)]
