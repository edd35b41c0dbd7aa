"""The schema of `fixtures/programmes/*.yaml`: an authority and its programmes."""

from typing import Annotated, Literal

from django.conf import settings
from pydantic import Field, field_validator
from stdnum.exceptions import ValidationError
from stdnum.se import orgnr

from grants.programmes.questions import Model, Slug, Text

EXAMPLE_NUMBERS = "000000-"  # no organisation number ever starts like this, so an example cannot be somebody's


class Details(Model):
    """How to reach the authority; shown in the foot of pages and letters."""

    address_lines: Annotated[tuple[Annotated[str, Field(max_length=100)], ...], Field(min_length=1, max_length=5)]
    email: Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$", max_length=254)]
    phone: Annotated[str, Field(max_length=40)] = ""
    website: Annotated[str, Field(pattern=r"^https://\S+$", max_length=200)]
    account: Annotated[str, Field(max_length=60)] = ""  # to which recovered grants are repaid, as letters print it
    registrar: Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$", max_length=254)]
    opening_hours: Text | None = None


class AuthorityData(Model):
    """The authority."""

    slug: Slug
    name: Annotated[str, Field(min_length=1, max_length=120)]  # has to fit in the head of a letter
    name_en: Annotated[str, Field(max_length=120)] = ""
    short_name: Annotated[str, Field(min_length=1, max_length=60)]
    number: Annotated[str, Field(pattern=r"^\d{6}-\d{4}$")]
    diary_prefix: Annotated[str, Field(pattern=r"^[A-ZÅÄÖ]{0,10}$")] = ""
    details: Details

    @field_validator("number")
    @classmethod
    def _is_a_number(cls, number: str) -> str:
        if number.startswith(EXAMPLE_NUMBERS):
            if not (settings.DEMO or settings.TESTING):
                raise ValueError(f"{number} is an example and is only accepted in the demo (ANSLAG_DEMO)")
            return number
        try:
            orgnr.validate(number)
        except ValidationError:
            raise ValueError(f"{number} is not an organisation number: its last digit does not fit") from None
        return number


class ProgrammeData(Model):
    """One programme."""

    slug: Slug
    number: Annotated[str, Field(max_length=20)] = ""
    title: Text
    summary: Text
    sources: tuple[str, ...] = ()

    @field_validator("title")
    @classmethod
    def _fits(cls, title: Text) -> Text:
        if max(len(title.sv), len(title.en)) > 200:
            raise ValueError("a title has at most 200 characters")
        return title


class AuthorityFile(Model):
    """One file."""

    format: Literal[1]
    authority: AuthorityData
    programmes: Annotated[tuple[ProgrammeData, ...], Field(min_length=1)]
