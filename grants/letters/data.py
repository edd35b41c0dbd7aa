"""What a letter says: frozen data in, frozen result out.

The canonical JSON of the data is embedded in the PDF as an associated file, so that a letter carries its own
machine-readable record. Lengths are limited here because a table row that is higher than a page cannot be laid
out: text that is too long must be refused when it is entered, not when the batch of decisions is issued.

Amounts are integers in öre (1/100 krona), aid intensities in basis points (1/100 per cent): no floats, so that the
JSON is the same on every machine.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Literal, Self

from pydantic import (
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)

from grants.programmes.letter_templates import LetterKind, faults

Language = Literal["sv", "en"]
Kind = Literal["grant", "rejection", "formal_rejection", "written_off", "reserve", "change", "withdrawal", "recovery"]
Part = Literal["title", "heading", "opening", "decision", "meaning", "closing"]

Short = Annotated[str, StringConstraints(max_length=120)]
Name = Annotated[str, StringConstraints(max_length=300)]
Cell = Annotated[str, StringConstraints(max_length=1_000)]
Prose = Annotated[str, StringConstraints(max_length=20_000)]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
# Only a web address may become a link in the PDF: never javascript:, file: or data:.
WebAddress = Annotated[str, StringConstraints(pattern=r"^https?://[!-~]+$", max_length=500)]
Ore = Annotated[int, Field(ge=0, le=10**15)]
BasisPoints = Annotated[int, Field(ge=0, le=10_000)]
Address = Annotated[tuple[Short, ...], Field(max_length=8)]


class Frozen(BaseModel):
    """Immutable, and strict about names: a misspelt field is an error, not a silently missing paragraph."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    def canonical_json(self) -> bytes:
        """The data as UTF-8 JSON with sorted keys and no white space: equal data gives equal bytes."""
        data = self.model_dump(mode="json")
        return json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


class Authority(Frozen):
    """The sender. ``contact`` is one line, such as a telephone number and an e-mail address."""

    name: Short
    short_name: Short
    orgnr: Short
    address: Address = ()
    contact: Short = ""


class Organisation(Frozen):
    """The coordinator, to whom the letter is addressed."""

    name: Name
    orgnr: Short
    address: Address = ()


class Passage(Frozen):
    """A text that was not written for this letter: its language, and whether it has been verified against its source.

    What is not verified is printed with a note that says so. A plain text is taken for Swedish and verified.
    """

    text: Prose
    language: Language = "sv"
    verified: bool = True


def _as_passage(value: object) -> object:
    return {"text": value} if isinstance(value, str) else value


Said = Annotated[Passage, BeforeValidator(_as_passage)]
Quoted = Annotated[Passage | None, BeforeValidator(lambda value: _as_passage(value) if value else None)]


class GrantLine(Frozen):
    """The grant to one party: the final sum is the lowest of the amount and intensity × actual eligible cost."""

    party_name: Name
    orgnr: Short
    role: Short
    max_amount_ore: Ore
    intensity_bp: BasisPoints
    aid_basis: Name


class Earlier(Frozen):
    """The decision that this one changes or withdraws, or whose grant it recovers."""

    version: Annotated[int, Field(ge=1)]
    decided_at: AwareDatetime
    lines: tuple[GrantLine, ...] = ()

    @property
    def total_ore(self) -> int:
        """What it granted in all, in öre."""
        return sum(line.max_amount_ore for line in self.lines)


class Repayment(Frozen):
    """What one party is to repay; `paid_ore` is what it has received of the grant, when that is told."""

    party_name: Name
    orgnr: Short
    role: Short
    amount_ore: Ore
    paid_ore: Ore | None = None


class RepaymentTerms(Frozen):
    """Until when and how a recovered grant is repaid."""

    due: date
    account: Short
    reference: Short


class Payment(Frozen):
    """One row of the payment plan. ``when`` is words ("juni 2024"), since a condition may move the day."""

    when: Short
    condition: Cell
    amount_ore: Ore


class ReportDue(Frozen):
    """A report and the last day to hand it in."""

    title: Name
    due: date


class DecisionLetter(Frozen):
    """One decision in one case, everything that the letter says and nothing else.

    Optional parts that are empty are left out of the letter. ``wording`` holds the call's own templates, whose fields are
    filled in from the rest; where it has none the usual words stand (:mod:`grants.letters.wordings`). Whether a decision
    is complete enough to be issued (sections 31–33 of the Swedish Administrative Procedure Act) is decided before the
    letter is made, because an unfinished decision must be possible to preview.
    """

    authority: Authority
    number: Short
    version: Annotated[int, Field(ge=1)] = 1
    decided_at: AwareDatetime
    kind: Kind
    project_title: Name
    call_title: Name
    call_number: Short | None = None
    programme_title: Name
    coordinator: Organisation
    signatory: Name | None = None
    project_manager: Name | None = None
    officer: Name
    decider: Name
    decider_title: Name | None = None
    participants: tuple[Cell, ...] = ()
    start: date | None = None
    end: date | None = None
    lines: tuple[GrantLine, ...] = ()
    reasons: tuple[Prose, ...] = ()
    special_conditions: tuple[Said, ...] = ()
    general_conditions: tuple[Said, ...] = ()
    payments: tuple[Payment, ...] = ()
    reports: tuple[ReportDue, ...] = ()
    acceptance_due: date | None = None
    legal_ground: Quoted = None
    appeal: Quoted = None
    wording: dict[Part, Passage] = {}
    earlier: Earlier | None = None
    replaces: Annotated[int, Field(ge=1)] | None = None  # the version that it replaces, where there is one in force
    repayments: tuple[Repayment, ...] = ()
    repayment: RepaymentTerms | None = None
    reserve_place: Annotated[int, Field(ge=1)] | None = None
    notice_to: tuple[Name, ...] = ()
    verify_url: WebAddress | None = None
    example: bool = False

    @property
    def total_ore(self) -> int:
        """The sum of all parties, in öre: of the maximum amounts, and in a recovery of what is to be repaid."""
        if self.kind == "recovery":
            return sum(part.amount_ore for part in self.repayments)
        return sum(line.max_amount_ore for line in self.lines)

    @model_validator(mode="after")
    def _templates_fit(self) -> Self:
        for part, passage in self.wording.items():
            for fault in faults(passage.text, LetterKind(self.kind)):
                raise ValueError(f"wording.{part}: {fault}")
        return self


class Receipt(Frozen):
    """What was received, when (to the second) and with which checksum: the applicant's proof of submission."""

    authority: Authority
    number: Short
    call_title: Name
    project_title: Name
    coordinator_name: Name
    coordinator_orgnr: Short
    received_at: AwareDatetime
    submission_number: Annotated[int, Field(ge=1)]
    answers_sha256: Sha256
    submitted_by: Name
    parties: tuple[Name, ...] = ()
    applied_ore: Ore
    example: bool = False


@dataclass(frozen=True, slots=True)
class RenderedPdf:
    """The finished letter.

    ``missing`` holds each character that no font of the letter can show; they are printed as ``[U+1F600]``. A letter
    with missing characters is well-formed, for its preview; it is never issued (see :mod:`grants.letters.printable`).
    """

    content: bytes
    sha256: str
    missing: tuple[str, ...]
    identity: str = ""  # the file's /ID
