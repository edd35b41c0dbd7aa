"""What a call asks for and expects, said in sentences for those who have not signed in."""

from dataclasses import dataclass

from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from grants.programmes.conditions import in_words
from grants.programmes.definition import CallDefinition, PartyRole, PartyRule, ReportRule
from grants.programmes.questions import AttachmentRule, Question
from grants.templatetags.call_texts import plain
from grants.templatetags.writing import day, number


@dataclass(frozen=True)
class Asked:
    """A question with its number and what is said about it."""

    place: str
    question: Question
    remarks: list[str]


def asked(definition: CallDefinition) -> list[tuple[str, list[Asked]]]:
    """Every part of the form: its number and its questions."""
    parts = []
    for i, section in enumerate(definition.sections, 1):
        questions = [Asked(f"{i}.{j}", q, remarks(q, definition)) for j, q in enumerate(section.questions, 1)]
        parts.append((str(i), questions))
    return parts


def remarks(question: Question, definition: CallDefinition) -> list[str]:
    """How the question is answered, whether it must be, and what the answer is used for."""
    said = [_kind(question)]
    if not question.required:
        said.append(_("Frivillig."))
    if question.per_party:
        said.append(_("Varje part svarar för sig."))
    if question.show_if:
        questions = {q.id: q for q in definition.questions()}
        words = in_words(question.show_if, questions, plain, (get_language() or "sv")[:2])
        said.append(_("Visas om %(condition)s.") % {"condition": words})
    criterion = definition.criterion(question.criterion) if question.criterion else None
    if criterion:
        said.append(_("Bedöms under %(criterion)s.") % {"criterion": plain(criterion.title)})
    if question.public:
        said.append(_("Blir offentlig om ni får bidraget."))
    return said


def _kind(question: Question) -> str:
    if question.kind in ("short", "long"):
        return _("Text, högst %(n)s tecken.") % {"n": number(question.length_limit)}
    if question.kind == "number":
        return _range(question) or _("Ett tal.")
    if question.kind == "table":
        columns = ", ".join(plain(column.label) for column in question.columns)
        return _("Tabell, högst %(n)s rader: %(columns)s.") % {"n": question.most_rows, "columns": columns}
    return {
        "file": _("En fil i PDF."),
        "money": _("Ett belopp i kronor."),
        "date": _("Ett datum."),
        "yesno": _("Ja eller nej."),
        "choice": _("Ett val av %(n)s.") % {"n": len(question.options)},
        "choices": _("Ett eller flera val av %(n)s.") % {"n": len(question.options)},
    }[question.kind]


def _range(question: Question) -> str:
    least, most = question.least, question.most
    if least is not None and most is not None:
        return _("Ett tal från %(least)s till %(most)s.") % {"least": number(int(least)), "most": number(int(most))}
    if least is not None:
        return _("Ett tal, minst %(least)s.") % {"least": number(int(least))}
    return _("Ett tal, högst %(most)s.") % {"most": number(int(most))} if most is not None else ""


def file_remark(rule: AttachmentRule) -> list[str]:
    """What a file may be."""
    said = [_("PDF, högst %(pages)s sidor och %(size)s MB.") % {"pages": rule.max_pages, "size": rule.max_megabytes}]
    return said if rule.required else [*said, _("Frivillig.")]


def how_many(rule: PartyRule) -> str:
    """How many parties of a role there may be."""
    if rule.role == PartyRole.COORDINATOR:  # there is always one, whatever the file leaves unsaid
        return ngettext("%(n)s part", "%(n)s parter", 1) % {"n": 1}
    if rule.least == rule.most:
        return ngettext("%(n)s part", "%(n)s parter", rule.least) % {"n": rule.least}
    if rule.least == 0:
        return ngettext("högst %(n)s part", "högst %(n)s parter", rule.most) % {"n": rule.most}
    return _("minst %(least)s och högst %(most)s parter") % {"least": rule.least, "most": rule.most}


def when_due(report: ReportRule) -> str:
    """When a report is due, counted from the project."""
    if report.every_months is not None:
        if report.every_months == 12:
            return _("varje år från projektets start")
        return ngettext("varje månad", "var %(n)s:e månad från projektets start", report.every_months) % {
            "n": report.every_months
        }
    if report.months_after_start is not None:
        return ngettext(
            "%(n)s månad efter projektets start", "%(n)s månader efter projektets start", report.months_after_start
        ) % {"n": report.months_after_start}
    days = report.days_after_end or 0
    return ngettext("%(n)s dag efter projektets slut", "%(n)s dagar efter projektets slut", days) % {"n": days}


def period(definition: CallDefinition) -> str:
    """Between which days a project may start, without repeating what is the same."""
    first, last = definition.project.earliest_start, definition.project.latest_start
    if first == last:
        return day(first)
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day}–{day(last)}"
    return _("%(first)s till %(last)s") % {"first": day(first), "last": day(last)}
