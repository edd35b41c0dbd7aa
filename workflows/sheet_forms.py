"""The forms of a lodged score sheet: opening it again, and speaking about it."""

from typing import Any

from django.utils.translation import gettext_lazy as _l

from grants.fields import MomentField, TextField
from reviewers import comments
from workflows.forms import NO_REASON, ActForm, end_of_office_day, future

DAYS = 7  # to write anew, proposed


class ReopenForm(ActForm):
    """Why a lodged sheet is opened again, and until when."""

    reason = TextField(
        label=_l("Skäl"),
        error_messages=NO_REASON,
        help_text=_l("Bedömaren läser skälet. Det sparas med den version som var lämnad."),
        max_length=2000,
        rows=4,
    )
    due = MomentField(label=_l("Lämna på nytt senast"), help_text=_l("ÅÅÅÅ-MM-DD TT:MM"))

    def build(self) -> None:
        """Propose a week."""
        self.fields["due"].initial = end_of_office_day(DAYS)

    def clean_due(self) -> Any:
        """A moment within a year from now."""
        return future(self.cleaned_data["due"])


class CommentForm(ActForm):
    """What one wants to say."""

    text = TextField(label=_l("Kommentar"), max_length=comments.LONGEST, rows=5)
