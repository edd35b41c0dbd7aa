"""A whole round of reviewing, from who judges what to the panel's word, at several browsers; and the result calculated again
from the exported file alone."""

import io
from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal

import openpyxl
import pytest
from django.urls import reverse
from playwright.sync_api import expect

from grants import clock
from grants.applications.models import Application, CaseState
from grants.organisations.models import Person
from reviewers.conflicts import Conflict, Source, Standing
from reviewers.models import Affiliation, Assignment, AssignmentState
from reviewers.panels import Item, Meeting
from tests.browser.visitor import Visitor
from tests.engine import herd
from tests.factories import World
from tests.signing_in import signed_in
from workflows import jobs, matchmaking
from workflows.commands import run
from workflows.models import AssignmentProposal
from workflows.simulation import life, people

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SLUG = "gemensamma-2023"
CASES = 4
Visit = Callable[..., Visitor]
S = AssignmentState


def reviewers_of(world: World) -> list[Person]:
    """Eight reviewers in the pool."""
    four = [world.reviewer(f"bedomare-{n}", f"Bedömare {n}") for n in range(1, 5)]
    return [world.mira, world.tove, world.hugo, world.ines, *four]


def at(moment) -> str:
    return f"{moment.astimezone(clock.SWEDEN):%Y-%m-%d %H:%M}"


def going(case: Application) -> list[Assignment]:
    rows = case.assignments.filter(state__in=(S.OFFERED, S.CLEARED)).select_related("reviewer", "application")
    return list(rows.order_by("pk"))


def test_a_whole_round(visit: Visit, world: World) -> None:
    cases = herd.submitted(world, CASES, SLUG)
    for case in cases:
        run("pass_formal", world.sara, case)
    everybody = reviewers_of(world)
    known = everybody[-1]
    Affiliation.objects.create(person=known, organisation=cases[0].parties.all()[0].organisation)
    sara = visit("officer", world.sara)
    propose_and_confirm(sara, cases, known)
    declared = declare_conflict(visit, cases)
    replace(sara, cases, declared)
    score_by_browser(visit, going(cases[0])[0])
    for case in cases:
        judge(world, case)
    reopen(visit, sara, cases[1])
    late = discovered_late(visit, world, cases[2])
    register(sara, known, declared, late)
    for case in cases:
        judge(world, case)
        if life.fresh(case).state == CaseState.ASSESSING:
            run("end_assessment", world.sara, case)
    assert {life.fresh(case).state for case in cases} == {CaseState.ASSESSED}
    order = calculated_again(sara)
    panel(visit, world, sara, order)
    jobs.run_pending()
    assert {hearing.recommendation for case in cases for hearing in case.hearings.all()} <= {
        "fund",
        "reserve",
        "reject",
    }
    assert all(case.hearings.filter(kind="panel").count() == 1 for case in cases)


def propose_and_confirm(sara: Visitor, cases: list[Application], known: Person) -> None:
    """The system proposes, the officer reads and confirms; nobody with a known conflict is asked, or can be."""
    place = reverse("assignments", args=[SLUG])
    sara.go(place)
    assert "Känt jäv" in sara.text
    pairs = [f"{case.pk}-{known.pk}" for case in cases if case.parties.filter(organisation__affiliations__person=known)]
    assert pairs
    assert not any(sara.page.locator(f'[name=par][value="{pair}"]').count() for pair in pairs)
    sara.click("Föreslå bedömare")
    worked()
    sara.go(place)
    assert "Ingen är tillfrågad än" in sara.text
    assert Assignment.objects.count() == 0
    sara.click("Utse enligt förslaget")
    worked()
    wanted = cases[0].definition.the_review.reviewers
    assert all(case.assignments.count() == wanted for case in cases)
    assert not Assignment.objects.filter(application=cases[0], reviewer=known).exists()
    for assignment in Assignment.objects.select_related("reviewer", "application__call__version"):
        people.accept_terms(assignment.reviewer, assignment.application.call)


def worked() -> None:
    """The worker has done what waits in the queue of heavy work."""
    matchmaking.carry_out(AssignmentProposal.objects.latest("pk").pk)


def declare_conflict(visit: Visit, cases: list[Application]) -> Assignment:
    """One reviewer says that they have a conflict; the application is never opened to them."""
    mine = going(cases[3])[0]
    visitor = visit("reviewer", mine.reviewer).go(reverse("review", args=[mine.pk]))
    assert "Vilka det gäller" in visitor.text
    visitor.begin("declare")
    visitor.answer("answer", "yes")
    visitor.answer("text", "Min syster leder projektet.")
    visitor.send()
    mine.refresh_from_db()
    assert (mine.state, mine.first_read_at) == (S.CONFLICTED, None)
    visitor.leave()
    return mine


