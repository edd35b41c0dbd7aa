"""Two batches at once, with real threads and connections: each case is decided once, and the money is there once."""

from collections import Counter

import pytest
import yaml

from grants.applications.models import Application, CaseState
from grants.decisions.models import Decision
from grants.programmes import loading
from tests.engine import herd
from tests.engine.racing import all_is_well, count, racers
from tests.engine.stage import quick_letters
from tests.engine.test_batches import signed
from tests.factories import World
from tests.programmes.files import raw
from workflows import batching
from workflows.batching import Kind
from workflows.models import DecisionBatch, Event

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def letters_of_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    quick_letters(monkeypatch)


def together(*batches: DecisionBatch) -> Counter[str]:
    """Each batch by a worker of its own; how many cases each decided, by who sent it."""

    def work(pk: int) -> Event:
        batching.carry_out(pk)
        return Event.objects.latest("pk")  # what the racers ask for

    with racers(len(batches)) as race:
        race.together(*(lambda pk=batch.pk: work(pk) for batch in batches))
    done = Counter[str]()
    for batch in batches:
        batch.refresh_from_db()
        assert batch.phase == "done"
        done[batch.by.name] += sum(not text for text in batch.results.values())
    return done


def test_two_deciders_sign_the_same_at_once(world: World) -> None:
    cases = herd.to_reject(world, 12)
    rows = [{"case": case.pk, "version": 1, "total": 0} for case in cases]
    other_way = list(reversed(rows))
    eva, per = signed(world, "eva", "a", rows), signed(world, "per", "b", other_way)
    done = together(eva, per)
    assert done.total() == len(cases)
    for case in cases:
        assert count(case, "approve") == {"approve": 1}
        lost = per if not eva.results[str(case.pk)] else eva
        winner = world.eva if lost is per else world.per
        assert winner.name in lost.results[str(case.pk)]
    all_is_well()


def test_two_batches_never_overspend_the_call(world: World) -> None:
    cases = herd.to_grant(world, 4)
    each = cases[0].applied_ore
    file = raw("starta-2023") | {"call_budget": (each * 2 + each // 2) // 100}
    loading.publish(world.call(), yaml.safe_dump(file, allow_unicode=True))
    rows = [
        {"case": case.pk, "version": 1, "total": Decision.objects.get(application=case).total_ore} for case in cases
    ]
    done = together(signed(world, "eva", "a", rows[:2]), signed(world, "per", "b", rows[2:]))
    assert done.total() == 2
    assert Application.objects.filter(state=CaseState.DECIDED).count() == 2
    all_is_well()


def test_two_workers_at_one_batch_do_each_case_once(world: World) -> None:
    cases = herd.to_reject(world, 8)
    batch = signed(world, "eva", "a", [{"case": case.pk, "version": 1, "total": 0} for case in cases])
    with racers() as race:
        race.together(*(lambda: _worked(batch.pk) for _ in range(2)))
    batch.refresh_from_db()
    if batch.phase != "done":  # the one that was passed noted last: a third takes it on
        batching.carry_out(batch.pk)
        batch.refresh_from_db()
    assert set(batch.results.values()) == {""}
    assert all(count(case, "approve") == {"approve": 1} for case in cases)
    all_is_well()


def _worked(pk: int) -> Event:
    batching.carry_out(pk)
    return Event.objects.latest("pk")


def test_a_form_sent_twice_at_once_is_one_batch(world: World) -> None:
    cases = herd.to_reject(world, 2)
    rows = [{"case": case.pk, "version": 1, "total": 0} for case in cases]

    def send() -> Event:
        batching.send(world.eva, world.call(), Kind.APPROVE, rows, "same")
        return Event.objects.latest("pk")

    with racers() as race:
        race.together(send, send)
    assert DecisionBatch.objects.count() == 1
