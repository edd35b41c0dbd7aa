"""Publishing: a call's next version from what an officer has proposed, the first of a new call, and what files say."""

from collections.abc import Iterable
from pathlib import Path

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from grants.applications import access
from grants.applications.models import Application, CaseState
from grants.organisations.models import Person
from grants.programmes import loading
from grants.programmes.definition import CallDefinition
from grants.programmes.faults import Fault, LoadingError
from grants.programmes.models import Call, CallProposal, CallVersion, Office, Programme
from grants.programmes.reading import Batch, CallFile, parse_call, place_in
from grants.refusal import NotVisible, Refusal, Refused
from workflows import events
from workflows.commands.base import Act, command
from workflows.commands.calls import give_office
from workflows.commands.disqualified import has_no_application_in_it
from workflows.models import Event
from workflows.publishable import Objection, objections
from workflows.publishing_forms import PublishForm

NAME = "publish_version"


def drafts_follow(call: Call, version: CallVersion) -> int:
    """Let the drafts follow this version; what is submitted stays with the version that it answers, also while it is unlocked
    to be changed. Returns how many drafts there are."""
    drafts: int = Application.objects.filter(call=call, state=CaseState.DRAFT).update(version=version)
    return drafts


def note_publication(call: Call, version: CallVersion, by: Person | None = None) -> None:
    """Record a version that was published from a file, and let the drafts follow it. Whoever writes in a draft is told what
    has changed since the version before. Once, however often it is asked for."""
    from workflows import notices  # it reads the commands' table of recipients

    with transaction.atomic():
        call = Call.objects.select_for_update(of=("self",)).get(pk=call.pk)
        drafts_follow(call, version)
        stream = f"call:{call.pk}"
        last = Event.objects.filter(stream=stream, name=NAME).order_by("-seq").first()
        before: int | None = last.data["version"] if last else version.number - 1 or None
        if last is None or before != version.number:
            data = {"noun": "call", "id": call.pk, **_data(version, before)}
            event = events.append(stream, NAME, actor=by, data=data)
            if before is not None:
                notices.write(event, call, None)


def _data(version: CallVersion, before: int | None) -> dict[str, int | str | None]:
    """What the event says; `from` is the version that held before, whose number may be the higher one."""
    return {"version": version.number, "from": before, "sha256": version.text_id}


def proposal_of(act: Act) -> CallProposal | None:
    """The proposal that the step is about: the one that is confirmed, or that its page is asked for, or else the newest one of
    the actor's own."""
    if "proposal" not in act.memory:
        rows = CallProposal.objects.filter(call=act.subject).select_related("by")
        chosen = str(act.data.get("proposal") or act.memory.get("wish", {}).get("proposal", ""))
        if chosen:
            rows = rows.filter(pk=int(chosen) if chosen.isascii() and chosen.isdigit() and len(chosen) < 19 else 0)
        else:
            rows = rows.filter(by=act.actor, published=None)
        act.memory["proposal"] = rows.first()
    found: CallProposal | None = act.memory["proposal"]
    return found


def definition_of(act: Act) -> CallDefinition | None:
    """What the proposal says; None when there is none, or when it is no definition any longer."""
    if "definition" not in act.memory:
        proposal = proposal_of(act)
        try:
            act.memory["definition"] = parse_call(proposal.text, proposal.slug) if proposal else None
        except LoadingError:
            act.memory["definition"] = None
    found: CallDefinition | None = act.memory["definition"]
    return found


def something_to_publish(act: Act) -> Refusal | None:
    """There is a proposal, it is right, and it says something else than what holds now."""
    if proposal_of(act) is None:
        text = _("Det finns inget förslag att publicera. Skriv eller ladda upp ett först.")
        return Refusal("no_proposal", text, helper=_("handläggaren"))
    if (new := definition_of(act)) is None:
        text = _("Förslaget går inte längre att läsa som en omgång. Öppna det och kontrollera det igen.")
        return Refusal("faulty", text, helper=_("handläggaren"))
    call: Call = act.subject
    if call.version is not None and new == call.version.definition:
        return Refusal("same", _("Förslaget säger detsamma som den version som gäller."))
    return None


def nothing_fixed_is_changed(act: Act) -> list[Refusal]:
    """What may no longer be changed in the call is not changed."""
    new = definition_of(act)
    return [Refusal(o.rule.replace("-", "_"), o.text) for o in objections(act.subject, new)] if new else []


