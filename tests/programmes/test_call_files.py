"""The four calls, the authority and the municipalities as they are shipped."""

import csv
import re
from collections.abc import Iterator
from datetime import date, datetime
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pydantic import BaseModel

from grants.organisations.kinds import OrganisationKind as Kind
from grants.programmes import loading
from grants.programmes.consistency import exists
from grants.programmes.definition import CallDefinition, PartyRole
from grants.programmes.questions import Text

from .files import CALLS, ROOT, raw

DEMO_START = datetime(2023, 6, 20, 10, 0, tzinfo=ZoneInfo("Europe/Stockholm"))


def texts(value: Any, path: str = "") -> Iterator[tuple[str, Text]]:
    """Every text of a definition with its path."""
    if isinstance(value, Text):
        yield path, value
    elif isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from texts(getattr(value, name), f"{path}.{name}")
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from texts(item, f"{path}.{key}")
    elif isinstance(value, tuple):
        for place, item in enumerate(value):
            yield from texts(item, f"{path}.{place}")


@pytest.fixture(params=CALLS, ids=lambda path: path.stem)
def definition(request: pytest.FixtureRequest) -> CallDefinition:
    """Each of the calls in turn."""
    return named(request.param.stem)


@cache
def named(name: str) -> CallDefinition:
    """One call by its slug."""
    return loading.parse_call((ROOT / "fixtures" / "calls" / f"{name}.yaml").read_text("utf-8"), name)


def test_there_are_four_calls_named_after_their_files() -> None:
    assert [path.stem for path in CALLS] == ["gemensamma-2023", "starta-2022", "starta-2023", "uppskalning-2023"]
    assert all(named(path.stem).slug == path.stem for path in CALLS)


def test_every_text_is_in_both_languages(definition: CallDefinition) -> None:
    assert [path for path, text in texts(definition) if not text.en] == []


def test_the_tone_is_calm(definition: CallDefinition) -> None:
    spoken = [(path, each) for path, text in texts(definition) for each in (text.sv, text.en)]
    assert [
        path for path, each in spoken if re.search(r"!|\btyvärr\b|\bvänligen\b|\bplease\b", each, re.IGNORECASE)
    ] == []


def test_amounts_and_shares_do_not_break_over_lines(definition: CallDefinition) -> None:
    spoken = [(path, each) for path, text in texts(definition) for each in (text.sv, text.en)]
    assert [path for path, each in spoken if re.search(r"\d (?=\d{3}\b|kr\b|%)|SEK \d", each)] == []


def test_what_is_made_up_is_marked_and_what_is_known_is_not(definition: CallDefinition) -> None:
    assert all(exists(definition, path) for path in definition.demo)
    for made_up in ("window.opens", "window.closes", "review.criteria", "decision.decision_due", "decision.appeal"):
        assert definition.is_demo(made_up)
    assert not definition.is_demo("title")
    assert definition.sources


@pytest.mark.parametrize("slug", ["starta-2022", "starta-2023"])
def test_known_rules_of_starta(slug: str) -> None:
    call = named(slug)
    assert (call.budget.max_grant, call.budget.max_share, call.budget.share_of) == (600_000, 80, "project")
    assert call.project.max_months == 12
    coordinator, participant = call.rule_for(PartyRole.COORDINATOR), call.rule_for(PartyRole.PARTICIPANT)
    assert coordinator is not None and participant is not None
    assert set(coordinator.kinds) == {Kind.MUNICIPALITY, Kind.CIVIL_SOCIETY}
    assert {Kind.COMPANY, Kind.UNIVERSITY, Kind.INSTITUTE} <= set(participant.kinds)
    for known in ("budget.max_grant", "budget.max_share", "project.max_months", "parties.coordinator"):
        assert not call.is_demo(known)


