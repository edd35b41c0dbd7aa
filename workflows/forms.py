"""What commands ask for. Each form is made from the act, so that it can offer what the case allows."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from grants import clock
from grants.applications.access import staff_in
from grants.applications.models import Party
from grants.decisions.models import Outcome
from grants.fields import DayField, KronorField, LineField, MomentField, ShareField, TextField
from grants.letters.printable import unprintable
from grants.letters.text import LIMIT
from grants.money import ORE_PER_KRONA, share_of
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


class FormalRejectionForm(ActForm):
    """Why an application is to be rejected without assessment: what every proposal for a decision says."""

    reasons = TextField(
        label=_l("Skäl för beslutet"),
        help_text=_l("Läses av sökanden."),
        max_length=8000,
        rows=7,
        validators=[can_be_printed],
    )
    participants = LineField(
        label=_l("Vilka deltog i den slutliga handläggningen utan att avgöra"),
        help_text=_l("Namn, eller: ingen annan. Förvaltningslagen 31 § 5."),
        max_length=400,
        validators=[can_be_printed],
    )

    def build(self) -> None:
        """Most often nobody else took part."""
        self.fields["participants"].initial = _("ingen annan")


def _within(budget: dict[str, Any] | None, share_bp: int) -> int:
    """What a party has applied for, in öre, but no more than the share of its costs, in whole kronor."""
    if budget is None:
        return 0
    most = share_of(sum(cost["ore"] for cost in budget["costs"]), share_bp)
    return min(int(budget["applied_ore"]), most - most % ORE_PER_KRONA)


class ProposalForm(FormalRejectionForm):
    """A proposal for a decision: the outcome, each party's line, the reasons and the conditions."""

    field_order = ("outcome", "reasons", "special_conditions", "participants", "starts_on", "ends_on", "hold_until")
    mark_optional = False  # what may be left empty depends on the outcome: the texts beside the fields say it
    outcome = forms.ChoiceField(
        label=_l("Utfall"),
        widget=forms.RadioSelect,
        choices=[(o.value, o.label) for o in (Outcome.GRANT, Outcome.RESERVE, Outcome.REJECTION)],
    )
    special_conditions = TextField(
        label=_l("Särskilda villkor"),
        help_text=_l("Ett villkor per rad. Kan lämnas tomt."),
        max_length=4000,
        rows=3,
        required=False,
        validators=[can_be_printed],
    )
    starts_on = DayField(label=_l("Projektet börjar"), help_text=_l("ÅÅÅÅ-MM-DD, vid bifall"), required=False)
    ends_on = DayField(label=_l("Projektet slutar"), help_text=_l("ÅÅÅÅ-MM-DD, vid bifall"), required=False)
    hold_until = MomentField(
        label=_l("Skicka brevet tidigast"),
        help_text=_l("ÅÅÅÅ-MM-DD TT:MM. Tomt: så snart beslutet är fattat."),
        required=False,
    )

    def clean_hold_until(self) -> Any:
        """A moment within a year from now, if any."""
        moment = self.cleaned_data["hold_until"]
        return future(moment) if moment else None

    def build(self) -> None:
        """One line per party, filled with what was applied for and the call's usual share and basis."""
        super().build()
        case = self.act.the_case
        self.fields["starts_on"].initial, self.fields["ends_on"].initial = case.starts_on, case.ends_on
        bases = [(o.id, o.label.read(language())) for o in case.definition.decision.aid_bases]
        budgets = {b["party"]: b for b in self.submission_content()["budgets"]}
        decision = case.definition.decision
        self.parties: list[Party] = list(case.parties.select_related("organisation"))
        for party in self.parties:
            kind = party.kind
            usual = decision.default_intensity.get(kind, case.definition.budget.max_share)
            self.fields[f"amount_{party.pk}"] = KronorField(
                label=_("Maxbelopp för %(party)s") % {"party": party.name},
                required=False,
                initial=_within(budgets.get(party.pk), round(usual * 100)),
            )
            self.fields[f"amount_{party.pk}"].widget.attrs["data-cell"] = f"grant:{party.pk}"  # summed as it is typed
            self.fields[f"share_{party.pk}"] = ShareField(
                label=_("Stödnivå för %(party)s") % {"party": party.name}, required=False, initial=round(usual * 100)
            )
            self.fields[f"basis_{party.pk}"] = forms.ChoiceField(
                label=_("Stödgrund för %(party)s") % {"party": party.name},
                choices=bases,
                required=False,
                initial=decision.default_aid_basis.get(kind, bases[0][0]),
            )

    def submission_content(self) -> dict[str, Any]:
        """What was submitted last."""
        found = self.act.the_case.submissions.order_by("-n").first()
        return dict(found.content) if found else {"budgets": []}

    def total(self) -> int:
        """The sum of the amounts that stand in the form, in öre; what is no amount counts as nothing."""
        total = 0
        for party in self.parties:
            name = f"amount_{party.pk}"
            with suppress(forms.ValidationError):
                total += self.fields[name].to_python(self[name].value()) or 0
        return total

    def rows(self) -> list[dict[str, Any]]:
        """The parties with their fields, for the table on the page."""
        return [
            {
                "party": party,
                "amount": self[f"amount_{party.pk}"],
                "share": self[f"share_{party.pk}"],
                "basis": self[f"basis_{party.pk}"],
            }
            for party in self.parties
        ]

    def clean(self) -> dict[str, Any]:
        """Lines as the command wants them; a rejection has none."""
        data: dict[str, Any] = super().clean() or {}
        lines = []
        for party in self.parties if data.get("outcome") == Outcome.GRANT else []:
            amount, share = data.get(f"amount_{party.pk}"), data.get(f"share_{party.pk}")
            if amount is None and f"amount_{party.pk}" not in self.errors:
                self.add_error(f"amount_{party.pk}", _("Ange ett belopp, 0 om parten inte får bidrag."))
            if share is None and f"share_{party.pk}" not in self.errors:
                self.add_error(f"share_{party.pk}", _("Ange en stödnivå."))
            lines.append(
                {
                    "party": party.pk,
                    "max_amount_ore": amount or 0,
                    "intensity_bp": share or 0,
                    "aid_basis": data.get(f"basis_{party.pk}"),
                }
            )
        data["lines"] = lines
        if data.get("outcome") == Outcome.GRANT:
            self._clean_period(data.get("starts_on"), data.get("ends_on"))
        return data

    def _clean_period(self, starts: date | None, ends: date | None) -> None:
        if starts is None and "starts_on" not in self.errors:
            self.add_error("starts_on", _("Ange när projektet börjar."))
        if ends is None and "ends_on" not in self.errors:
            self.add_error("ends_on", _("Ange när projektet slutar."))
        if starts and ends and ends <= starts:
            self.add_error("ends_on", _("Slutdatumet ligger inte efter startdatumet."))


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
