"""The law as data: every legal text that letters print or decisions are checked against, from `fixtures/law.yaml`.

Each text has its source and says whether somebody has verified it. What is not verified is shown as example text wherever it
is printed, so that it can never be taken for the law. A call refers to a text by its id and so never has an old copy of it.
"""

import functools
from datetime import date, timedelta
from decimal import Decimal
from typing import Annotated, Literal

from django.conf import settings
from pydantic import Field, model_validator

from grants.money import kronor, rounded
from grants.programmes.questions import Model, Slug, Text

FILE = "fixtures/law.yaml"  # under the project's folder


class Source(Model):
    """Where a legal text has its support."""

    document: Annotated[str, Field(min_length=1, max_length=200)]
    paragraph: Annotated[str, Field(max_length=60)] = ""

    def __str__(self) -> str:
        return ", ".join(part for part in (self.document, self.paragraph) if part)


class LawText(Model):
    """One legal text in our own words."""

    id: Slug
    title: Text
    text: Text
    source: Source
    verified: bool


class DeMinimis(Model):
    """How much de minimis aid a single undertaking may receive: `euro` over `years`, counted as fiscal years or back from
    the day of the grant, for grants from `since` to `until`."""

    since: date | None = None
    until: date | None = None
    euro: Annotated[int, Field(gt=0)]
    years: Annotated[int, Field(ge=1, le=10)]
    counted: Literal["fiscal_years", "rolling"]
    sek_per_euro: Annotated[Decimal, Field(gt=0)]
    regulation: Annotated[str, Field(min_length=1, max_length=200)]
    verified: bool

    @property
    def ore(self) -> int:
        """The limit in öre, by the rate that stands beside it."""
        return rounded(kronor(self.euro) * self.sek_per_euro)

    def begins(self, day: date) -> date:
        """The first day of the years that count for a decision on this day."""
        if self.counted == "fiscal_years":
            return date(day.year - self.years + 1, 1, 1)
        leap = (day.month, day.day) == (2, 29)
        return day.replace(year=day.year - self.years, day=28 if leap else day.day) + timedelta(days=1)

    def holds(self, day: date) -> bool:
        """Whether a grant of this day is under this limit."""
        return (self.since is None or self.since <= day) and (self.until is None or day <= self.until)


class LawBook(Model):
    """The whole file."""

    format: Literal[1]
    texts: Annotated[tuple[LawText, ...], Field(min_length=1)]
    de_minimis: Annotated[tuple[DeMinimis, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _holds_together(self) -> "LawBook":
        ids = [text.id for text in self.texts]
        if twice := sorted({each for each in ids if ids.count(each) > 1}):
            raise ValueError(f"texts: {', '.join(twice)} occurs twice")
        for before, after in zip(self.de_minimis, self.de_minimis[1:], strict=False):
            if before.until is None or after.since is None or (after.since - before.until).days != 1:
                raise ValueError("de_minimis: each limit begins on the day after the one before it ends")
        if self.de_minimis[-1].until is not None:
            raise ValueError("de_minimis: the last limit has no end")
        return self

    def find(self, law_id: str) -> LawText | None:
        """The text with this id."""
        return next((text for text in self.texts if text.id == law_id), None)


def parse(text: str, name: str = FILE) -> LawBook:
    """The law that a YAML text holds. LoadingError with lines and columns when it holds none."""
    from grants.programmes import faults, reading  # they stand on the definition of a call, which stands on this module

    return faults.read_model(reading.read_yaml(text, name), name, LawBook)


@functools.cache
def book() -> LawBook:
    """The law of this installation, read once in a process."""
    return parse((settings.BASE_DIR / FILE).read_text("utf-8"))


def find(law_id: str) -> LawText | None:
    """The text with this id, if the law file has it."""
    return book().find(law_id)


def de_minimis(day: date) -> DeMinimis:
    """The limit that holds for a grant of this day. LookupError before the first."""
    for limit in book().de_minimis:
        if limit.holds(day):
            return limit
    raise LookupError(f"no limit of de minimis aid holds on {day}")


class LegalText(Model):
    """A legal text: by its id in the law file (`law`), or in the call's own words (`sv`, `en`). Never both."""

    law: Slug | None = None
    sv: Annotated[str, Field(max_length=8000)] = ""
    en: str = ""

    @property
    def words(self) -> Text | None:
        """What it says; nothing when the law file has no such text."""
        if self.law:
            found = find(self.law)
            return found.text if found else None
        return Text(sv=self.sv, en=self.en) if self.sv else None

    @property
    def verified(self) -> bool:
        """Whether somebody has compared it with its source. A call's own words are vouched for by its `demo` list."""
        if not self.law:
            return True
        found = find(self.law)
        return found is not None and found.verified

    def read(self, language: str) -> str:
        """The text in `language`, or in Swedish when it has not been translated; nothing when there is none."""
        return self.words.read(language) if self.words else ""

    def spoken(self, language: str) -> str:
        """The language that `read` answers in, for the `lang` attribute."""
        return self.words.spoken(language) if self.words else "sv"
