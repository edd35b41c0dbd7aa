"""Reading without identities: what stands in an application, without who stands behind it. The one place that decides it.

In a call whose review is blind a reviewer never gets the frozen document itself, but what `as_read` makes of it: parties are
called Part A, B and C, with their kind; names, numbers and addresses of parties and persons are taken out of the texts, as
far as they are written as the application itself writes them. Files cannot be read through like that, so they stay closed.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from grants.applications.access import OFFICES, WORKING, grants_on
from grants.applications.members import CaseMember
from grants.applications.models import Application, Party
from grants.organisations.kinds import OrganisationKind
from grants.organisations.models import Person
from grants.programmes.definition import CallDefinition
from grants.programmes.questions import Question

LONG_ENOUGH = 5  # characters; a shorter name has to stand alone, or it would be found inside other words
SHORTEST_WORD = 4  # of a name; shorter ones say nothing by themselves
# Words in the names of organisations that do not tell one from another.
COMMON = frozenset({
    "kommun", "kommunen", "kommuner", "kommunalförbund", "region", "regionen", "regioner", "förbund", "förbundet",
    "förening", "föreningen", "förenade", "stiftelse", "stiftelsen", "universitet", "universitetet", "högskola",
    "högskolan", "institut", "institutet", "myndighet", "myndigheten", "länsstyrelsen", "statens", "svensk",
    "svenska", "svenskt", "sverige", "sveriges", "nordisk", "nordiska", "bolag", "bolaget", "aktiebolag", "ekonomisk",
    "ideell", "digital", "digitala", "data", "analys", "teknik", "konsult", "utveckling", "samverkan", "forskning",
    "innovation", "exempel", "från", "till", "inom",
})  # fmt: skip
PERSONS = ("contact_name", "signatory_name", "confirmed_name")
ADDRESSES = ("contact_email", "signatory_email")
CHOSEN = frozenset(
    {"choice", "choices", "yesno", "number", "money", "date", "file"}
)  # answers without words of one's own
_ADDRESS = re.compile(
    r"(?:https?://|www\.)\S+|[\w.+-]+@[\w-]+(?:\.[\w-]+)+|(?<![\w.])[\w-]+\.(?:se|nu|com|org|net|eu)\b", re.IGNORECASE
)
_NUMBER = re.compile(
    r"(?<!\d)(?:16)?\d{6}-\d{4}(?!\d)|(?<!\d)(?:08|0\d{2,3}|\+46 ?\d{1,3})[-–]\d{2,3} ?\d{2,3} ?\d{2,3}(?!\d)"
)


def is_blind(definition: CallDefinition) -> bool:
    """Whether the call's reviewers read without identities."""
    return bool(definition.review and definition.review.blind)


def reads_blind(person: Person, application: Application) -> bool:
    """Whether this person has the application without identities: one who reviews it, and is nothing else to it.
    The panel weighs applications with their names: it declares conflicts of interest against their parties."""
    if not is_blind(application.definition):
        return False
    return not grants_on(person, application.pk, application.call_id) & {*WORKING, *OFFICES, "panel_case"}


