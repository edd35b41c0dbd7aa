"""What the steps of asking reviewers ask for."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from grants.fields import MomentField, TextField
from grants.organisations.models import Person
from grants.programmes.models import Call
from reviewers.asking import obstacles, pool
from reviewers.loads import loads
from reviewers.models import Assignment
from workflows.forms import NO_REASON, ActForm, end_of_office_day, future

if TYPE_CHECKING:
    from workflows.commands.base import Act


def end_of_review(call: Call) -> datetime:
    """Until when somebody who is asked now has time, as the call says."""
    end: datetime = end_of_office_day(call.definition.the_review.days)
    return end


def not_asked_yet(act: Act) -> QuerySet[Person]:
    """The call's reviewers who neither have nor had the case. Why some of them cannot be asked is `reviewers.asking`."""
    asked = Assignment.objects.filter(application=act.the_case).values("reviewer")
    return pool(act.the_case.call).exclude(pk__in=asked)


class AssignForm(ActForm):
    """Which reviewers are asked."""

    reviewers = forms.ModelMultipleChoiceField(
        queryset=Person.objects.none(), label=_l("Bedömare"), widget=forms.CheckboxSelectMultiple
    )
    due = MomentField(label=_l("Lämna bedömningen senast"), help_text=_l("ÅÅÅÅ-MM-DD TT:MM"))

    def build(self) -> None:
        """The pool, but for those who have or had the case, with the call's own time."""
        field: Any = self.fields["reviewers"]
        field.queryset = not_asked_yet(self.act)
        self.fields["due"].initial = end_of_review(self.act.the_case.call)

    def clean_due(self) -> Any:
        """A moment within a year from now."""
        return future(self.cleaned_data["due"])


class ReplaceForm(ActForm):
    """Who takes a reviewer's place, and why."""

    reviewer = forms.ModelChoiceField(queryset=Person.objects.none(), label=_l("Ny bedömare"))
    due = MomentField(label=_l("Lämna bedömningen senast"), help_text=_l("ÅÅÅÅ-MM-DD TT:MM"))
    reason = TextField(label=_l("Skäl"), error_messages=NO_REASON, max_length=4000, rows=4)

    def build(self) -> None:
        """Those who can be asked, with how many they have."""
        field: Any = self.fields["reviewer"]
        rows = not_asked_yet(self.act)
        stopped = obstacles(self.act.the_case, rows)
        field.queryset = rows
        held = loads(self.act.the_case.call, [person.pk for person in rows])
        field.choices = [
            ("", _("Välj bedömare")),
            *((p.pk, f"{p.name}, {held[p.pk].words}") for p in rows if p.pk not in stopped),
        ]
        self.fields["due"].initial = end_of_review(self.act.the_case.call)

    def clean_due(self) -> Any:
        """A moment within a year from now."""
        return future(self.cleaned_data["due"])
