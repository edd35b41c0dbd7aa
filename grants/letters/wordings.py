"""What each kind of letter says of its own accord, as templates, and what stands in their fields.

A call may say any part otherwise (``decision.letters`` in its file); the fields and their rules are in
:mod:`grants.programmes.letter_templates`.
"""

from __future__ import annotations

from typing import Final

from grants.programmes.letter_templates import fill, names_in

from .data import DecisionLetter, Kind, Language, Part, Passage
from .formats import local_day, long_date, money
from .texts import TEXTS

PARTS: Final[tuple[Part, ...]] = ("title", "heading", "opening", "decision", "meaning", "closing")

_SV: Final[dict[Kind, dict[Part, str]]] = {
    "grant": {
        "title": "Beslut om bidrag",
        "heading": "Er ansökan om bidrag har beviljats",
        "opening": "Tack för er ansökan i utlysningen {call}. Vi har beslutat att bevilja er ansökan.",
        "decision": "{authority} beviljar projektet {project} bidrag med sammanlagt högst {total}.",
        "meaning": "Beslutet omfattar samtliga projektparter i tabellen nedan.",
    },
    "rejection": {
        "title": "Beslut om avslag",
        "heading": "Er ansökan om bidrag har avslagits",
        "opening": "Tack för er ansökan i utlysningen {call}. Vi har beslutat att inte bevilja er ansökan.",
        "decision": "{authority} avslår ansökan om bidrag till projektet {project}.",
    },
    "formal_rejection": {
        "title": "Beslut om avvisning",
        "heading": "Er ansökan om bidrag har avvisats",
        "opening": "Tack för er ansökan i utlysningen {call}. Vi har beslutat att avvisa er ansökan.",
        "decision": "{authority} avvisar ansökan om bidrag till projektet {project}.",
        "meaning": "Det innebär att ansökan inte har prövats i sak.",
    },
    "written_off": {
        "title": "Beslut om avskrivning",
        "heading": "Ärendet om er ansökan avskrivs",
        "opening": "Ni har återkallat er ansökan i utlysningen {call}.",
        "decision": "{authority} avskriver ärendet om bidrag till projektet {project} från vidare handläggning.",
        "meaning": "Det innebär att ansökan inte har prövats i sak och att ärendet avslutas.",
    },
    "reserve": {
        "title": "Beslut om plats på reservlista",
        "heading": "Er ansökan är placerad på reservlista",
        "opening": "Tack för er ansökan i utlysningen {call}. "
        "Den håller för ett bidrag men ryms inte inom utlysningens budget.",
        "decision": "{authority} placerar ansökan om bidrag till projektet {project} på utlysningens reservlista.",
        "meaning": "Blir det medel över kan ansökan beviljas i ett nytt beslut. "
        "En plats på reservlistan ger ingen rätt till bidrag.",
    },
    "change": {
        "title": "Beslut om ändrat bidrag",
        "heading": "Beslutet om ert bidrag har ändrats",
        "opening": "Vi har ändrat beslutet den {earlier_date} om bidrag i utlysningen {call}.",
        "decision": "{authority} beviljar projektet {project} bidrag med sammanlagt högst {total}. "
        "Tidigare var det högst {earlier_total}.",
        "meaning": "Beslutet omfattar samtliga projektparter i tabellen nedan. "
        "Det ersätter version {earlier_version} och är nu version {version} av beslutet.",
    },
    "withdrawal": {
        "title": "Beslut om upphävande av bidrag",
        "heading": "Beslutet om ert bidrag har upphävts",
        "opening": "Det här gäller ert bidrag i utlysningen {call}, som beviljades den {earlier_date}.",
        "decision": "{authority} upphäver beslutet den {earlier_date} att bevilja projektet {project} bidrag med "
        "sammanlagt högst {earlier_total}.",
        "meaning": "Det innebär att inget mer av bidraget betalas ut. "
        "Krävs något av det som redan har betalats ut tillbaka, fattar vi ett särskilt beslut om det.",
    },
    "recovery": {
        "title": "Beslut om återkrav",
        "heading": "Bidrag ska betalas tillbaka",
        "opening": "Det här gäller ert bidrag i utlysningen {call}, som beviljades den {earlier_date}.",
        "decision": "{authority} kräver tillbaka sammanlagt {total} av bidraget till projektet {project}. "
        "Det ska vara betalt senast den {due}.",
        "meaning": "Varje part betalar tillbaka det belopp som står i tabellen nedan.",
    },
}

