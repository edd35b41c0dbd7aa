"""Invitations by mail, whatever to: how many may be sent, how long one is good for, and sending one again."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from grants import clock
from grants.refusal import Refusal
from workflows.commands.base import Act
from workflows.models import Event, Notice

A_DAY = timedelta(days=1)
GOOD_FOR = timedelta(days=60)  # from the last letter about it


@dataclass(frozen=True)
class Brake:
    """How many letters of these kinds an address gets a day, and how many invitations one person sends a day."""

    letters: tuple[str, ...]
    to_one_address: int
    command: str
    by_one_person: int

    def refusal(self, act: Act, email: str) -> Refusal | None:
        """An address that somebody has typed gets a few letters a day, and nobody sends without end."""
        since = clock.now() - A_DAY
        got = Notice.objects.filter(kind__in=self.letters, email__iexact=email, created_at__gt=since)
        times = list(got.order_by("created_at").values_list("created_at", flat=True)) if email else []
        if len(times) >= self.to_one_address:
            text = _("%(email)s har fått %(n)d mejl det senaste dygnet.") % {"email": email, "n": len(times)}
            return _asked_often(text, times, self.to_one_address)
        sent = Event.objects.filter(name=self.command, actor=act.actor, at__gt=since)
        mine = list(sent.order_by("at").values_list("at", flat=True))
        if len(mine) >= self.by_one_person:
            text = _("Du har skickat %(n)d inbjudningar det senaste dygnet.") % {"n": len(mine)}
            return _asked_often(text, mine, self.by_one_person)
        return None


def _asked_often(text: str, times: list[datetime], most: int) -> Refusal:
    return Refusal("asked_often", text, changes_at=times[-most] + A_DAY)


def send_again(act: Act) -> None:
    """The same invitation, by whoever asks now, and good for as long as a new one."""
    act.subject.invited_by, act.subject.since = act.person, clock.now()
    act.subject.save(update_fields=["invited_by", "since"])
