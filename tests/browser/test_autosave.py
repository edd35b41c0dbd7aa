"""Saving while one writes: nothing is lost when two write at once, when the server fails or when the session is over."""

import unicodedata
from collections.abc import Callable

import pytest
from django.conf import settings
from django.urls import reverse
from playwright.sync_api import Locator, Route, expect

from grants.applications.answers import length
from grants.applications.models import Answer, Application, CaseMember
from grants.organisations.models import Person
from grants.programmes.questions import Question
from reviewers.models import Assignment, ScoreSheet
from tests.browser.visitor import Visitor
from tests.factories import World
from workflows import rights
from workflows.commands import run
from workflows.commands.applying import create_draft
from workflows.simulation import people

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
Visit = Callable[..., Visitor]
STATUS = "[data-save-status]"


@pytest.fixture
def draft(world: World) -> Application:
    """An empty draft in an open call."""
    return create_draft(world.karin, world.open("starta-2023"), world.organisation)


@pytest.fixture
def question(draft: Application) -> Question:
    """The first question that is answered with running text."""
    return next(q for q in draft.definition.questions() if q.kind == "long" and not q.per_party and not q.show_if)


def opened(visit: Visit, person: Person, draft: Application, question: Question) -> tuple[Visitor, Locator]:
    """Somebody at the step of the question, and its field."""
    section = next(s.id for s in draft.definition.sections if question in s.questions)
    visitor = visit("applicant", person).go(reverse("workspace_step", args=[draft.pk, section]))
    return visitor, visitor.page.locator(f"#{question.id}")


def colleague(draft: Application) -> Person:
    """Somebody else who writes in the same draft."""
    person = people.make_person("nils", "Nils Brunn")
    CaseMember.objects.create(application=draft, person=person, right=CaseMember.Right.EDIT)
    rights.settle(draft)
    return person


def test_what_is_typed_is_saved_without_pressing_anything(
    visit: Visit, world: World, draft: Application, question: Question
) -> None:
    visitor, field = opened(visit, world.karin, draft, question)
    field.press_sequentially("Vi vill pröva")
    expect(visitor.page.locator(STATUS)).to_contain_text("Sparat 10.00")
    assert Answer.objects.get(question=question.id).value == "Vi vill pröva"
    visitor.page.reload()
    expect(field).to_have_value("Vi vill pröva")


@pytest.mark.parametrize(
    "text",
    ["  åäö  ", unicodedata.normalize("NFD", "blåbärsgröt"), "två\nrader\n", "👩‍🌾 🌾", "osyn\u200bligt\u202e"],
    ids=["spaces", "combining", "lines", "emoji", "invisible"],
)
def test_the_counter_counts_what_the_server_counts(
    visit: Visit, world: World, draft: Application, question: Question, text: str
) -> None:
    visitor, field = opened(visit, world.karin, draft, question)
    counter = visitor.page.locator(f'[data-counter="{question.id}"] [data-n]')
    field.fill(text)
    expect(visitor.page.locator(STATUS)).to_contain_text("Sparat")
    shown = counter.inner_text()
    assert int(shown) == length(Answer.objects.get(question=question.id).value)
    visitor.page.reload()
    expect(counter).to_have_text(shown)


def test_too_long_is_said_at_once_and_kept(visit: Visit, world: World, draft: Application, question: Question) -> None:
    visitor, field = opened(visit, world.karin, draft, question)
    field.fill("å" * (question.length_limit + 7))
    expect(visitor.page.locator(f"#{question.id}-fault")).to_contain_text("7 tecken för långt")
    expect(visitor.page.locator(STATUS)).to_contain_text("Sparat")
    assert len(Answer.objects.get(question=question.id).value) == question.length_limit + 7


def test_two_who_write_the_same_answer_see_both_texts(
    visit: Visit, world: World, draft: Application, question: Question
) -> None:
    karin, hers = opened(visit, world.karin, draft, question)
    nils, his = opened(visit, colleague(draft), draft, question)
    hers.fill("Karins text")
    expect(karin.page.locator(STATUS)).to_contain_text("Sparat")
    his.fill("Nils text")
    told = nils.page.get_by_role("alert")
    expect(told).to_contain_text("Karin Holm sparade ett annat svar")
    expect(told).to_contain_text("Karins text")
    expect(told).to_contain_text("Nils text")
    expect(his).to_have_value("Nils text")
    assert Answer.objects.get(question=question.id).value == "Karins text"
    nils.faults = [fault for fault in nils.faults if "409" not in fault]
    nils.click("Spara mitt svar")
    answer = Answer.objects.get(question=question.id)
    assert (answer.value, answer.version) == ("Nils text", 2)
    nils.go(reverse("answer_history", args=[draft.pk, question.id]))
    assert "Karins text" in nils.text


