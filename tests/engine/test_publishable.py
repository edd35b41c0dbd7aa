"""What a new version may no longer change: the same answer to a page, to a command and to a file that is loaded."""

import io
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.management import CommandError, call_command

from grants import clock
from grants.applications.models import CaseState
from grants.programmes.models import Call
from grants.programmes.reading import parse_call
from tests.engine.asking import refused
from tests.factories import World
from workflows import proposing
from workflows.commands import run
from workflows.commands.deciding import granted
from workflows.models import Event, Notice
from workflows.publishable import objections
from workflows.simulation import life

pytestmark = pytest.mark.django_db
SLUG = "starta-2023"
DAY = timedelta(days=1)
S = CaseState


def data_of(call: Call) -> dict[str, Any]:
    assert call.version is not None
    return dict(yaml.safe_load(call.version.text.source))


def text_of(data: dict[str, Any]) -> str:
    return str(yaml.safe_dump(data, allow_unicode=True, sort_keys=False))


def rules(call: Call, data: dict[str, Any]) -> set[str]:
    return {objection.rule for objection in objections(call, parse_call(text_of(data)))}


def moved(data: dict[str, Any], **moments: Any) -> dict[str, Any]:
    said = {k: f"{v.astimezone(clock.SWEDEN):%Y-%m-%d %H:%M}" if hasattr(v, "year") else v for k, v in moments.items()}
    return data | {"window": data["window"] | said}


def reweighted(data: dict[str, Any]) -> dict[str, Any]:
    first, second, *others = data["review"]["criteria"]
    criteria = [first | {"weight": first["weight"] + 5}, second | {"weight": second["weight"] - 5}, *others]
    return data | {"review": data["review"] | {"criteria": criteria}}


def at_phase(world: World, phase: str) -> Call:
    """The call before it opens, open, or closed."""
    call = world.call(SLUG if phase != "coming" else "gemensamma-2023")
    if phase != "coming":
        world.open(SLUG)
    if phase == "closed":
        world.closed(world.submitted(SLUG))
    return world.call(call.slug)


class TestRules:
    def test_nothing_is_forbidden_before_it_opens(self, world: World) -> None:
        call = at_phase(world, "coming")
        data = reweighted(data_of(call)) | {"call_budget": 99_000_000}
        assert call.opens_at is not None
        assert rules(call, moved(data, opens=call.opens_at + DAY)) == set()

    def test_while_it_is_open_terms_may_change_but_not_what_has_happened(self, world: World) -> None:
        call = at_phase(world, "open")
        data = data_of(call)
        assert call.opens_at is not None
        assert call.closes_at is not None
        assert rules(call, reweighted(data) | {"call_budget": 99_000_000}) == set()
        assert rules(call, moved(data, opens=call.opens_at + DAY)) == {"time-passed"}
        assert rules(call, moved(data, closes=clock.now() - timedelta(minutes=1))) == {"closes-at-once"}
        assert rules(call, moved(data, closes=call.closes_at - DAY)) == set()  # warned of, not forbidden
        assert rules(call, moved(data, closes=call.closes_at + DAY)) == set()

    def test_criteria_stand_when_something_is_submitted(self, world: World) -> None:
        case = world.submitted(SLUG)
        call = world.call(SLUG)
        data = data_of(call)
        assert rules(call, reweighted(data)) == {"judged-alike"}
        assert rules(call, data | {"call_budget": 99_000_000}) == set()
        run("withdraw", world.karin, case, reason="")
        assert rules(call, reweighted(data)) == set()

    def test_when_it_has_closed_the_terms_stand(self, world: World) -> None:
        call = at_phase(world, "closed")
        data = data_of(call)
        assert call.closes_at is not None
        assert rules(call, reweighted(data)) == {"terms-closed"}
        budget = data["budget"] | {"max_grant": data["budget"]["max_grant"] - 1000}
        assert rules(call, data | {"budget": budget}) == {"terms-closed"}
        assert rules(call, moved(data, closes=clock.now() + DAY)) == {"closed"}
        free = data | {"summary": {"sv": "Nytt."}, "call_budget": 99_000_000, "completion": {"days": 9}}
        assert rules(call, free) == set()

    def test_money_that_is_granted_is_there(self, world: World) -> None:
        world.case(S.REPORTING, SLUG)
        call = world.call(SLUG)
        new = call.definition.model_copy(update={"call_budget": granted(call) // 100 - 1})
        assert [o.rule for o in objections(call, new)] == ["money-spent"]
        assert objections(call, call.definition.model_copy(update={"call_budget": granted(call) // 100})) == []

    def test_it_stays_the_same_call_in_the_same_programme(self, world: World) -> None:
        call = world.call(SLUG)
        assert rules(call, data_of(call) | {"programme": "annat"}) == {"other-programme"}
        assert rules(call, data_of(call) | {"slug": "annat"}) == {"other-call"}


class TestOneAnswer:
    def test_the_command(self, world: World) -> None:
        world.submitted(SLUG)
        call = world.call(SLUG)
        text = text_of(reweighted(data_of(call)))
        proposal = proposing.keep(world.sara, call.programme, SLUG, text, call)
        with pytest.raises(Exception, match="judged_alike"):
            run("publish_version", world.sara, call, proposal=proposal.pk, base=1)
        assert world.call(SLUG).version == call.version

    def test_a_file(self, world: World, tmp_path: Path) -> None:
        world.submitted(SLUG)
        call = world.call(SLUG)
        text = text_of(reweighted(data_of(call)))
        path = tmp_path / "call.yaml"
        path.write_text(text, "utf-8")
        with pytest.raises(CommandError, match=r"(?s)Nothing was loaded.*line \d+.*judged-alike"):
            call_command("load_calls", str(path), stdout=io.StringIO())
        assert world.call(SLUG).version == call.version
        call_command("load_calls", str(path), "--anyway", stdout=io.StringIO())
        version = world.call(SLUG).version
        assert version is not None
        assert version.number == 2

    def test_a_file_tells_once_and_going_back_tells_again(self, world: World, tmp_path: Path) -> None:
        draft = world.draft(SLUG)
        call, path = world.call(SLUG), tmp_path / "call.yaml"
        first = text_of(data_of(call))
        for text in (first, text_of(data_of(call) | {"call_budget": 99_000_000}), first):
            path.write_text(text, "utf-8")
            for _twice in range(2):
                call_command("load_calls", str(path), stdout=io.StringIO())
        events = Event.objects.filter(stream=f"call:{call.pk}", name="publish_version").order_by("seq")
        assert [(e.data["from"], e.data["version"]) for e in events] == [(None, 1), (1, 2), (2, 1)]
        assert Notice.objects.filter(kind="publish_version").count() == 2
        assert life.fresh(draft).version == world.call(SLUG).version

    def test_what_was_published_on_a_page_is_not_noted_again(self, world: World, tmp_path: Path) -> None:
        world.draft(SLUG)
        call = world.call(SLUG)
        text = text_of(data_of(call) | {"call_budget": 99_000_000})
        proposal = proposing.keep(world.sara, call.programme, SLUG, text, call)
        run("publish_version", world.sara, call, proposal=proposal.pk, base=1)
        (tmp_path / "call.yaml").write_text(text, "utf-8")
        call_command("load_calls", str(tmp_path), stdout=io.StringIO())
        assert Event.objects.filter(stream=f"call:{call.pk}", name="publish_version").count() == 1
        assert Notice.objects.filter(kind="publish_version").count() == 1

    def test_nobody_else(self, world: World) -> None:
        assert refused("publish_version", world.eva, world.call(SLUG), proposal=1, base=1).code == "role"
