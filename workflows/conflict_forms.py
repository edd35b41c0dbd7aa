"""What is asked of whoever declares, finds or rules on a conflict of interest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from grants.fields import TextField
from grants.organisations.models import Person
from reviewers import conflicts, declaring
from reviewers.conflicts import Ground
from reviewers.models import Assignment
from reviewers.pool import in_pool
from workflows.forms import ActForm, RuleForm

if TYPE_CHECKING:
    from workflows.commands.base import Act


def pool_ties(act: Act) -> dict[int, list[Ground]]:
    """Those in the pool who have a tie to the case that nobody has ruled on, and no assignment in it, with what it is."""
    if "pool_ties" not in act.memory:
        case = act.the_case
        asked = Assignment.objects.filter(application=case).values("reviewer")
        people = list(in_pool(case.call).exclude(pk__in=asked).values_list("pk", flat=True))
        found = conflicts.known([case.pk], people)
        act.memory["pool_ties"] = {who: ties for (_case, who), ties in found.items() if not conflicts.is_ruled(ties)}
    ties: dict[int, list[Ground]] = act.memory["pool_ties"]
    return ties


class RuleTieForm(RuleForm):
    """A ruling on what the system knows of somebody who has not been asked yet."""

    field_order = ("reviewer", "conflicted", "reason")
    reviewer = forms.ModelChoiceField(queryset=Person.objects.none(), label=_l("Bedömare"), empty_label="–")

    def build(self) -> None:
        """Those who have a tie."""
        field: Any = self.fields["reviewer"]
        field.queryset = Person.objects.filter(pk__in=pool_ties(self.act)).order_by("name")
        field.widget.choices = field.choices


class DeclarePartiesForm(ActForm):
    """The declaration against a call's whole list of parties, in which nothing says what is in which application."""

    mark_optional = False
    conflicted = forms.MultipleChoiceField(label=_l("Jävig"), required=False, widget=forms.CheckboxSelectMultiple)
    unsure = forms.MultipleChoiceField(label=_l("Osäker"), required=False, widget=forms.CheckboxSelectMultiple)
    listed = forms.MultipleChoiceField(required=False, widget=forms.MultipleHiddenInput)  # what the page showed
    text = TextField(label=_l("Beskriv kopplingarna"), max_length=4000, rows=4, required=False)
    confirm = forms.BooleanField(
        label=_l("Jag har gått igenom hela listan"),
        error_messages={"required": _l("Bekräfta att du har gått igenom hela listan.")},
    )

    def build(self) -> None:
        """The whole list, also when only some of it is new: what is new would tell who applies in what came last."""
        call, reviewer = self.act.the_case.call, self.act.subject.reviewer_id
        self.entries = declaring.parties_of(call) if declaring.unanswered(reviewer, call) else []
        before = declaring.answers_of(reviewer, call.pk)
        self.fields["conflicted"].initial, self.fields["unsure"].initial = (
            sorted(before.conflicted),
            sorted(before.unsure),
        )
        for name in ("conflicted", "unsure", "listed"):
            field: Any = self.fields[name]
            field.choices = [(entry.key, entry.name) for entry in self.entries]
        self.fields["listed"].initial = [entry.key for entry in self.entries]

    def rows(self) -> list[tuple[declaring.Entry, bool, bool]]:
        """The list with what is ticked."""
        jav, unsure = set(self["conflicted"].value() or ()), set(self["unsure"].value() or ())
        return [(entry, entry.key in jav, entry.key in unsure) for entry in self.entries]

    def clean(self) -> dict[str, Any]:
        """Whoever ticks something says why: someone else reads it."""
        data: dict[str, Any] = super().clean() or {}
        said = data.get("text") or "text" in self.errors  # what is too long is not missing
        if (data.get("conflicted") or data.get("unsure")) and not said:
            self.add_error("text", _("Skriv vad kopplingen består i."))
        return data
