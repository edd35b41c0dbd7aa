"""Beginning an application: for which organisation?"""

from http import HTTPStatus

from django import forms
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.views.decorators.http import require_http_methods

from grants.applications.models import Application
from grants.fields import LineField
from grants.organisations import numbers
from grants.organisations.kinds import OrganisationKind
from grants.organisations.models import Municipality, Organisation, Person
from grants.programmes.models import Call
from grants.refusal import Refused
from workflows.commands.applying import create_draft
from workflows.commands.organisations import claim_organisation
from workflows.pages.requests import SignedIn
from workflows.queries import people, starting


class ClaimForm(forms.Form):
    """An organisation by its number. What it is called and is asked only when nobody has told us before."""

    mark_optional = False
    number = LineField(
        label=_l("Organisationsnummer"), help_text=_l("Tio siffror, till exempel 212000-0142."), max_length=20
    )
    name = LineField(label=_l("Organisationens namn"), max_length=200, required=False)
    kind = forms.ChoiceField(label=_l("Slag"), choices=[("", "–"), *OrganisationKind.choices], required=False)
    municipality = forms.ModelChoiceField(
        label=_l("Kommun"), queryset=Municipality.objects.all(), required=False, empty_label="–"
    )
    is_new = False

    def clean_number(self) -> str:
        """The number as it is stored."""
        try:
            return numbers.tidy(self.cleaned_data["number"])
        except ValueError:
            text = _("Skriv ett organisationsnummer med tio siffror, till exempel 212000-0142.")
            raise forms.ValidationError(text, code="number") from None

    def clean(self) -> dict[str, object]:
        """An organisation that is new to us needs a name and a kind."""
        data = super().clean() or {}
        if "number" in data:
            self.is_new = not Organisation.objects.filter(number=data["number"]).exists()
        if self.is_new and not data.get("name"):
            self.add_error("name", _("Organisationen är ny för oss. Skriv vad den heter."))
        if self.is_new and not data.get("kind"):
            self.add_error("kind", _("Välj vad det är för slags organisation."))
        return data


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def start_application(request: SignedIn, slug: str) -> HttpResponse:
    """Choose one of one's organisations, or say that one speaks for another."""
    call = starting.public_call(slug)
    if call is None:
        raise Http404(slug)
    if request.method != "POST":
        return _page(request, call, ClaimForm(), HTTPStatus.OK)
    chosen = request.POST.get("organisation", "")
    if chosen:
        organisation = starting.is_member(request.user, chosen)
        if organisation is None:
            return _page(
                request, call, ClaimForm(), HTTPStatus.UNPROCESSABLE_ENTITY, _("Välj en av dina organisationer.")
            )
        return _begin(request, call, organisation, ClaimForm())
    form = ClaimForm(request.POST)
    if starting.not_open(call) is not None:
        return _page(request, call, form, HTTPStatus.CONFLICT)
    if not form.is_valid():
        return _page(request, call, form, HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        organisation = claim_organisation(request.user, **form.cleaned_data)
    except Refused as refused:
        return _page(request, call, form, HTTPStatus.CONFLICT, " ".join(r.text for r in refused.refusals))
    return _begin(request, call, organisation, form)


def _begin(request: SignedIn, call: Call, organisation: Organisation, form: ClaimForm) -> HttpResponse:
    try:
        draft = _draft(request.user, call, organisation)
    except Refused as refused:
        return _page(request, call, form, HTTPStatus.CONFLICT, " ".join(r.text for r in refused.refusals))
    return redirect("workspace", draft.pk)


def _draft(person: Person, call: Call, organisation: Organisation) -> Application:
    """A new draft. A second click finds the first one's, because both hold the person's row."""
    with transaction.atomic():
        Person.objects.select_for_update().get(pk=person.pk)
        return starting.untouched_draft(person, call, organisation) or create_draft(person, call, organisation)


def _page(request: SignedIn, call: Call, form: ClaimForm, status: int, error: str = "") -> HttpResponse:
    context = {
        "call": call,
        "refusal": starting.not_open(call),
        "own": people.own_memberships(request.user),
        "drafts": starting.own_drafts(request.user, call),
        "form": form,
        "asks_more": form.is_bound and (form.is_new or "number" not in form.errors),
        "errors": [{"text": error, "url": ""}] if error else None,
    }
    return render(request, "workflows/start_application.html", context, status=status)
