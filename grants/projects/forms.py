"""A report as a form: the call's questions, and each party's cost. Drafts may have gaps; filing has its own rules."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.forms import BoundField
from django.utils.html import escape
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from grants.fields import KronorField, LineField, TextField
from grants.programmes.conditions import in_words
from grants.programmes.questions import Question
from grants.projects.drafts import Fields

YES_OR_NO = [("yes", _l("Ja")), ("no", _l("Nej"))]


def field_for(question: Question, language: str) -> forms.Field:
    """The control that a question is answered with."""
    options = [(o.id, o.label.read(language)) for o in question.options]
    match question.kind:
        case "long":
            return TextField(rows=min(12, max(3, question.length_limit // 120)))
        case "yesno":
            return forms.ChoiceField(choices=YES_OR_NO, widget=forms.RadioSelect)
        case "choice":
            return forms.ChoiceField(choices=options, widget=forms.RadioSelect)
        case "choices":
            return forms.MultipleChoiceField(choices=options, widget=forms.CheckboxSelectMultiple)
        case _:
            return LineField()


class ReportForm(forms.Form):
    """Everything that the project writes in a report."""

    mark_optional = False

    def __init__(
        self,
        fields: Fields,
        values: Mapping[str, Any],
        language: str,
        typed: Mapping[str, Any],
        wrong: Mapping[str, str],
    ) -> None:
        super().__init__(initial={**values, **typed}, auto_id="%s")
        parties = {f"-{line.party_id}": line.party_name for line in fields.lines}
        for name, question in fields.questions.items():
            field = field_for(question, language)
            field.required = False
            party = parties.get(name.removeprefix(question.id), "")
            field.label = question.label.read(language) + (f" ({party})" if party else "")
            field.help_text = escape(_help(question, fields, language))  # the template writes it as it is
            if question.kind == "long":
                field.widget.attrs["data-limit"] = question.length_limit
            self.fields[name] = field
        for name, line in fields.costs.items():
            self.fields[name] = KronorField(label=line.party_name, required=False)
        for (
            name
        ) in wrong:  # said beside the field by projects/_field.html: a draft is kept as it is, and is never bound
            self.fields[name].widget.attrs |= {"aria-invalid": "true", "aria-describedby": f"{name}-fault"}
        self.answers = [self[name] for name in fields.questions]
        self.costs: list[BoundField] = [self[name] for name in fields.costs]


def _help(question: Question, fields: Fields, language: str) -> str:
    """The question's own help, and which earlier answer calls for it."""
    texts = [question.help.read(language)] if question.help else []
    if question.show_if is not None:
        questions = {each.id: each for each in fields.rule.questions}
        words = in_words(question.show_if, questions, lambda text: text.read(language), language)
        texts.append(_("Besvaras om %(condition)s.") % {"condition": words})
    return " ".join(texts)
