"""The reading pack: applications with their criteria as a document to read and write in away from the screen.

It says the same as the reviewer's page, and hides the same: it is made of what `grants.applications.blind` lets through.
Every page carries the reader's name, the day and the number of the copy.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from reportlab.lib.units import mm
from reportlab.platypus import Flowable, PageBreak

from grants import clock, money
from grants.applications.freezing import canonical
from grants.applications.preview import Entry, Reading, Said, reading
from grants.letters.archive import Record
from grants.letters.blocks import RULE, TEXT_WIDTH, Builder, Column
from grants.letters.data import Authority, Language, RenderedPdf
from grants.letters.fonts import font_folder, load
from grants.letters.formats import amount
from grants.letters.layout import Stationery, make_pdf
from grants.letters.text import LIMIT
from grants.letters.texts import TEXTS
from grants.programmes.definition import CallDefinition
from grants.programmes.judging import Criterion
from grants.templatetags.writing import day as written_day

NOTE_LINES = 7  # to write on, for each criterion
MOST_IN_CELL = 400  # characters of a table's cell
_LINE = 8 * mm


@dataclass(frozen=True)
class Packed:
    """One application in the pack: what its reviewer reads of it, and by which rules it is judged."""

    number: str
    content: Mapping[str, Any]  # as `grants.applications.blind.as_read` gives it
    definition: CallDefinition


@dataclass(frozen=True)
class Copy:
    """Whose copy it is, which of theirs, and of which day."""

    reader: str
    n: int
    day: date

    @property
    def mark(self) -> str:
        """What stands across every page."""
        return f"{self.reader} · {self.day.isoformat()} · {_('exemplar %(n)d') % {'n': self.n}}"


class NoteLines(Flowable):  # type: ignore[misc]  # reportlab has no types
    """Empty lines to write on. They say nothing, so they are no part of the text."""

    def __init__(self, count: int) -> None:
        super().__init__()
        self.width, self.height = TEXT_WIDTH, count * _LINE
        self.count = count

    def wrap(self, available_width: float, available_height: float) -> tuple[float, float]:
        """As wide as the text."""
        return self.width, self.height

    def split(self, available_width: float, available_height: float) -> list[Any]:
        """As many lines as there is room for, then the rest."""
        room = int(available_height // _LINE)
        return [NoteLines(room), NoteLines(self.count - room)] if 0 < room < self.count else []

    def draw(self) -> None:
        """Thin rules."""
        self.canv.setStrokeColor(RULE)
        self.canv.setLineWidth(0.5)
        for n in range(self.count):
            self.canv.line(0, n * _LINE, self.width, n * _LINE)


def render_pack(packed: Sequence[Packed], copy: Copy, sender: Authority, language: Language) -> RenderedPdf:
    """All of these applications in one file: PDF/A-3a and PDF/UA-1, the same bytes for the same arguments."""
    words = TEXTS[language]
    with translation.override(language):
        builder = Builder(load(font_folder()), language)
        for n, one in enumerate(packed):
            if n:
                builder.story.append(PageBreak())
            _Application(builder, one, language).write()
        numbers = ", ".join(one.number for one in packed)
        stationery = Stationery(
            authority=sender,
            orgnr_label=words["orgnr"],
            kind=_("Läspaket"),
            page_label=words["page"],
            fields=((_("Läsare"), copy.reader), (_("Hämtat"), written_day(copy.day))),
            marks=(copy.mark,),
        )
        record = Record(
            title=_("Läspaket %(numbers)s") % {"numbers": numbers[:200]},
            author=sender.name,
            subject=copy.mark,
            language=language,
            moment=datetime.combine(copy.day, time(), clock.SWEDEN),
            record=canonical({"copy": copy.mark, "applications": [dict(one.content) for one in packed]}),
            file_name="laspaket.json",
            file_description=_("Ansökningarna som de läses, i maskinläsbar form (JSON)"),
            edition="final",
        )
    return make_pdf(builder, stationery, record)


class _Application:
    """One application of the pack, part by part."""

    def __init__(self, builder: Builder, packed: Packed, language: Language) -> None:
        self._b, self._packed, self._language = builder, packed, language
        self._read: Reading = reading(packed.content, packed.definition, language)

    def write(self) -> None:
        """All of it."""
        definition = self._packed.definition
        self._b.title(f"{self._packed.number} {self._read.title}")
        self._b.paragraph(definition.title.read(self._language), "lead")
        if self._read.withheld is not None:
            self._b.paragraph(_("Ansökan läses utan namn på parter och personer. Bilagorna ingår inte."), "note")
        self._b.facts(
            [
                (_("Projekttid"), [self._period()]),
                (_("Sökt bidrag"), [money.written(self._read.applied, self._language)]),
                (_("Total kostnad"), [money.written(self._read.cost, self._language)]),
            ]
        )
        for part in self._read.parts:
            self._b.section(f"{part.number}. {part.title}")
            for entry in part.entries:
                self._entry(entry)
        self._parties()
        self._budget()
        self._files()
        self._b.section(_("Bedömning"))
        for criterion in definition.criteria:
            self._criterion(criterion)

    def _period(self) -> str:
        first, last = self._read.starts_on, self._read.ends_on
        if not (first and last):
            return ""
        return _("%(first)s till %(last)s") % {"first": written_day(first), "last": written_day(last)}

    def _entry(self, entry: Entry) -> None:
        self._b.subsection(entry.label)
        for said in entry.said:
            if said.party:
                self._b.paragraph(said.party, "lead")
            self._said(entry, said)

    def _said(self, entry: Entry, said: Said) -> None:
        if said.is_empty:
            self._b.paragraph(_("Inget svar"), "note")
        elif said.items:
            self._b.bullets(said.items)
        elif said.rows:
            self._rows(entry, said)
        elif said.day:
            self._b.paragraph(written_day(said.day))
        else:
            for paragraph in _paragraphs(said.text):
                self._b.paragraph(paragraph, written=True)

    def _rows(self, entry: Entry, said: Said) -> None:
        """A table, or row by row what stands under each heading when a cell would be higher than a page."""
        if max(len(text) for row in said.rows for _head, text in row) <= MOST_IN_CELL:
            columns = [Column(head, TEXT_WIDTH / len(entry.heads), written=True) for head in entry.heads]
            self._b.table(columns, [[[text] for _head, text in row] for row in said.rows], (), entry.label)
            return
        for row in said.rows:
            self._b.bullets([f"{head}: {piece}" for head, text in row for piece in _paragraphs(text)])

    def _parties(self) -> None:
        self._b.section(_("Parter"))
        lines = []
        for party in self._read.parties:
            named = " ".join(text for text in (party.name, party.number) if text)
            contact = _("kontaktperson %(name)s") % {"name": party.contact_name} if party.contact_name else ""
            lines.append(", ".join(text for text in (named, party.kind, party.role, contact) if text))
        self._b.bullets(lines or [_("Inga parter")])

    def _budget(self) -> None:
        self._b.section(_("Budget"), room=40 * mm)
        width = 30 * mm
        columns = [
            Column(_("Part"), TEXT_WIDTH - 3 * width),
            *(
                Column(head, width, numeric=True)
                for head in (_("Kostnad, kr"), _("Söker, kr"), _("Egen finansiering, kr"))
            ),
        ]
        rows = [
            [[b.party], *([amount(ore, self._language)] for ore in (b.total, b.applied, b.own))]
            for b in self._read.budgets
        ]
        total = [
            _("Summa"),
            *(amount(ore, self._language) for ore in (self._read.cost, self._read.applied, self._read.own)),
        ]
        self._b.table(columns, rows, total, _("Kostnad och sökt bidrag för varje part, i kronor"))
        for budget in self._read.budgets:
            if budget.rows:
                self._b.subsection(_("Kostnader för %(party)s") % {"party": budget.party})
                self._b.bullets([f"{row.label}: {money.written(row.total, self._language)}" for row in budget.rows])

    def _files(self) -> None:
        if self._read.withheld is not None or not self._read.files:
            return
        self._b.section(_("Bilagor"))
        self._b.paragraph(_("Bilagorna öppnas på ärendets sida."), "note")
        pages = (ngettext("%(n)d sida", "%(n)d sidor", f.pages) % {"n": f.pages} for f in self._read.files)
        self._b.bullets([f"{f.title}: {f.name}, {n}" for f, n in zip(self._read.files, pages, strict=True)])

    def _criterion(self, criterion: Criterion) -> None:
        language = self._language
        weight = money.written_share(round(criterion.weight * 100), language)
        self._b.subsection(
            _("%(criterion)s, vikt %(weight)s") % {"criterion": criterion.title.read(language), "weight": weight}
        )
        self._b.paragraph(criterion.description.read(language))
        columns = [Column(_("Poäng"), 18 * mm), Column(_("Betyder"), TEXT_WIDTH - 18 * mm)]
        rows = [[[str(n)], [text.read(language)]] for n, text in sorted(criterion.anchors.items(), reverse=True)]
        self._b.table(columns, rows, (), _("Vad varje poäng betyder"))
        with self._b.together():
            self._b.paragraph(_("Poäng och skäl"), "note")
            self._b.story.append(NoteLines(NOTE_LINES))


def _paragraphs(text: str) -> Iterator[str]:
    """A text as paragraphs, none longer than a letter can set."""
    for paragraph in _nonempty(text.split("\n")):
        for start in range(0, len(paragraph), LIMIT):
            yield paragraph[start : start + LIMIT]


def _nonempty(lines: Iterable[str]) -> Iterator[str]:
    return (line for line in lines if line.strip())
