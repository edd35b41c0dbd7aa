"""The letter of a decision, of each kind there is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from reportlab.lib.units import mm

from .archive import Record
from .blocks import TEXT_WIDTH, Builder, Column, Role
from .data import DecisionLetter, Earlier, GrantLine, Language, Part, Passage, RenderedPdf, Repayment
from .fonts import font_folder, load
from .formats import NBSP, amount, local_day, long_date, percent
from .layout import Stationery, make_pdf
from .texts import TEXTS, enumerate_names
from .wordings import said

_TABLE_ROOM: Final = 45 * mm  # a heading, a table head and two rows: less than that must not end a page
_WITH_TABLES: Final = ("grant", "change", "withdrawal", "recovery")  # kinds whose legal ground stands under the table
_FEW, _SHORT_NAME = 6, 80  # receivers and characters of each: what fits in a column beside the code
_RIGHT: Final = 86 * mm  # the column with the code


def render_decision(
    data: DecisionLetter, language: Language, *, preview: bool = False, fonts: Path | None = None
) -> RenderedPdf:
    """Make the letter of one decision: PDF/A-3a and PDF/UA-1, the same bytes for the same arguments.

    ``preview`` marks every page as not decided and leaves the date of decision open. ``fonts`` is the folder of the
    fonts, by default the one of the settings.

    Raises :exc:`~.text.TextTooLongError` and :exc:`~.fonts.FontsMissingError`.
    """
    return make_pdf(*compose(data, language, preview=preview, fonts=fonts))


def compose(
    data: DecisionLetter, language: Language, *, preview: bool = False, fonts: Path | None = None
) -> tuple[Builder, Stationery, Record]:
    """The letter before it is laid out: its story, what stands on each page, and its identity."""
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
    title = said(data, "title", language, preview=preview)
    record = Record(
        title=f"{title.text if title else ''} – {data.number} – {data.project_title}",
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
    return builder, stationery, record


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
        if self._data.kind in ("grant", "change"):
            self._grant_table()
            self._payments()
            self._period()
            self._reports()
            self._conditions()
            self._acceptance()
        elif self._data.kind == "recovery":
            self._repayments()
        elif self._data.kind == "withdrawal":
            self._withdrawn()
        self._reasons()
        self._people()
        self._say("closing")
        # A last page that holds nothing but receivers and a code says too little: how to appeal goes with them.
        with self._builder.together():
            self._appeal()
            self._ending()

    def _say(self, part: Part, role: Role = "body") -> None:
        """A part of the letter's own words, if letters of this kind have it."""
        if found := said(self._data, part, self._language, preview=self._preview):
            self._builder.paragraph(found.text, role, spoken=found.language)

    def _quote(self, passage: Passage | None, role: Role = "body", within: str = "{text}") -> None:
        """A text from the law or the call, with a note when nobody has verified it."""
        if passage:
            self._builder.paragraph(within.format(text=passage.text), role, spoken=passage.language)
            if not passage.verified:
                self._builder.paragraph(self._words["unverified"], "note")

    def _opening(self) -> None:
        data, words, builder = self._data, self._words, self._builder
        if title := said(data, "title", self._language, preview=self._preview):
            builder.title(title.text, spoken=title.language)
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
                (words["coordinator"], [coordinator.name, registered, ", ".join(coordinator.address)]),
                (words["signatory"], [data.signatory or ""]),
                (words["project_manager"], [data.project_manager or ""]),
                (words["number"], [f"{data.number}, {words['version']} {data.version}"]),
                (words["decision_date"], [day]),
                (words["earlier"], [self._earlier()]),
                (words["call"], [call]),
                (words["programme"], [data.programme_title]),
                (words["officer"], [data.officer]),
                (words["period"], [self._span()]),
            ]
        )

    def _span(self) -> str:
        ends = (self._data.start, self._data.end)
        return f" –{NBSP}".join(long_date(day, self._language) for day in ends if day)

    def _earlier(self) -> str:
        """Which decision this one is about."""
        earlier = self._data.earlier
        if not earlier:
            return ""
        day = long_date(local_day(earlier.decided_at), self._language)
        return f"{day}, {self._words['version']} {earlier.version}"

    def _decision(self) -> None:
        data, words = self._data, self._words
        if heading := said(data, "heading", self._language, preview=self._preview):
            self._builder.section(heading.text, spoken=heading.language)
        self._say("opening")
        self._say("decision", "lead")
        self._say("meaning")
        if data.kind == "reserve" and data.reserve_place:
            self._builder.paragraph(words["reserve_place"].format(place=data.reserve_place))
        if data.kind == "grant" and data.replaces:
            self._builder.paragraph(words["replaces"].format(version=data.version, earlier=data.replaces))
        if data.kind not in _WITH_TABLES:
            self._legal_ground()

    def _legal_ground(self) -> None:
        self._quote(self._data.legal_ground, "note", self._words["legal_ground"])

    def _grant_table(self) -> None:
        if self._data.kind == "change" and self._data.earlier:
            self._change_table(self._data.earlier)
        else:
            self._amounts_table("grant_table", self._data.lines)
        self._legal_ground()
        self._builder.paragraph(self._words["final_grant"])

    def _amounts_table(self, title: str, lines: Sequence[GrantLine]) -> None:
        words, language = self._words, self._language
        self._builder.section(words[title], room=_TABLE_ROOM)
        columns = [
            Column(words["recipient"], 68 * mm, written=True),
            Column(words["max_amount"], 29 * mm, numeric=True),
            Column(words["intensity"], 26 * mm, numeric=True),
            Column(words["aid_basis"], 37 * mm),
        ]
        rows = [
            (
                self._party(line),
                [amount(line.max_amount_ore, language)],
                [percent(line.intensity_bp, language)],
                [line.aid_basis],
            )
            for line in lines
        ]
        total = [words["total"], amount(sum(line.max_amount_ore for line in lines), language), "", ""] if rows else []
        self._builder.table(columns, rows, total, words["grant_table_summary"])

    def _withdrawn(self) -> None:
        """What is withdrawn; and when something may be kept, what each party had and what it keeps."""
        if self._data.earlier and self._data.total_ore:
            self._change_table(self._data.earlier)
        elif self._data.earlier and self._data.earlier.lines:
            self._amounts_table("withdrawn_table", self._data.earlier.lines)
        self._legal_ground()

    def _change_table(self, earlier: Earlier) -> None:
        """What each party had and what it has now: also the one that is new, and the one that has left."""
        words, language = self._words, self._language
        self._builder.section(words["change_table"], room=_TABLE_ROOM)
        columns = [
            Column(words["recipient"], 55 * mm, written=True),
            Column(words["before_amount"], 24 * mm, numeric=True),
            Column(words["now_amount"], 26 * mm, numeric=True),
            Column(words["intensity"], 23 * mm, numeric=True),
            Column(words["aid_basis"], 32 * mm),
        ]
        rows = [self._changed(before, now) for before, now in _pairs(earlier.lines, self._data.lines)]
        sums = [amount(earlier.total_ore, language), amount(self._data.total_ore, language)]
        total = [words["total"], *sums, "", ""] if rows else []
        self._builder.table(columns, rows, total, words["change_table_summary"])

    def _changed(self, before: GrantLine | None, now: GrantLine | None) -> tuple[list[str], ...]:
        words, language = self._words, self._language
        line = now or before
        assert line is not None
        intensity = [percent(now.intensity_bp, language)] if now else ["–"]
        if before and now and before.intensity_bp != now.intensity_bp:
            intensity.append(words["before_intensity"].format(percent=percent(before.intensity_bp, language)))
        note = words["joined"] if not before else words["left"] if not now else ""
        return (
            [*self._party(line), note],
            [amount(before.max_amount_ore, language) if before else "–"],
            [amount(now.max_amount_ore if now else 0, language)],
            intensity,
            [now.aid_basis if now else "–"],
        )

    def _party(self, line: GrantLine | Repayment) -> list[str]:
        return [line.party_name, f"{line.role}, {self._words['orgnr'].lower()} {line.orgnr}"]

    def _repayments(self) -> None:
        data, words, language = self._data, self._words, self._language
        self._builder.section(words["recovery_table"], room=_TABLE_ROOM)
        told = any(part.paid_ore is not None for part in data.repayments)
        columns = [
            Column(words["recipient"], (92 if told else 124) * mm, written=True),
            *([Column(words["paid"], 32 * mm, numeric=True)] if told else []),
            Column(words["to_repay"], 36 * mm, numeric=True),
        ]
        rows, total = [], [words["total"]]
        for part in data.repayments:
            paid = [[amount(part.paid_ore, language) if part.paid_ore is not None else "–"]] if told else []
            rows.append((self._party(part), *paid, [amount(part.amount_ore, language)]))
        if told:
            total.append(amount(sum(part.paid_ore or 0 for part in data.repayments), language))
        total.append(amount(data.total_ore, language))
        self._builder.table(columns, rows, total if rows else [], words["recovery_table_summary"])
        self._legal_ground()
        if terms := data.repayment:
            self._builder.section(words["repayment"])
            self._builder.facts(
                [
                    (words["repayment_due"], [long_date(terms.due, language)]),
                    (words["repayment_account"], [terms.account]),
                    (words["repayment_reference"], [terms.reference]),
                ]
            )

    def _payments(self) -> None:
        data, words, language = self._data, self._words, self._language
        if not data.payments:
            return
        self._builder.section(words["payments"], room=_TABLE_ROOM)
        dated = any(pay.when for pay in data.payments)
        columns = [
            *([Column(words["when"], 36 * mm, written=True)] if dated else []),
            Column(words["condition"], (92 if dated else 128) * mm),
            Column(words["amount"], 32 * mm, numeric=True),
        ]
        rows = [
            [*([[pay.when]] if dated else []), [pay.condition], [amount(pay.amount_ore, language)]]
            for pay in data.payments
        ]
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
        columns = [Column(words["report"], 110 * mm), Column(words["due"], 50 * mm)]
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
            self._quote(self._data.appeal)

    def _ending(self) -> None:
        """Who gets the decision, and how to verify it: side by side when the receivers are few."""
        names = self._data.notice_to
        if self._data.verify_url and 0 < len(names) <= _FEW and max(map(len, names)) <= _SHORT_NAME:
            self._builder.beside((self._notice, lambda: self._verification(_RIGHT)), (TEXT_WIDTH - _RIGHT, _RIGHT))
        else:
            self._notice()
            self._verification(TEXT_WIDTH)

    def _notice(self) -> None:
        if self._data.notice_to:
            self._builder.section(self._words["notice"])
            self._builder.bullets(self._data.notice_to)

    def _verification(self, width: float) -> None:
        url, words, builder = self._data.verify_url, self._words, self._builder
        if url:
            builder.section(words["verify"])
            builder.link_with_code(words["verify_text"], url, words["verify_alt"].format(url=url), width)


def _pairs(
    before: Sequence[GrantLine], now: Sequence[GrantLine]
) -> Iterator[tuple[GrantLine | None, GrantLine | None]]:
    """Each party's line before and now, in the order of now, and then those that have left. A party is known by its
    number, and by its name as well where two parts of one organisation take part."""
    left = list(before)
    for line in now:
        same = [each for each in left if each.orgnr == line.orgnr]
        found = next((each for each in same if each.party_name == line.party_name), same[0] if same else None)
        if found:
            left.remove(found)
        yield found, line
    for line in left:
        yield line, None
