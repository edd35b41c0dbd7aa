"""In a call that is judged without identities no page, file, pack or refusal tells a reviewer who applies."""

import io
import zlib
from collections.abc import Callable, Iterator
from typing import Any

import pikepdf
import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import given, settings
from hypothesis import strategies as st

from grants.applications.access import permission_id
from grants.applications.blind import Mask, letter, reads_blind
from grants.applications.models import Answer, Application, ApplicationUserObjectPermission, Attachment
from grants.programmes.loading import publish
from reviewers.models import Assignment, AssignmentState
from tests.factories import World
from tests.letters.reading import text_of
from workflows.commands import COMMANDS, run
from workflows.simulation import life

pytestmark = pytest.mark.django_db
SLUG = "starta-2023"


@pytest.fixture
def case(world: World) -> Application:
    """An application that names itself wherever it can, in a blind call, read by Mira."""
    call = world.open(SLUG)
    assert call.version is not None
    text = call.version.text.source
    assert "\nreview:\n" in text
    publish(call, text.replace("\nreview:\n", "\nreview:\n  blind: true\n"))
    draft = world.draft(SLUG)
    said = " ".join(identities(draft))
    for answer in Answer.objects.filter(application=draft):
        if (question := draft.definition.question(answer.question)) and question.kind in ("text", "long"):
            answer.value = f"KVAR {said}"[: question.max_length or None] if question.kind == "text" else f"KVAR {said}"
            answer.save()
    Application.objects.filter(pk=draft.pk).update(title="Rätt ärende i Björkdala")
    Attachment.objects.filter(application=draft).update(name="Björkdala kommun intyg.pdf")
    life.submit(life.fresh(draft), world.karin)
    found = world.closed(draft)
    run("pass_formal", world.sara, found)
    for assignment in world.assigned(found, "mira", "tove"):
        to_read(assignment)
    return life.fresh(found)


def to_read(assignment: Assignment) -> None:
    """Declared free; how one declares in such a call is another test's."""
    Assignment.objects.filter(pk=assignment.pk).update(state=AssignmentState.CLEARED)
    from workflows import rights

    rights.settle(Application.objects.get(pk=assignment.application_id))


def identities(case: Application) -> list[str]:
    """Everything that tells who applies."""
    found = {"Björkdala", "www.bjorkdala.se", "kommun@bjorkdala.se", "bjorkdala.se"}
    for party in case.parties.select_related("organisation"):
        found |= {party.organisation.name, party.organisation.number, party.organisation.number.replace("-", "")}
        found |= {party.contact_name, party.contact_email, party.signatory_name, party.signatory_email}
        found.add(party.confirmed_name)
    found.discard(case.call.programme.authority.number)  # the made-up numbers begin anew for the authority
    found |= set(case.members.filter(person__isnull=False).values_list("person__name", flat=True))
    return sorted(text for text in found if text)


def test_the_panel_weighs_it_with_its_names(case: Application, world: World) -> None:
    assert reads_blind(world.tove, case)
    grant = {"permission_id": permission_id("panel_case"), "content_object": case}
    ApplicationUserObjectPermission.objects.create(user=world.tove, **grant)
    assert not reads_blind(world.tove, case)
    assert reads_blind(world.mira, case)


def of(case: Application, who: str) -> Assignment:
    return case.assignments.select_related("reviewer").get(reviewer__email__startswith=who)


def told(case: Application, text: str) -> list[str]:
    """What of it is in the text."""
    low = " ".join(text.replace("\u00a0", " ").split()).lower()
    return [one for one in identities(case) if one.lower() in low]


def main_of(page: str) -> str:
    """The page's own part: the frame names whoever is signed in."""
    return page.partition("<main")[2].partition("</main>")[0] + page.partition("<title>")[2].partition("</title>")[0]


def everything_in(content: bytes) -> Iterator[str]:
    """All that a PDF holds: its text, its metadata, and every stream as it is."""
    yield text_of(content)
    with pikepdf.open(io.BytesIO(content)) as pdf:
        yield str(pdf.docinfo)
        for name, file in pdf.attachments.items():
            yield name + file.get_file().read_bytes().decode()
        for found in pdf.objects:
            if isinstance(found, pikepdf.Stream):
                try:
                    yield found.read_bytes().decode("utf-8", "ignore")
                except (pikepdf.PdfError, zlib.error):
                    continue


@pytest.fixture
def reviewer(world: World, case: Application, sign_in: Callable[..., Client]) -> Client:
    return sign_in(world.mira)


def test_the_pages_of_who_reads_tell_nothing(case: Application, reviewer: Client) -> None:
    mine = of(case, "mira")
    for address in (reverse("review", args=[mine.pk]), reverse("preview", args=[case.pk])):
        page = reviewer.get(address)
        assert page.status_code == 200
        assert told(case, main_of(page.content.decode())) == []
        assert "KVAR" in page.content.decode()
        assert "Part A (kommun)" in page.content.decode()
    assert "bilagor visas inte" in page.content.decode() or "bilaga visas inte" in page.content.decode()


