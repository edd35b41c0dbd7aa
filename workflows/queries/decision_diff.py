"""What a proposal that was returned and has come back says otherwise than the version before it."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from grants.decisions.models import Decision, Outcome
from grants.money import written, written_share
from grants.programmes.definition import CallDefinition
from grants.templatetags.writing import day, when
from reviewers.lodged import Piece, differences
from workflows.models import Event

_GRANTED = _l("Bidrag till %(party)s")
_AMOUNT = {
    Outcome.WITHDRAWAL: _l("Får behålla: %(party)s"),
    Outcome.RECOVERY: _l("Ska betala tillbaka: %(party)s"),
}


@dataclass(frozen=True)
class Change:
    """One thing that is not what it was."""

    label: str
    pieces: tuple[Piece, ...]


@dataclass(frozen=True)
class Returned:
    """The version that was returned, with what the next one changed."""

    before: Decision
    changes: tuple[Change, ...]


def returned(decision: Decision, definition: CallDefinition, before: Decision | None = None) -> Returned | None:
    """What has changed since the version that was returned last; nothing when none was. `before` when it is known."""
    if before is None and decision.version > 1:
        rows = Decision.objects.filter(application=decision.application_id, version=decision.version - 1)
        before = rows.prefetch_related("lines").first()
    if before is None or not _takes_its_place(decision, before):
        return None
    return Returned(before, tuple(changes(before, decision, definition)))


def _takes_its_place(decision: Decision, before: Decision) -> bool:
    """Whether the version before was returned and this one is made instead: of the same kind, and nobody had dropped it."""
    if not before.return_reason or before.later != decision.later:
        return False
    if not decision.later:
        return (before.outcome == Outcome.FORMAL_REJECTION) == (decision.outcome == Outcome.FORMAL_REJECTION)
    if before.outcome != decision.outcome:
        return False
    fell = Event.objects.filter(stream=f"case:{decision.application_id}", name="voided_later", data__id=before.pk)
    return fell.exists()


def changes(before: Decision, after: Decision, definition: CallDefinition) -> Iterator[Change]:
    """Figures and dates as a whole, texts word by word."""
    old, new = _facts(before, definition), _facts(after, definition)
    for label in dict.fromkeys([*new, *old]):
        was, now = old.get(label, ""), new.get(label, "")
        if was != now:
            pieces = (Piece("gone", was), Piece("new", f" {now}" if was else now))
            yield Change(label, tuple(piece for piece in pieces if piece.text.strip()))
    for difference in differences(_texts(before), _texts(after)):
        yield Change(difference.field, difference.pieces)


def _facts(decision: Decision, definition: CallDefinition) -> dict[str, str]:
    language = (get_language() or "sv")[:2]
    found = {_("Utfall"): str(Outcome(decision.outcome).label)}
    for line in decision.lines.all():
        basis = definition.aid_basis(line.aid_basis)
        found[str(_AMOUNT.get(Outcome(decision.outcome), _GRANTED)) % {"party": line.party_name}] = ", ".join(
            (
                written(line.max_amount_ore, language),
                written_share(line.intensity_bp, language),
                basis.label.read(language) if basis else line.aid_basis,
            )
        )
    if decision.starts_on and decision.ends_on:
        found[_("Projekttid")] = f"{day(decision.starts_on)} – {day(decision.ends_on)}"
    if decision.repay_by:
        found[_("Betalas tillbaka senast")] = day(decision.repay_by)
    if decision.hold_until:
        found[_("Breven hålls till")] = when(decision.hold_until)
    return found


def _texts(decision: Decision) -> dict[str, str]:
    return {
        _("Skäl"): decision.reasons,
        _("Särskilda villkor"): decision.special_conditions,
        _("Deltog utan att avgöra"): decision.participants,
    }
