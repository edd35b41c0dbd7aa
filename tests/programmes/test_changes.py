"""What a version changes, in words, and the command that checks files before they are loaded."""

import copy
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_origin

import pytest
import yaml
from django.conf import settings
from django.core.management import CommandError, call_command
from pydantic import BaseModel

from grants.programmes.changes import _KINDS, NAMES, changes
from grants.programmes.definition import CallDefinition
from grants.programmes.describe import models, models_in
from grants.programmes.questions import ShowIf, Text
from tests.programmes.files import raw

SLUG = "starta-2023"


def changed(change: Callable[[Any], object]) -> tuple[CallDefinition, CallDefinition]:
    data = raw(SLUG)
    new = copy.deepcopy(data)
    change(new)
    return CallDefinition.model_validate(data), CallDefinition.model_validate(new)


def told(change: Callable[[Any], object]) -> list[str]:
    return [found.text for found in changes(*changed(change))]


def test_the_same_is_no_change() -> None:
    assert told(lambda data: None) == []


def test_money_dates_and_shares_are_said_as_people_say_them() -> None:
    def change(data: Any) -> None:
        data["budget"]["max_grant"] = 700_000
        data["budget"]["max_share"] = 50
        data["window"]["closes"] = "2023-09-21 14:00"

    assert told(change) == [
        "Stängningen flyttas från 2023-09-14 14.00 till 2023-09-21 14.00.",
        "Maxbeloppet höjs från 600\u00a0000\u00a0kr till 700\u00a0000\u00a0kr.",
        "Högsta andelen av kostnaderna sänks från 80\u00a0% till 50\u00a0%.",
    ]


def test_what_is_taken_away_is_said_once_and_its_answers_are_lost() -> None:
    section = next(i for i, s in enumerate(raw(SLUG)["sections"]) if len(s["questions"]) > 1)
    question = raw(SLUG)["sections"][section]["questions"][-1]
    (found,) = changes(*changed(lambda data: data["sections"][section]["questions"].pop()))
    assert found.text == f"Frågan ”{question['label']['sv']}” tas bort."
    assert found.question == question["id"]


def test_an_item_that_moves_has_not_changed() -> None:
    assert told(lambda data: data["review"]["criteria"].reverse()) == []


def test_a_new_question_loses_nothing() -> None:
    extra = {"id": "extra", "kind": "short", "label": {"sv": "Ny fråga", "en": "New question"}}
    (found,) = changes(*changed(lambda data: data["sections"][0]["questions"].append(extra)))
    assert (found.text, found.question) == ("Frågan ”Ny fråga” tillkommer.", "")


def test_another_kind_of_question_loses_answers() -> None:
    def change(data: Any) -> None:
        question = next(q for s in data["sections"] for q in s["questions"] if q["kind"] == "long")
        question["kind"] = "short"

    found = changes(*changed(change))
    assert any(f.question for f in found)


def test_columns_and_checks_are_told_by_name_and_a_column_that_goes_loses_answers() -> None:
    table = next(
        q for s in raw("gemensamma-2023")["sections"] for q in s["questions"] if q["kind"] == "table" and q["columns"]
    )
    old = raw("gemensamma-2023")
    new = copy.deepcopy(old)
    changed_table = next(q for s in new["sections"] for q in s["questions"] if q["id"] == table["id"])
    gone = changed_table["columns"].pop(1)
    check = {
        "id": "not_too_many",
        "left": "parties.count",
        "relation": "at_most",
        "right": 9,
        "text": {"sv": "För många."},
    }
    new["checks"] = [*new["checks"], check]
    found = changes(CallDefinition.model_validate(old), CallDefinition.model_validate(new))
    assert [(each.text, each.question) for each in found] == [
        (f"Kolumnen ”{gone['label']['sv']}” tas bort.", table["id"]),
        ("Kontrollen ”not_too_many” tillkommer.", ""),
    ]


def test_every_list_of_groups_has_a_name() -> None:
    lists = {
        name
        for model in models(CallDefinition)
        if model is not ShowIf  # a condition is told whole
        for name, field in model.model_fields.items()
        if get_origin(field.annotation) is tuple and any(m is not Text for m in models_in(field.annotation))
    }
    assert lists == set(_KINDS)


def test_every_value_with_a_name_is_there() -> None:
    for path in NAMES:
        groups: list[type[BaseModel]] = [CallDefinition]
        for part in path.split("."):
            (group,) = groups
            groups = list(models_in(group.model_fields[part].annotation))


def run(*arguments: str) -> str:
    out = io.StringIO()
    call_command("call", *arguments, stdout=out)
    return out.getvalue()


def written(folder: Path, name: str, change: Callable[[Any], object]) -> str:
    data = raw(SLUG)
    change(data)
    path = folder / name
    path.write_text(yaml.safe_dump(data, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return str(path)


class TestCommand:
    def test_the_projects_own_files_are_right(self) -> None:
        assert "4 of 4" in run("lint", str(settings.BASE_DIR / "fixtures" / "calls"))

    def test_a_misspelt_key_is_named_with_its_line_and_the_right_one(self, tmp_path: Path) -> None:
        file = written(tmp_path, "a.yaml", lambda data: data["budget"].update(max_grnt=5))
        with pytest.raises(
            CommandError, match=r"line \d+, column 3: budget\.max_grnt: there is no such key; perhaps max_grant"
        ):
            run("lint", file)

    def test_a_misspelt_key_of_an_item(self, tmp_path: Path) -> None:
        file = written(tmp_path, "a.yaml", lambda data: data["sections"][0]["questions"][0].update(requird=True))
        with pytest.raises(CommandError, match="perhaps required"):
            run("lint", file)

    def test_the_difference_of_two_files(self, tmp_path: Path) -> None:
        old = written(tmp_path, "a.yaml", lambda data: None)
        new = written(tmp_path, "b.yaml", lambda data: data["budget"].update(max_grant=700_000))
        assert run("diff", old, new).startswith("Maxbeloppet höjs")

    def test_the_schema_knows_every_key(self) -> None:
        assert set(json.loads(run("schema"))["properties"]) == set(CallDefinition.model_fields)

    def test_a_file_that_is_not_there(self, tmp_path: Path) -> None:
        with pytest.raises(CommandError):
            run("lint", str(tmp_path / "ingen.yaml"))
