"""Definitions made by chance that keep every rule, with texts that a YAML reader could take for something else."""

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from grants.cleaning import clean
from grants.organisations.kinds import OrganisationKind
from grants.programmes.definition import CallDefinition

TRICKY = [
    "true",
    "null",
    "~",
    "12",
    "1.50",
    "-",
    "? x",
    "a: b",
    "# no",
    "[x",
    "{x",
    "&a",
    "*a",
    "!t",
    "%d",
    "@",
    "`",
    "'",
    '"',
]
ZONES = ("Europe/Stockholm", "UTC", "America/New_York", "Australia/Lord_Howe")

words = st.one_of(
    st.sampled_from(TRICKY),
    st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc", "Cn")), min_size=1, max_size=60),
    st.lists(st.sampled_from(["rad ett", "  indraget", "- punkt", ""]), min_size=2, max_size=4).map("\n".join),
)
sentences = words.map(lambda text: clean(text).strip()).filter(bool)
texts = st.builds(lambda sv, en: {"sv": sv, "en": en}, sentences, st.one_of(st.just(""), sentences))
kinds = st.lists(st.sampled_from([kind.value for kind in OrganisationKind]), min_size=1, unique=True)
slugs = st.from_regex(r"[a-z][a-z0-9_-]{0,12}", fullmatch=True)
percents = st.integers(0, 10_000).map(lambda n: n / 100)


def ids(least: int, most: int) -> st.SearchStrategy[list[str]]:
    """Different short names."""
    return st.lists(slugs, min_size=least, max_size=most, unique=True)


def parted(n: int) -> st.SearchStrategy[list[float]]:
    """`n` shares, none of them nothing, that sum to 100."""
    cuts = st.lists(st.integers(1, 9_999), min_size=n - 1, max_size=n - 1, unique=True).map(sorted)
    return cuts.map(lambda c: [(b - a) / 100 for a, b in zip([0, *c], [*c, 10_000], strict=True)])


@st.composite
def options(draw: st.DrawFn) -> list[dict[str, Any]]:
    return [{"id": each, "label": draw(texts)} for each in draw(ids(1, 3))]


@st.composite
def asked(draw: st.DrawFn, name: str, kind: str) -> dict[str, Any]:
    """A question or a column of this kind."""
    made: dict[str, Any] = {"id": name, "kind": kind, "label": draw(texts), "required": draw(st.booleans())}
    if kind in ("choice", "choices"):
        made["options"] = draw(options())
    if kind in ("short", "long") and draw(st.booleans()):
        made["limit"] = draw(st.integers(1, 20_000))
    if kind == "number" and draw(st.booleans()):
        low, high = sorted(draw(st.tuples(*[st.integers(-1000, 1000).map(lambda n: n / 8)] * 2)))
        made |= {"least": low, "most": high}
    return made


@st.composite
def questions(draw: st.DrawFn, names: list[str], criteria: list[str], *, report: bool = False) -> list[dict[str, Any]]:
    """A form with these questions; some wait for an earlier one."""
    kinds_of = ["short", "long", "number", "money", "date", "yesno", "choice", "choices"]
    made: list[dict[str, Any]] = []
    for name in names:
        kind = draw(st.sampled_from(kinds_of if report else [*kinds_of, "table", "file"]))
        question = draw(asked(name, kind))
        if kind == "table":
            columns = draw(ids(1, 3))
            cells = ("short", "number", "money", "date", "choice")
            question["columns"] = [draw(asked(each, draw(st.sampled_from(cells)))) for each in columns]
            question["least_rows"], question["most_rows"] = sorted(
                draw(st.tuples(st.integers(1, 50), st.integers(1, 50)))
            )
        if kind != "file":
            question["per_party"] = (
                draw(st.booleans()) and question.get("most_rows", 0) <= 10
            )  # a step must not be too large
            question |= draw(conditions(made, question["per_party"]))
        if criteria and draw(st.booleans()):
            question["criterion"] = draw(st.sampled_from(criteria))
        question["public"] = draw(st.booleans())
        made.append(question)
    return made


@st.composite
def conditions(draw: st.DrawFn, earlier: list[dict[str, Any]], per_party: bool) -> dict[str, Any]:
    """Perhaps a show_if that can hold."""
    known = [q for q in earlier if q["kind"] != "file" and (per_party or not q["per_party"])]
    known = list({q["id"]: q for q in known}.values())
    if not known or draw(st.booleans()):
        return {}
    others = draw(st.lists(st.sampled_from(known), min_size=1, max_size=3, unique_by=lambda q: q["id"]))
    single = [draw(condition(other)) for other in others]
    # alternatives: what is waited for need not go together
    return {"show_if": single[0] if len(single) == 1 else {"any": [single[0], {"any": single[1:]}]}}


@st.composite
def condition(draw: st.DrawFn, other: dict[str, Any]) -> dict[str, Any]:
    """A condition on this question's answer that can hold."""
    answers = [o["id"] for o in other.get("options", ())] or (["yes", "no"] if other["kind"] == "yesno" else [])
    said: dict[str, Any] = {"question": other["id"]}
    if answers and draw(st.booleans()):
        return said | {"equals": draw(st.lists(st.sampled_from(answers), min_size=1))}
    if len(answers) > 1:
        return said | {"not_equals": [draw(st.sampled_from(answers))]}
    if other["kind"] in ("number", "money"):
        return said | draw(st.sampled_from([{"at_most": other.get("most", 7)}, {"at_least": other.get("least", 0.5)}]))
    if other["kind"] == "date":
        return said | {"at_least": draw(st.dates()), "answered": True}
    return said | {"answered": True}


