"""The receipt: proof of what was submitted, by whom and when, to the second."""

from __future__ import annotations

from pathlib import Path

from .archive import Record
from .blocks import Builder
from .data import Language, Receipt, RenderedPdf
from .fonts import font_folder, load
from .formats import local_day, long_date, money, to_the_second
from .layout import Stationery, make_pdf
from .texts import TEXTS


def render_receipt(data: Receipt, language: Language, *, fonts: Path | None = None) -> RenderedPdf:
    """Make the receipt of one submission: PDF/A-3a and PDF/UA-1, the same bytes for the same arguments.

    ``fonts`` is the folder of the fonts, by default the one of the settings.

    Raises :exc:`~.text.TextTooLongError` and :exc:`~.fonts.FontsMissingError`.
    """
    words = TEXTS[language]
    builder = Builder(load(fonts or font_folder()), language)
    _build(builder, data, language)
    day = long_date(local_day(data.received_at), language)
    stationery = Stationery(
        authority=data.authority,
        orgnr_label=words["orgnr"],
        kind=words["receipt_kind"],
        page_label=words["page"],
        fields=((words["received"], day), (words["number"], data.number)),
        marks=(words["example"],) if data.example else (),
    )
    record = Record(
        title=f"{words['receipt_title']} – {data.number} – {data.project_title}",
        author=data.authority.name,
        subject=data.number,
        language=language,
        moment=data.received_at,
        record=data.canonical_json(),
        file_name=words["receipt_file"],
        file_description=words["receipt_file_text"],
        edition="final",
    )
    return make_pdf(builder, stationery, record)


def _build(builder: Builder, data: Receipt, language: Language) -> None:
    words = TEXTS[language]
    time = to_the_second(data.received_at, language)
    builder.title(words["receipt_title"])
    if data.example:
        builder.paragraph(words["receipt_example"], "note")
    builder.paragraph(words["receipt_text"].format(project=data.project_title, time=time), "lead")
    builder.paragraph(words["keep_text"])
    builder.facts(
        [
            (words["received"], [time]),
            (words["number"], [data.number]),
            (words["submission"], [str(data.submission_number)]),
            (words["call"], [data.call_title]),
            (words["project"], [data.project_title]),
            (words["coordinator"], [data.coordinator_name, f"{words['orgnr']} {data.coordinator_orgnr}"]),
            (words["applied"], [money(data.applied_ore, language)]),
            (words["submitted_by"], [data.submitted_by]),
            (words["checksum"], [data.answers_sha256[:32], data.answers_sha256[32:]]),
        ]
    )
    if data.parties:
        builder.section(words["parties"])
        builder.bullets(data.parties)
    builder.section(words["checksum_heading"])
    builder.paragraph(words["checksum_text"])
