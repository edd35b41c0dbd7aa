"""A submission is the application frozen: everything a reader needs, in one JSON document with its hash."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from grants.applications.checklist import Contents
from grants.applications.members import take_away
from grants.applications.models import Answer, Application, Attachment, Party, Submission
from grants.budgets import rules, sheets
from grants.organisations.models import Organisation, Person

_RESTORED = (
    "is_need_owner",
    "contact_name",
    "contact_email",
    "signatory_name",
    "signatory_email",
    "confirmed_name",
)  # of a party, beside who it is


def canonical(content: Any) -> bytes:
    """The one way this content is written as bytes, for hashing."""
    return json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()


def sha256(content: Any) -> str:
    """The hash of a frozen document."""
    return hashlib.sha256(canonical(content)).hexdigest()


def freeze(found: Contents) -> dict[str, Any]:
    """What is submitted: shown answers only, so that an answer to a question that went away does not count."""
    application, asked = found.application, {q.id: q for q in found.definition.questions()}
    return {
        "application": application.pk,
        "title": application.title,
        "starts_on": application.starts_on.isoformat() if application.starts_on else None,
        "ends_on": application.ends_on.isoformat() if application.ends_on else None,
        "parties": [
            {
                "id": p.pk,
                "role": p.role,
                "name": p.organisation.name,
                "number": p.organisation.number,
                "kind": p.organisation.kind,
                "is_need_owner": p.is_need_owner,
                "contact_name": p.contact_name,
                "contact_email": p.contact_email,
                "signatory_name": p.signatory_name,
                "signatory_email": p.signatory_email,
                "confirmed_at": p.confirmed_at.isoformat() if p.confirmed_at else None,
                "confirmed_name": p.confirmed_name,
            }
            for p in found.parties
        ],
        "answers": [
            {"question": question, "party": party, "value": value}
            for (question, party), value in sorted(found.values.items(), key=lambda item: (item[0][0], item[0][1] or 0))
            if value is not None and question in asked and found.shown.has(asked[question], party)
        ],
        "budgets": [
            {
                "party": b.party_id,
                "costs": [{"type": kind, "year": year, "ore": ore} for (kind, year), ore in sorted(b.costs.items())],
                "applied_ore": b.applied or 0,
            }
            for b in found.budgets
        ],
        "attachments": [
            {"rule": a.rule, "sha256": a.file_id, "name": a.name, "pages": a.pages} for a in found.attachments
        ],
        "cost_ore": rules.total_cost(found.budgets),
        "applied_ore": rules.total_applied(found.budgets),
    }


def restore(application: Application, submission: Submission, person: Person) -> None:
    """Make the working copy what was submitted again. The caller holds the lock on the application, and settles the
    grants on it: a party that was added meanwhile goes, with whoever acted for it."""
    content = submission.content
    _restore_parties(application, content["parties"])
    submitted = {(a["question"], a["party"]): a["value"] for a in content["answers"]}
    for answer in Answer.objects.filter(application=application):
        key = (answer.question, answer.party_id)
        value = submitted.pop(key, None)
        if answer.value != value:
            answer.value, answer.version, answer.saved_by = value, answer.version + 1, person
            answer.save(update_fields=["value", "version", "saved_by"])
    Answer.objects.bulk_create(  # those that went with a party that was taken away
        Answer(application=application, question=question, party_id=party, value=value, saved_by=person)
        for (question, party), value in submitted.items()
    )
    for budget in content["budgets"]:
        costs = {(c["type"], c["year"]): c["ore"] for c in budget["costs"]}
        sheets.write(application.pk, budget["party"], costs, budget["applied_ore"])
    kept = {a["rule"]: a for a in content["attachments"]}
    Attachment.objects.filter(application=application).exclude(rule__in=kept).delete()
    for rule, item in kept.items():
        Attachment.objects.update_or_create(
            application=application,
            rule=rule,
            defaults={
                "file_id": item["sha256"],
                "name": item["name"],
                "pages": item["pages"],
                "uploaded_by": person,
            },
        )
    application.title, application.starts_on, application.ends_on = (
        content["title"],
        content["starts_on"],
        content["ends_on"],
    )


def _restore_parties(application: Application, submitted: Sequence[Mapping[str, Any]]) -> None:
    """The parties as they were submitted: who they are, who answers for them, and whether they had confirmed."""
    take_away(application.parties.exclude(pk__in=[item["id"] for item in submitted]))
    present = {party.pk: party for party in application.parties.all()}
    for place, item in enumerate(submitted):
        party = present.get(item["id"])
        if party is None:
            organisation = Organisation.objects.get(number=item["number"])
            party = Party(pk=item["id"], application=application, organisation=organisation, role=item["role"])
            party.frozen_name, party.frozen_number = item["name"], item["number"]
            party.frozen_signatory, party.position = item["signatory_name"], place
        for name in _RESTORED:
            setattr(party, name, item[name])
        party.confirmed_at = datetime.fromisoformat(item["confirmed_at"]) if item["confirmed_at"] else None
        party.save()