@st.composite
def windows(draw: st.DrawFn) -> dict[str, Any]:
    """A window in some zone, at any minute: also those that a clock shows twice."""
    zone = ZoneInfo(draw(st.sampled_from(ZONES)))
    start = datetime(2023, 10, 1, tzinfo=ZoneInfo("UTC"))
    minutes = draw(st.lists(st.integers(0, 60 * 24 * 60), min_size=4, max_size=7, unique=True).map(sorted))
    planned, announced, opens, *cutoffs = [(start + timedelta(minutes=n)).astimezone(zone) for n in minutes]
    closes = cutoffs.pop() if draw(st.booleans()) else None
    given = {"zone": zone.key, "planned": planned, "announced": announced, "opens": opens}
    return given | {"closes": closes, "cutoffs": cutoffs}


@st.composite
def reports(draw: st.DrawFn, names: list[str], longest: int) -> list[dict[str, Any]]:
    made = []
    for place, name in enumerate(names):
        final = place == len(names) - 1
        key = draw(st.sampled_from(["every_months", "months_after_start", "days_after_end"]))
        made.append(
            {
                "id": name,
                "kind": "final" if final else draw(st.sampled_from(["progress", "yearly"])),
                "title": draw(texts),
                key: draw(st.integers(1, min(longest, 60))),
                "opens_days_before": draw(st.integers(1, 365)),
                "cost_statement": draw(st.booleans()),
                "questions": draw(questions(draw(ids(1, 3)), [], report=True)),
            }
        )
    return made


@st.composite
def definitions(draw: st.DrawFn) -> CallDefinition:
    """Any call that keeps the rules."""
    criteria, costs, bases, duties = draw(ids(1, 3)), draw(ids(1, 4)), draw(ids(1, 2)), draw(ids(1, 3))
    names, lowest, longest = draw(ids(1, 6)), draw(st.integers(-2, 2)), draw(st.integers(1, 120))
    highest, most, grant = lowest + draw(st.integers(1, 4)), draw(st.integers(1, 6)), draw(st.integers(1, 10**9))
    scores = range(lowest, highest + 1)
    weights, parts = draw(parted(len(criteria))), draw(parted(len(duties)))
    days = sorted(date(2024, 2, 1) + timedelta(days=n) for n in draw(st.tuples(*[st.integers(0, 2000)] * 3)))
    half = draw(st.integers(1, len(names)))
    form = draw(questions(names, criteria))
    data = {
        "format": 1,
        "slug": draw(slugs),
        "programme": draw(slugs),
        "number": draw(st.one_of(st.none(), sentences)),
        **{key: draw(texts) for key in ("title", "full_title", "summary", "purpose", "who")},
        "extras": draw(st.lists(texts, max_size=2)),
        "sources": draw(st.lists(sentences, max_size=2)),
        "window": draw(windows()),
        "call_budget": draw(st.one_of(st.none(), st.just(grant))),
        "stages": {"partner_confirmation": True, "review": draw(st.booleans()), "acceptance": draw(st.booleans())},
        "parties": [
            {"role": "coordinator", "kinds": draw(kinds)},
            {"role": "participant", "kinds": draw(kinds), "least": draw(st.integers(0, most)), "most": most},
        ],
        "project": {
            **dict(zip(("earliest_start", "latest_start", "latest_end"), days, strict=True)),
            "max_months": longest,
        },
        "sections": [
            {"id": f"part-{n}", "title": draw(texts), "questions": part}
            for n, part in enumerate((form[:half], form[half:]))
            if part
        ],
        "budget": {
            "cost_types": [{"id": cost, "label": draw(texts)} for cost in costs],
            "max_grant": grant,
            "max_share": draw(percents),
        },
        "review": {
            "reviewers": 3,
            "quorum": draw(st.integers(1, 3)),
            "days": draw(st.integers(1, 365)),
            "lowest": lowest,
            "highest": highest,
            "criteria": [
                {
                    "id": each,
                    "title": draw(texts),
                    "description": draw(texts),
                    "weight": weight,
                    "anchors": {score: draw(texts) for score in scores},
                }
                for each, weight in zip(criteria, weights, strict=True)
            ],
        },
        "decision": {
            "legal_ground": draw(texts),
            "appeal": draw(texts),
            "general_conditions": [draw(texts)],
            "aid_bases": [{"id": basis, "label": draw(texts)} for basis in bases],
            "default_intensity": {kind: draw(percents) for kind in draw(kinds)},
            "default_aid_basis": {kind: draw(st.sampled_from(bases)) for kind in draw(kinds)},
        },
        "reporting": {
            "reports": draw(reports(duties, longest)),
            "payments": [
                {"percent": percent, "after": duty, "label": draw(texts)}
                for percent, duty in zip(parts, duties, strict=True)
            ],
        },
    }
    return CallDefinition.model_validate(data)
