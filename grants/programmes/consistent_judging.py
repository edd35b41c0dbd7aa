"""The rules of how applications are judged: criteria and their scale, competences, and the limits of a panel."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from grants.organisations.kinds import OrganisationKind
from grants.programmes.consistency import Misfit, twice
from grants.programmes.consistent_conditions import Known, of_condition
from grants.programmes.consistent_forms import span_of
from grants.programmes.questions import FACTS

if TYPE_CHECKING:
    from grants.programmes.definition import CallDefinition
    from grants.programmes.judging import PanelRules, ReviewRules

MOST_STEPS = 20  # of a scale: each score has its text
ROUNDING = 0.01  # per cent; 33.33 three times is a whole


def misfits(definition: "CallDefinition") -> Iterator[Misfit]:
    """What does not fit, in the order in which the file is read."""
    if definition.review is not None:
        yield from _review(definition.review)
        yield from _competences(definition, definition.review)
    if definition.panel is not None:
        yield from _panel(definition.panel)


def _review(review: "ReviewRules") -> Iterator[Misfit]:
    yield from twice("criterion", [(("review", "criteria", n, "id"), c.id) for n, c in enumerate(review.criteria)])
    if review.quorum > review.reviewers:
        words = "the quorum is larger than the number of reviewers"
        yield Misfit("limits-clash", ("review", "quorum"), words)
    if review.wide_spread is not None and review.wide_spread > review.highest - review.lowest:
        words = "wide_spread is wider than the scale, so no scores would ever be marked"
        yield Misfit("limits-clash", ("review", "wide_spread"), words)
    if abs(sum(c.weight for c in review.criteria) - 100) > ROUNDING:
        words = f"the weights of the criteria must sum to 100, not {sum(c.weight for c in review.criteria):g}"
        yield Misfit("weights-sum", ("review", "criteria"), words)
    if not review.lowest < review.highest <= review.lowest + MOST_STEPS:
        words = f"the highest score must be above the lowest, by {MOST_STEPS} at most"
        yield Misfit("scale-anchors", ("review", "highest"), words)
        return
    scores = set(range(review.lowest, review.highest + 1))
    for n, criterion in enumerate(review.criteria):
        here = ("review", "criteria", n, "anchors")
        told = f"criterion {criterion.id}: one anchor text for each score is required"
        if missing := scores - set(criterion.anchors):
            yield Misfit("scale-anchors", here, f"{told}; {', '.join(map(str, sorted(missing)))} has none")
        for score in sorted(set(criterion.anchors) - scores):
            yield Misfit("scale-anchors", (*here, score), f"{told}; {score} is no score")


def _competences(definition: "CallDefinition", review: "ReviewRules") -> Iterator[Misfit]:
    places = [("review", "competences", n) for n in range(len(review.competences))]
    named = list(zip(places, review.competences, strict=True))
    yield from twice("competence", [((*place, "id"), one.id) for place, one in named])
    asked = {question.id: question for question in definition.questions() if not question.per_party}
    known = Known(asked, set(asked), {name: span_of(definition, name) for name in FACTS})
    for place, one in named:
        if one.needed_when is not None:
            here = (*place, "needed_when")
            yield from of_condition(one.needed_when, here, f"competence {one.id}: ", known)


def _panel(panel: "PanelRules") -> Iterator[Misfit]:
    yield from twice("limit", [(("panel", "limits", n, "id"), one.id) for n, one in enumerate(panel.limits)])
    for n, limit in enumerate(panel.limits):
        here = ("panel", "limits", n)
        if limit.by == "kind" and limit.value is not None and limit.value not in OrganisationKind.values:
            yield Misfit(
                "unknown-reference", (*here, "value"), f"limit {limit.id}: no kind of organisation {limit.value}"
            )
        if limit.most_projects is not None and (limit.least_projects or 0) > limit.most_projects:
            words = f"limit {limit.id}: least_projects is larger than most_projects"
            yield Misfit("limits-clash", (*here, "least_projects"), words)
