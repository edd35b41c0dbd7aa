"""Parties confirm their parts while the application is written: by a personal link, or signed in with the right to."""

from datetime import timedelta

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from grants import clock
from grants.applications.access import is_confirmed
from grants.applications.models import CaseMember, Party
from grants.refusal import Refusal
from workflows import link_forms, links
from workflows.commands.base import Act, command
from workflows.models import Invitation, Notice

LINKS_A_DAY = 5  # to one address


def has_contact(act: Act) -> Refusal | None:
    """There is somebody to ask."""
    if not act.subject.signatory_email:
        return Refusal("no_contact", _("Ange firmatecknarens e-post för parten först."))
    return None


def not_asked_too_often(act: Act) -> Refusal | None:
    """An address that an applicant has typed gets a few letters a day, not a flood."""
    day = timedelta(days=1)
    # by the address, whichever party or draft: a party that is taken away and added again begins nothing anew
    sent = Notice.objects.filter(
        kind="invite_party", email=act.subject.signatory_email, created_at__gt=clock.now() - day
    ).order_by("created_at")
    times = list(sent.values_list("created_at", flat=True))
    if len(times) < LINKS_A_DAY:
        return None
    text = _("Firmatecknaren har fått %(n)d länkar det senaste dygnet. Den senaste gäller.") % {"n": len(times)}
    return Refusal("asked_often", text, changes_at=times[-LINKS_A_DAY] + day)


def can_still_change(act: Act) -> Refusal | None:
    """Parties confirm while the application is being written."""
    if act.the_case.is_editable:
        return None
    return Refusal("not_editable", _("Ansökan är inskickad och kan inte ändras nu."))


@command(
    "invite_party",
    _l("Be parten bekräfta"),
    guards=(can_still_change, has_contact, not_asked_too_often),
    explain=_l("Partens firmatecknare får en personlig länk med e-post och bekräftar där att organisationen deltar."),
    button=_l("Skicka länken"),
)
def invite_party(act: Act) -> None:
    """Send the party's signatory a personal link; a new one voids those before it."""
    party: Party = act.subject
    party.invited_at = clock.now()
    party.save(update_fields=["invited_at"])
    link = links.invite(party, Invitation.Purpose.CONFIRM, party, party.signatory_email)
    act.note = {"invitation": link.pk}


def may_confirm(act: Act) -> Refusal | None:
    """Whoever is signed in confirms for a party only when they have been let in to do that; a link is for nothing else."""
    if act.link is not None:
        return None
    active = CaseMember.objects.active().filter(application=act.the_case, person=act.actor)
    if active.filter(party=act.subject, right=CaseMember.Right.CONFIRM).exists():
        if not active.filter(right=CaseMember.Right.EDIT).exists() and not is_confirmed(act.person, act.the_case):
            return None
        text = _("Den som skriver ansökan kan inte bekräfta för en part. Det gör parten själv.")
        return Refusal("own_side", text, helper=_("parten"))
    text = _("Du är inte inbjuden att bekräfta för %(party)s.") % {"party": act.subject.name}
    return Refusal("may_not_confirm", text, helper=_("den som samordnar ansökan"))


@command(
    "confirm_part",
    _l("Bekräfta medverkan"),
    guards=(can_still_change, may_confirm),
    form=link_forms.NameForm,
    explain=_l("Organisationen bekräftar att den deltar i projektet med den roll och budget som ansökan anger."),
    button=_l("Bekräfta"),
    primary=True,
)
def confirm_part(act: Act) -> None:
    """A party confirms its part by its personal link."""
    party: Party = act.subject
    party.confirmed_at, party.confirmed_name = clock.now(), act.data["name"]
    party.save(update_fields=["confirmed_at", "confirmed_name"])
    links.end(Invitation.Purpose.CONFIRM, party.pk)
