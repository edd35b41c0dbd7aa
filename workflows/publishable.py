"""What a new version of a call may no longer change, whoever publishes it and however: by its page or from a file.

The rules are few. What has happened stands, nobody loses time at once, everyone in a call is judged alike, and when the call
has closed its terms are those that people applied under.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from grants import clock
from grants.applications.models import CaseState, Submission
from grants.money import kronor, written
from grants.programmes.changes import Change, changes
from grants.programmes.definition import CallDefinition, Window
from grants.programmes.models import Call, CallPhase
from grants.templatetags.writing import when
from workflows.commands.deciding import granted

# Moments of the window that have their time once, with what comes about then.
MOMENTS: dict[str, Promise] = {
    "planned": _l("Omgången är redan synlig som planerad"),
    "announced": _l("Omgången är redan utlyst"),
    "opens": _l("Omgången har redan öppnat"),
}
JUDGED_BY = ("review.criteria", "review.lowest", "review.highest")
# What may still be changed when the call has closed: words, money, the authority's own times. The window has its own rules.
FREE_AFTER_CLOSING = (
    "number", "title", "full_title", "summary", "purpose", "who", "extras", "sources", "demo", "call_budget", "window",
    "decision", "completion", "acceptance", "review.days", "reporting.remind_days_before", "reporting.remind_days_after",
)  # fmt: skip


@dataclass(frozen=True)
class Objection:
    """One thing that may not be changed now: by which rule, at which dotted path, and why."""

    rule: str
    path: str
    text: str


def objections(call: Call, new: CallDefinition) -> list[Objection]:
    """Everything that keeps a definition from being the next version of this call; empty when it may be."""
    if call.version is None:
        return []
    old = call.definition
    told = changes(old, new)
    return [*_elsewhere(call, new), *_times(call, old.window, new.window), *_terms(call, told), *_money(call, new)]


def _elsewhere(call: Call, new: CallDefinition) -> Iterator[Objection]:
    if new.slug != call.slug:
        text = _("Filen är till en annan omgång: slug är %(other)s, här är det %(slug)s.")
        yield Objection("other-call", "slug", text % {"other": new.slug, "slug": call.slug})
    elif new.programme != call.programme.slug:
        yield Objection("other-programme", "programme", _("En omgång kan inte flyttas till ett annat program."))


def _times(call: Call, old: Window, new: Window) -> Iterator[Objection]:
    now = clock.now()
    for name, said in MOMENTS.items():
        moment: datetime | None = getattr(old, name)
        if moment is not None and moment <= now and getattr(new, name) != moment:
            text = _("%(what)s, %(when)s. Den tiden kan inte ändras.") % {"what": said, "when": when(moment)}
            yield Objection("time-passed", f"window.{name}", text)
    if {m for m in old.cutoffs if m <= now} != {m for m in new.cutoffs if m <= now}:
        text = _("Avläsningstillfällen som har varit kan inte ändras, och nya kan inte ligga i det förflutna.")
        yield Objection("time-passed", "window.cutoffs", text)
    if call.closes_at is not None and call.closes_at <= now:
        if new.closes != old.closes:
            text = _("Omgången stängde %(when)s. Sista tiden kan inte ändras, för utkasten har förfallit och raderats.")
            yield Objection("closed", "window.closes", text % {"when": when(call.closes_at)})
    elif new.closes is not None and new.closes <= now and call.closing(new.closes) == new.closes:
        text = _("Den nya sista tiden, %(when)s, har redan passerat. De som skriver skulle bli för sena.")
        yield Objection("closes-at-once", "window.closes", text % {"when": when(new.closes)})


def _terms(call: Call, told: list[Change]) -> Iterator[Objection]:
    if call.phase() in (CallPhase.CLOSED, CallPhase.DECIDED):
        text = _("Omgången har stängt. Villkoren som ansökningarna gjordes under kan inte ändras: %(change)s")
        for change in told:
            if not _within(change.path, (*FREE_AFTER_CLOSING, "slug", "programme")):
                yield Objection("terms-closed", change.path, text % {"change": change.text})
        return
    judged = [change for change in told if _within(change.path, JUDGED_BY)]
    if judged and Submission.objects.filter(application__call=call).exclude(
        application__state=CaseState.WITHDRAWN
    ).exists():  # fmt: skip
        text = _(
            "Det finns inskickade ansökningar, och de bedöms efter de kriterier som gällde när de kom in. Alla i en omgång "
            "ska bedömas lika: %(change)s"
        )
        yield from (Objection("judged-alike", change.path, text % {"change": change.text}) for change in judged)


def _money(call: Call, new: CallDefinition) -> Iterator[Objection]:
    spent = granted(call) if new.call_budget is not None else 0
    if new.call_budget is not None and kronor(new.call_budget) < spent:
        text = _("Omgången har redan beviljat %(spent)s. Budgeten kan inte bli mindre än så.")
        yield Objection("money-spent", "call_budget", text % {"spent": written(spent)})


def _within(path: str, parts: tuple[str, ...]) -> bool:
    return any(path == part or path.startswith(part + ".") for part in parts)
