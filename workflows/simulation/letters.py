"""Letters to measure with: invented parties, as many as wanted, and the same content as a web page."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from html import escape

from grants.letters.data import (
    Authority,
    DecisionLetter,
    GrantLine,
    Language,
    Organisation,
    Passage,
    Payment,
    ReportDue,
)
from grants.letters.fonts import font_folder
from grants.letters.formats import amount, local_day, long_date, percent
from grants.letters.qr import modules
from grants.letters.texts import TEXTS, enumerate_names
from grants.letters.wordings import said
from grants.money import kronor

START = datetime(2023, 11, 13, 9, 20, tzinfo=UTC)
_AUTHORITY = Authority(
    name="Provmyndigheten", short_name="Provmyndigheten", orgnr="000000-0000",
    address=("Provgatan 1", "000 00 Provstad"), contact="08-465 004 00 · registrator@prov.example",
)  # fmt: skip
_CONDITIONS = (
    "Bidraget får bara användas till kostnader som hör till projektet och har uppstått under projekttiden.",
    "Koordinatorn tar emot utbetalningarna och för genast vidare varje parts del.",
    "Projektets kostnader ska gå att följa i varje parts bokföring.",
    "Förseningar, byte av projektledare och annan offentlig finansiering anmäls så snart de är kända.",
    "När projektet berättar om sig själv ska det framgå att det har fått bidrag från myndigheten.",
    "Den som bryter mot villkoren kan bli skyldig att betala tillbaka hela eller delar av bidraget.",
)
_REASONS = (
    "Projektet bygger på stora och välskötta data, har utpekade mottagare i två enheter och en trovärdig plan för att jämföra "
    "nyttan med dagens arbetssätt. Bedömarna framhåller att arbetssättet kan spridas till fler utan nya upphandlingar.",
    "Bidraget är lägre än det sökta, eftersom en licens som ingick i budgeten redan finns i kommunen.",
)


def letter(number: int) -> DecisionLetter:
    """One of any number of letters, each with a content of its own."""
    name = f"Provkommun {number}"
    lines = tuple(
        GrantLine(
            party_name=party, orgnr=f"212000-{(number + n) % 10_000:04d}", role=role, intensity_bp=7_800 - 100 * n,
            max_amount_ore=kronor(440_000 - 1_000 * (number % 100) - 100_000 * n), aid_basis=basis,
        )
        for n, (party, role, basis) in enumerate(
            (
                (name, "Koordinator", "Inte statsstöd"),
                (f"Föreningen Grannarna {number}", "Projektpart", "Inte statsstöd"),
                (f"Analysbolaget {number} AB", "Projektpart", "Försumbart stöd"),
            )
        )
    )  # fmt: skip
    third = sum(line.max_amount_ore for line in lines) // 3
    return DecisionLetter(
        authority=_AUTHORITY, number=f"PROV 2023-{number:05d}", decided_at=START + timedelta(minutes=number), kind="grant",
        project_title=f"Rätt ärende till rätt handläggare {number}", call_title="Provutlysningen",
        call_number="PROV 2023-1", programme_title="Provprogrammet",
        coordinator=Organisation(name=name, orgnr="212000-0001", address=("Storgatan 2", "900 00 Provdal")),
        signatory="Lars Åkesson", project_manager="Karin Holm", officer="Sara Lindqvist", decider="Eva Norling",
        decider_title="enhetschef", participants=("Mikael Sjöö", "Amina Yusuf"), start=date(2023, 12, 1),
        end=date(2024, 11, 30), lines=lines, reasons=_REASONS,
        special_conditions=(Passage(text="Beskrivningen av lösningen publiceras öppet så att andra kan återanvända den."),),
        general_conditions=tuple(Passage(text=text) for text in _CONDITIONS),
        payments=tuple(
            Payment(when=when, condition=condition, amount_ore=third)
            for when, condition in (
                ("december 2023", "När alla parter har godkänt villkoren"), ("juni 2024", "När årsrapporten är godkänd"),
                ("januari 2025", "När slutrapporten är godkänd"),
            )
        ),
        reports=(
            ReportDue(title="Årsrapport", due=date(2024, 5, 31)),
            ReportDue(title="Slutrapport och ekonomisk redovisning", due=date(2024, 12, 31)),
        ),
        acceptance_due=date(2023, 12, 15), legal_ground=Passage(text="Bidraget lämnas enligt myndighetens instruktion."),
        appeal=Passage(text="Beslutet får inte överklagas."), notice_to=tuple(line.party_name for line in lines),
        verify_url=f"https://prov.example/kontroll/PROV-2023-{number:05d}",
    )  # fmt: skip


_STYLE = """
@page {{ size: A4; margin: 37mm 25mm 25mm;
  @top-left {{ content: "{authority}"; font: bold 13pt Letter }}
  @top-right {{ content: "{page} " counter(page) " (" counter(pages) ")"; font: 9pt Letter }}
  @bottom-left {{ content: "{foot}"; font: 7.5pt Letter }} }}
