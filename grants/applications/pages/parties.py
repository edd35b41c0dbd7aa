"""The step about parties: who takes part, who speaks for whom, who has confirmed."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.db.models import ProtectedError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from grants.applications.access import permission_id
from grants.applications.checklist import PARTIES, ROLE_WORDS
from grants.applications.confirming import void
from grants.applications.members import CaseMember, take_away
from grants.applications.models import ApplicationUserObjectPermission, Party
from grants.applications.pages.room import LARGEST_KEY, Room, stamp
from grants.fields import AddressField, LineField
from grants.organisations import numbers
from grants.organisations.kinds import OrganisationKind
from grants.organisations.models import Municipality, Organisation
from grants.programmes.definition import PartyRole

EDITED = ("is_need_owner", "contact_name", "contact_email", "signatory_name", "signatory_email")
FOR_SIGNATORIES = ("is_need_owner", "signatory_name", "signatory_email")
NUMBER_FAULT = gettext_lazy("Skriv ett organisationsnummer med tio siffror, till exempel 212000-0142.")


class PartyForm(forms.Form):
    """What the applicant says of a party. A draft may lack all of it; the checklist says what is needed."""

    mark_optional = False
    is_need_owner = forms.BooleanField(
        label=gettext_lazy("Behovsägare: har själv behovet som projektet ska möta"), required=False
    )
    contact_name = LineField(label=gettext_lazy("Kontaktperson"), max_length=120, required=False)
    contact_email = AddressField(label=gettext_lazy("Kontaktpersonens e-post"), max_length=254, required=False)
    signatory_name = LineField(
        label=gettext_lazy("Firmatecknare"),
        help_text=gettext_lazy("Den som får skriva avtal för organisationen."),
        max_length=120,
        required=False,
    )
    signatory_email = AddressField(label=gettext_lazy("Firmatecknarens e-post"), max_length=254, required=False)


class NumberForm(forms.Form):
    """The first thing asked of a new party: its number."""

    number = LineField(
        label=gettext_lazy("Organisationsnummer"),
        help_text=gettext_lazy("Tio siffror, till exempel 212000-0142."),
        max_length=20,
    )

    def clean_number(self) -> str:
        """The number as it is stored."""
        try:
            return numbers.tidy(self.cleaned_data["number"])
        except ValueError:
            raise forms.ValidationError(str(NUMBER_FAULT), code="number") from None


class OrganisationForm(NumberForm):
    """An organisation that is not in the register yet."""

    name = LineField(label=gettext_lazy("Organisationens namn"), max_length=200)
    kind = forms.ChoiceField(label=gettext_lazy("Slag"), choices=[("", "—"), *OrganisationKind.choices])
    municipality = forms.ModelChoiceField(
        label=gettext_lazy("Kommun"), queryset=Municipality.objects.all(), required=False, empty_label="—"
    )


@dataclass(frozen=True)
class PartyCard:
    """One party on the page."""

    party: Party
    role: str
    form: PartyForm
    stamp: str
    faults: tuple[str, ...]
    is_open: bool
    asks_confirmation: bool
    may_confirm: bool  # whether the person who reads the page confirms for the party


def show(
    request: HttpRequest,
    room: Room,
    bound: dict[int, PartyForm] | None = None,
    adding: forms.Form | None = None,
    organisation: Organisation | None = None,
    status: int = HTTPStatus.OK,
) -> HttpResponse:
    """The page of all parties. `bound` holds forms that could not be saved, by party; `adding` the one that adds."""
    bound = bound or {}
    if adding is None and "number" in request.GET:
        adding, organisation = _look_up(request.GET.get("number", ""))
    cards = [_card(room, party, bound.get(party.pk)) for party in room.parties]
    names = {party.pk: party.name for party in room.parties}
    errors = [
        {
            "text": ": ".join(part for part in (names.get(pk), str(form[name].label), str(text)) if part),
            "url": f"#id_{form[name].html_name}",
        }
        for pk, form in [*bound.items(), *([(0, adding)] if adding is not None and adding.is_bound else [])]
        for name, texts in form.errors.items()
        if name in form.fields
        for text in texts
    ]
    context = {
        "room": room,
        "cards": cards,
        "adding": adding or NumberForm(),
        "is_new": isinstance(adding, OrganisationForm),
        "organisation": organisation,
        "errors": errors,
        "needs_confirmation": room.definition.stages.partner_confirmation,
        "general": [x for x in room.left if x.step == PARTIES and not x.field],
    }
    return render(request, "applications/parties.html", context, status=status)


def _form(room: Room, party: Party, data: Any = None, initial: dict[str, Any] | None = None) -> PartyForm:
    """The party's form with what this person may change. Who signs for a party gets the link by which it confirms, so that is
    for those to say who write in everything or confirm for it themselves."""
    form = PartyForm(data, initial=initial, prefix=f"p{party.pk}")
    if not room.may_edit and party.pk not in room.confirms:
        for name in FOR_SIGNATORIES:
            del form.fields[name]
    return form


def _card(room: Room, party: Party, bound: PartyForm | None) -> PartyCard:
    faults = tuple(x.text for x in room.left if x.step == PARTIES and x.field == f"party-{party.pk}")
    is_coordinator = party.role == PartyRole.COORDINATOR
    values = {name: getattr(party, name) for name in EDITED}
    return PartyCard(
        party=party,
        role=ROLE_WORDS[PartyRole(party.role)](),
        form=bound or _form(room, party, initial=values),
        stamp=stamp(*values.values()),
        faults=faults,
        is_open=bound is not None or (bool(faults) and len(room.parties) <= 3),
        asks_confirmation=room.definition.stages.partner_confirmation and not is_coordinator,
        may_confirm=party.pk in room.confirms,
    )


def _look_up(text: str) -> tuple[forms.Form, Organisation | None]:
    """The form that fits the number: the organisation is known, or is described here."""
    form = NumberForm({"number": text})
    if not form.is_valid():
        return form, None
    number = form.cleaned_data["number"]
    if organisation := Organisation.objects.filter(number=number).first():
        return NumberForm({"number": number}), organisation
    return OrganisationForm(initial={"number": number}), None


def save(request: HttpRequest, room: Room) -> HttpResponse:
    """Add a party; or keep what was written of those there are, then remove one, go on or stay. Called under the lock on
    the application."""
    data = request.POST
    if not room.may_edit and (data.get("do") == "add" or "remove" in data):
        raise Http404  # who takes part is for those who write in the whole application to say
    if data.get("do") == "add":
        return _add(request, room)
    leaving = _party(request, room) if "remove" in data else None
    unsaved = _change(request, room, leaving)
    room.forget()
    if unsaved:
        clash = any(form.non_field_errors() for form in unsaved.values())
        status = HTTPStatus.CONFLICT if clash else HTTPStatus.UNPROCESSABLE_ENTITY
        return show(request, room, unsaved, status=status)
    if leaving is not None:
        return _remove(request, room, leaving)
    onward = room.next_step if data.get("go") == "next" else None
    return redirect(onward.url if onward else room.url(PARTIES))  # a browser keeps the "#party-…" that it sent to


def _party(request: HttpRequest, room: Room) -> Party:
    text = request.POST.get("remove", "")
    pk = int(text) if text.isascii() and text.isdecimal() and len(text) <= len(str(LARGEST_KEY)) else -1
    for party in room.parties:
        if party.pk == pk:
            return party
    raise Http404


def _change(request: HttpRequest, room: Room, leaving: Party | None) -> dict[int, PartyForm]:
    """Save what was sent of every party but the one that leaves. Returns the forms that could not be saved."""
    unsaved: dict[int, PartyForm] = {}
    for party in room.parties:
        form = _form(room, party, request.POST)
        was_sent = f"s-{party.pk}" in request.POST or any(form.add_prefix(name) in request.POST for name in EDITED)
        if was_sent and party != leaving and not _save_party(request, party, form):
            unsaved[party.pk] = form
    if not unsaved and request.POST.get("do") == "save":
        messages.success(request, _("Uppgifterna är sparade."))
    return unsaved


def _save_party(request: HttpRequest, party: Party, form: PartyForm) -> bool:
    """Save one party, unless something is wrong or somebody else has changed it since; the form then says so."""
    if not form.is_valid():
        return False
    held = {name: getattr(party, name) for name in EDITED}
    if all(held[name] == value for name, value in form.cleaned_data.items()):
        return True
    if request.POST.get(f"s-{party.pk}", stamp(*held.values())) != stamp(*held.values()):
        form.add_error(None, _("Någon annan har ändrat uppgifterna medan du skrev. Jämför och spara igen."))
        messages.error(request, _("%(party)s: någon annan hann före.") % {"party": party.name})
        return False
    for name, value in form.cleaned_data.items():
        setattr(party, name, value)
    party.save(update_fields=EDITED)
    if void(party):
        messages.warning(request, _("%(party)s behöver bekräfta sin medverkan igen.") % {"party": party.name})
    return True


def _add(request: HttpRequest, room: Room) -> HttpResponse:
    form, organisation = _look_up(request.POST.get("number", ""))
    if organisation is None:
        if not isinstance(form, OrganisationForm):
            return show(request, room, adding=form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
        form = OrganisationForm(request.POST)
        if not form.is_valid():
            return show(request, room, adding=form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
        is_example = numbers.is_example(form.cleaned_data["number"])
        organisation = Organisation(**form.cleaned_data, is_example=is_example)
    elif any(p.organisation_id == organisation.pk for p in room.parties):
        form.add_error("number", _("%(party)s är redan med.") % {"party": organisation.name})
        return show(request, room, adding=form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    role = _free_role(room)
    if role is None:
        form.add_error("number", _("Omgången tar inte emot fler parter i en ansökan."))
        return show(request, room, adding=form, organisation=organisation, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    if organisation.pk is None:
        organisation.save()
    position = max((p.position for p in room.parties), default=-1) + 1
    party = Party.objects.create(
        application=room.application,
        organisation=organisation,
        role=role,
        position=position,
        signatory_name=organisation.signatory_name,
        signatory_email=organisation.signatory_email,
    )
    messages.success(request, _("%(party)s är med. Fyll i vem ni har kontakt med.") % {"party": organisation.name})
    return redirect(room.url(PARTIES, f"party-{party.pk}"))


def _free_role(room: Room) -> PartyRole | None:
    """The role that the next party gets; None when the call has room for no more."""
    if not any(p.role == PartyRole.COORDINATOR for p in room.parties):
        return PartyRole.COORDINATOR
    rule = room.definition.rule_for(PartyRole.PARTICIPANT)
    held = sum(p.role == PartyRole.PARTICIPANT for p in room.parties)
    return PartyRole.PARTICIPANT if rule is not None and held < rule.most else None


def _remove(request: HttpRequest, room: Room, party: Party) -> HttpResponse:
    if party.role == PartyRole.COORDINATOR:
        messages.error(request, _("Koordinatorn kan inte tas bort. Börja en ny ansökan om någon annan ska samordna."))
        return show(request, room, status=HTTPStatus.CONFLICT)
    name = party.name
    # whoever acted for this party and no other sees the application no longer; the grant goes with the place
    active = CaseMember.objects.active().filter(application=room.application)
    elsewhere = active.filter(right__in=CaseMember.FOR_PARTY).exclude(party=party).values("person")
    leaving = list(active.filter(party=party).exclude(person__in=elsewhere).values_list("person", flat=True))
    try:
        with transaction.atomic():
            take_away(Party.objects.filter(pk=party.pk))
    except ProtectedError:
        messages.error(request, _("%(party)s ingår i ett beslut och kan inte tas bort.") % {"party": name})
        return show(request, room, status=HTTPStatus.CONFLICT)
    ApplicationUserObjectPermission.objects.filter(
        content_object=room.application, permission_id=permission_id("party_case"), user__in=leaving
    ).delete()
    messages.success(request, _("%(party)s är borttagen, med sina svar och sin budget.") % {"party": name})
    return redirect(room.url(PARTIES))
