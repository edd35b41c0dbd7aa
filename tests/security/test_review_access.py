"""What an application under assessment shows to everybody who has no part in it: nothing, on any page, in any list, file or
mail.

The addresses are those of the house's own table, so a page that is added is asked too; and everybody follows every link they
are given.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.urls import reverse

from grants import clock
from grants.applications.models import Answer, Application
from grants.organisations.models import Person
from reviewers.models import Assignment
from reviewers.panels import Item, Meeting
from tests.factories import World
from tests.security.crawler import crawl, text_of
from tests.signing_in import signed_in
from workflows import jobs
from workflows.commands import run
from workflows.simulation import life, people

pytestmark = pytest.mark.django_db
SLUG, ELSEWHERE = "gemensamma-2023", "starta-2023"
MARKS = ("Blåvingen", "Kvarnsvalan", "Sävsparven")  # in the title, in an answer, in a party's name


@pytest.fixture
def case(world: World) -> Application:
    """An application that can be told by its words wherever they appear, under assessment."""
    applicant, body = world.other_applicant(88)
    body.name = f"{MARKS[2]}s kommun"
    body.save(update_fields=["name"])
    case, other = world.draft(SLUG, person=applicant, organisation=body), world.draft(SLUG)
    case.title = f"Projekt {MARKS[0]}"
    case.save(update_fields=["title"])
    long = next(q for q in case.definition.questions() if q.kind == "long" and not q.per_party)
    assert Answer.objects.filter(application=case, question=long.id).update(value=f"Vi bygger {MARKS[1]} tillsammans.")
    for one in (case, other):
        life.submit(life.fresh(one), one.created_by)
    world.closed(life.fresh(case))
    for one in (case, other):
        run("pass_formal", world.sara, life.fresh(one))
    jobs.run_pending()
    return life.fresh(case)


def make(case: Application, world: World, kind: str) -> Person:
    """Somebody who is this to the case."""
    ways: dict[str, Any] = {
        "other reviewer": lambda: _reviews_another(case, world),
        "conflicted": lambda: _asked(case, world, "declare", answer="yes", text="Släkt."),
        "ruled out": lambda: _ruled(case, world),
        "declined": lambda: _asked(case, world, "decline_assignment", reason="Hinner inte."),
        "conflicted later": lambda: _later(case, world),
        "taken back": lambda: _taken_back(case, world),
        "too late": lambda: _ended(case, world),
        "applicant of the same call": lambda: _applies(world, case, SLUG),
        "applicant of another call": lambda: _applies(world, case, ELSEWHERE),
        "officer of another call": lambda: _officer_elsewhere(world),
        "late and not declared": lambda: _late(case, world),
        "has not declared to the panel": lambda: _at_panel(case, world, ""),
        "conflicted in the panel": lambda: _at_panel(case, world, "yes"),
        "stranger": lambda: people.make_person("okand", "Okänd Person"),
    }
    person: Person = ways[kind]()
    jobs.run_pending()
    return person


KINDS = (
    "other reviewer", "conflicted", "ruled out", "declined", "conflicted later", "taken back", "too late",
    "applicant of the same call", "applicant of another call", "officer of another call", "stranger",
    "late and not declared", "has not declared to the panel", "conflicted in the panel",
)  # fmt: skip
# who were told whose it is and what it is called, to declare about it
TOLD = {"late and not declared", "has not declared to the panel", "conflicted in the panel"}


def _asked(case: Application, world: World, command: str, **data: Any) -> Person:
    assignment = world.assigned(case, "mira")[0]
    run(command, world.mira, assignment, **data)
    return world.mira


def _ruled(case: Application, world: World) -> Person:
    _asked(case, world, "declare", answer="unsure", text="Kusin.")
    run("rule_conflict", world.sara, case.assignments.get(), conflicted="yes", reason="Nära släkt.")
    return world.mira


def _later(case: Application, world: World) -> Person:
    assignment = world.assigned(case, "mira", "tove")[0]
    life.review(assignment, world.rng)
    run("report_conflict", world.mira, assignment, reason="Jag har fått veta mer.")
    return world.mira


def _taken_back(case: Application, world: World) -> Person:
    _asked(case, world, "declare", answer="no", text="")
    run("remove_reviewer", world.sara, case.assignments.get(), reason="Fel person.")
    return world.mira


def _ended(case: Application, world: World) -> Person:
    mine, *others = world.assigned(case, "mira", "tove", "hugo", "ines")
    run("declare", world.mira, mine, answer="no", text="")
    for assignment in others:
        life.review(assignment, world.rng)
    run("end_assessment", world.sara, life.fresh(case))
    return world.mira


def _late(case: Application, world: World) -> Person:
    """Asked when the others have lodged, and not heard from since, though the last day has passed."""
    for assignment in world.assigned(case, "tove", "hugo"):
        life.review(assignment, world.rng)
    mine = world.assigned(case, "mira")[0]
    clock.move(mine.due + timedelta(days=2))
    return world.mira


def _at_panel(case: Application, world: World, answer: str) -> Person:
    """A member of the panel that is to weigh it, who has not said whether they are free, or has said that they are not."""
    for assignment in world.assigned(case, "tove", "hugo", "ines"):
        life.review(assignment, world.rng)
    run("plan_meeting", world.sara, case.call, starts_at=clock.now() + timedelta(days=2), place="Rum 4", meeting_url="")
    meeting = Meeting.objects.get()
    chair = world.reviewer("olle", "Olle Ordförande")
    for person in (chair, world.mira):
        run("add_panel_member", world.sara, meeting, person=person, is_chair=person == chair)
    items = list(meeting.items.all())
    assert [item.application_id for item in items] == [case.pk]
    if answer:
        told = {"answers": {items[0].pk: answer}, "texts": {items[0].pk: "Släkt."}}
        run("declare_panel", world.mira, meeting, **told)
    return world.mira


def _reviews_another(case: Application, world: World) -> Person:
    assignment = world.assigned(Application.objects.exclude(pk=case.pk).get(call=case.call), "mira", "hugo")[0]
    world.assigned(case, "tove", "hugo")
    life.review(assignment, world.rng)
    return world.mira


def _applies(world: World, case: Application, slug: str) -> Person:
    person, body = world.other_applicant(9)
    call = world.call(slug)
    assert call.opens_at is not None
    with clock.at(call.opens_at + timedelta(days=2)):
        life.draft(call, person, body, world.rng, 4711)
    return person


def _officer_elsewhere(world: World) -> Person:
    person = people.make_person("annanstans", "Annan Handläggare")
    person.is_staff = True
    person.save(update_fields=["is_staff"])
    call = world.call(ELSEWHERE)
    from grants.programmes.models import Office
    from workflows import rights

    Office.objects.create(call=call, person=person, role="handle_call")
    rights.settle_offices(call)
    return person


def addresses(case: Application) -> Iterator[tuple[str, str]]:
    """Every address that is about this case or something of it."""
    yield "case", reverse("case", args=[case.pk])
    yield "case_members", reverse("case_members", args=[case.pk])
    yield "case_submission", reverse("case_submission", args=[case.pk, 1])
    for name in ("workspace", "preview", "project", "reuse"):
        yield name, reverse(name, args=[case.pk])
    for command in ("assign", "withdraw", "end_assessment"):
        yield "act", reverse("act", args=[command, case.pk])
    for document in case.documents.all():
        yield "document", reverse("document", args=[document.pk])
    for attachment in case.attachments.all():
        yield "attachment", reverse("attachment", args=[attachment.pk])
        yield "case_file", reverse("case_file", args=[case.pk, attachment.file_id])
    yield "letter_preview", reverse("letter_preview", args=[case.pk, "sv"])
    yield "case_sheets", reverse("case_sheets", args=[case.pk])
    for item in Item.objects.filter(application=case):
        for name in ("panel_item", "panel_item_poll", "save_panel_item"):
            yield name, reverse(name, args=[item.pk])
        yield "meeting_minutes", reverse("meeting_minutes", args=[item.meeting_id])
    slug = case.call.slug
    for name in ("board", "board_pictures", "board_xlsx", "assignments", "machine"):
        yield name, reverse(name, args=[slug])
    yield "board_csv", reverse("board_csv", args=[slug, "poang"])


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_of_it_is_anywhere(world: World, case: Application, kind: str) -> None:
    person = make(case, world, kind)
    mine = Assignment.objects.filter(application=case, reviewer=person)
    client = signed_in(person)
    for name, address in addresses(case):
        response = client.get(address)
        if name == "act" and kind in TOLD:  # who is to declare is told that a step is not theirs
            assert MARKS[1] not in text_of(response)
            continue
        assert response.status_code in (404, 405), (name, response.status_code)
        assert not any(mark in text_of(response) for mark in MARKS), name
        assert client.post(address).status_code in (404, 405), name
    for other in Assignment.objects.filter(application=case).exclude(reviewer=person):
        assert client.get(reverse("review", args=[other.pk])).status_code == 404
        assert client.post(reverse("save_sheet", args=[other.pk])).status_code == 404
        assert client.get(reverse("reading_pack", args=[other.pk])).status_code == 404
        for command in ("declare", "report_conflict", "reopen_sheet", "replace_reviewer", "lodge"):
            assert client.get(reverse("act", args=[command, other.pk])).status_code == 404, command
    for one in mine:
        assert client.get(reverse("reading_pack", args=[one.pk])).status_code == 404
    search = [f"{reverse('cases')}?sok={mark}" for mark in MARKS]
    reached = crawl(client, *(reverse("review", args=[one.pk]) for one in mine), *search)
    assert len(reached) > 8
    hidden = MARKS[1:2] if kind in TOLD else MARKS
    for address, text in reached.items():
        found = [mark for mark in hidden if mark in text and f"sok={mark}" not in address]
        assert not found, (address, found)
    for message in mail.outbox:
        if person.email in message.to:
            assert not any(mark in f"{message.subject} {message.body}" for mark in hidden), message.subject
            assert not message.attachments


def test_whoever_may_finds_it_in_all_these_ways(world: World, case: Application) -> None:
    """Otherwise the test above would pass with an empty house."""
    world.assigned(case, "mira")
    run("declare", world.mira, case.assignments.get(), answer="no", text="")
    reached = crawl(signed_in(world.mira), reverse("review", args=[case.assignments.get().pk]))
    assert all(any(mark in text for text in reached.values()) for mark in MARKS)
    assert any(MARKS[0] in text for text in crawl(signed_in(world.sara)).values())