def as_it_was_read(act: Act) -> Refusal | None:
    """The version that holds is the one that the difference on the page was made with."""
    call: Call = act.subject
    seen = act.data.get("base")
    if seen is None or call.version is None or seen == call.version.number:
        return None
    text = _(
        "En annan version, nummer %(n)d, publicerades medan du läste. Skillnaden här nedanför är mot den. Läs den och "
        "bekräfta igen."
    )
    return Refusal("changed", text % {"n": call.version.number})


@command(
    NAME,
    _l("Publicera en ny version"),
    guards=(has_no_application_in_it, something_to_publish, nothing_fixed_is_changed, as_it_was_read),
    form=PublishForm,
    explain=_l(
        "Versionen gäller så snart du publicerar den. Utkasten följer den, och de som skriver i dem får veta vad som har "
        "ändrats. Det som är inskickat står kvar vid sin version. Det går inte att ångra, men en tidigare version kan "
        "publiceras på nytt."
    ),
    button=_l("Publicera versionen"),
)
def publish_version(act: Act) -> None:
    """Make the proposal the call's version: drafts follow it, their writers are told what has changed."""
    call, proposal = act.subject, proposal_of(act)
    assert proposal is not None
    before = call.version.number if call.version else None
    version = loading.publish(call, proposal.text)
    assert version is not None  # the guards have seen that it differs
    proposal.published = version
    proposal.save(update_fields=["published"])
    act.note = {**_data(version, before), "proposal": proposal.pk, "drafts": drafts_follow(call, version)}


def make_call(person: Person, proposal: CallProposal) -> Call:
    """Publish a new call, and let who did it handle its cases. NotVisible when they handle no call of its programme; Refused when
    the call is there already or its text is not right."""
    with transaction.atomic():
        programme = Programme.objects.select_for_update(of=("self",)).get(pk=proposal.programme_id)
        if not handles_in(person, programme):
            raise NotVisible(proposal)
        if Call.objects.filter(slug=proposal.slug).exists():
            raise Refused([Refusal("exists", _("Det finns redan en omgång som heter %s.") % proposal.slug)])
        try:
            definition = parse_call(proposal.text, proposal.slug)
        except LoadingError:
            text = _("Förslaget går inte längre att läsa som en omgång. Öppna det och kontrollera det igen.")
            raise Refused([Refusal("faulty", text)]) from None
        loading.store(Batch(calls=[CallFile(proposal.slug, definition, proposal.text)]))
        call = Call.objects.select_related("version").get(slug=proposal.slug)
        assert call.version is not None
        note_publication(call, call.version, by=person)
        give_office(call, person, Office.Role.HANDLE, by=person)
        proposal.call, proposal.published = call, call.version
        proposal.save(update_fields=["call", "published"])
    return call


def handles_in(person: Person, programme: Programme) -> bool:
    """Whether somebody handles a call of the programme, and so may make another."""
    return access.office_grants(person, ["handle_call"]).filter(content_object__programme=programme).exists()


def load(paths: Iterable[Path] = (), *, anyway: bool = False) -> list[str]:
    """Load files and publish what they say. LoadingError, with nothing written, when a file is wrong or changes what may no
    longer be changed; `anyway` does that too, for demonstrations whose files are ahead of their clock."""
    with transaction.atomic():
        batch = loading.wanted(paths)
        if not anyway and (found := list(_faults(batch.calls))):
            raise LoadingError(found)
        lines = loading.store(batch)
        for call in Call.objects.select_related("version").exclude(version=None).order_by("pk"):
            assert call.version is not None
            note_publication(call, call.version)
    return lines


def _faults(files: Iterable[CallFile]) -> Iterable[Fault]:
    slugs = [file.definition.slug for file in files]
    rows = Call.objects.filter(slug__in=slugs, version__isnull=False).select_related("version__text", "programme")
    calls = {call.slug: call for call in rows}
    for file in files:
        call = calls.get(file.definition.slug)
        if call is not None and call.version is not None and call.version.definition != file.definition:
            yield from (_fault(file, objection) for objection in objections(call, file.definition))


def _fault(file: CallFile, objection: Objection) -> Fault:
    return Fault(
        file.name, objection.text, *place_in(file.source, objection.path), path=objection.path, rule=objection.rule
    )
