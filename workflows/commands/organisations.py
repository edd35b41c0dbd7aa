"""Who speaks for an organisation, and who stands in for an absent colleague."""

from datetime import datetime, time
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from grants import clock
from grants.organisations.models import Deputy, Membership, Municipality, Organisation, Person
from grants.organisations.numbers import is_example
from grants.refusal import Refusal
from workflows import events, forms
from workflows.commands.base import Act, command
from workflows.commands.finding import look_again


def claim_organisation(
    person: Person, number: str, name: str = "", kind: str = "", municipality: Municipality | None = None, **fields: Any
) -> Organisation:
    """Say that one speaks for an organisation. The membership is pending until an officer confirms it: one may draft,
    may not submit, and sees no other case of the organisation. The same claim again changes nothing."""
    with transaction.atomic():
        organisation, _made = Organisation.objects.get_or_create(
            number=number,
            defaults={
                "name": name,
                "kind": kind,
                "municipality": municipality,
                "is_example": is_example(number),
                **fields,
            },
        )
        organisation = Organisation.objects.select_for_update().get(pk=organisation.pk)
        membership, new = Membership.objects.get_or_create(person=person, organisation=organisation, until=None)
        if new:
            events.append(
                f"organisation:{organisation.pk}",
                "claim_organisation",
                actor=person,
                data={"noun": "membership", "id": membership.pk},
            )
            look_again([person.pk])  # whoever reviews a case of the organisation's reads it no more
    return organisation


def not_ones_own(act: Act) -> Refusal | None:
    """Nobody answers their own claim to speak for an organisation: confirmed it would let them submit, and refused it
    would let them handle the organisation's cases."""
    if act.actor is not None and act.subject.person_id == act.actor.pk:
        return Refusal("own_case", _("Ingen prövar sitt eget medlemskap."), helper=_("en annan handläggare"))
    return None


@command(
    "confirm_membership",
    _l("Bekräfta medlemskapet"),
    guards=(not_ones_own,),
    explain=_l("Personen kan därefter skicka in ansökningar för organisationen."),
    button=_l("Bekräfta"),
)
def confirm_membership(act: Act) -> None:
    """The person speaks for the organisation from now on."""
    membership: Membership = act.subject
    membership.confirmed_by, membership.confirmed_at = act.actor, clock.now()
    membership.save(update_fields=["confirmed_by", "confirmed_at"])


@command(
    "refuse_membership",
    _l("Avslå medlemskapet"),
    guards=(not_ones_own,),
    form=forms.ReasonForm,
    button=_l("Avslå"),
)
def refuse_membership(act: Act) -> None:
    """The person does not speak for the organisation."""
    membership: Membership = act.subject
    membership.until = clock.now()
    membership.save(update_fields=["until"])


@command(
    "appoint_deputy",
    _l("Utse ersättare"),
    form=forms.DeputyForm,
    explain=_l("Ersättaren ser dina uppgifter i sin inkorg under tiden."),
    button=_l("Utse ersättare"),
)
def appoint_deputy(act: Act) -> None:
    """Someone does one's tasks while one is away."""
    deputy = Deputy.objects.create(
        person=act.subject,
        deputy=act.data["deputy"],
        since=datetime.combine(act.data["since"], time.min, tzinfo=clock.SWEDEN),
        until=datetime.combine(act.data["until"], time.max, tzinfo=clock.SWEDEN),
    )
    act.note = {"deputy": deputy.deputy_id}
