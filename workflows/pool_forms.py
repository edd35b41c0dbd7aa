"""What is asked of whoever invites a reviewer, and of reviewers about themselves."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from grants import clock
from grants.fields import AddressField, DayField, LineField
from grants.organisations import numbers
from grants.organisations.kinds import OrganisationKind
from grants.organisations.models import Municipality, Organisation
from grants.programmes.models import Authority
from reviewers.pool import Affiliation, Profile, competences_of
from workflows.forms import ActForm, language

LANGUAGES = (
    ("sv", _l("svenska")),
    ("en", _l("engelska")),
    ("fi", _l("finska")),
    ("no", _l("norska")),
    ("da", _l("danska")),
    ("se", _l("samiska")),
)


def competence_choices(authority: Authority) -> list[tuple[str, str]]:
    """What the authority's calls ask that reviewers know, in the reader's language."""
    return [(key, label.read(language())) for key, label in competences_of(authority).items()]


class InviteReviewerForm(ActForm):
    """Whom to ask."""

    email = AddressField(
        label=_l("Personens e-post"), help_text=_l("Adressen som personen loggar in med."), max_length=254
    )

    def clean_email(self) -> str:
        """Addresses are the same whatever their capitals."""
        return str(self.cleaned_data["email"]).lower()


class ProfileForm(ActForm):
    """What a reviewer can, and how much."""

    mark_optional = False
    competences = forms.MultipleChoiceField(
        label=_l("Vad du kan bedöma"), widget=forms.CheckboxSelectMultiple, required=False
    )
    languages = forms.MultipleChoiceField(
        label=_l("Språk som du läser obehindrat"),
        widget=forms.CheckboxSelectMultiple,
        choices=LANGUAGES,
        required=False,
    )
    load_cap = forms.IntegerField(
        label=_l("Högst så många ansökningar samtidigt"),
        help_text=_l("Tomt: ingen egen gräns."),
        min_value=0,
        max_value=500,
        required=False,
    )

    def build(self) -> None:
        """The competences that the authority's calls ask for, and what the profile says now."""
        place = self.act.subject
        field: Any = self.fields["competences"]
        field.choices = known = competence_choices(place.authority)
        profile = Profile.objects.filter(person=place.person).first()
        if profile is not None:
            self.initial = {
                "competences": profile.competences,
                "languages": profile.languages,
                "load_cap": profile.load_cap,
            }
        if not known:
            del self.fields["competences"]


class AffiliationForm(ActForm):
    """An organisation that one works or has worked for. What it is called is asked only when nobody has told us before."""

    mark_optional = False
    number = LineField(
        label=_l("Organisationsnummer"), help_text=_l("Tio siffror, till exempel 212000-0142."), max_length=20
    )
    relation = forms.ChoiceField(label=_l("Vad du är eller var där"), choices=Affiliation.Kind.choices)
    since = DayField(label=_l("Från och med"), help_text=_l("ÅÅÅÅ-MM-DD. Kan lämnas tomt."), required=False)
    until = DayField(label=_l("Till och med"), help_text=_l("ÅÅÅÅ-MM-DD. Tomt: pågår."), required=False)
    name = LineField(
        label=_l("Organisationens namn"),
        help_text=_l("Behövs bara om den är ny för oss."),
        max_length=200,
        required=False,
    )
    kind = forms.ChoiceField(
        label=_l("Slag"),
        help_text=_l("Behövs bara om den är ny för oss."),
        choices=[("", "–"), *OrganisationKind.choices],
        required=False,
    )
    municipality = forms.ModelChoiceField(
        label=_l("Kommun"), queryset=Municipality.objects.all(), required=False, empty_label="–"
    )

    def clean_number(self) -> str:
        """The number as it is stored."""
        try:
            return numbers.tidy(self.cleaned_data["number"])
        except ValueError:
            text = _("Skriv ett organisationsnummer med tio siffror, till exempel 212000-0142.")
            raise forms.ValidationError(text, code="number") from None

    def clean(self) -> dict[str, Any]:
        """An organisation that is new to us needs a name and a kind; the time goes forward."""
        data: dict[str, Any] = super().clean() or {}
        is_new = "number" in data and not Organisation.objects.filter(number=data["number"]).exists()
        if is_new and not data.get("name"):
            self.add_error("name", _("Organisationen är ny för oss. Skriv vad den heter."))
        if is_new and not data.get("kind"):
            self.add_error("kind", _("Välj vad det är för slags organisation."))
        since, until = data.get("since"), data.get("until")
        if since and until and until < since:
            self.add_error("until", _("Slutdatumet ligger före startdatumet."))
        if since and since > clock.today():
            self.add_error("since", _("Välj en dag som har varit."))
        return data


class EndAffiliationForm(ActForm):
    """Which of one's organisations one has left, and when."""

    affiliation = forms.ChoiceField(label=_l("Organisation"))
    until = DayField(label=_l("Till och med"), help_text=_l("ÅÅÅÅ-MM-DD"))

    def build(self) -> None:
        """Those that go on."""
        rows = Affiliation.objects.filter(person=self.act.subject.person, until=None).select_related("organisation")
        field: Any = self.fields["affiliation"]
        field.choices = [
            (str(row.pk), f"{row.organisation.name}, {row.get_kind_display()}")
            for row in rows.order_by("organisation__name", "pk")
        ]
        self.fields["until"].initial = clock.today()

    def clean_until(self) -> Any:
        """What lies ahead has not ended."""
        if self.cleaned_data["until"] > clock.today():
            raise forms.ValidationError(_("Välj en dag som har varit."))
        return self.cleaned_data["until"]


class TermsForm(ActForm):
    """A reviewer's yes to what the call asks of its reviewers."""

    confirm = forms.BooleanField(
        label=_l("Jag har läst villkoren och följer dem"),
        error_messages={"required": _l("Bekräfta att du följer villkoren.")},
    )
