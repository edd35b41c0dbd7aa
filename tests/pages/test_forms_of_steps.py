"""What the forms of steps refuse, and that they say so at the field that is to blame."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from grants import clock
from grants.applications.models import CaseState
from grants.clock import SWEDEN
from tests.engine.test_every_state import signed_in
from tests.factories import World
from workflows.commands import prepare, run
from workflows.forms import CompletionForm, LaterForm
from workflows.proposal_forms import FormalRejectionForm, ProposalForm

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("starts", "ends", "field", "says"),
    [
        ("2024-05-01", "2024-03-01", "ends_on", "sluta efter att det har börjat"),
        ("2024-05-01", "2024-05-01", "ends_on", "sluta efter att det har börjat"),
        ("", "2024-05-01", "starts_on", "när projektet börjar"),
        ("2024-05-01", "", "ends_on", "när projektet slutar"),
        ("2024-05-01", "2024-02-30", "ends_on", "Skriv datumet"),
    ],
)
def test_the_time_of_a_project_is_refused_at_its_field(
    world: World, starts: str, ends: str, field: str, says: str
) -> None:
    case = world.case(CaseState.ASSESSED)
    act = prepare("propose", world.sara, case.pk)
    form = ProposalForm(act, {"outcome": "grant", "starts_on": starts, "ends_on": ends})
    assert [says in text for text in form.errors[field]] == [True]
    assert set(form.errors) & {"starts_on", "ends_on"} == {field}
    form = ProposalForm(act, {"outcome": "rejection", "starts_on": "2024-05-01", "ends_on": "2024-03-01"})
    assert not set(form.errors) & {"starts_on", "ends_on"}


@pytest.mark.parametrize(("days", "fits"), [(-1, False), (10, True), (364, True), (370, False), (4000, False)])
def test_a_time_lies_ahead_and_within_a_year(world: World, days: int, fits: bool) -> None:
    case = world.closed(world.submitted())
    due = f"{(clock.now() + timedelta(days=days)).astimezone(SWEDEN):%Y-%m-%d} 12:00"
    act = prepare("ask_completion", world.sara, case.pk)
    for kind in (CompletionForm, LaterForm):
        form = kind(act, {"due": due})
        assert ("due" not in form.errors) is fits
        if days > 0 and not fits:
            assert form.errors["due"] == ["Välj en tid inom ett år från i dag."]


def test_a_rejection_says_what_every_proposal_says(world: World) -> None:
    case = world.closed(world.submitted())
    form = FormalRejectionForm(prepare("propose_rejection", world.sara, case.pk))
    assert list(form.fields) == ["reasons", "participants"]
    assert form["participants"].value() == "ingen annan"


def test_help_and_tour_tell_what_happens_to_an_answer_about_conflicts(client: Client) -> None:
    page = client.get(reverse("help")).content.decode()
    assert "Svarar du nej öppnas den direkt" in page
    assert "Någon annan prövar svaret" not in page


def test_the_stop_of_the_tour_about_auditing_leads_to_a_history(world: World, client: Client, settings: object) -> None:
    settings.DEMO = True  # type: ignore[attr-defined]  # the plugin's own object
    case = world.case(CaseState.ACCEPTING)
    page = client.get(reverse("demo_tour")).content.decode()
    assert f'value="{reverse("case", args=[case.pk])}#events"' in page
    history = signed_in(world.rolf).get(reverse("case", args=[case.pk])).content.decode()
    assert 'id="events"' in history
    assert "Kedjan hel" in history


def test_the_clock_says_which_event_is_next_and_when(world: World, client: Client, settings: object) -> None:
    settings.DEMO = True  # type: ignore[attr-defined]  # the plugin's own object
    case = world.closed(world.submitted())
    run("ask_completion", world.sara, case, request_text="Intyg saknas.", due=clock.now() + timedelta(days=2))
    page = client.get(reverse("help")).content.decode()
    assert "Nästa händelse: tiden för en komplettering går ut" in page
