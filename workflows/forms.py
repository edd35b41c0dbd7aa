"""What commands ask for. Each form is made from the act, so that it can offer what the case allows."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from grants import clock
from grants.applications.access import staff_in
from grants.fields import DayField, MomentField, TextField
from grants.letters.printable import unprintable
from grants.letters.text import LIMIT
from grants.organisations.models import Person
from grants.programmes.models import CallUserObjectPermission

if TYPE_CHECKING:
    from workflows.commands.base import Act


A_YEAR = timedelta(days=366)


def language() -> str:
    """The reader's language as the definitions know it."""
    return (get_language() or "sv")[:2]


def can_be_printed(value: str) -> None:
    """For texts of the authority's own that stand in a letter. What is too long is refused for that alone."""
    if len(value) > LIMIT:
        return
    if found := unprintable(value):
        raise forms.ValidationError(
            _("%(signs)s kan inte skrivas i ett brev. Ta bort det eller skriv med ord.")
            % {"signs": " ".join(found[:5])}
        )


class ActForm(forms.Form):
    """A form that knows what it is about."""

    makes_letter: ClassVar[bool] = False  # whether what it proposes becomes a letter, which can be looked at beforehand

    def __init__(self, act: Act, data: Any = None) -> None:
        self.act = act
        super().__init__(data)
        self.build()

    def build(self) -> None:
        """Add the fields that depend on the act."""


NO_REASON = {"required": _l("Skriv skälet.")}


class ReasonForm(ActForm):
    """A reason that somebody else will read."""

    reason = TextField(label=_l("Skäl"), error_messages=NO_REASON, max_length=4000, rows=4)


class WithdrawForm(ActForm):
    """Taking an application back."""

    reason = TextField(label=_l("Varför återkallar ni"), max_length=2000, rows=3, required=False)


class SubmitForm(ActForm):
    """The second of the two steps of submitting."""

    confirm = forms.BooleanField(
        label=_l("Vi intygar att uppgifterna stämmer och att parterna känner till dem"),
        error_messages={"required": _l("Bekräfta att uppgifterna stämmer.")},
    )


class CompletionForm(ActForm):
    """What the applicant is asked for, and until when."""

    request_text = TextField(label=_l("Vad ska kompletteras"), max_length=4000, rows=5)
    due = MomentField(label=_l("Svara senast"), help_text=_l("ÅÅÅÅ-MM-DD TT:MM"))

    def build(self) -> None:
        """Propose the call's own time."""
        days = self.act.the_case.definition.completion.days
        self.fields["due"].initial = end_of_office_day(days)

    def clean_due(self) -> Any:
        """A moment within a year from now."""
        return future(self.cleaned_data["due"])


class LaterForm(ActForm):
    """A later date."""

    due = MomentField(label=_l("Ny sista tid"), help_text=_l("ÅÅÅÅ-MM-DD TT:MM"))

    def clean_due(self) -> Any:
        """A moment within a year from now."""
        return future(self.cleaned_data["due"])


def end_of_office_day(days: int) -> Any:
    """Four o'clock in so many days: when an office closes."""
    return (
        (clock.now() + timedelta(days=days))
        .astimezone(clock.SWEDEN)
        .replace(hour=16, minute=0, second=0, microsecond=0)
    )


def future(moment: Any) -> Any:
    """A moment ahead, but not so far that the year must be a slip of the pen. No law sets the bound of one year; it is one
    of reason: nobody waits longer for an answer, a review or a letter, and what was meant can always be extended."""
    if moment <= clock.now():
        raise forms.ValidationError(_("Välj en tid som inte har passerat."), code="past")
    if moment > clock.now() + A_YEAR:
        raise forms.ValidationError(_("Välj en tid inom ett år från i dag."), code="far")
    return moment


class ColleagueForm(ActForm):
    """To whom a case is handed over."""

    colleague = forms.ModelChoiceField(queryset=Person.objects.none(), label=_l("Kollega"))

    def build(self) -> None:
        """Everyone who handles the call, but the one who does now and those whose own case it is."""
        case = self.act.the_case
        field: Any = self.fields["colleague"]
        field.queryset = staff_in(case, "handle_call").exclude(pk=case.handled_by_id or 0)
        field.widget.choices = field.choices


class DeclareForm(ActForm):
    """The declaration of conflict of interest. The grounds are those of FL 16 §, in plain words on the page."""

    mark_optional = False
    answer = forms.ChoiceField(
        label=_l("Är du jävig i det här ärendet?"),
        widget=forms.RadioSelect,
        choices=[
            ("no", _l("Nej, inget av detta gäller mig")),
            ("unsure", _l("Jag är osäker, någon annan får avgöra")),
            ("yes", _l("Ja, jag är jävig")),
        ],
    )
    text = TextField(
        label=_l("Beskriv kopplingen, om du är osäker eller jävig"), max_length=2000, rows=3, required=False
    )

    def clean(self) -> dict[str, Any]:
        """Whoever is unsure or conflicted says why: someone else rules on it."""
        data: dict[str, Any] = super().clean() or {}
        said = data.get("text") or "text" in self.errors  # what is too long is not missing
        if data.get("answer") in ("yes", "unsure") and not said:
            self.add_error("text", _("Skriv vad kopplingen består i."))
        return data


class RuleForm(ActForm):
    """An officer's ruling on a conflict of interest."""

    conflicted = forms.ChoiceField(
        label=_l("Är bedömaren jävig?"),
        widget=forms.RadioSelect,
        choices=[("no", _l("Nej, bedömaren kan bedöma")), ("yes", _l("Ja, bedömaren är jävig"))],
    )
    reason = TextField(label=_l("Skäl"), error_messages=NO_REASON, max_length=2000, rows=3)


class ApproveForm(ActForm):
    """The decision-maker's signature: on exactly the version and total that the page showed."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=10_000)
    total = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=10**13)

    def build(self) -> None:
        """What is signed."""
        decision = self.act.the_case.decisions.prefetch_related("lines").order_by("-version").first()
        if decision:
            self.fields["version"].initial = decision.version
            self.fields["total"].initial = decision.total_ore


class DeputyForm(ActForm):
    """Who does one's tasks while one is away."""

    deputy = forms.ModelChoiceField(queryset=Person.objects.none(), label=_l("Ersättare"))
    since = DayField(label=_l("Från och med"), help_text=_l("ÅÅÅÅ-MM-DD"))
    until = DayField(label=_l("Till och med"), help_text=_l("ÅÅÅÅ-MM-DD"))

    def build(self) -> None:
        """Colleagues who serve on the same calls."""
        field: Any = self.fields["deputy"]
        mine = CallUserObjectPermission.objects.filter(user=self.act.person).values("content_object")
        offices = CallUserObjectPermission.objects.filter(content_object__in=mine).values("user")
        field.queryset = Person.objects.filter(pk__in=offices, is_active=True).exclude(pk=self.act.person.pk)
        self.fields["since"].initial = clock.today()

    def clean(self) -> dict[str, Any]:
        """The time has an end."""
        data: dict[str, Any] = super().clean() or {}
        if data.get("since") and data.get("until") and data["until"] < data["since"]:
            self.add_error("until", _("Slutdatumet ligger före startdatumet."))
        return data
