"""The rules of letters: legal texts that exist, and templates with fields that the letter has."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from grants.programmes import law
from grants.programmes.consistency import Misfit, Path
from grants.programmes.letter_templates import GIVING, LetterKind, faults, names_in
from grants.programmes.questions import Text

LONGEST_NUMBER, LONGEST_NAME, LONGEST_CELL = 120, 300, 1000  # characters; tests hold them to grants.letters.data

if TYPE_CHECKING:
    from grants.programmes.definition import CallDefinition


def misfits(definition: "CallDefinition") -> Iterator[Misfit]:
    """What does not fit, in the order in which the file is read."""
    decision = definition.decision
    yield from _lengths(definition)
    yield from _legal(("decision", "legal_ground"), decision.legal_ground)
    yield from _legal(("decision", "appeal"), decision.appeal)
    for kind, texts in decision.letters.items():
        here: Path = ("decision", "letters", kind.value)
        for part, text in texts.templates():
            for language in ("sv", "en"):
                yield from _template(definition, kind, (*here, part, language), getattr(text, language))
        for part in ("legal_ground", "appeal"):
            own: law.LegalText | None = getattr(texts, part)
            if own is not None:
                yield from _legal((*here, part), own)


def _lengths(definition: "CallDefinition") -> Iterator[Misfit]:
    """What stands in a cell of a table or in the head cannot be longer than a page is high."""
    reporting = definition.reporting
    texts: list[tuple[Path, Text, int]] = [(("full_title",), definition.full_title, LONGEST_NAME)]
    for n, basis in enumerate(definition.decision.aid_bases):
        texts.append((("decision", "aid_bases", n, "label"), basis.label, LONGEST_NAME))
    for n, report in enumerate(reporting.reports):
        texts.append((("reporting", "reports", n, "title"), report.title, LONGEST_NAME))
    for n, payment in enumerate(reporting.payments):
        texts.append((("reporting", "payments", n, "label"), payment.label, LONGEST_CELL))
    for here, text, limit in texts:
        for language in ("sv", "en"):
            if len(getattr(text, language)) > limit:
                yield Misfit(
                    "letter-length", (*here, language), f"at most {limit} characters fit where letters print it"
                )
    if definition.number and len(definition.number) > LONGEST_NUMBER:
        yield Misfit("letter-length", ("number",), f"at most {LONGEST_NUMBER} characters fit where letters print it")


def _legal(here: Path, text: law.LegalText) -> Iterator[Misfit]:
    if text.law and (text.sv or text.en):
        yield Misfit("does-not-fit", here, "either the id of a legal text (law) or words (sv and en), not both")
    elif text.law and law.find(text.law) is None:
        words = f"there is no legal text {text.law} in {law.FILE}"
        yield Misfit("unknown-reference", (*here, "law"), words)
    elif not text.law and not text.sv:
        yield Misfit("missing-swedish", here, "say it in Swedish (sv), or give the id of a legal text (law)")


def _template(definition: "CallDefinition", kind: LetterKind, here: Path, template: str) -> Iterator[Misfit]:
    for words in faults(template, kind):
        yield Misfit("template-field", here, words)
    if kind in GIVING and "due" in names_in(template) and not definition.stages.acceptance:
        words = "{due} has no value in this call: stages.acceptance is off, so there is nothing to accept by a day"
        yield Misfit("template-field", here, words)