def letter(place: int) -> str:
    """A, B, C … Z, AA: which party it is, by its place."""
    return (letter(place // 26 - 1) if place >= 26 else "") + chr(ord("A") + place % 26)


@dataclass(frozen=True)
class _Name:
    """Something that tells who it is, and what stands in its place."""

    written: str
    shown: str
    exact: bool = False  # a word that is a name only when it is written as one


class Mask:
    """What takes the identities out of the texts of one application."""

    def __init__(self, parties: Sequence[Mapping[str, Any]], people: Iterable[str] = ()) -> None:
        names: dict[str, _Name] = {}
        for place, party in enumerate(parties):
            shown = f"[{_('Part %(letter)s') % {'letter': letter(place)}}]"
            for name in _of_party(party, shown):
                names.setdefault(name.written if name.exact else name.written.casefold(), name)
        for one in people:
            for name in _of_person(one):
                names.setdefault(name.written if name.exact else name.written.casefold(), name)
        self._shown = {key: name.shown for key, name in names.items()}
        longest_first = sorted(names.values(), key=lambda name: -len(name.written))
        self._phrases = _pattern((n for n in longest_first if not n.exact), re.IGNORECASE)
        self._words = _pattern((n for n in longest_first if n.exact), 0)

    def text(self, text: str) -> str:
        """The text without what tells who it is about."""
        text = _ADDRESS.sub(f"[{_('adress')}]", text)
        text = _NUMBER.sub(f"[{_('nummer')}]", text)
        for pattern in (self._phrases, self._words):
            if pattern is not None:
                text = pattern.sub(self._put, text)
        return text

    def _put(self, found: re.Match[str]) -> str:
        written = " ".join(found[0].split())
        return self._shown.get(written) or self._shown.get(written.casefold()) or "[…]"

    def value(self, question: Question | None, value: Any) -> Any:
        """An answer without identities; what is chosen among the call's own words stays."""
        if question is None or question.kind in CHOSEN:
            return value if question is not None else None
        if question.kind == "table":
            words = {column.id for column in question.columns if column.kind not in CHOSEN}
            return [{key: self.text(str(x)) if key in words else x for key, x in row.items()} for row in value or []]
        return self.text(value) if isinstance(value, str) else value


def _pattern(names: Iterable[_Name], flags: int) -> re.Pattern[str] | None:
    parts = []
    for name in names:
        spaced = r"\s+".join(re.escape(word) for word in name.written.split())
        parts.append(spaced if len(name.written) >= LONG_ENOUGH else spaced + r"(?=s?(?!\w))")
    return re.compile(rf"(?<!\w)(?:{'|'.join(parts)})", flags) if parts else None


def _of_party(party: Mapping[str, Any], shown: str) -> Iterable[_Name]:
    name = " ".join(str(party["name"]).split())
    bare = re.sub(r"\s*\([^)]*\)$", "", name)
    for written in (name, bare):
        if written:
            yield _Name(written, shown)
    if number := str(party["number"]):
        yield _Name(number, shown)
        yield _Name(number.replace("-", ""), shown)
    for word in re.findall(r"\w+", bare):
        if len(word) >= SHORTEST_WORD and word[0].isupper() and word.casefold() not in COMMON:
            stem = (
                word[:-1] if word.endswith("s") and len(word) > LONG_ENOUGH else word
            )  # of a genitive: Göteborgs kommun
            yield _Name(stem, shown, exact=True)
            yield _Name(stem.upper(), shown, exact=True)
    for field in PERSONS:
        yield from _of_person(str(party.get(field) or ""))


def _of_person(name: str) -> Iterable[_Name]:
    shown, words = f"[{_('person')}]", name.split()
    if not words:
        return
    yield _Name(" ".join(words), shown, exact=len(words) == 1)
    for word in words:
        if len(word) >= SHORTEST_WORD and word[0].isupper():
            yield _Name(word, shown, exact=True)


def mask_of(content: Mapping[str, Any], people: Iterable[str] = ()) -> Mask:
    """What takes the identities out of this document and of what is written about it."""
    return Mask(content["parties"], people)


def masks(cases: Iterable[int]) -> dict[int, Mask]:
    """The same for many applications, as they are now; two queries."""
    keys = list(cases)
    parties: dict[int, list[dict[str, Any]]] = {pk: [] for pk in keys}
    for party in Party.objects.filter(application__in=keys).select_related("organisation") if keys else ():
        named = {field: getattr(party, field) for field in (*PERSONS, *ADDRESSES)}
        number = party.frozen_number or party.organisation.number
        parties[party.application_id].append({"name": party.name, "number": number, **named})
    people: dict[int, list[str]] = {pk: [] for pk in keys}
    for case, name in _people(keys) if keys else ():
        people[case].append(name)
    return {pk: Mask(parties[pk], people[pk]) for pk in keys}


def _people(cases: Iterable[int]) -> Iterable[tuple[int, str]]:
    """Who has worked in these applications."""
    rows = CaseMember.objects.filter(application__in=list(cases), person__isnull=False)
    found: Iterable[tuple[int, str]] = rows.values_list("application_id", "person__name")
    return found


def as_read(content: Mapping[str, Any], definition: CallDefinition, case: int) -> dict[str, Any]:
    """The frozen document of an application as its reviewers may read it; in a call that is not blind as it is."""
    if not is_blind(definition):
        return dict(content)
    mask = mask_of(content, (name for _case, name in _people([case])))
    asked = {question.id: question for question in definition.questions()}
    return dict(content) | {
        "title": mask.text(content["title"]),
        "parties": [_unnamed(party, place) for place, party in enumerate(content["parties"])],
        "answers": [dict(a, value=mask.value(asked.get(a["question"]), a["value"])) for a in content["answers"]],
        "attachments": [],
        "withheld": len(content["attachments"]),
    }


def _unnamed(party: Mapping[str, Any], place: int) -> dict[str, Any]:
    kind = OrganisationKind(party["kind"]).label
    name = _("Part %(letter)s (%(kind)s)") % {"letter": letter(place), "kind": kind}
    return dict(party) | {"name": name, "number": "", **dict.fromkeys((*PERSONS, *ADDRESSES), "")}
