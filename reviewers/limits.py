"""A call's limits for the funded projects together, in words with their figures."""

from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from grants.money import written
from grants.organisations.kinds import OrganisationKind
from reviewers.funding import Weighed


def group_name(weighed: Weighed) -> str:
    """The county, or the kind of organisation in words."""
    if weighed.limit.by == "county":
        return weighed.value
    kinds = {str(value): str(label) for value, label in OrganisationKind.choices}
    return kinds.get(weighed.value, weighed.value)


def told(weighed: Weighed, language: str) -> str:
    """The limit, and how things stand: what the figure is and what it is held against."""
    return f"{weighed.limit.label.read(language)}: {standing(weighed)}"


def standing(weighed: Weighed) -> str:
    """The figures of one limit."""
    limit, name = weighed.limit, group_name(weighed)
    parts = []
    if limit.least_projects is not None or limit.most_projects is not None:
        n = ngettext("%(n)d projekt", "%(n)d projekt", weighed.projects) % {"n": weighed.projects}
        if limit.least_projects is not None:
            parts.append(_("%(now)s, minst %(limit)d") % {"now": n, "limit": limit.least_projects})
        if limit.most_projects is not None:
            parts.append(_("%(now)s, högst %(limit)d") % {"now": n, "limit": limit.most_projects})
    if limit.most_percent is not None:
        share = f"{weighed.percent:.1f}".rstrip("0").rstrip(".").replace(".", ",")
        amounts = {"ore": written(weighed.ore), "of": written(weighed.of_ore)}
        text = _("%(share)s %% (%(ore)s av %(of)s), högst %(limit)g %%")
        parts.append(text % {"share": share, "limit": limit.most_percent, **amounts})
    return f"{capfirst(name)}: {', '.join(parts)}."
