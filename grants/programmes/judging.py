"""How a call's applications are judged: what reviewers score and what they can, and the limits of a panel.

Part of the schema of a call (`grants.programmes.definition`).
"""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from grants.programmes.questions import Model, Percent, ShowIf, Slug, Text

WIDE_SHARE = 3 / 8  # of the scale: 1,5 on a scale from 1 to 5


class Criterion(Model):
    """One thing that reviewers score. `anchors` says in words what each score means."""

    id: Slug
    title: Text
    description: Text
    weight: Annotated[float, Field(gt=0, le=100)]  # per cent
    anchors: dict[int, Text]


class Competence(Model):
    """Something that a reviewer can know. An application asks for it when its answers are so, or always."""

    id: Slug
    label: Text
    needed_when: ShowIf | None = None


class ReviewRules(Model):
    """How applications are assessed."""

    reviewers: Annotated[int, Field(ge=1, le=20)]
    quorum: Annotated[int, Field(ge=1, le=20)]
    days: Annotated[int, Field(ge=1, le=365)]
    declare_days: Annotated[int, Field(ge=1, le=60)] = 7
    conflict_years: Annotated[int, Field(ge=0, le=20)] = 3
    blind: bool = False
    most_each: Annotated[int, Field(ge=1, le=500)] | None = None
    terms: Text | None = None
    competences: Annotated[tuple[Competence, ...], Field(max_length=30)] = ()
    lowest: int = 1
    highest: int = 5
    wide_spread: Annotated[float, Field(gt=0)] | None = None
    criteria: Annotated[tuple[Criterion, ...], Field(min_length=1)]

    @property
    def wide(self) -> float:
        """How far apart reviewers may be before somebody should ask why, in points of the scale."""
        return self.wide_spread if self.wide_spread is not None else WIDE_SHARE * (self.highest - self.lowest)


class PortfolioLimit(Model):
    """What the funded projects should be like together: `value` is a county by its name, or a kind of organisation, that the
    coordinator is of; left out, the limit holds for each one there is."""

    id: Slug
    label: Text
    by: Literal["county", "kind"]
    value: Annotated[str, Field(min_length=1, max_length=60)] | None = None
    least_projects: Annotated[int, Field(ge=1)] | None = None
    most_projects: Annotated[int, Field(ge=1)] | None = None
    most_percent: Percent | None = None

    @model_validator(mode="after")
    def _says_something(self) -> "PortfolioLimit":
        if self.least_projects is None and self.most_projects is None and self.most_percent is None:
            raise ValueError(f"limit {self.id}: say least_projects, most_projects or most_percent")
        return self


class PanelRules(Model):
    """What a panel weighs beside the scores."""

    limits: Annotated[tuple[PortfolioLimit, ...], Field(max_length=20)] = ()