def replace(sara: Visitor, cases: list[Application], gone: Assignment) -> None:
    """Somebody else is asked in the place of who left, and one who has not begun is replaced."""
    sara.go(reverse("act", args=["assign", gone.application_id]))
    sara.page.locator("[name=reviewers]").first.check()
    sara.send()
    new = cases[3].assignments.latest("pk")
    assert new.replaces == gone
    slow = going(cases[3])[0]
    sara.go(reverse("act", args=["replace_reviewer", slow.pk]))
    sara.page.locator("[name=reviewer]").select_option(index=1)
    sara.answer("reason", "Hinner inte.")
    sara.send()
    slow.refresh_from_db()
    assert slow.state == S.REMOVED
    assert cases[3].assignments.latest("pk").replaces == slow


def score_by_browser(visit: Visit, mine: Assignment) -> None:
    """One sheet from the declaration to the lodging, in a browser."""
    visitor = visit("reviewer", mine.reviewer).go(reverse("review", args=[mine.pk])).begin("declare")
    visitor.answer("answer", "no")
    visitor.send()
    visitor.go(reverse("review", args=[mine.pk]))
    for criterion in mine.application.definition.criteria:
        visitor.page.locator(f"#kriterium-{criterion.id} [name=value-{criterion.id}][value='4']").check()
        visitor.page.locator(f"[name=reason-{criterion.id}]").fill("Planen är konkret och har stöd i data.")
    visitor.page.locator("[name=recommendation][value=grant]").check()
    visitor.click("Granska och lämna")
    visitor.send()
    mine.refresh_from_db()
    assert mine.state == S.LODGED
    visitor.leave()


def judge(world: World, case: Application) -> None:
    """The others of the case declare, score and lodge."""
    for assignment in going(case):
        people.accept_terms(assignment.reviewer, case.call)
        if assignment.state == S.OFFERED:
            run("declare", assignment.reviewer, assignment, answer="no", text="")
        life.score(assignment, world.rng)
        run("lodge", assignment.reviewer, assignment)


def reopen(visit: Visit, sara: Visitor, case: Application) -> None:
    """An officer opens a lodged sheet again; its reviewer changes a score and lodges a second version."""
    mine = case.assignments.filter(state=S.LODGED).select_related("reviewer").order_by("pk")[0]
    before = {score.criterion: score.value for score in mine.sheet.scores.all()}
    sara.go(reverse("act", args=["reopen_sheet", mine.pk]))
    sara.answer("reason", "Skälet och poängen för ett kriterium säger olika saker.")
    sara.send()
    visitor = visit("reviewer", mine.reviewer).go(reverse("review", args=[mine.pk]))
    assert "Din bedömning är öppnad igen" in visitor.text
    first = case.definition.criteria[0].id
    value = 1 if before[first] != 1 else 2
    visitor.page.locator(f"#kriterium-{first}").evaluate("e => (e.open = true)")
    visitor.page.locator(f"[name=value-{first}][value='{value}']").check()
    visitor.click("Granska och lämna")
    visitor.send()
    assert [version.n for version in mine.versions.order_by("n")] == [1, 2]
    mine.sheet.refresh_from_db()
    assert mine.sheet.scores.get(criterion=first).value == value
    visitor.leave()


def discovered_late(visit: Visit, world: World, case: Application) -> Assignment:
    """A reviewer who has lodged reports a conflict: access is gone, the sheet does not count, and another is asked."""
    mine = case.assignments.filter(state=S.LODGED).select_related("reviewer").order_by("pk")[0]
    counted = case.assignments.filter(state=S.LODGED).count()
    visitor = visit("reviewer", mine.reviewer).go(reverse("act", args=["report_conflict", mine.pk]))
    visitor.answer("reason", "Jag har fått anställning hos en av parterna.")
    visitor.send()
    assert signed_in(mine.reviewer).get(reverse("case", args=[case.pk])).status_code == 404
    assert case.assignments.filter(state=S.LODGED).count() == counted - 1
    if life.fresh(case).state == CaseState.ASSESSING:
        free = next(p for p in (world.ines, world.hugo, world.tove) if not case.assignments.filter(reviewer=p).exists())
        due = clock.now() + timedelta(days=7)
        run("assign", world.sara, case, reviewers=[free], due=due)
    visitor.leave()
    return mine


