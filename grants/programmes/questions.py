"""What a form asks: questions with their kinds and conditions, tables, files, and checks across answers.

Part of the schema of a call (`grants.programmes.definition`), shared by the application form and the reports.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

Slug = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,59}$")]
Percent = Annotated[float, Field(ge=0, le=100)]


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
    """Show a question only when another, earlier one has one of these answers."""

    question: Slug
    equals: tuple[str, ...]


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
