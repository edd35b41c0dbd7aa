"""Who works together in an application: colleagues and partners are invited by mail, each with one right.

An invitation is to an address. Whoever signs in with that address may accept it, so a mail that is passed on opens nothing.
"""

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from grants import clock
from grants.applications.access import is_confirmed
from grants.applications.models import FINAL_STATES, CaseMember
from grants.refusal import Refusal
from workflows import member_forms as forms
from workflows.commands.base import Act, command
from workflows.commands.finding import look_again
from workflows.commands.inviting import GOOD_FOR, Brake, send_again
from workflows.matrix import Role

# forty by one person: more than any application needs, fewer than a flood
BRAKE = Brake(("asked_member", "invite_again", "change_member"), 5, "invite_member", 40)


def _right(act: Act) -> tuple[str, int | None]:
    """The right that is asked for, and the party that it is about."""
    return forms.read_right(act.data["right"])


def not_with_already(act: Act) -> Refusal | None:
    """A person has one place in the whole application, or one in each of some parties."""
    if not act.data:
        return None
    _kind, party = _right(act)
    others = act.the_case.members.filter(ended_at=None)
    email, who = act.data.get("email", ""), Q()
    if isinstance(act.subject, CaseMember):
        email, others = act.subject.called, others.exclude(pk=act.subject.pk)
        who = Q(person=act.subject.person) if act.subject.person else Q(email__iexact=act.subject.email)
    else:
        who = Q(email__iexact=email) | Q(person__email__iexact=email)
    beside = Q() if party is None else Q(party=party) | Q(party=None)  # who has the whole needs no part of it
    if not others.filter(who, beside).exists():
        return None
    text = _("%(email)s är redan med eller inbjuden. Ändra den raden i stället.") % {"email": email}
    return Refusal("member_already", text, field="email")


def party_is_in_it(act: Act) -> Refusal | None:
    """The party has not been taken away meanwhile."""
    if not act.data:
        return None
    _kind, party = _right(act)
    if party is None or act.the_case.parties.filter(pk=party).exists():
        return None
    return Refusal("no_party", _("Parten är inte med i ansökan längre."), field="right")


def not_written_too_often(act: Act) -> Refusal | None:
    """Neither one address nor one person without end."""
    email = act.data.get("email", "") if act.data else ""
    if isinstance(act.subject, CaseMember):
        email = act.subject.person.email if act.subject.person else act.subject.email
    return BRAKE.refusal(act, email)


@command(
    "invite_member",
    _l("Bjud in till ansökan"),
    guards=(party_is_in_it, not_with_already, not_written_too_often),
    form=forms.InviteForm,
    explain=_l(
        "Den du bjuder in får ett mejl och går med genom att logga in med just den adressen. Du kan när som helst ändra "
        "rätten eller ta bort den."
    ),
    button=_l("Skicka inbjudan"),
)
def invite_member(act: Act) -> None:
    """Ask somebody by mail to work in the application."""
    right, party = _right(act)
    member = CaseMember.objects.create(
        application=act.the_case,
        email=act.data["email"],
        right=right,
        party_id=party,
        invited_by=act.person,
        since=clock.now(),
        joined_at=None,
    )
    act.note = {"member": member.pk}
    act.also("asked_member", member)


@command(
    "invite_again",
    _l("Påminn om inbjudan"),
    guards=(not_written_too_often,),
    explain=_l("Samma inbjudan skickas en gång till."),
    button=_l("Skicka igen"),
)
def invite_again(act: Act) -> None:
    """Send the invitation once more."""
    send_again(act)


def changes_something(act: Act) -> Refusal | None:
    """The right is another than before."""
    if not act.data or _right(act) != (act.subject.right, act.subject.party_id):
        return None
    return Refusal("same", _("Det är vad personen redan får göra."), field="right")


def confirmed_stay(act: Act) -> Refusal | None:
    """Whoever has not been confirmed for the organisation yet takes nothing from who has been."""
    member: CaseMember = act.subject
    if act.roles & {Role.APPLICANT, Role.SELF} or member.person is None or member.state != "joined":
        return None
    if not is_confirmed(member.person, act.the_case):
        return None
    text = _("%(who)s är bekräftad för organisationen. Det ändrar bara någon annan som är det.") % {
        "who": member.called
    }
    return Refusal("not_confirmed", text, helper=_("den som samordnar ansökan"))


