"""How amounts, shares, moments and people's own text are written on a page. A builtin of every template."""

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django import template
from django.forms import BaseForm, BoundField
from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext, ngettext

from grants import clock, money
from grants.cleaning import clean

register = template.Library()
NBSP = money.NBSP
FULL_METER = 100

_MONTHS = {
    "sv": [
        "januari",
        "februari",
        "mars",
        "april",
        "maj",
        "juni",
        "juli",
        "augusti",
        "september",
        "oktober",
        "november",
        "december",
    ],
    "en": [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ],
}
_SHORT_MONTHS = {
    "sv": ["jan", "feb", "mars", "apr", "maj", "juni", "juli", "aug", "sep", "okt", "nov", "dec"],
    "en": ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"],
}
_WEEKDAYS = {
    "sv": ["måndag", "tisdag", "onsdag", "torsdag", "fredag", "lördag", "söndag"],
    "en": ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"],
}
_BULLET = re.compile(r"^[-*•–]\s+")


def _language() -> str:
    """The language of the page: English when it is English, otherwise Swedish."""
    return "en" if (get_language() or "sv").startswith("en") else "sv"


@register.filter
def kr(ore: int | None) -> str:
    """Öre as an amount with its unit: '580 000 kr', in English 'SEK 580,000'."""
    return "" if ore is None else money.written(int(ore), _language())


@register.filter
def amount(ore: int | None) -> str:
    """Öre as a bare amount, for a table whose head names the unit: '580 000'."""
    return "" if ore is None else kr(ore).removesuffix(f"{NBSP}kr").replace(f"SEK{NBSP}", "")


