"""Which of a call's values are made up for the demonstration, in words."""

from collections.abc import Callable

from django.utils.translation import gettext as _

from grants.programmes.definition import CallDefinition


def _names() -> dict[str, str]:
    return {
        "window.planned": _("när omgången planerades"),
        "window.announced": _("när omgången annonseras"),
        "window.opens": _("dag och klockslag för öppning"),
        "window.closes": _("dag och klockslag för stängning"),
        "window": _("datum och klockslag"),
        "call_budget": _("omgångens hela belopp"),
        "stages": _("vilka steg ärendet går igenom"),
        "parties": _("hur många parter det får vara"),
        "need_owners": _("hur många behovsägare som krävs"),
        "project": _("projektens start, slut och längd"),
        "sections": _("frågorna i ansökan"),
        "attachments": _("bilagorna"),
        "checks": _("vad som ska stämma överens"),
        "budget.max_grant": _("högsta bidrag"),
        "budget.max_share": _("högsta andel av kostnaderna"),
        "budget.cost_types": _("kostnadsslagen"),
        "budget.caps": _("taken för vissa kostnader"),
        "budget": _("belopp, andelar och kostnadsslag"),
        "review": _("kriterier, vikter och bedömning"),
        "panel": _("panelens gränser"),
        "completion": _("tiden för komplettering"),
        "decision": _("beslutsdatum, villkor och stödgrunder"),
        "acceptance": _("tiden för att godkänna villkoren"),
        "reporting": _("rapporter och utbetalningar"),
        "eligibility": _("frågorna om vilka som får söka"),
    }


def examples(definition: CallDefinition) -> list[str]:
    """What is made up, each thing once, in the order of the file."""
    names = _names()
    found = [names.get(path) or _nearest(path, names.get) or path for path in definition.demo]
    return list(dict.fromkeys(found))


def _nearest(path: str, name: Callable[[str], str | None]) -> str | None:
    """The name of what the value is part of."""
    while "." in path:
        path = path.rpartition(".")[0]
        if found := name(path):
            return found
    return None
