"""Every cell of the matrix over HTTP: what it allows is not refused for role or state, what it does not allow is refused
with a reason or does not exist, and then nothing has changed. And every address has its row in the table of access."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.contrib.auth import SESSION_KEY
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from grants import clock
from grants.applications.models import Attachment, CaseState
from grants.letters.models import Document
from grants.organisations.models import Person
from grants.programmes.loading import Batch, store
from tests.conftest import START
from tests.engine.stage import Stage, reviewer_of
from workflows import links
from workflows.commands import COMMANDS
from workflows.matrix import MOVES, NOUN_STATES, Noun, Role, allowed
from workflows.models import Event, Invitation
from workflows.nouns import state_of
from workflows.pages.access_table import EVERYONE, URLS

BEFORE_ANYTHING = {"role", "state", "membership"}  # refusals of the matrix itself; all others are of guards
PEOPLE = [r for r in Role if r not in (Role.HOLDER, Role.SELF, Role.CLOCK)]
STAFF = {Role.OFFICER, Role.DECIDER, Role.AUDITOR}
SIDES = STAFF | {Role.APPLICANT, Role.PENDING, Role.PARTNER}
TESTED = (Noun.CASE, Noun.PARTY, Noun.ASSIGNMENT, Noun.ACCEPTANCE, Noun.DUTY, Noun.MEMBERSHIP)
ROWS = [
    pytest.param(noun, state, role, id=f"{noun}-{state}-{role}")
    for noun in TESTED
    for state in NOUN_STATES[noun]
    for role in PEOPLE
]


@pytest.fixture(scope="module")
def stage(django_db_setup: None, django_db_blocker: Any, call_files: Batch) -> Iterator[Stage]:
    """Built once, in a transaction that is never committed."""
    patch = pytest.MonkeyPatch()
    patch.setattr("config.middleware._has_second_factor", lambda request: True)
    with django_db_blocker.unblock(), clock.at(START), transaction.atomic():
        store(call_files)
        yield Stage(patch)
        transaction.set_rollback(True)
    patch.undo()


@contextmanager
def undone(stage: Stage) -> Iterator[None]:
    """What happens inside has not happened afterwards."""
    with clock.at(stage.now), transaction.atomic():
        yield
        transaction.set_rollback(True)


def exists_for(noun: Noun, state: str, role: Role, row: Any) -> bool:
    """Whether this role may know of this noun: the plain rules, not the code's."""
    if noun == Noun.MEMBERSHIP:
        return role == Role.OFFICER
    case_state = state if noun == Noun.CASE else row.application.state
    if role in STAFF:
        return case_state not in (CaseState.DRAFT, CaseState.LAPSED)
    if noun == Noun.ASSIGNMENT:
        return role == Role.REVIEWER
    if role == Role.REVIEWER:
        return noun == Noun.CASE and state == CaseState.ASSESSING  # Mira is offered this case
    return role in SIDES


def person_of(stage: Stage, noun: Noun, role: Role, row: Any) -> Person:
    return reviewer_of(row) if noun == Noun.ASSIGNMENT and role == Role.REVIEWER else stage.persons[role]


def signed_in(person: Person) -> Client:
    client = Client(raise_request_exception=True)
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    assert SESSION_KEY in client.session
    return client


def codes(response: Any) -> set[str]:
    return {refusal.code for refusal in response.context["refusals"]}


@pytest.mark.parametrize(("noun", "state", "role"), ROWS)
def test_every_command_in_this_state_for_this_role(stage: Stage, noun: Noun, state: str, role: Role) -> None:
    row = stage.nouns[(noun, state)]
    row = type(row).objects.get(pk=row.pk)
    assert state_of(row) == state
    with undone(stage):
        client = signed_in(person_of(stage, noun, role, row))
        for command, spec in COMMANDS.items():
            if spec.noun == noun:
                _try(client, command, row, state, role, exists_for(noun, state, role, row))


def _try(client: Client, command: str, row: Any, state: str, role: Role, exists: bool) -> None:
    address, where = reverse("act", args=[command, row.pk]), f"{command} in {state} by {role}"
    events = Event.objects.count()
    with transaction.atomic():
        response = client.post(address, {})
        if not exists or not MOVES[command].roles - {Role.HOLDER, Role.CLOCK}:
            assert response.status_code == 404, where
        elif allowed(command, state, role):
            assert response.status_code in (302, 409, 422), where
            assert response.status_code != 409 or not codes(response) & BEFORE_ANYTHING, where
            assert client.get(address).status_code == 200, where
        else:
            assert response.status_code == 409, where
            assert codes(response) <= BEFORE_ANYTHING, where
            assert all(str(refusal.text).strip() for refusal in response.context["refusals"]), where
        if response.status_code != 302:
            assert Event.objects.count() == events, where
            assert state_of(type(row).objects.get(pk=row.pk)) == state, where
        transaction.set_rollback(True)


