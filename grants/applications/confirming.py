"""What a party has confirmed is what it saw: when its part changes afterwards, it is asked again."""

from grants.applications.models import Party


def void(party: Party) -> bool:
    """Take back a party's confirmation because its part has changed. Says whether there was one. The caller holds the
    lock on the application."""
    if party.confirmed_at is None:
        return False
    party.confirmed_at, party.confirmed_name = None, ""
    party.save(update_fields=["confirmed_at", "confirmed_name"])
    return True
