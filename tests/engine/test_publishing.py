"""A new version of a call: drafts follow it and their writers are told what it changes; what is submitted stays pinned."""

import pytest
from django.core import mail

from grants.applications.models import Answer
from grants.programmes.definition import CallDefinition
from grants.programmes.loading import store
from grants.programmes.models import Call
from grants.programmes.reading import Batch, CallFile
from grants.programmes.writing import as_file
from tests.factories import World
from workflows import jobs
from workflows.commands.publishing import note_publication
from workflows.integrity import check
from workflows.models import Notice
from workflows.simulation import life

pytestmark = pytest.mark.django_db


def publish(definition: CallDefinition) -> Call:
    store(Batch(calls=[CallFile(definition.slug, definition, as_file(definition))]))
    call = Call.objects.select_related("version").get(slug=definition.slug)
    assert call.version is not None
    note_publication(call, call.version)
    return call


def changed(definition: CallDefinition) -> CallDefinition:
    """With another highest grant, and one question as a choice between yes and no instead of a text."""
    budget = definition.budget.model_copy(update={"max_grant": definition.budget.max_grant + 100_000})
    first = definition.sections[0]
    asked = next(q for q in first.questions if q.kind == "long")
    other = asked.model_copy(update={"kind": "yesno", "limit": None})
    questions = tuple(other if q.id == asked.id else q for q in first.questions)
    sections = (first.model_copy(update={"questions": questions}), *definition.sections[1:])
    return definition.model_copy(update={"budget": budget, "sections": sections})


def test_writers_of_drafts_are_told_what_changes(world: World) -> None:
    draft, submitted = world.draft(), world.submitted()
    jobs.run_pending()
    mail.outbox.clear()
    old = draft.definition
    asked = next(q for q in old.sections[0].questions if q.kind == "long")
    call = publish(changed(old))
    note_publication(call, call.version)  # type: ignore[arg-type]  # it has one
    jobs.run_pending()
    (notice,) = Notice.objects.filter(kind="publish_version")
    assert notice.person == world.karin
    (message,) = mail.outbox
    body = str(message.body)
    assert "höjs från" in body
    assert f"behöver skrivas om: {asked.label.sv}" in " ".join(body.split())
    assert life.fresh(draft).definition.budget.max_grant == old.budget.max_grant + 100_000
    assert life.fresh(submitted).definition.budget.max_grant == old.budget.max_grant
    assert Answer.objects.filter(application=draft, question=asked.id).exists()  # nothing is thrown away
    assert list(check()) == []


def test_the_same_again_tells_nobody(world: World) -> None:
    draft = world.draft()
    publish(draft.definition)
    assert not Notice.objects.filter(kind="publish_version").exists()