@pytest.mark.parametrize(("noun", "state"), [(n, s) for n in (Noun.PARTY, Noun.ACCEPTANCE) for s in NOUN_STATES[n]])
def test_every_command_of_a_personal_link(stage: Stage, noun: Noun, state: str) -> None:
    row = stage.nouns[(noun, state)]
    link = Invitation.objects.filter(subject_id=row.pk, party=getattr(row, "party", row)).latest("pk")
    with undone(stage):
        for command, move in MOVES.items():
            if move.noun != noun or move.roles != {Role.HOLDER}:
                continue
            events = Event.objects.count()
            with transaction.atomic():
                response = Client().post(
                    reverse("personal_link", args=[links.token(link)]),
                    {"command": command, "name": "Firmatecknare Exempel", "confirm": "on"},
                )
                if allowed(command, state, Role.HOLDER):
                    assert response.status_code == 200
                    assert Event.objects.count() > events
                else:
                    assert response.status_code == 410  # it has been answered
                    assert Event.objects.count() == events
                transaction.set_rollback(True)


def test_a_personal_link_opens_its_own_commands_only(stage: Stage) -> None:
    link = Invitation.objects.filter(purpose="accept", ended_at=None).latest("pk")
    with undone(stage):
        for command in COMMANDS:
            if command not in ("accept", "decline_part"):
                events = Event.objects.count()
                response = Client().post(reverse("personal_link", args=[links.token(link)]), {"command": command})
                assert response.status_code == 422, command
                assert Event.objects.count() == events


@pytest.mark.parametrize("token", ["x", "1:2:3", "W10:aaa:bbb", "ÅÄÖ", "a" * 4000])
def test_a_link_that_was_not_made_here_does_not_exist(stage: Stage, token: str) -> None:
    with undone(stage):
        assert Client().get(reverse("personal_link", args=[token])).status_code == 404


@pytest.mark.parametrize("pk", [0, 2**31, 2**63, 10**30])
def test_a_noun_that_is_not_there_does_not_exist(stage: Stage, pk: int) -> None:
    with undone(stage):
        client = signed_in(stage.persons[Role.OFFICER])
        for command in COMMANDS:
            assert client.post(reverse("act", args=[command, pk])).status_code == 404, command


# --- the addresses


def names(patterns: Any) -> Iterator[str]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from names(pattern.url_patterns)
        elif isinstance(pattern, URLPattern):
            yield str(pattern.name)


def objects_of(stage: Stage) -> dict[str, list[Any]]:
    """Somebody else's objects, for each address that is about one."""
    case = stage.nouns[(Noun.CASE, "reporting")]
    open_case = stage.nouns[(Noun.CASE, "draft")]
    assignment, duty = stage.nouns[(Noun.ASSIGNMENT, "cleared")], stage.nouns[(Noun.DUTY, "open")]
    attachment = Attachment.objects.filter(application=case).first()
    document = Document.objects.filter(application=case).first()
    step = "sammanfattning"
    return {
        "workspace": [open_case.pk], "workspace_step": [open_case.pk, step], "save_answer": [open_case.pk],
        "answer_history": [open_case.pk, open_case.definition.questions()[0].id.replace("_", "-")],
        "preview": [case.pk], "project": [case.pk], "case": [case.pk], "case_submission": [case.pk, 1],
        "letter_preview": [stage.nouns[(Noun.CASE, "proposed")].pk, "sv"], "act": ["withdraw", case.pk],
        "report": [duty.pk], "save_report": [duty.pk], "review": [assignment.pk], "save_sheet": [assignment.pk],
        "attachment": [attachment.pk if attachment else 1], "document": [document.pk if document else 1],
        "case_file": [case.pk, attachment.file_id if attachment else "0" * 64],
    }  # fmt: skip


def test_every_address_is_in_the_table() -> None:
    assert set(names(get_resolver().url_patterns)) == set(URLS)


def test_no_object_is_left_out_of_the_next_test(stage: Stage) -> None:
    """Every address with a part that names something is tried, but for calls (public or tried by slug), links and accounts."""
    lists = get_resolver().reverse_dict
    about = {
        name for name in URLS if any(params for params, *_rest in lists.getlist(name)[0][0:1] for params in [params[1]])
    }
    elsewhere = {n for n in about if n.startswith(("account_", "mfa_"))} | {
        "call", "call_calendar", "eligibility", "call_form", "start_application", "machine", "personal_link",
    }  # fmt: skip
    assert about - elsewhere == set(objects_of(stage))


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("name", sorted(URLS))
def test_somebody_elses_object_does_not_exist(stage: Stage, name: str, method: str) -> None:
    found = objects_of(stage)
    if name not in found:
        pytest.skip("not about somebody's object")
    with undone(stage):
        address = reverse(name, args=found[name])
        outsider = getattr(signed_in(stage.persons[Role.OUTSIDER]), method)(address)
        assert outsider.status_code in (404, 405), outsider.status_code
        anonymous = getattr(Client(), method)(address)
        assert anonymous.status_code in (302, 404, 405)
        if anonymous.status_code == 302:
            assert anonymous["Location"].startswith(reverse("account_login"))


@pytest.mark.parametrize("name", sorted(name for name, row in URLS.items() if row.who != EVERYONE))
def test_what_needs_a_person_asks_who_it_is(stage: Stage, name: str) -> None:
    arguments = {"start_application": ["starta-2023"], "machine": ["starta-2023"]} | objects_of(stage)
    with undone(stage):
        try:
            address = reverse(name, args=arguments.get(name, []))
        except Exception:
            pytest.skip("an address of the account pages with a key of its own")
        response = Client().get(address)
        assert response.status_code in (200, 302, 404, 405)
        if response.status_code == 200:  # signing in by steps, and what a demonstration opens
            assert name.startswith(("account_", "mfa_", "demo_"))
