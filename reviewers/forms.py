"""The score sheet as a form: an anchored scale and a reason for each criterion, remarks and a recommendation."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from django import forms
from django.forms import BoundField
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from grants.fields import TextField
from grants.programmes.definition import CallDefinition
from grants.programmes.judging import Criterion
from reviewers.models import ScoreSheet
from reviewers.scoring import LONGEST_REASON, LONGEST_REMARK, SHORTEST_REASON
from reviewers.sheets import REMARKS, fingerprint


@dataclass(frozen=True)
class Step:
    """One score of the scale and what it stands for: the word that names it, and the rest of the text."""

    value: int
    word: str
    text: str
    spoken: str


@dataclass(frozen=True)
class Scale:
    """One criterion on the form."""

    criterion: Criterion
    title: str
    description: str
    spoken: str
    steps: tuple[Step, ...]
    value: BoundField
    reason: BoundField
    is_done: bool
    is_too_long: bool  # the reason has to be shortened before the sheet can be lodged


def steps_of(criterion: Criterion, language: str) -> tuple[Step, ...]:
    """The anchored scale, best first."""
    steps = []
    for value in sorted(criterion.anchors, reverse=True):
        anchor = criterion.anchors[value]
        word, dot, rest = anchor.read(language).partition(". ")
        named = bool(dot) and len(word) <= 30
        text = rest if named else anchor.read(language)
        steps.append(Step(value, f"{word}." if named else "", text, anchor.spoken(language)))
    return tuple(steps)


class SheetForm(forms.Form):
    """Everything that a reviewer writes. Nothing is required while it is a draft; lodging has its own rules."""

    mark_optional = False

    strengths = TextField(label=_("Styrkor, kan citeras i beslutet"), rows=3, required=False)
    weaknesses = TextField(label=_("Svagheter, kan citeras i beslutet"), rows=3, required=False)

    def __init__(
        self, definition: CallDefinition, values: Mapping[str, str], language: str, typed: Mapping[str, str]
    ) -> None:
        super().__init__(initial={**values, **typed}, auto_id="%s")
        self.definition, self.values, self.language = definition, values, language
        recommended = ScoreSheet._meta.get_field("recommendation").flatchoices
        self.fields["recommendation"] = forms.ChoiceField(
            label=_("Rekommendation"),
            choices=[(key, capfirst(label)) for key, label in recommended],
            widget=forms.RadioSelect,
            required=False,
        )
        review = definition.the_review
        chosen = [(str(n), str(n)) for n in range(review.lowest, review.highest + 1)]
        for criterion in review.criteria:
            self.fields[f"value-{criterion.id}"] = forms.ChoiceField(
                label=_("Poäng"), choices=chosen, widget=forms.RadioSelect, required=False
            )
            self.fields[f"reason-{criterion.id}"] = TextField(label=_("Skäl till poängen"), rows=3, required=False)
            self._limit(f"reason-{criterion.id}", LONGEST_REASON, SHORTEST_REASON)
        for name in REMARKS:
            self._limit(name, LONGEST_REMARK)

    def _limit(self, name: str, longest: int, shortest: int = 0) -> None:
        attributes = self.fields[name].widget.attrs
        attributes["data-limit"] = longest
        if shortest:
            attributes["data-minimum"] = shortest

    def scales(self) -> Iterator[Scale]:
        """The criteria in order, each with its part of the form."""
        for criterion in self.definition.criteria:
            value, reason = self[f"value-{criterion.id}"], self[f"reason-{criterion.id}"]
            length = len(str(reason.value() or "").strip())
            yield Scale(
                criterion=criterion,
                title=criterion.title.read(self.language),
                description=criterion.description.read(self.language),
                spoken=criterion.title.spoken(self.language),
                steps=steps_of(criterion, self.language),
                value=value,
                reason=reason,
                is_done=bool(value.value()) and SHORTEST_REASON <= length <= LONGEST_REASON,
                is_too_long=length > LONGEST_REASON,
            )

    def seen(self) -> dict[str, str]:
        """Fingerprints of what the form is drawn with, by field."""
        return {name: fingerprint(text) for name, text in self.values.items()}
