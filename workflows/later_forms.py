"""What the commands about later decisions ask for: amounts per party, reasons, and who took part."""

from datetime import timedelta
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from grants import clock
from grants.decisions.models import Decision, DecisionLine, Outcome
from grants.decisions.recovering import recoverable
from grants.fields import DayField, KronorField, MomentField, ShareField, TextField
from grants.money import written
from workflows.forms import ActForm, can_be_printed, future, language
from workflows.proposal_forms import FormalRejectionForm

REPAY_DAYS = 30  # what is proposed as the last day to pay back: that many days ahead


class WriteOffForm(FormalRejectionForm):
    """Why the matter is closed without a decision in substance."""

    kinds = frozenset({Outcome.WRITTEN_OFF})
    is_later = True
    usual_reasons: ClassVar[Any] = _l("Sökanden har återkallat ansökan.")
    hold_until = MomentField(
        label=_l("Skicka brevet tidigast"),
        help_text=_l("ÅÅÅÅ-MM-DD TT:MM. Tomt: så snart beslutet är fattat."),
        required=False,
    )

    def build(self) -> None:
        """What such a decision most often says, unless one came back."""
        self.fields["reasons"].initial = self.usual_reasons
        super().build()
        if self.returned:
            self._begin_with_hold(self.returned)

    def clean_hold_until(self) -> Any:
        """A moment within a year from now, if any."""
        moment = self.cleaned_data["hold_until"]
        return future(moment) if moment else None


class AmountsForm(WriteOffForm):
    """One amount a party, about the grant that is in force."""

    mark_optional = False
    usual_reasons = ""
    amount_label: ClassVar[Any] = _l("Nytt maxbelopp för %(party)s")
    keeps: ClassVar[bool] = True  # the amount that is proposed is the one that holds now
    with_share: ClassVar[bool] = False

    def build(self) -> None:
        """One row for each party of the grant."""
        super().build()
        self.grant: Decision | None = self.act.the_case.decisions.in_force().first()
        self.lines: list[DecisionLine] = list(self.grant.lines.select_related("party")) if self.grant else []
        for line in self.lines:
            who = {"party": line.party_name}
            name = f"amount_{line.party_id}"
            initial = line.max_amount_ore if self.keeps else 0
            self.fields[name] = KronorField(label=str(self.amount_label) % who, initial=initial)
            self.fields[name].widget.attrs["data-cell"] = f"grant:{line.party_id}"
            if self.with_share:
                label = _("Stödnivå för %(party)s") % who
                self.fields[f"share_{line.party_id}"] = ShareField(label=label, initial=line.intensity_bp)
        if self.returned:
            self._begin_with_lines(self.returned)

    def _begin_with_lines(self, decision: Decision) -> None:
        """The amounts and shares of the proposal that came back, for the parties that still have some."""
        for line in decision.lines.all():
            for name, value in (("amount", line.max_amount_ore), ("share", line.intensity_bp)):
                if field := self.fields.get(f"{name}_{line.party_id}"):
                    field.initial = value

    def rows(self) -> list[dict[str, Any]]:
        """The parties with what they have now and what is typed, for the table on the page."""
        return [
            {
                "line": line,
                "amount": self[f"amount_{line.party_id}"],
                "share": self[f"share_{line.party_id}"] if self.with_share else None,
                "basis": self._basis(line),
            }
            for line in self.lines
        ]

    def _basis(self, line: DecisionLine) -> str:
        found = self.act.the_case.definition.aid_basis(line.aid_basis)
        return found.label.read(language()) if found else line.aid_basis

    def most(self, line: DecisionLine) -> int | None:
        """The highest amount that can be typed for the party, in öre; None: the command says."""
        return line.max_amount_ore

    def clean(self) -> dict[str, Any]:
        """Lines as the command wants them."""
        data: dict[str, Any] = super().clean() or {}
        lines = []
        for line in self.lines:
            name = f"amount_{line.party_id}"
            amount, most = data.get(name), self.most(line)
            if amount is not None and most is not None and amount > most:
                self.add_error(name, _("Högst %(most)s.") % {"most": written(most)})
            lines.append(
                {
                    "party": line.party_id,
                    "max_amount_ore": amount or 0,
                    "intensity_bp": data.get(f"share_{line.party_id}", line.intensity_bp),
                    "aid_basis": line.aid_basis,
                }
            )
        data["lines"] = lines
        return data


class ChangeForm(AmountsForm):
    """Other amounts, shares or conditions than those in force; the project's dates stay."""

    kinds = frozenset({Outcome.GRANT})
    with_share = True
    special_conditions = TextField(
        label=_l("Särskilda villkor"),
        help_text=_l("Ett villkor per rad. De som ska gälla, också de som inte ändras."),
        max_length=4000,
        rows=3,
        required=False,
        validators=[can_be_printed],
    )

    def build(self) -> None:
        """What holds now, or what the proposal that came back would have changed it to."""
        super().build()
        holds = self.returned or self.grant
        self.fields["special_conditions"].initial = holds.special_conditions if holds else ""

    def most(self, line: DecisionLine) -> int | None:
        """The application and the call set the limits."""
        return None


class WithdrawalForm(AmountsForm):
    """What each party may keep of a grant that is withdrawn."""

    kinds = frozenset({Outcome.WITHDRAWAL})
    amount_label = _l("Får behålla: %(party)s")
    keeps = False


class RecoveryForm(AmountsForm):
    """What each party is to pay back, and until when."""

    kinds = frozenset({Outcome.RECOVERY})
    amount_label = _l("Ska betala tillbaka: %(party)s")
    keeps = False
    repay_by = DayField(label=_l("Betalas tillbaka senast"), help_text=_l("ÅÅÅÅ-MM-DD"))

    def build(self) -> None:
        """A month, unless something else was said in what came back."""
        super().build()
        self.bound = recoverable(self.act.the_case.decisions.prefetch_related("lines"))
        self.fields["repay_by"].initial = clock.today() + timedelta(days=REPAY_DAYS)
        if self.returned and self.returned.repay_by and self.returned.repay_by > clock.today():
            self.fields["repay_by"].initial = self.returned.repay_by

    def most(self, line: DecisionLine) -> int | None:
        """What has been granted and neither kept nor demanded already."""
        return self.bound.get(line.party_id, 0)

    def clean_repay_by(self) -> Any:
        """A day ahead."""
        day = self.cleaned_data["repay_by"]
        if day <= clock.today():
            raise forms.ValidationError(_("Välj en dag som inte har passerat."), code="past")
        return day


class ApproveLaterForm(ActForm):
    """The decision-maker's signature: on exactly the version and total that the page showed."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=10_000)
    total = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=10**13)

    def build(self) -> None:
        """What is signed."""
        self.fields["version"].initial = self.act.subject.version
        self.fields["total"].initial = self.act.subject.total_ore