def test_known_rules_of_gemensamma() -> None:
    call = named("gemensamma-2023")
    assert (call.number, call.budget.max_grant, call.call_budget) == ("2023-01699", 2_000_000, 10_000_000)
    assert (call.need_owners, call.budget.share_of) == (3, "party")
    assert call.window.opens.date() == date(2023, 11, 1)
    assert call.window.closes is not None and call.window.closes.date() == date(2024, 4, 3)
    coordinator = call.rule_for(PartyRole.COORDINATOR)
    assert coordinator is not None
    assert set(coordinator.kinds) == {Kind.MUNICIPALITY, Kind.MUNICIPAL_ASSOCIATION, Kind.CIVIL_SOCIETY}
    assert call.stages.partner_confirmation
    assert [r.kind for r in call.reporting.reports] == ["yearly", "final"]
    for known in ("budget.max_grant", "call_budget", "need_owners", "number", "parties.coordinator"):
        assert not call.is_demo(known)


def test_only_known_registration_numbers_are_given() -> None:
    assert {path.stem: named(path.stem).number for path in CALLS} == {
        "starta-2022": "2022-00880",
        "starta-2023": None,
        "uppskalning-2023": None,
        "gemensamma-2023": "2023-01699",
    }


def test_the_two_starta_calls_are_alike_but_for_dates() -> None:
    first, second = raw("starta-2022"), raw("starta-2023")
    for call in (first, second):
        for key in ("slug", "number", "title", "full_title", "sources", "window"):
            call.pop(key, None)
        del call["decision"]["decision_due"]
        for key in ("earliest_start", "latest_start", "latest_end"):
            del call["project"][key]
    assert first == second


def test_the_demo_starts_with_the_calls_in_four_different_phases() -> None:
    windows = {path.stem: named(path.stem).window for path in CALLS}
    due = {path.stem: named(path.stem).decision.decision_due for path in CALLS}
    assert windows["starta-2022"].closes is not None and windows["starta-2022"].closes < DEMO_START
    assert windows["uppskalning-2023"].closes is not None and windows["uppskalning-2023"].closes < DEMO_START
    assert due["uppskalning-2023"] is not None and due["uppskalning-2023"] > DEMO_START.date()
    assert windows["starta-2023"].opens < DEMO_START
    assert windows["starta-2023"].closes is not None and windows["starta-2023"].closes > DEMO_START
    assert windows["gemensamma-2023"].announced < DEMO_START < windows["gemensamma-2023"].opens
    assert named("starta-2022").project.latest_start < DEMO_START.date()


def test_the_form_is_of_bearable_length(definition: CallDefinition) -> None:
    questions = list(definition.questions())
    assert 10 <= len(questions) <= 17 and 5 <= len(definition.sections) <= 7
    assert all(500 <= q.length_limit <= 3000 for q in questions if q.kind == "long")
    assert any(q.show_if for q in questions) and any(q.per_party for q in questions)
    assert {"goal", "results"} <= {q.id for q in questions if q.public}
    assert {q.criterion for q in questions if q.criterion} == {"potential", "actors", "feasibility"}


def test_the_stored_form_reads_back_as_the_same_call(definition: CallDefinition) -> None:
    again = CallDefinition.model_validate_json(loading.canonical(definition))
    assert loading.canonical(again) == loading.canonical(definition)


def test_the_municipalities() -> None:
    with (ROOT / "fixtures" / "municipalities.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len({row["code"] for row in rows}) == len({row["name"] for row in rows}) == 290
    counties = {row["code"][:2]: row["county"] for row in rows}
    assert len(counties) == len(set(counties.values())) == 21
    assert {"code": "0331", "name": "Heby", "county": "Uppsala län"} in rows


def test_the_authority_is_an_example_and_says_so() -> None:
    [file] = loading.read_files([ROOT / "fixtures" / "programmes"]).authorities
    assert "exempel" in file.authority.name and "example" in file.authority.name_en
    assert file.authority.number == "000000-0001"
    assert all(part.endswith(".example") for part in (file.authority.details.email, file.authority.details.website))
    assert {named(path.stem).programme for path in CALLS} <= {p.slug for p in file.programmes}