_EN: Final[dict[Kind, dict[Part, str]]] = {
    "grant": {
        "title": "Grant decision",
        "heading": "Your application for a grant has been approved",
        "opening": "Thank you for your application in the call {call}. We have decided to approve your application.",
        "decision": "{authority} awards the project {project} a grant of at most {total} in total.",
        "meaning": "The decision covers all project parties in the table below.",
    },
    "rejection": {
        "title": "Decision to reject",
        "heading": "Your application for a grant has been rejected",
        "opening": "Thank you for your application in the call {call}. "
        "We have decided not to approve your application.",
        "decision": "{authority} rejects the application for a grant for the project {project}.",
    },
    "formal_rejection": {
        "title": "Decision to dismiss",
        "heading": "Your application for a grant has been dismissed",
        "opening": "Thank you for your application in the call {call}. We have decided to dismiss your application.",
        "decision": "{authority} dismisses the application for a grant for the project {project}.",
        "meaning": "This means that the application has not been examined on its merits.",
    },
    "written_off": {
        "title": "Decision to close the case",
        "heading": "The case of your application is closed",
        "opening": "You have withdrawn your application in the call {call}.",
        "decision": "{authority} closes the case of a grant for the project {project} without further handling.",
        "meaning": "This means that the application has not been examined on its merits and that the case ends.",
    },
    "reserve": {
        "title": "Decision on a place on the reserve list",
        "heading": "Your application is on the reserve list",
        "opening": "Thank you for your application in the call {call}. "
        "It is good enough for a grant, but the budget of the call is not sufficient.",
        "decision": "{authority} places the application for a grant for the project {project} "
        "on the reserve list of the call.",
        "meaning": "If funds become available the application can be approved in a new decision. "
        "A place on the reserve list gives no right to a grant.",
    },
    "change": {
        "title": "Decision to change a grant",
        "heading": "The decision on your grant has been changed",
        "opening": "We have changed the decision of {earlier_date} on a grant in the call {call}.",
        "decision": "{authority} awards the project {project} a grant of at most {total} in total. "
        "It was at most {earlier_total} before.",
        "meaning": "The decision covers all project parties in the table below. "
        "It replaces version {earlier_version} and is now version {version} of the decision.",
    },
    "withdrawal": {
        "title": "Decision to withdraw a grant",
        "heading": "The decision on your grant has been withdrawn",
        "opening": "This is about your grant in the call {call}, which was awarded on {earlier_date}.",
        "decision": "{authority} withdraws the decision of {earlier_date} to award the project {project} a grant of "
        "at most {earlier_total} in total.",
        "meaning": "This means that no more of the grant is paid. "
        "If any of what has been paid already is to be repaid, we make a separate decision on that.",
    },
    "recovery": {
        "title": "Decision to recover a grant",
        "heading": "A grant is to be repaid",
        "opening": "This is about your grant in the call {call}, which was awarded on {earlier_date}.",
        "decision": "{authority} recovers in total {total} of the grant to the project {project}. "
        "It must be paid no later than {due}.",
        "meaning": "Each party repays the amount that stands in the table below.",
    },
}

WORDINGS: Final[dict[Language, dict[Kind, dict[Part, str]]]] = {"sv": _SV, "en": _EN}


def titles(language: Language) -> dict[Kind, str]:
    """The first-level heading of each kind of decision, for lists and file names outside the letter."""
    return {kind: parts["title"] for kind, parts in WORDINGS[language].items()}


def template(data: DecisionLetter, part: Part, language: Language) -> Passage | None:
    """The call's own template of a part, or the usual one; nothing when letters of this kind have no such part."""
    if own := data.wording.get(part):
        return own
    usual = WORDINGS[language][data.kind].get(part)
    return Passage(text=usual, language=language) if usual else None


def said(data: DecisionLetter, part: Part, language: Language, *, preview: bool = False) -> Passage | None:
    """The part with its fields filled in."""
    found = template(data, part, language)
    if found is None:
        return None
    # a template in another language than the letter's gets its days and amounts in its own
    filled = fill(found.text, values(data, found.language, preview=preview))
    return found.model_copy(update={"text": filled})


def unfilled(data: DecisionLetter, language: Language) -> tuple[str, ...]:
    """The fields that a letter's templates name and the letter has no value for, each once; in a letter they stand
    as ``[due]``, so nothing is issued with one."""
    have = values(data, language)
    templates = (template(data, part, language) for part in PARTS)
    names = (name for found in templates if found for name in names_in(found.text))
    return tuple(dict.fromkeys(name for name in names if not have.get(name)))


def values(data: DecisionLetter, language: Language, *, preview: bool = False) -> dict[str, str]:
    """What stands in each field; a field without a value is left out or empty."""
    day = TEXTS[language]["date_at_decision"] if preview else long_date(local_day(data.decided_at), language)
    due = data.repayment.due if data.kind == "recovery" and data.repayment else data.acceptance_due
    days = {"due": due, "start": data.start, "end": data.end}
    found = {
        "authority": data.authority.short_name,
        "number": data.number,
        "version": str(data.version),
        "date": day,
        "project": data.project_title,
        "coordinator": data.coordinator.name,
        "call": data.call_title,
        "programme": data.programme_title,
        "officer": data.officer,
        "total": money(data.total_ore, language),
    }
    found |= {name: long_date(each, language) for name, each in days.items() if each}
    if data.earlier:
        found |= {
            "earlier_date": long_date(local_day(data.earlier.decided_at), language),
            "earlier_version": str(data.earlier.version),
            "earlier_total": money(data.earlier.total_ore, language),
        }
    return found
