"""Issued letters against what was frozen at the decision, what was told at the dispatch, and what would be rendered again."""

from collections.abc import Iterator
from typing import Any

from grants.applications.freezing import sha256
from grants.decisions.models import Decision
from grants.letters.data import DecisionLetter
from grants.letters.decision import render_decision
from grants.letters.models import Document, DocumentKind
from grants.letters.renderer import renderer
from workflows.integrity.faults import Fault, batches
from workflows.models import Event

CONTENTS = 50  # decisions held at a time, with what their letters say
SAMPLE = 10  # letters rendered again each time: any ten of those that this version rendered, since it takes a while


def check() -> Iterator[Fault]:
    """What decisions froze, what their documents say, and a sample of the files."""
    rows = Decision.objects.exclude(letters={}).prefetch_related("documents")
    for batch in batches(rows, CONTENTS):
        streams = [f"case:{decision.application_id}" for decision in batch]
        told, sent = _told(("approve", "approve_later"), streams), _told(("dispatch", "dispatch_later"), streams)
        for decision in batch:
            where = f"decision:{decision.pk}"
            if told.get(decision.pk) != {language: sha256(data) for language, data in decision.letters.items()}:
                yield Fault("letter_frozen", where, "what its letters say is not what was told when it was made")
            yield from _documents(decision, sent.get(decision.pk))
    yield from _sample()


def _documents(decision: Decision, sent: dict[str, Any] | None) -> Iterator[Fault]:
    for document in decision.documents.all():
        where = f"document:{document.pk}"
        if document.data != decision.letters.get(document.language):
            yield Fault("letter_data", where, "says something else than its decision froze")
        told = {"sha256": document.file_id, "unsealed": document.unsealed_sha256}
        if decision.dispatched_at is not None and (sent or {}).get(document.language) != told:
            yield Fault("letter_sent", where, "is not the file that was told when the decision was sent")


def _told(names: tuple[str, str], streams: list[str]) -> dict[int, dict[str, Any]]:
    """What the events of these names told of letters, by decision."""
    rows = Event.objects.filter(stream__in=streams, name__in=names, data__has_key="letters").values_list(
        "data", flat=True
    )
    return {data["decision"]: data["letters"] for data in rows}


def _sample() -> Iterator[Fault]:
    rows = Document.objects.filter(kind=DocumentKind.DECISION, renderer=renderer()).exclude(unsealed_sha256="")
    for document in rows.select_related("file").order_by("?")[:SAMPLE]:
        where, content = f"document:{document.pk}", bytes(document.file.content)
        language: Any = document.language
        try:
            pdf = render_decision(DecisionLetter.model_validate(document.data), language)
        except ValueError:  # data of no letter; pydantic's errors are of this kind
            pdf = None
        if pdf is None or pdf.sha256 != document.unsealed_sha256:
            yield Fault("letter_again", where, "is not what its data give when they are rendered again")
        elif not content.startswith(pdf.content):
            yield Fault("letter_begins", where, "does not begin with the letter as it was rendered")
