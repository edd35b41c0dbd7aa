"""What a proposal for a decision asks for: the outcome, each party's line, the reasons and the conditions.

A proposal that came back begins with what the returned one said; otherwise with what was applied for, or with what the panel
recommended.
"""

from contextlib import suppress
from datetime import date
from functools import cached_property
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from grants import clock
from grants.applications import period
from grants.applications.models import Party
from grants.decisions import limits
from grants.decisions.models import Decision, DecisionState, Outcome
from grants.fields import DayField, KronorField, LineField, MomentField, ShareField, TextField
from grants.money import ORE_PER_KRONA, share_of
from reviewers.panels import recommended_ore
from workflows.forms import ActForm, can_be_printed, future, language


class FormalRejectionForm(ActForm):
    """Why an application is to be rejected without assessment: what every proposal for a decision says."""

    makes_letter = True
    kinds: ClassVar[frozenset[Outcome]] = frozenset({Outcome.FORMAL_REJECTION})  # what it can propose
    is_later: ClassVar[bool] = False  # about a case that has been decided
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
        """What the returned proposal said; most often nobody else took part."""
        self.fields["participants"].initial = _("ingen annan")
        if self.returned:
            self._begin_with(self.returned, "reasons", "participants")

    @cached_property
    def returned(self) -> Decision | None:
        """The proposal of the same kind that came back, when the case waits for a new one."""
        last = self.act.the_case.decisions.order_by("-version").first()
        if last is None or last.state != DecisionState.RETURNED:
            return None
        return last if last.later == self.is_later and last.outcome in self.kinds else None

    def _begin_with_hold(self, decision: Decision) -> None:
        """The letter is held as long as it would have been, when that is still ahead."""
        if decision.hold_until and decision.hold_until > clock.now():
            self.fields["hold_until"].initial = decision.hold_until

    def _begin_with(self, decision: Decision, *names: str) -> None:
        for name in names:
            self.fields[name].initial = getattr(decision, name)


def _within(budget: dict[str, Any] | None, share_bp: int) -> int:
    """What a party has applied for, in öre, but no more than the share of its costs, in whole kronor."""
    if budget is None:
        return 0
    most = share_of(sum(cost["ore"] for cost in budget["costs"]), share_bp)
    return min(int(budget["applied_ore"]), most - most % ORE_PER_KRONA)


class ProposalForm(FormalRejectionForm):
    """A proposal for a decision: the outcome, each party's line, the reasons and the conditions."""

    kinds = frozenset({Outcome.GRANT, Outcome.RESERVE, Outcome.REJECTION})
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
        """One line per party."""
        super().build()
        case = self.act.the_case
        self.fields["starts_on"].initial, self.fields["ends_on"].initial = case.starts_on, case.ends_on
        bases = [(o.id, o.label.read(language())) for o in case.definition.decision.aid_bases]
        budgets = {b["party"]: b for b in self.submission_content()["budgets"]}
        self.parties: list[Party] = list(case.parties.select_related("organisation"))
        for party in self.parties:
            self._add_line(party, budgets.get(party.pk), bases)
        self._suggest()

    def _add_line(self, party: Party, budget: dict[str, Any] | None, bases: list[tuple[str, str]]) -> None:
        """A party's fields, with what it applied for and the call's usual share and basis."""
        definition, who = self.act.the_case.definition, {"party": party.name}
        rules = definition.decision
        usual = round(rules.default_intensity.get(party.kind, definition.budget.max_share) * 100)
        self.fields[f"amount_{party.pk}"] = KronorField(
            label=_("Maxbelopp för %(party)s") % who, required=False, initial=_within(budget, usual)
        )
        self.fields[f"amount_{party.pk}"].widget.attrs["data-cell"] = f"grant:{party.pk}"  # summed as it is typed
        self.fields[f"share_{party.pk}"] = ShareField(
            label=_("Stödnivå för %(party)s") % who, required=False, initial=usual
        )
        self.fields[f"basis_{party.pk}"] = forms.ChoiceField(
            label=_("Stödgrund för %(party)s") % who,
            choices=bases,
            required=False,
            initial=rules.default_aid_basis.get(party.kind, bases[0][0]),
        )

    def _suggest(self) -> None:
        """What the returned proposal said, otherwise amounts that keep within what the panel recommended."""
        if self.returned is not None:
            self._begin_with(self.returned, "outcome", "special_conditions")
            self._begin_with_hold(self.returned)
            if self.returned.starts_on:
                self._begin_with(self.returned, "starts_on", "ends_on")
            for line in self.returned.lines.all():
                self.fields[f"amount_{line.party_id}"].initial = line.max_amount_ore
                self.fields[f"share_{line.party_id}"].initial = line.intensity_bp
                self.fields[f"basis_{line.party_id}"].initial = line.aid_basis
        elif self.recommended_ore is not None:
            names = [f"amount_{party.pk}" for party in self.parties]
            amounts: list[int] = [self.fields[name].initial for name in names]
            for name, ore in zip(names, limits.lowered(amounts, self.recommended_ore), strict=True):
                self.fields[name].initial = ore

    @cached_property
    def recommended_ore(self) -> int | None:
        """What the panel recommended, in öre, where it said another amount than what was applied for."""
        return recommended_ore(self.act.the_case) if self.act.the_case.definition.stages.panel else None

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
            self._clean_limits(lines)
        return data

    def _clean_limits(self, lines: list[dict[str, Any]]) -> None:
        """What is above a limit is told at its field; what is not filled in is told first."""
        if not self.parties or any(name.startswith(("amount_", "share_")) for name in self.errors):
            return
        case = self.act.the_case
        stated = [
            limits.Line(party.name, line["max_amount_ore"], line["intensity_bp"])
            for party, line in zip(self.parties, lines, strict=True)
        ]
        for one in limits.excesses(case.definition.budget, case.applied_ore, stated):
            place = "amount" if one.line is None else "share"
            self.add_error(f"{place}_{self.parties[one.line or 0].pk}", one.text)

    def _clean_period(self, starts: date | None, ends: date | None) -> None:
        if starts is None and "starts_on" not in self.errors:
            self.add_error("starts_on", _("Ange när projektet börjar."))
        if ends is None and "ends_on" not in self.errors:
            self.add_error("ends_on", _("Ange när projektet slutar."))
        if starts and ends:
            for _code, text, field in period.faults(
                self.act.the_case.definition.project, starts, ends, is_decided=True
            ):
                self.add_error(field, text)
