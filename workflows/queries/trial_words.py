"""What a dry run says in its report, in the words of officers. What has no words here is shown as it is."""

import re

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

CALENDAR: dict[str, Promise] = {
    "the call is planned": _("omgången visas som planerad"),
    "the call is announced": _("omgången annonseras"),
    "the call opens": _("omgången öppnar"),
    "the call closes": _("omgången stänger"),
    "cut-off": _("avläsning"),
    "decisions are expected": _("beslut väntas"),
    "projects may start": _("projekt kan börja"),
    "the last day on which a project may start": _("sista dagen som ett projekt kan börja"),
    "the last day of any project": _("sista dagen för varje projekt"),
    "submission: the earliest": _("den första ansökan kom in"),
    "submission: the latest": _("den sista ansökan kom in"),
    "decision: the earliest": _("det första beslutet"),
    "decision: the latest": _("det sista beslutet"),
    "last day to accept the conditions: the earliest": _("sista dag att godkänna villkoren, den tidigaste"),
    "last day to accept the conditions: the latest": _("sista dag att godkänna villkoren, den senaste"),
}
REPORT = re.compile(r"report (.+) due: the (earliest|latest)")
DUE: dict[str, Promise] = {
    "earliest": _("rapporten ”%(name)s” ska lämnas, den tidigaste"),
    "latest": _("rapporten ”%(name)s” ska lämnas, den senaste"),
}
# Why something was refused: by the code, or by how it begins.
REFUSED: dict[str, Promise] = {
    "closed": _("efter stängning"),
    "not_open": _("före öppning"),
    "call_budget": _("omgångens pengar räcker inte"),
    "incomplete_answer": _("en fråga saknar svar"),
    "incomplete_length": _("ett svar är för långt eller för kort"),
    "incomplete_kind": _("ett svar är av fel slag"),
    "incomplete_check": _("en kontroll mellan uppgifter håller inte"),
    "incomplete_title": _("titeln saknas"),
    "incomplete_start": _("projektets start är utanför gränserna"),
    "incomplete_end": _("projektets slut är utanför gränserna"),
    "incomplete_too_few": _("för få parter"),
    "incomplete_too_many": _("för många parter"),
    "incomplete_signatory": _("en firmatecknare saknas"),
    "incomplete_confirmation": _("en part har inte bekräftat"),
    "incomplete_attachment": _("en bilaga saknas"),
    "incomplete_need_owners": _("för få behovsägare"),
    "incomplete_budget_cap_": _("ett tak i budgeten"),
    "incomplete_budget_max_grant": _("mer än maxbeloppet"),
    "incomplete_budget_min_grant": _("mindre än minsta beloppet"),
    "incomplete_budget_max_share": _("mer än högsta andelen"),
    "incomplete_budget_more_than_cost": _("mer bidrag än kostnad"),
    "incomplete_budget_": _("en annan regel för budgeten"),
}


def happening(what: str, reports: dict[str, str]) -> str:
    """A line of the calendar. `reports` are the titles of the call's reports."""
    if (found := REPORT.fullmatch(what)) is not None:
        return str(DUE[found[2]]) % {"name": reports.get(found[1], found[1])}
    return str(CALENDAR.get(what, what))


def reason(code: str) -> str:
    """What a refusal's code stands for; nothing when it has no words."""
    return str(next((words for begins, words in REFUSED.items() if code.startswith(begins)), ""))