body {{ font: 10.5pt/14.5pt Letter; color: #14211d }} h1 {{ font-size: 21pt; line-height: 26pt; margin: 0 0 9pt }}
h2 {{ font-size: 12.5pt; margin: 11pt 0 4pt; break-after: avoid }} h3 {{ font-size: 10.5pt; margin: 6pt 0 3pt }}
p {{ margin: 0 0 5pt }} .lead {{ font-weight: 600 }} dt {{ float: left; width: 40mm }} dd {{ margin: 0 0 3pt 40mm }}
table {{ width: 100%; border-collapse: collapse; font-size: 9.5pt; line-height: 13pt }}
th {{ text-align: left; font-weight: 600 }} th, td {{ vertical-align: top; padding: 2.5pt 5pt 4pt 0; border-bottom: .25pt solid }}
"""


def style(data: DecisionLetter, language: Language) -> str:
    """The style sheet of the web page, in the letter's own fonts."""
    folder = font_folder()
    faces = "".join(
        f'@font-face {{ font-family: Letter; font-weight: {name[:3]}; src: url("{path.as_uri()}") }}'
        for name in ("400Regular", "600SemiBold", "700Bold")
        for path in sorted(folder.rglob(f"SourceSans3_{name}.ttf"))[:1]
    )
    foot = " · ".join((data.authority.name, *data.authority.address, data.authority.contact))
    return faces + _STYLE.format(authority=data.authority.name, page=TEXTS[language]["page"], foot=foot)


def page(data: DecisionLetter, language: Language) -> str:
    """A grant's letter as a web page, with all that the letter says."""
    title = said(data, "title", language)
    head = f'<!doctype html><html lang="{language}"><head><title>{escape(title.text if title else "")}</title></head><body>'
    return head + "".join(_body(data, language)) + "</body></html>"


def _body(data: DecisionLetter, language: Language) -> Iterator[str]:
    words = TEXTS[language]
    parts = {
        part: found.text
        for part in ("title", "heading", "opening", "decision", "meaning")
        if (found := said(data, part, language))
    }
    yield _tag("h1", parts["title"])
    coordinator = data.coordinator
    facts = {
        "project": data.project_title,
        "coordinator": f"{coordinator.name}, {coordinator.orgnr}, {', '.join(coordinator.address)}",
        "signatory": data.signatory,
        "project_manager": data.project_manager,
        "number": f"{data.number}, {words['version']} {data.version}",
        "decision_date": long_date(local_day(data.decided_at), language),
        "call": f"{data.call_title} ({data.call_number})",
        "programme": data.programme_title,
        "officer": data.officer,
        "period": " – ".join(long_date(day, language) for day in (data.start, data.end) if day),
    }
    yield "<dl>" + "".join(_tag("dt", words[key]) + _tag("dd", value or "") for key, value in facts.items()) + "</dl>"
    yield (
        _tag("h2", parts["heading"]) + _tag("p", parts["opening"]) + f'<p class="lead">{escape(parts["decision"])}</p>'
    )
    yield _tag("p", parts["meaning"]) + _tag("h2", words["grant_table"])
    yield _table(
        [words[key] for key in ("recipient", "max_amount", "intensity", "aid_basis")],
        [
            (f"{line.party_name}, {line.role}, {line.orgnr}", amount(line.max_amount_ore, language),
             percent(line.intensity_bp, language), line.aid_basis)
            for line in data.lines
        ] + [(words["total"], amount(data.total_ore, language), "", "")],
    )  # fmt: skip
    yield _tag("p", words["legal_ground"].format(text=data.legal_ground.text if data.legal_ground else "")) + _tag(
        "p", words["final_grant"]
    )
    yield _tag("h2", words["payments"])
    yield _table(
        [words[key] for key in ("when", "condition", "amount")],
        [(pay.when, pay.condition, amount(pay.amount_ore, language)) for pay in data.payments],
    )
    span = {name: long_date(day, language) for name, day in (("start", data.start), ("end", data.end)) if day}
    yield _tag("h2", words["eligible_period"]) + _tag("p", words["eligible_text"].format(**span))
    yield _tag("h2", words["reports"])
    yield _table([words["report"], words["due"]], [(r.title, long_date(r.due, language)) for r in data.reports])
    yield _tag("h2", words["conditions"])
    for key, conditions in (
        ("special_conditions", data.special_conditions),
        ("general_conditions", data.general_conditions),
    ):
        yield _tag("h3", words[key]) + "<ol>" + "".join(_tag("li", each.text) for each in conditions) + "</ol>"
    due = long_date(data.acceptance_due, language) if data.acceptance_due else ""
    yield _tag("h2", words["acceptance"]) + _tag("p", words["acceptance_text"].format(due=due))
    yield _tag("h2", words["reasons"]) + "".join(_tag("p", reason) for reason in data.reasons)
    yield _tag("h2", words["made_by"]) + _tag(
        "p", words["decided_by"].format(decider=f"{data.decider}, {data.decider_title}", officer=data.officer)
    )
    yield _tag("p", words["took_part"].format(names=enumerate_names(data.participants, language)))
    yield _tag("h2", words["appeal"]) + _tag("p", data.appeal.text if data.appeal else "")
    yield _tag("h2", words["notice"]) + "<ul>" + "".join(_tag("li", name) for name in data.notice_to) + "</ul>"
    yield f"<h2>{escape(words['verify'])}</h2>{_code(str(data.verify_url), words['verify_alt'])}"
    yield f'<p>{escape(words["verify_text"])}</p><p><a href="{data.verify_url}">{data.verify_url}</a></p>'


def _code(url: str, title: str) -> str:
    """The same code, of the same maker; asked for anew, since each letter is drawn once."""
    rows = modules.__wrapped__(url)
    dark = "".join(f"M{x} {y}h1v1h-1z" for y, row in enumerate(rows) for x, on in enumerate(row) if on)
    size = f'width="20mm" height="20mm" viewBox="0 0 {len(rows)} {len(rows)}"'
    named = _tag("title", title.format(url=url))
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size}>{named}<path d="{dark}"/></svg>'


def _tag(name: str, text: str) -> str:
    return f"<{name}>{escape(text)}</{name}>"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    heads = "".join(f'<th scope="col">{escape(text)}</th>' for text in head)
    body = "".join(f"<tr>{''.join(_tag('td', cell) for cell in row)}</tr>" for row in rows)
    return f"<table><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>"
