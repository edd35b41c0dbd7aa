"""What a form asks: questions with their kinds and conditions, tables, files, and checks across answers.

Part of the schema of a call (`grants.programmes.definition`), shared by the application form and the reports.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Annotated, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, model_validator

Slug = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,59}$")]
Percent = Annotated[float, Field(ge=0, le=100)]
# What checks and conditions can name beside answers.
Fact = Literal["project.months", "parties.count", "budget.cost", "budget.applied"]
FACTS: tuple[str, ...] = get_args(Fact)


class Model(BaseModel):
    """Frozen, and intolerant of misspelt keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class Text(Model):
    """A text in Swedish, and in English if there is one."""

    sv: Annotated[str, Field(min_length=1, max_length=8000)]
    en: str = ""

    def read(self, language: str) -> str:
        """The text in `language`, or in Swedish when it has not been translated."""
        return self.en if language == "en" and self.en else self.sv

    def spoken(self, language: str) -> str:
        """The language that `read` answers in, for the `lang` attribute."""
        return "en" if language == "en" and self.en else "sv"


class ShowIf(Model):
    """When a question is shown: by an earlier answer (`question`), by a figure of the application (`value`), or by several
    conditions that hold together (`all`) or of which one holds (`any`), at most three levels deep. Everything that is said
    of an answer must hold. A question that is not shown itself counts as not answered."""

    question: Slug | None = None
    value: Fact | None = None
    equals: tuple[str, ...] | None = None
    not_equals: Annotated[tuple[str, ...], Field(min_length=1)] | None = None
    at_least: float | date | None = None
    at_most: float | date | None = None
    answered: bool | None = None
    all: Annotated[tuple["ShowIf", ...], Field(max_length=8)] = ()
    any: Annotated[tuple["ShowIf", ...], Field(max_length=8)] = ()

    @model_validator(mode="after")
    def _says_one_thing(self) -> "ShowIf":
        subjects = [self.question, self.value, self.all or None, self.any or None]
        if sum(subject is not None for subject in subjects) != 1:
            raise ValueError("show_if: exactly one of question, value, all and any")
        of_answers = [self.equals, self.not_equals, self.answered]
        of_numbers = [self.at_least, self.at_most]
        if self.question is None and any_given(of_answers):
            raise ValueError("show_if: equals, not_equals and answered are said of a question")
        if self.parts and any_given(of_numbers):
            raise ValueError("show_if: at_least and at_most are said of a question or a value")
        if not self.parts and not any_given([*of_answers, *of_numbers]):
            raise ValueError("show_if: say what to wait for: equals, not_equals, at_least, at_most or answered")
        return self

    @property
    def parts(self) -> tuple["ShowIf", ...]:
        """The conditions that this one is made of; none when it is a single one."""
        return self.all or self.any

    @property
    def levels(self) -> int:
        """How deep it is: 1 for a single condition."""
        return 1 + max((part.levels for part in self.parts), default=0)

    def single(self) -> Iterator["ShowIf"]:
        """The single conditions in it."""
        for part in self.parts:
            yield from part.single()
        if not self.parts:
            yield self


def any_given(values: Sequence[object]) -> bool:
    """Whether a key has been written out."""
    return not all(value is None for value in values)


class Option(Model):
    """One of the answers to choose among."""

    id: Slug
    label: Text


class Asked(Model):
    """What is asked for in one place: a question, or a column of a table."""

    id: Slug
    kind: str
    label: Text
    required: bool = True
    limit: Annotated[int, Field(ge=1, le=20000)] | None = None
    least: float | None = None
    most: float | None = None
    options: tuple[Option, ...] = ()

    @model_validator(mode="after")
    def _options_fit(self) -> "Asked":
        if (self.kind in ("choice", "choices")) != bool(self.options):
            raise ValueError(f"{self.id}: options belong to choice and choices, and only to them")
        return self

    @property
    def length_limit(self) -> int:
        """The most characters an answer may have."""
        return self.limit or {"short": 200, "long": 5000}.get(self.kind, 200)


class Column(Asked):
    """A column of a table that is filled in row by row. `required`: in every row that says something."""

    kind: Literal["short", "number", "money", "date", "choice"]


class Question(Asked):
    """One question of a form. A table has `columns`, and from `least_rows` to `most_rows` rows."""

    kind: Literal["short", "long", "number", "money", "date", "yesno", "choice", "choices", "table", "file"]
    help: Text | None = None
    columns: Annotated[tuple[Column, ...], Field(max_length=8)] = ()
    least_rows: Annotated[int, Field(ge=0, le=50)] = 0
    most_rows: Annotated[int, Field(ge=1, le=50)] = 20
    per_party: bool = False
    show_if: ShowIf | None = None
    criterion: Slug | None = None
    public: bool = False  # part of the public summary of a granted project

    @model_validator(mode="after")
    def _columns_fit(self) -> "Question":
        if (self.kind == "table") != bool(self.columns):
            raise ValueError(f"question {self.id}: columns belong to table, and only to it")
        if self.kind == "file" and (self.per_party or self.show_if):
            raise ValueError(f"question {self.id}: a file is given once, and always asked for")
        return self

    def column(self, column_id: str) -> Column | None:
        """The column with this id, of a table that has it."""
        return next((c for c in self.columns if c.id == column_id), None)


class Section(Model):
    """One page of a form."""

    id: Slug
    title: Text
    intro: Text | None = None
    questions: Annotated[tuple[Question, ...], Field(min_length=1)]


class AttachmentRule(Model):
    """A file that the application asks for."""

    id: Slug
    title: Text
    help: Text | None = None
    required: bool = True
    media: tuple[Literal["pdf"], ...] = ("pdf",)
    max_megabytes: Annotated[int, Field(ge=1, le=20)] = 10
    max_pages: Annotated[int, Field(ge=1, le=500)] = 100


class Check(Model):
    """Two values that must agree. Each is a number or the name of a value: a question (number, money or date), the sum of
    a table's column (`table.column`), `project.months`, `parties.count`, `budget.cost` or `budget.applied` (kronor).
    Nothing is wrong while one of them is missing. `text` is what is told when they do not agree."""

    id: Slug
    left: str
    relation: Literal["at_most", "at_least", "equal", "before", "after"]
    right: str | float
    text: Text