def test_a_server_that_fails_loses_nothing(visit: Visit, world: World, draft: Application, question: Question) -> None:
    visitor, field = opened(visit, world.karin, draft, question)
    visitor.page.route("**/svar/", lambda route: route.fulfill(status=500, body="fel"))
    field.fill("Text som inte får försvinna")
    expect(visitor.page.locator(STATUS)).to_contain_text("Inte sparat")
    expect(field).to_have_value("Text som inte får försvinna")
    visitor.page.unroute("**/svar/")
    expect(visitor.page.locator(STATUS)).to_contain_text("Sparat 10.00", timeout=15_000)
    assert Answer.objects.get(question=question.id).value == "Text som inte får försvinna"
    visitor.faults = [fault for fault in visitor.faults if "500" not in fault]


def test_a_session_that_is_over_loses_nothing(
    visit: Visit, world: World, draft: Application, question: Question
) -> None:
    visitor, field = opened(visit, world.karin, draft, question)
    visitor.context.clear_cookies(name=settings.SESSION_COOKIE_NAME)
    field.fill("Skrivet efter att sessionen tagit slut")
    expect(visitor.page.locator(STATUS)).to_contain_text("Inte sparat")
    expect(field).to_have_value("Skrivet efter att sessionen tagit slut")
    visitor.become(world.karin)  # in another tab
    expect(visitor.page.locator(STATUS)).to_contain_text("Sparat 10.00", timeout=15_000)
    assert Answer.objects.get(question=question.id).value == "Skrivet efter att sessionen tagit slut"


def test_who_presses_save_while_an_answer_is_on_its_way_is_not_in_conflict_with_themselves(
    visit: Visit, world: World, draft: Application, question: Question
) -> None:
    visitor, field = opened(visit, world.karin, draft, question)
    held: list[Route] = []
    visitor.page.route("**/svar/", lambda route: held.append(route))
    field.fill("Första")
    with visitor.page.expect_request("**/svar/"):
        field.blur()
    field.fill("Första och andra")
    with visitor.page.expect_navigation() as coming:
        visitor.page.locator('main button[value="stay"]:visible').click(no_wait_after=True)
        held[0].continue_()
    assert coming.value is not None
    assert coming.value.ok
    assert Answer.objects.get(question=question.id).value == "Första och andra"


def test_a_reviewer_who_goes_on_writing_after_saving_is_not_in_conflict_with_themselves(
    visit: Visit, world: World
) -> None:
    case = world.onwards(world.closed(world.submitted()), "assessing")
    world.assigned(case)
    assignment = Assignment.objects.get(reviewer=world.mira)
    run("declare", world.mira, assignment, answer="no", text="")
    visitor = visit("reviewer", world.mira).go(reverse("review", args=[assignment.pk]))
    field = visitor.page.locator("#strengths")
    field.fill("Tydligt behov")
    expect(visitor.page.locator(STATUS)).to_contain_text("Sparat")
    field.fill("Tydligt behov och goda data")
    visitor.click("Spara")
    assert ScoreSheet.objects.get().strengths == "Tydligt behov och goda data"


def test_what_is_left_follows_what_is_saved(visit: Visit, world: World, draft: Application, question: Question) -> None:
    visitor, field = opened(visit, world.karin, draft, question)
    left = visitor.page.locator(f"#ws-left ~ ul a[href$='#{question.id}'], .an-aside a[href$='#{question.id}']")
    here = visitor.page.locator(".an-steps a[aria-current=step]")
    expect(here).not_to_contain_text("1 sak kvar")
    before = here.inner_text()
    field.fill("Ett svar som räcker.")
    expect(visitor.page.locator(STATUS)).to_contain_text("Sparat")
    expect(left).to_have_count(0)
    expect(here).not_to_have_text(before, timeout=15_000)
    expect(field).to_have_value("Ett svar som räcker.")
