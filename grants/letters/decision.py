"""The decision letter: grant, rejection or formal rejection."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from reportlab.lib.units import mm

from .archive import Record
from .blocks import Builder, Column
from .data import DecisionLetter, Language, RenderedPdf
from .fonts import font_folder, load
from .formats import NBSP, amount, local_day, long_date, money, percent
from .layout import Stationery, make_pdf
from .texts import TEXTS, enumerate_names

_TABLE_ROOM: Final = 45 * mm  # a heading, a table head and two rows: less than that must not end a page


def render_decision(
    data: DecisionLetter, language: Language, *, preview: bool = False, fonts: Path | None = None
) -> RenderedPdf:
    """Make the letter of one decision: PDF/A-3a and PDF/UA-1, the same bytes for the same arguments.

    ``preview`` marks every page as not decided and leaves the date of decision open. ``fonts`` is the folder of the
    fonts, by default the one of the settings.

    Raises :exc:`~.text.TextTooLongError` and :exc:`~.fonts.FontsMissingError`.
    """
    words = TEXTS[language]
    builder = Builder(load(fonts or font_folder()), language)
    _Letter(builder, data, language, preview).build()
    day = words["date_at_decision"] if preview else long_date(local_day(data.decided_at), language)
    stationery = Stationery(
        authority=data.authority,
        orgnr_label=words["orgnr"],
        kind=words["decision_kind"],
        page_label=words["page"],
        fields=((words["decision_date"], day), (words["number"], data.number)),
        marks=tuple(words[mark] for mark, on in (("preview", preview), ("example", data.example)) if on),
    )
    record = Record(
        title=f"{words[f'{data.kind}_title']} – {data.number} – {data.project_title}",
        author=data.authority.name,
        subject=data.number,
        language=language,
        moment=data.decided_at,
        record=data.canonical_json(),
        file_name=words["decision_file"],
        file_description=words["decision_file_text"],
        edition="preview" if preview else "final",
        sealed=not preview,
    )
    return make_pdf(builder, stationery, record)


class _Letter:
    """The story of one letter, section by section in reading order."""

    def __init__(self, builder: Builder, data: DecisionLetter, language: Language, preview: bool) -> None:
        self._builder = builder
        self._data = data
        self._language = language
        self._preview = preview
        self._words = TEXTS[language]

    def build(self) -> None:
        """Fill the builder."""
        self._opening()
        self._decision()
        if self._data.kind == "grant":
            self._grant_table()
            self._payments()
            self._period()
            self._reports()
            self._conditions()
            self._acceptance()
        self._reasons()
        self._people()
        self._appeal()
        # A last page that holds nothing but a code says too little: the list of receivers goes with it.
        with self._builder.together():
            self._notice()
            self._verification()

    def _opening(self) -> None:
        data, words, builder = self._data, self._words, self._builder
        builder.title(words[f"{data.kind}_title"])
        if self._preview:
            builder.paragraph(words["preview_note"], "note")
        if data.example:
            builder.paragraph(words["example_note"], "note")
        coordinator = data.coordinator
        registered = f"{words['orgnr']} {coordinator.orgnr}"
        day = words["date_at_decision"] if self._preview else long_date(local_day(data.decided_at), self._language)
        call = f"{data.call_title} ({data.call_number})" if data.call_number else data.call_title
        builder.facts(
            [
                (words["project"], [data.project_title]),
                (words["coordinator"], [coordinator.name, registered, *coordinator.address]),
                (words["signatory"], [data.signatory or ""]),
                (words["project_manager"], [data.project_manager or ""]),
                (words["number"], [f"{data.number}, {words['version']} {data.version}"]),
                (words["decision_date"], [day]),
                (words["call"], [call]),
                (words["programme"], [data.programme_title]),
                (words["officer"], [data.officer]),
                (words["period"], [self._span()]),
            ]
        )

    def _span(self) -> str:
        ends = (self._data.start, self._data.end)
        return f" –{NBSP}".join(long_date(day, self._language) for day in ends if day)

    def _decision(self) -> None:
        data, words, builder = self._data, self._words, self._builder
        builder.section(words[f"{data.kind}_heading"])
        builder.paragraph(words[f"{data.kind}_thanks"].format(call=data.call_title))
        total = money(data.total_ore, self._language)
        sentence = words[f"{data.kind}_decision"]
        builder.paragraph(
            sentence.format(authority=data.authority.short_name, project=data.project_title, total=total), "lead"
        )
        if data.kind != "rejection":
            builder.paragraph(words[f"{data.kind}_meaning"])
        if data.version > 1:
            builder.paragraph(words["replaces"].format(version=data.version))
        if data.kind != "grant":
            self._legal_ground()

    def _legal_ground(self) -> None:
        if self._data.legal_ground:
            self._builder.paragraph(self._words["legal_ground"].format(text=self._data.legal_ground), "note")

    def _grant_table(self) -> None:
        words, language = self._words, self._language
        self._builder.section(words["grant_table"], room=_TABLE_ROOM)
        columns = [
            Column(words["recipient"], 68 * mm, written=True),
            Column(words["max_amount"], 29 * mm, numeric=True),
            Column(words["intensity"], 26 * mm, numeric=True),
            Column(words["aid_basis"], 37 * mm, written=True),
        ]
        rows = [
            (
                [line.party_name, f"{line.role}, {words['orgnr'].lower()} {line.orgnr}"],
                [amount(line.max_amount_ore, language)],
                [percent(line.intensity_bp, language)],
                [line.aid_basis],
            )
            for line in self._data.lines
        ]
        total = [words["total"], amount(self._data.total_ore, language), "", ""] if rows else []
        self._builder.table(columns, rows, total, words["grant_table_summary"])
        self._legal_ground()
        self._builder.paragraph(words["final_grant"])

    def _payments(self) -> None:
        data, words, language = self._data, self._words, self._language
        if not data.payments:
            return
        self._builder.section(words["payments"], room=_TABLE_ROOM)
        columns = [
            Column(words["when"], 36 * mm, written=True),
            Column(words["condition"], 92 * mm, written=True),
            Column(words["amount"], 32 * mm, numeric=True),
        ]
        rows = [([pay.when], [pay.condition], [amount(pay.amount_ore, language)]) for pay in data.payments]
        total = [words["total"], amount(sum(pay.amount_ore for pay in data.payments), language)]
        self._builder.table(columns, rows, total, words["payments_summary"])

    def _period(self) -> None:
        start, end = self._data.start, self._data.end
        if not (start and end):
            return
        self._builder.section(self._words["eligible_period"])
        sentence = self._words["eligible_text"]
        self._builder.paragraph(
            sentence.format(start=long_date(start, self._language), end=long_date(end, self._language))
        )

    def _reports(self) -> None:
        words = self._words
        if not self._data.reports:
            return
        self._builder.section(words["reports"], room=_TABLE_ROOM)
        columns = [Column(words["report"], 110 * mm, written=True), Column(words["due"], 50 * mm)]
        rows = [([report.title], [long_date(report.due, self._language)]) for report in self._data.reports]
        self._builder.table(columns, rows, [], words["reports_summary"])

    def _conditions(self) -> None:
        data, words, builder = self._data, self._words, self._builder
        if not (data.special_conditions or data.general_conditions):
            return
        builder.section(words["conditions"])
        for title, conditions in (
            (words["special_conditions"], data.special_conditions),
            (words["general_conditions"], data.general_conditions),
        ):
            if conditions:
                builder.subsection(title)
                builder.numbered(conditions)

    def _acceptance(self) -> None:
        if due := self._data.acceptance_due:
            self._builder.section(self._words["acceptance"])
            self._builder.paragraph(self._words["acceptance_text"].format(due=long_date(due, self._language)))

    def _reasons(self) -> None:
        if self._data.reasons:
            self._builder.section(self._words["reasons"])
            for reason in self._data.reasons:
                self._builder.paragraph(reason, written=True)

    def _people(self) -> None:
        data, words, builder = self._data, self._words, self._builder
        decider = f"{data.decider}, {data.decider_title}" if data.decider_title else data.decider
        with builder.together():
            builder.section(words["made_by"])
            builder.paragraph(words["decided_by"].format(decider=decider, officer=data.officer))
            names = enumerate_names(data.participants, self._language)
            builder.paragraph(words["took_part"].format(names=names) if names else words["nobody_else"])

    def _appeal(self) -> None:
        if self._data.appeal:
            self._builder.section(self._words["appeal"])
            self._builder.paragraph(self._data.appeal, written=True)

    def _notice(self) -> None:
        if self._data.notice_to:
            self._builder.section(self._words["notice"])
            self._builder.bullets(self._data.notice_to)

    def _verification(self) -> None:
        url, words, builder = self._data.verify_url, self._words, self._builder
        if not url:
            return
        builder.section(words["verify"])
        builder.link_with_code(words["verify_text"], url, words["verify_alt"].format(url=url))
