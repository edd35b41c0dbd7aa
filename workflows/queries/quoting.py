"""What a reviewer wrote, taken into the reasons of a proposal by a button on its page: the form comes back with it, and with
everything that was typed."""

from collections.abc import Mapping
from typing import Any

from django import forms

from reviewers import sheets
from reviewers.models import AssignmentState, ScoreSheet
from workflows.commands.base import COMMANDS, Act

BUTTON = "cite"


def quoted(act: Act, data: Mapping[str, Any]) -> forms.Form | None:
    """The form of a proposal with the text that was asked for after its reasons; None when it was not sent to quote."""
    make = COMMANDS[act.command].form
    if act.command != "propose" or make is None or BUTTON not in data:
        return None
    form: forms.Form = make(act, None)
    form.initial = {**form.initial, **{name: data[name] for name in form.fields if name in data}}
    so_far = str(data.get("reasons", "")).strip()
    form.initial["reasons"] = "\n\n".join(text for text in (so_far, _wanted(act, str(data[BUTTON]))) if text)
    form.fields["reasons"].widget.attrs["data-focus"] = True
    return form


def _wanted(act: Act, asked: str) -> str:
    """The strengths or weaknesses of one lodged sheet of the case; nothing when there is none such."""
    key, _dash, field = asked.partition("-")
    if field not in sheets.REMARKS or not (key.isascii() and key.isdigit() and len(key) < 19):
        return ""
    lodged = ScoreSheet.objects.filter(
        assignment__application=act.the_case, assignment__state=AssignmentState.LODGED, assignment=int(key)
    )
    return str(lodged.values_list(field, flat=True).first() or "")