@register.filter
def tkr(ore: int | None) -> str:
    """Öre as thousands of kronor, for the axis of a picture: '4 000'."""
    return "" if ore is None else number(int(ore) // 100_000)


@register.filter
def signed(value: Decimal | None) -> str:
    """A difference with its sign and two decimals: '+0,25', '−0,10'."""
    if value is None:
        return ""
    sign = "+" if value > 0 else "−" if value < 0 else "±"
    text = f"{abs(value):.2f}"
    return sign + (text if _language() == "en" else text.replace(".", ","))


@register.filter
def share(basis_points: int | None) -> str:
    """Basis points as a share: '77,6 %', in English '77.6%'."""
    return "" if basis_points is None else money.written_share(int(basis_points), _language())


@register.filter
def number(value: int | None) -> str:
    """A whole number with its thousands apart: '41 000'."""
    return "" if value is None else f"{int(value):,}".replace(",", "," if _language() == "en" else NBSP)


def _day_and_month(moment: date, *, short: bool = False) -> str:
    months = (_SHORT_MONTHS if short else _MONTHS)[_language()]
    return f"{moment.day}{NBSP}{months[moment.month - 1]}"


@register.filter
def day(moment: date | str | None, style: str = "") -> str:
    """A date: '2 oktober 2023'. Style 'short' is '2 okt 2023', 'weekday' is 'måndag 2 oktober 2023', 'bare' leaves the
    year out when it is the current one."""
    if moment is None or isinstance(moment, str):
        return moment or ""
    if isinstance(moment, datetime):
        moment = moment.astimezone(clock.SWEDEN).date()
    text = _day_and_month(moment, short=style == "short")
    if style != "bare" or moment.year != clock.today().year:
        text += f" {moment.year}"
    return f"{_WEEKDAYS[_language()][moment.weekday()]} {text}" if style == "weekday" else text


@register.filter
def when(moment: date | str | None, style: str = "") -> str:
    """A moment in Swedish time: '2 oktober kl. 16.00', with the year when it is not the current one.

    Style 'full' always has the year, 'weekday' has weekday and year, 'short' is '2 okt 16.00', 'time' is '16.00',
    'near' is '16.00' today and '2 oktober 16.00' any other day, and 'sec' is the time of receipts and logs, '13:59:58',
    the same in both languages.
    A date without a time is written as a date, and text that is already written is left as it is.
    """
    if not isinstance(moment, datetime):
        return day(moment, "short" if style == "short" else "" if style == "full" else "bare")
    local = moment.astimezone(clock.SWEDEN)
    if style == "sec":
        return f"{local:%H:%M:%S}"
    time = f"{local:%H:%M}" if _language() == "en" else f"{local:%H.%M}"
    if style == "time" or (style == "near" and local.date() == clock.today()):
        return time
    other_year = "" if local.year == clock.today().year else f" {local.year}"
    if style in ("short", "near"):
        return f"{_day_and_month(local, short=style == 'short')}{other_year} {time}"
    date_part = _day_and_month(local) + (f" {local.year}" if style in ("full", "weekday") else other_year)
    if style == "weekday":
        date_part = f"{_WEEKDAYS[_language()][local.weekday()]} {date_part}"
    return f"{date_part} at{NBSP}{time}" if _language() == "en" else f"{date_part} kl.{NBSP}{time}"


@register.filter
def iso(moment: date | str | None) -> str:
    """For the datetime attribute of a time element; nothing for text that is already written."""
    return moment.isoformat() if isinstance(moment, date) else ""


@register.filter
def days_left(moment: datetime | date | None) -> str:
    """How long it is until then: '127 dygn kvar', the last day in hours and minutes, then 'tiden har gått ut'."""
    if moment is None:
        return ""
    is_day = not isinstance(moment, datetime)
    left = moment - clock.today() + timedelta(microseconds=1) if is_day else moment - clock.now()
    if left <= timedelta():
        return gettext("tiden har gått ut")
    if left.days:
        return ngettext("%(n)s dygn kvar", "%(n)s dygn kvar", left.days) % {"n": left.days}
    if not isinstance(moment, datetime):
        return gettext("sista dagen")
    hours, minutes = divmod(max(1, int(left.total_seconds() // 60)), 60)
    if hours:
        return ngettext("%(n)s timme kvar", "%(n)s timmar kvar", hours) % {"n": hours}
    return ngettext("%(n)s minut kvar", "%(n)s minuter kvar", minutes) % {"n": minutes}


@register.filter
def demo_mark(value: object, is_example: object = True) -> SafeString:
    """Mark `value` as made up for the demonstration: dotted underline for the eye, '(exempel)' for the ear."""
    if not is_example:
        return format_html("{}", value)
    return format_html(
        '<span class="an-demo" title="{}">{}<span class="ds-sr-only"> ({})</span></span>',
        gettext("Värdet är ett exempel"),
        value,
        gettext("exempel"),
    )


@register.filter
def paragraphs(text: str | None) -> SafeString:
    """A person's plain text as paragraphs and lists. Everything is escaped, nothing becomes a link."""
    parts: list[SafeString] = []
    lines: list[str] = []
    items: list[str] = []

    def end_of_list() -> None:
        if items:
            rows = format_html_join("", "<li>{}</li>", ((item,) for item in items))
            parts.append(format_html('<ul class="ds-list">{}</ul>', rows))
            items.clear()

    def end_of_paragraph() -> None:
        if lines:
            joined = mark_safe("<br>".join(escape(line) for line in lines))
            parts.append(format_html("<p>{}</p>", joined))
            lines.clear()

    for line in [*clean(text or "").split("\n"), ""]:
        bare = line.strip()
        if _BULLET.match(bare):
            end_of_paragraph()
            items.append(_BULLET.sub("", bare))
        else:
            end_of_list()
            if bare:
                lines.append(bare)
            else:
                end_of_paragraph()
    return format_html_join("", "{}", ((part,) for part in parts))


@register.filter
def counted(text: object) -> int:
    """How long a text is, counted as it will be stored."""
    return len(clean(str(text or "")))


@register.filter
def widget_attr(field: BoundField, name: str) -> Any:
    """An attribute of a field's widget; for names with a hyphen, which a template cannot reach."""
    return field.field.widget.attrs.get(name, "")


@register.filter
def item(mapping: Mapping[Any, Any] | None, key: object) -> Any:
    """`mapping[key]` for a key that is only known at run time; empty when there is none."""
    return "" if mapping is None else mapping.get(key, "")


@register.filter
def as_errors(source: BaseForm | Iterable[Mapping[str, str]] | None) -> list[Mapping[str, str]]:
    """What components/error_summary.html lists: a form's errors with the addresses of the fields, or a list as it is."""
    if not isinstance(source, BaseForm):
        return list(source or ())
    found: list[Mapping[str, str]] = []
    for name, errors in source.errors.items():
        field = source[name] if name in source.fields else None
        target = ""
        if field is not None:
            target = field.id_for_label or (f"{field.auto_id}_0" if field.use_fieldset else field.auto_id)
        for error in errors:
            text = (
                gettext("%(field)s – %(error)s") % {"field": field.label, "error": error}
                if field is not None
                else str(error)
            )
            found.append({"text": text, "url": f"#{target}" if target else ""})
    return found


@register.inclusion_tag("components/glyph.html")
def glyph(name: str, css: str = "") -> dict[str, str]:
    """One state or icon: {% glyph "done" %}, {% glyph "clock" "an-i" %}."""
    return {"name": name, "class": css}


@register.inclusion_tag("components/meter.html")
def meter(value: int | None, limit: int | None, warn: object = False) -> dict[str, object]:
    """A bar of `value` against `limit`. Decorative: the figures stand beside it."""
    value, limit = int(value or 0), int(limit or 0)
    percent = min(FULL_METER, round(FULL_METER * value / limit)) if limit else 0
    return {"percent": percent, "over": value > limit, "warn": warn}
