"""The minutes of a panel's meeting: who was there, who was out of what, and what the panel recommends, with its reasons."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from django.utils import translation
from django.utils.translation import gettext as _
from pydantic import AwareDatetime, Field
from reportlab.lib.units import mm

from .archive import Record
from .blocks import TEXT_WIDTH, Builder, Column
from .data import Authority, Cell, Frozen, Language, Name, Ore, Prose, RenderedPdf, Short
from .fonts import font_folder, load
from .formats import amount, local_day, long_date, money, to_the_minute
from .layout import Stationery, make_pdf
from .texts import TEXTS


class Participant(Frozen):
    """One member of the panel."""

    name: Name
    is_chair: bool = False
    is_absent: bool = False


class Outsider(Frozen):
    """Somebody who was out of an item, and whether the house knew of the tie itself. What it was stands in the register."""

    name: Name
    by_system: bool = False


class MinutesItem(Frozen):
    """One item, as it was when the meeting closed. ``rank`` is its place by the scores."""

    number: Short
    title: Name
    coordinator: Name
    rank: Annotated[int, Field(ge=1)] | None = None
    score: Short = ""
    applied_ore: Ore
    amount_ore: Ore
    recommendation: Short
    is_above: bool
    text: Prose
    departure: Prose = ""
    out: tuple[Outsider, ...] = ()


class WeighedLimit(Frozen):
    """One limit for the funded projects together, with its figures, and whether it holds."""

    text: Cell
    is_met: bool


class Minutes(Frozen):
    """One meeting, everything that the minutes say and nothing else. ``left_ore`` is what there was to recommend, None in a
    call without a budget of its own."""

    authority: Authority
    call_title: Name
    call_number: Short | None = None
    starts_at: AwareDatetime
    opened_at: AwareDatetime
    closed_at: AwareDatetime
    place: Cell = ""
    closed_by: Name
    participants: tuple[Participant, ...]
    items: tuple[MinutesItem, ...]
    gone: tuple[Short, ...] = ()
    budget_ore: Ore | None = None
    left_ore: int | None = None
    limits: tuple[WeighedLimit, ...] = ()
    example: bool = False

    @property
    def above_ore(self) -> int:
        """What the panel recommends to be granted, in öre."""
        return sum(item.amount_ore for item in self.items if item.is_above)


def render_minutes(data: Minutes, language: Language, *, fonts: Path | None = None) -> RenderedPdf:
    """Make the minutes of one meeting: PDF/A-3a and PDF/UA-1, the same bytes for the same arguments."""
    words = TEXTS[language]
    with translation.override(language):
        builder = Builder(load(fonts or font_folder()), language)
        _Paper(builder, data, language).write()
        stationery = Stationery(
            authority=data.authority,
            orgnr_label=words["orgnr"],
            kind=_("Protokoll"),
            page_label=words["page"],
            fields=(
                (_("Möte"), long_date(local_day(data.opened_at), language)),
                (_("Diarienummer"), data.call_number)
                if data.call_number
                else (_("Mötet avslutades"), to_the_minute(data.closed_at, language)),
            ),
            marks=(words["example"],) if data.example else (),
        )
        record = Record(
            title=_("Protokoll från panelens möte: %(call)s") % {"call": data.call_title},
            author=data.authority.name,
            subject=data.call_title,
            language=language,
            moment=data.closed_at,
            record=data.canonical_json(),
            file_name="protokoll.json",
            file_description=_("Protokollets uppgifter i maskinläsbar form (JSON)"),
            edition="final",
        )
    return make_pdf(builder, stationery, record)


class _Paper:
    """The minutes of one meeting, part by part."""

    def __init__(self, builder: Builder, data: Minutes, language: Language) -> None:
        self._b, self._d, self._language = builder, data, language

    def write(self) -> None:
        """All of it."""
        self._b.title(_("Protokoll från panelens möte"))
        self._b.paragraph(self._d.call_title, "lead")
        self._facts()
        self._result()
        self._limits()
        self._items()
        if self._d.gone:
            self._b.section(_("Inte behandlade"))
            self._b.paragraph(
                _("Återkallade eller beslutade före mötets slut: %(which)s.") % {"which": ", ".join(self._d.gone)}
            )
        self._b.section(_("Så blev protokollet till"))
        self._b.paragraph(
            _(
                "Protokollet gjordes när mötet avslutades av %(who)s och kan inte ändras. Uppgifterna ligger också i "
                "filen som maskinläsbar bilaga. Panelen rekommenderar. Beslut fattas av beslutsfattaren."
            )
            % {"who": self._d.closed_by}
        )

    def _money(self, ore: int) -> str:
        return ("\u2212" if ore < 0 else "") + money(abs(ore), self._language)

    def _facts(self) -> None:
        d = self._d
        there = [p for p in d.participants if not p.is_absent]
        self._b.facts(
            [
                (_("Mötet öppnades"), [to_the_minute(d.opened_at, self._language)]),
                (_("Mötet avslutades"), [to_the_minute(d.closed_at, self._language)]),
                (_("Plats"), [d.place]),
                (_("Ordförande"), [p.name for p in there if p.is_chair]),
                (_("Ledamöter"), [p.name for p in there if not p.is_chair]),
                (_("Frånvarande"), [p.name for p in d.participants if p.is_absent]),
                (_("Omgångens budget"), [self._money(d.budget_ore)] if d.budget_ore is not None else []),
                (_("Kvar att fördela"), [self._money(d.left_ore)] if d.left_ore is not None else []),
                (_("Panelen rekommenderar"), [self._money(d.above_ore)]),
                (
                    _("Kvar under bidragslinjen"),
                    [self._money(d.left_ore - d.above_ore)] if d.left_ore is not None else [],
                ),
            ]
        )

    def _result(self) -> None:
        columns = [
            Column(_("Ärende"), 30 * mm),
            Column(_("Koordinator"), TEXT_WIDTH - 30 * mm - 18 * mm - 18 * mm - 24 * mm - 28 * mm, written=True),
            Column(_("Plats"), 18 * mm, numeric=True),
            Column(_("Poäng"), 18 * mm, numeric=True),
            Column(_("Panelen"), 24 * mm),
            Column(_("Belopp, kr"), 28 * mm, numeric=True),
        ]
        rows = [
            [
                [item.number],
                [item.coordinator],
                [str(item.rank) if item.rank else "–"],
                [item.score or "–"],
                [item.recommendation],
                [amount(item.amount_ore, self._language) if item.is_above else "–"],
            ]
            for item in self._d.items
        ]
        self._b.section(_("Panelens rekommendationer"), room=40 * mm)
        if rows:
            self._b.table(columns, rows, (), _("Varje ansökan med plats, poäng, rekommendation och belopp"))

    def _limits(self) -> None:
        if not self._d.limits:
            return
        self._b.section(_("Omgångens gränser för helheten"))
        told = {True: _("uppfylld"), False: _("inte uppfylld")}
        self._b.bullets([f"{limit.text} ({told[limit.is_met]})" for limit in self._d.limits])

    def _items(self) -> None:
        for n, item in enumerate(self._d.items, 1):
            self._b.section(f"{n}. {item.number} {item.title}")
            out = [_("%(name)s (jäv)") % {"name": one.name} for one in item.out]
            self._b.facts(
                [
                    (_("Koordinator"), [item.coordinator]),
                    (_("Sökt bidrag"), [self._money(item.applied_ore)]),
                    (_("Panelen rekommenderar"), [item.recommendation]),
                    (_("Belopp"), [self._money(item.amount_ore)] if item.is_above else []),
                    (_("Deltog inte"), out),
                ]
            )
            for text in item.text.split("\n"):
                if text.strip():
                    self._b.paragraph(text, written=True)
            if item.departure:
                self._b.subsection(_("Skäl att gå ifrån rangordningen"))
                for text in item.departure.split("\n"):
                    if text.strip():
                        self._b.paragraph(text, written=True)
