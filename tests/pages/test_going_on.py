"""Going on from a step keeps what has been written on it, with or without a script."""

import io
from http import HTTPStatus
from typing import Any

import pikepdf
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from grants.applications.models import Application
from grants.organisations.kinds import OrganisationKind
from grants.programmes.definition import PartyRole
from tests.engine.test_every_state import signed_in
from tests.factories import World
from workflows.commands.applying import create_draft
from workflows.simulation import people

pytestmark = pytest.mark.django_db


@pytest.fixture
def draft(world: World) -> Application:
    case = create_draft(world.karin, world.open(), world.organisation, "Rätt ärende")
    case.parties.create(organisation=people.organisation(4, "municipality"), role="participant", position=1)
    return case


@pytest.fixture
def page(world: World, draft: Application) -> Client:
    return signed_in(world.karin)


def step(case: Application, name: str) -> str:
    return reverse("workspace_step", args=[case.pk, name])


def pdf() -> bytes:
    out = io.BytesIO()
    with pikepdf.new() as made:
        made.add_blank_page()
        made.save(out)
    return out.getvalue()


def test_going_on_from_the_parties_saves_every_one_of_them(page: Client, draft: Application) -> None:
    first, second = draft.parties.order_by("position")
    shown = page.get(step(draft, "parter")).content.decode()
    assert 'form="parter"' in shown
    typed: dict[str, Any] = {f"p{first.pk}-contact_name": "Ida Ek", f"p{second.pk}-contact_name": "Bo Ask"}
    answer = page.post(step(draft, "parter"), typed | {"go": "next"})
    assert answer.status_code == HTTPStatus.FOUND
    assert answer["Location"] == step(draft, "budget")
    assert list(draft.parties.order_by("position").values_list("contact_name", flat=True)) == ["Ida Ek", "Bo Ask"]


def test_one_party_that_cannot_be_saved_keeps_one_on_the_step_and_the_others_saved(
    page: Client, draft: Application
) -> None:
    first, second = draft.parties.order_by("position")
    typed = {f"p{first.pk}-contact_name": "Ida Ek", f"p{second.pk}-contact_email": "inte en adress", "go": "next"}
    answer = page.post(step(draft, "parter"), typed)
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert "inte en adress" in answer.content.decode()
    assert draft.parties.get(pk=first.pk).contact_name == "Ida Ek"


def test_going_on_with_nothing_written_goes_on(page: Client, draft: Application) -> None:
    assert page.post(step(draft, "parter"), {"go": "next"})["Location"] == step(draft, "budget")
    assert page.post(step(draft, "bilagor"), {"go": "next"})["Location"] == step(draft, "granska")


def test_a_party_that_is_being_added_is_finished_first(page: Client, draft: Application) -> None:
    shown = page.get(step(draft, "parter"), {"number": people.example_number(7300)}).content.decode()
    assert "finns inte i registret" in shown
    assert 'value="next"' not in shown


def test_going_on_from_the_files_keeps_those_that_were_chosen(page: Client, draft: Application) -> None:
    rules = [rule.id for rule in draft.definition.attachments]
    chosen = {f"file-{rule}": SimpleUploadedFile("plan.pdf", pdf()) for rule in rules}
    assert page.post(step(draft, "bilagor"), chosen | {"go": "next"})["Location"] == step(draft, "granska")
    assert set(draft.attachments.values_list("rule", flat=True)) == set(rules)


def test_a_file_that_cannot_be_kept_is_said_at_its_field(page: Client, draft: Application) -> None:
    rule = draft.definition.attachments[0].id
    answer = page.post(step(draft, "bilagor"), {f"file-{rule}": SimpleUploadedFile("x.pdf", b"PK"), "go": "next"})
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert f'id="file-{rule}-fault"' in answer.content.decode()


def test_an_amount_that_cannot_be_read_is_told_with_whose_for_what_and_which_year(
    page: Client, draft: Application
) -> None:
    party = draft.parties.order_by("position")[1]
    kind, year = draft.definition.budget.cost_types[0], draft.definition.project.earliest_start.year
    typed = {f"c-{party.pk}-{kind.id}-{year}": "sextio", f"a-{party.pk}": "0"}
    answer = page.post(step(draft, "budget"), typed).content.decode()
    assert f"{party.name}, {kind.label.sv} {year}: skriv ett belopp i kronor" in answer


def test_who_cannot_coordinate_is_told_before_writing_anything(world: World, client: Client) -> None:
    call = world.open()
    unfit = next(k for k in OrganisationKind if not call.definition.admits(PartyRole.COORDINATOR, k))
    fits_beside = call.definition.admits(PartyRole.PARTICIPANT, unfit)
    body = people.organisation(77, unfit)
    people.speaks_for(world.ali, body, world.sara)
    answer = signed_in(world.ali, client).post(
        reverse("start_application", args=[call.slug]), {"organisation": str(body.pk)}
    )
    assert answer.status_code == HTTPStatus.CONFLICT
    text = answer.content.decode()
    assert "kan inte samordna" in text
    assert ("Ni kan vara med som part" in text) == fits_beside
    assert not Application.objects.filter(parties__organisation=body).exists()