def test_nor_when_ones_own_sheet_is_lodged(world: World, case: Application, reviewer: Client) -> None:
    for who in ("tove", "mira"):
        mine = of(case, who)
        life.score(mine, world.rng)
        world.assigned(case, "hugo") if who == "tove" else None  # somebody is still at work
        run("lodge", mine.reviewer, mine)
    page = reviewer.get(reverse("review", args=[of(case, "mira").pk])).content.decode()
    assert "Din bedömning är lämnad" in page
    assert "KVAR" in page
    assert told(case, main_of(page)) == []
    run("end_assessment", world.sara, case)
    page = reviewer.get(reverse("review", args=[of(case, "mira").pk])).content.decode()
    assert told(case, main_of(page)) == []


def test_no_file_can_be_opened(
    case: Application, reviewer: Client, world: World, sign_in: Callable[..., Client]
) -> None:
    attachments = list(Attachment.objects.filter(application=case))
    assert attachments
    for one in attachments:
        addresses = (reverse("case_file", args=[case.pk, one.file_id]), reverse("attachment", args=[one.pk]))
        assert [reviewer.get(address).status_code for address in addresses] == [404, 404]
    officer = sign_in(world.sara)
    assert [officer.get(address).status_code for address in addresses] == [200, 200]


def test_no_step_tells_it_either_done_or_refused(case: Application, reviewer: Client) -> None:
    mine = of(case, "mira")
    for command, spec in COMMANDS.items():
        for pk in {mine.pk if spec.noun == "assignment" else case.pk}:
            for answer in (reviewer.get(reverse("act", args=[command, pk])),):
                assert answer.status_code in (200, 404, 409), command
                if answer.status_code != 404:
                    assert told(case, main_of(answer.content.decode())) == [], command


def test_a_party_does_not_exist_for_who_judges(case: Application, reviewer: Client) -> None:
    for party in case.parties.all():
        for command in ("invite_party", "confirm_part"):
            assert reviewer.get(reverse("act", args=[command, party.pk])).status_code == 404


def test_the_reading_pack_tells_nothing(case: Application, reviewer: Client) -> None:
    for address in (
        reverse("reading_pack", args=[of(case, "mira").pk]),
        reverse("reading_packs") + f"?omgang={SLUG}",
    ):
        answer = reviewer.get(address)
        assert answer.status_code == 200
        content = answer.content
        assert "KVAR" in text_of(content)
        assert told(case, answer["Content-Disposition"]) == []
        for text in everything_in(content):
            assert told(case, text) == []


def test_the_lists_tell_nothing(case: Application, reviewer: Client) -> None:
    for name in ("review_queue", "inbox", "notices"):
        page = reviewer.get(reverse(name)).content.decode()
        assert told(case, main_of(page)) == [], name


def test_who_works_with_it_reads_it_as_it_is(world: World, case: Application, sign_in: Callable[..., Client]) -> None:
    for who in (world.sara, world.karin):
        page = sign_in(who).get(reverse("preview", args=[case.pk])).content.decode()
        assert "Björkdala kommun" in page


def test_ones_access_ends_with_the_assignment(world: World, case: Application, reviewer: Client) -> None:
    mine = of(case, "mira")
    run("decline_assignment", world.mira, mine, reason="Hinner inte.")
    assert reviewer.get(reverse("reading_pack", args=[mine.pk])).status_code == 404
    assert reviewer.get(reverse("reading_packs") + f"?omgang={SLUG}").status_code == 404
    assert reviewer.get(reverse("preview", args=[case.pk])).status_code == 404


PARTY: dict[str, Any] = {
    "name": "Göteborgs kommun (exempel)", "number": "212000-1355", "contact_name": "Mia Holm Berg", "contact_email": "mia@x.se",
    "signatory_name": "Bo Ek", "signatory_email": "", "confirmed_name": "",
}  # fmt: skip


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("I Göteborg bor många.", "I [Part A] bor många."),
        ("GÖTEBORGS KOMMUN söker.", "[Part A] söker."),
        ("Göteborgarna och göteborgs  kommun", "Göteborgarna och [Part A]".replace("Göteborgarna", "[Part A]arna")),
        ("Mia  Holm\nBerg leder.", "[person] leder."),
        ("Holms förslag", "[person]s förslag"),
        ("På ett berg", "På ett berg"),
        ("Bo Ek, bo i ek", "[person], bo i ek"),
        ("Nr 2120001355 och 212000-1355", "Nr [Part A] och [nummer]"),
        ("Se www.goteborg.se/x, skriv till a.b@goteborg.se", "Se [adress] skriv till [adress]"),
        ("Vi fick 1 012 345 kr 2023-10-09", "Vi fick 1 012 345 kr 2023-10-09"),
    ],
)
def test_names_are_taken_out_of_texts(text: str, shown: str) -> None:
    assert Mask([PARTY]).text(text) == shown


@settings(deadline=None, max_examples=60)
@given(st.text(max_size=60), st.text(max_size=60), st.text(alphabet="abcåäöABCÅÄÖ -(.)\u0130ß", max_size=25))
def test_no_name_breaks_it_and_none_is_left(before: str, after: str, name: str) -> None:
    mask = Mask([PARTY | {"name": name, "contact_name": name[::-1]}], [after])
    masked = mask.text(f"{before} {name} {after}")
    if len(name.strip()) >= 5 and name.strip() == " ".join(name.split()) and name.strip()[0].isalpha():
        assert f" {name.strip()} " not in f" {masked} " or name.strip() in (before, after)


def test_letters_go_on_after_the_last() -> None:
    assert [letter(n) for n in (0, 1, 25, 26, 27, 51, 52)] == ["A", "B", "Z", "AA", "AB", "AZ", "BA"]