def register(sara: Visitor, known: Person, declared: Assignment, late: Assignment) -> None:
    """The register tells of all that came of conflicts, and what had been read by then."""
    sara.go(reverse("conflict_register"))
    for one in (declared.reviewer, late.reviewer):
        assert one.name in sara.text
    rows = Conflict.objects.filter(state=Standing.CONFLICTED)
    assert rows.get(source=Source.DECLARED).had_read is False
    found_late = rows.get(source=Source.REPORTED)
    assert (found_late.had_read, found_late.had_lodged) == (True, True)  # who has lodged a sheet has read
    assert Assignment.objects.get(pk=late.pk).lodged_at is not None


def half_up(number: Decimal) -> Decimal:
    return number.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)


def table(book: openpyxl.Workbook, name: str) -> Iterable[dict[str, object]]:
    rows = book[name].iter_rows(values_only=True)
    head = [str(cell) for cell in next(rows)]
    return [dict(zip(head, row, strict=True)) for row in rows]


def calculated_again(sara: Visitor) -> list[str]:
    """The applications' numbers in order, by an own calculation from the file's weights and scores alone; it agrees with what the
    file says and with the page."""
    with sara.page.expect_download() as coming:
        sara.page.goto(reverse("board", args=[SLUG]))
        sara.page.get_by_text("Hämta som XLSX").click()
    book = openpyxl.load_workbook(io.BytesIO(coming.value.path().read_bytes()), data_only=True)
    weight = {row["Kriterium"]: Decimal(str(row["Vikt, procent"])) for row in table(book, "kriterier")}
    sheets: dict[tuple[object, object], list[tuple[Decimal, Decimal]]] = defaultdict(list)
    for row in table(book, "poang"):
        sheets[row["Diarienummer"], row["Bedömare"]].append((weight[row["Kriterium"]], Decimal(str(row["Poäng"]))))
    assert all(len(scores) == len(weight) for scores in sheets.values())
    totals: dict[object, list[Decimal]] = defaultdict(list)
    for (number, _reviewer), scores in sheets.items():
        totals[number].append(half_up(sum((w * v for w, v in scores), Decimal()) / sum(w for w, _v in scores)))
    means = {str(number): half_up(sum(given, Decimal()) / len(given)) for number, given in totals.items()}
    told = {str(row["Diarienummer"]): row for row in table(book, "ansokningar")}
    assert len(means) == CASES
    for number, mean in means.items():
        assert Decimal(str(told[number]["Poäng"])) == mean
        assert told[number]["Plats"] == 1 + sum(other > mean for other in means.values())
    sara.go(reverse("board", args=[SLUG]))
    order = sorted(means, key=lambda number: (-means[number], number))
    assert sorted(order, key=sara.text.index) == order
    return order


def panel(visit: Visit, world: World, sara: Visitor, order: list[str]) -> None:
    """Two browsers at the panel's table: what one writes the other sees; the minutes say what came of it."""
    sara.go(reverse("act", args=["plan_meeting", world.call(SLUG).pk]))
    sara.answer("starts_at", at(clock.now() + timedelta(days=2)))
    sara.answer("place", "Rum 4")
    sara.send()
    meeting = Meeting.objects.get()
    chair = world.reviewer("olle", "Olle Ordförande")
    member = world.reviewer("petra", "Petra Panel")
    for person in (chair, member):
        run("add_panel_member", world.sara, meeting, person=person, is_chair=person == chair)
    items = list(Item.objects.filter(meeting=meeting).select_related("application").order_by("position"))
    assert [item.application.number for item in items] == order
    rooms = {}
    for person in (chair, member):
        rooms[person] = visitor = visit("panel", person).go(reverse("meeting", args=[meeting.pk]))
        visitor.click("Pröva om du är jävig")
        for item in items:
            visitor.page.locator(f"[name=svar-{item.pk}][value=no]").check()
        visitor.send()
    sara.go(reverse("act", args=["open_meeting", meeting.pk])).send()
    one, other = rooms[chair], rooms[member]
    for item in items:
        one.go(reverse("act", args=["take_up", item.pk])).send()
        other.go(reverse("panel_item", args=[item.pk]))
        one.go(reverse("panel_item", args=[item.pk]))
        one.page.fill("#text", "Panelen ser nytta för flera kommuner.")
        one.page.locator("[name=recommendation][value=fund]").check()
        expect(other.page.locator("#text")).to_have_value("Panelen ser nytta för flera kommuner.")
        expect(other.page.locator("[name=recommendation][value=fund]")).to_be_checked()
        expect(one.page.locator("[data-save-status]")).to_contain_text("Sparat")
        run("close_item", chair, item)
    sara.go(reverse("act", args=["close_meeting", meeting.pk])).send()
    minutes = signed_in(world.sara).get(reverse("meeting_minutes", args=[meeting.pk]))
    assert minutes.status_code == 200
    assert b"".join(minutes).startswith(b"%PDF") if minutes.streaming else minutes.content.startswith(b"%PDF")
