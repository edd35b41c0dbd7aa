"""A call as a document to read, print and keep: what can be applied for, by whom and when, and everything that is asked.

The call's own file is embedded in it, so that the sheet and its data cannot be told apart.
"""

from functools import lru_cache

from django.utils import translation
from django.utils.translation import gettext as _
from reportlab.lib.units import mm

from grants import money
from grants.letters.archive import Record
from grants.letters.blocks import TEXT_WIDTH, Builder, Column
from grants.letters.data import Authority, Language, RenderedPdf
from grants.letters.fonts import font_folder, load
from grants.letters.layout import Stationery, make_pdf
from grants.letters.texts import TEXTS
from grants.programmes.definition import CallDefinition
from grants.programmes.law import LegalText
from grants.programmes.models import Call, CallVersion
from grants.programmes.pages_questions import file_remark, how_many, period, remarks, when_due
from grants.programmes.questions import Text
from grants.templatetags.writing import day, when

KEPT = 32  # sheets in memory; each takes some tenths of a second to make


@lru_cache(maxsize=KEPT)
def _made(
    call: Call, version: CallVersion, closes: str, sender: Authority, language: Language, example: bool
) -> RenderedPdf:
    # `closes` is here for the key: an incident may move it, and then the sheet is made anew
    definition, words = version.definition, TEXTS[language]
    with translation.override(language):
        builder = Builder(load(font_folder()), language)
        _Sheet(builder, call, definition, language).write()
        stationery = Stationery(
            authority=sender,
            orgnr_label=words["orgnr"],
            kind=_("Utlysning"),
            page_label=words["page"],
            fields=((_("Öppnar"), when(definition.window.opens)), (_("Diarienummer"), definition.number or "–")),
            marks=(words["example"],) if example else (),
        )
        record = Record(
            title=definition.title.read(language),
            author=sender.name,
            subject=definition.full_title.read(language),
            language=language,
            moment=version.created_at,
            record=version.text.source.encode(),
            file_name=f"{call.slug}.yaml",
            file_description=_("Utlysningen i maskinläsbar form (YAML)"),
            edition="final",
        )
    return make_pdf(builder, stationery, record)


def render_call(call: Call, sender: Authority, language: Language, *, example: bool) -> RenderedPdf:
    """The published version of a call: PDF/A-3a and PDF/UA-1. `example` marks every page."""
    assert call.version is not None
    return _made(call, call.version, str(call.closes_at), sender, language, example)


class _Sheet:
    """The sheet of one call, part by part."""

    def __init__(self, builder: Builder, call: Call, definition: CallDefinition, language: Language) -> None:
        self._b, self._call, self._d, self._language = builder, call, definition, language

    def write(self) -> None:
        """All of it."""
        self._b.title(self._say(self._d.full_title))
        self._b.paragraph(self._say(self._d.summary), "lead")
        self._facts()
        for heading, text in ((_("Syfte"), self._d.purpose), (_("Vilka som kan söka"), self._d.who)):
            self._b.section(heading)
            self._b.paragraph(self._say(text))
        self._b.bullets([self._say(text) for text in self._d.extras])
        self._questions()
        self._costs()
        self._criteria()
        self._afterwards()

    def _say(self, text: Text | LegalText) -> str:
        return text.read(self._language)

    def _facts(self) -> None:
        d, budget = self._d, self._d.budget
        closes = self._call.closes_at
        share = money.written_share(budget.max_share_bp, self._language)
        self._b.facts(
            [
                (_("Öppnar"), [when(d.window.opens)]),
                (_("Stänger"), [when(closes)] if closes else [_("Tills vidare")]),
                (_("Avstämningar"), [when(moment) for moment in d.window.cutoffs]),
                (_("Högsta bidrag"), [money.written(budget.max_grant_ore, self._language)]),
                (_("Högsta andel"), [_("%(share)s av kostnaderna") % {"share": share}]),
                (
                    _("Att fördela"),
                    [money.written(money.kronor(d.call_budget), self._language)] if d.call_budget else [],
                ),
                (_("Projektet börjar"), [period(d)]),
                (_("Projektet slutar senast"), [day(d.project.latest_end)]),
            ]
        )

    def _questions(self) -> None:
        for n, section in enumerate(self._d.sections, 1):
            self._b.section(f"{n}. {self._say(section.title)}")
            told = (f"{self._say(q.label)} {' '.join(remarks(q, self._d))}" for q in section.questions)
            self._b.bullets(list(told))
        self._b.section(_("Parter"))
        words = {"coordinator": _("Koordinator"), "participant": _("Övriga parter")}
        for rule in self._d.parties:
            kinds = ", ".join(str(kind.label) for kind in rule.kinds)
            self._b.paragraph(f"{words[rule.role]}: {how_many(rule)}. {kinds}.")
        if self._d.files:
            self._b.section(_("Bilagor"))
            self._b.bullets([f"{self._say(rule.title)}. {' '.join(file_remark(rule))}" for rule in self._d.files])

    def _costs(self) -> None:
        budget = self._d.budget
        self._b.section(_("Budget"))
        helped = ((self._say(kind.label), self._say(kind.help) if kind.help else "") for kind in budget.cost_types)
        self._b.bullets([f"{label}. {about}" if about else label for label, about in helped])
        self._b.bullets([self._say(cap.rule) for cap in budget.caps])

    def _criteria(self) -> None:
        if not self._d.stages.review:
            return
        columns = [Column(_("Poäng"), 18 * mm, numeric=True), Column(_("Betyder"), TEXT_WIDTH - 18 * mm)]
        self._b.section(_("Så bedöms ansökan"))
        for criterion in self._d.criteria:
            weight = money.written_share(round(criterion.weight * 100), self._language)
            self._b.subsection(
                _("%(criterion)s, vikt %(weight)s") % {"criterion": self._say(criterion.title), "weight": weight}
            )
            self._b.paragraph(self._say(criterion.description))
            rows = [[[str(score)], [self._say(text)]] for score, text in sorted(criterion.anchors.items())]
            self._b.table(columns, rows, (), _("Vad varje poäng betyder"))

    def _afterwards(self) -> None:
        decision, reporting = self._d.decision, self._d.reporting
        self._b.section(_("Om ni får bidraget"))
        if decision.general_conditions:
            self._b.bullets([self._say(text) for text in decision.general_conditions])
        self._b.subsection(_("Rapporter"))
        self._b.bullets([f"{self._say(report.title)}: {when_due(report)}" for report in reporting.reports])
        if reporting.payments:
            self._b.subsection(_("Utbetalningar"))
            shares = (
                (money.written_share(round(p.percent * 100), self._language), self._say(p.label))
                for p in reporting.payments
            )
            self._b.bullets([f"{share}: {label}" for share, label in shares])
        self._b.subsection(_("Rättslig grund och överklagande"))
        for text in (decision.legal_ground, decision.appeal):
            self._b.paragraph(self._say(text))
            if not text.verified:
                self._b.paragraph(TEXTS[self._language]["unverified"], "note")