def leaves_a_writer(act: Act) -> Refusal | None:
    """Somebody must be left who can write, and submit if there is anybody who can."""
    member: CaseMember = act.subject
    keeps = bool(act.data) and act.command == "change_member" and _right(act)[0] == CaseMember.Right.EDIT
    if member.state != "joined" or not member.writes_all or keeps:
        return None
    if act.command == "change_member" and not act.data:
        return None  # it depends on what is chosen
    others = (
        CaseMember.objects.writers().filter(application=act.the_case).exclude(pk=member.pk).select_related("person")
    )
    persons = [one.person for one in others if one.person]
    if any(is_confirmed(person, act.the_case) for person in persons):
        return None
    if persons and not (member.person and is_confirmed(member.person, act.the_case)):
        return None
    text = _("%(who)s är den enda som kan skriva i hela ansökan och skicka in den. Låt någon annan göra det först.")
    text %= {"who": member.called}
    return Refusal("last_writer", text, field="right" if act.data else "")


@command(
    "change_member",
    _l("Ändra vad personen får göra"),
    guards=(
        party_is_in_it,
        changes_something,
        confirmed_stay,
        not_with_already,
        leaves_a_writer,
        not_written_too_often,
    ),
    form=forms.ChangeForm,
    button=_l("Ändra"),
)
def change_member(act: Act) -> None:
    """Give somebody another right."""
    member: CaseMember = act.subject
    member.right, member.party_id = _right(act)
    member.save(update_fields=["right", "party"])
    act.note = {"right": member.right, "party": member.party_id}
    act.grants_changed()


@command(
    "remove_member",
    _l("Ta bort ur ansökan"),
    guards=(confirmed_stay, leaves_a_writer),
    explain=_l("Personen ser inte ansökan längre. Det som personen har skrivit finns kvar."),
    button=_l("Ta bort"),
)
def remove_member(act: Act) -> None:
    """End somebody's work in the application, or one's own."""
    _end(act)


def case_goes_on(act: Act) -> Refusal | None:
    """There is something to join."""
    if act.the_case.state not in FINAL_STATES:
        return None
    return Refusal("over", _("Ärendet är avslutat."))


def is_not_too_old(act: Act) -> Refusal | None:
    """An invitation that was forgotten opens nothing years later."""
    if clock.now() < act.subject.since + GOOD_FOR:
        return None
    return Refusal("old", _("Inbjudan är för gammal. Be om en ny."), helper=_("den som bjöd in dig"))


def is_not_in_it(act: Act) -> Refusal | None:
    """The person has not joined by another address already."""
    rows = CaseMember.objects.active().filter(application=act.the_case, person=act.actor, party=act.subject.party_id)
    return Refusal("member_already", _("Du är redan med i ansökan.")) if rows.exists() else None


@command(
    "join_case",
    _l("Gå med i arbetet med ansökan"),
    guards=(case_goes_on, is_not_too_old, is_not_in_it),
    explain=_l("De andra som arbetar med ansökan ser ditt namn och din adress."),
    button=_l("Gå med"),
    primary=True,
)
def join_case(act: Act) -> None:
    """Accept an invitation."""
    member: CaseMember = act.subject
    member.person, member.joined_at = act.person, clock.now()
    member.save(update_fields=["person", "joined_at"])
    act.grants_changed()
    look_again([act.person.pk])  # who applies in a call does not review for those who apply together with them


@command("refuse_invitation", _l("Tacka nej"), button=_l("Tacka nej"))
def refuse_invitation(act: Act) -> None:
    """Turn an invitation down."""
    _end(act)


def _end(act: Act) -> None:
    member: CaseMember = act.subject
    member.ended_at = clock.now()
    if member.joined_at is None:
        member.email = ""  # an address is kept only as long as it is of use
    member.save(update_fields=["ended_at", "email"])
    act.grants_changed()
