"""What an event's own data adds to its notice: a sentence about times, and where the recipient goes when it is not the case."""

from datetime import datetime

from django.urls import reverse
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from grants.applications.models import Application
from grants.programmes.changes import changes
from grants.programmes.models import Call, CallVersion
from grants.templatetags.writing import when
from reviewers.lodged import LodgedSheet
from reviewers.models import Assignment, PoolPlace
from reviewers.panels import Meeting
from reviewers.replacing import to_replace
from workflows.models import Event, Notice
from workflows.notices.table import NOTICES, Recipient

MOST_CHANGES = 6  # told in a notice; all of them are on the call's page


def detail(event: Event) -> str:
    """One or two sentences more, in the language that is active; empty for most events."""
    if event.name == "log_incident":
        return _moved(event)
    if event.name == "publish_version":
        return _changed(event)
    if event.name in ("asked_member", "invite_again"):
        return _invited(event)
    if event.name == "report_conflict":
        return _to_be_replaced(event)
    if event.name in ("asked_reviewer", "invite_reviewer_again"):
        return _asked(event)
    if event.name == "grant_extension":
        return _("Ny sista tid: %(new)s.") % {"new": _time(event, "due")}
    if event.name == "extend_review":
        return _("Ny sista dag: %(new)s.") % {"new": _time(event, "due")}
    if event.name in ("remind_reviewer", "prompt_reviewer"):
        return _reminded(event)
    if event.name == "submit" and "gathered_at" in event.data:
        told = _("Ansökan bedöms efter avstämningen %(when)s. Till dess kan ni låsa upp och ändra den.")
        return told % {"when": _time(event, "gathered_at")}
    if event.name in ("call_interview", "move_interview"):
        told = _("Intervjun är %(when)s. Plats, länk och vilka som deltar finns på ärendets sida.")
        return told % {"when": _time(event, "at")}
    if event.name == "reopen_sheet":
        return _reopened(event)
    if event.name in ("add_panel_member", "move_meeting"):
        return _panel(event)
    if event.name == "nudge":
        left = event.data["left"]
        what = ngettext("%(n)d sak är kvar att göra.", "%(n)d saker är kvar att göra.", left) % {"n": left}
        what = what if left else _("Allt är ifyllt. Det som är kvar är att skicka in.")
        return _("Sista tid är %(when)s.") % {"when": _time(event, "due")} + " " + what
    return ""


def _reminded(event: Event) -> str:
    """What is left, and until when."""
    late = event.at >= datetime.fromisoformat(event.data["due"])
    if event.data["about"] == "lodge":
        told = _("Bedömningen skulle ha lämnats senast %(due)s.") if late else _("Lämna bedömningen senast %(due)s.")
    elif late:
        told = _("Svara om du är jävig. Svaret skulle ha kommit senast %(due)s.")
    else:
        told = _("Svara om du är jävig senast %(due)s.")
    return told % {"due": _time(event, "due")}


def _reopened(event: Event) -> str:
    """Why, and until when."""
    versions = LodgedSheet.objects.filter(assignment=event.data["id"], n=event.data["sheet"])
    reason = versions.values_list("reopen_reason", flat=True).first() or ""
    due = _("Lämna den på nytt senast %(when)s.") % {"when": _time(event, "due")}
    return f"{_('Skäl: %(reason)s') % {'reason': reason}} {due}" if reason else due


def _invited(event: Event) -> str:
    """Who invites, and to which call; what the application is called stands where one has signed in."""
    case = Application.objects.select_related("call__version").get(pk=int(event.stream.partition(":")[2]))
    return _("%(name)s (%(email)s) bjuder in dig att arbeta i en ansökan till %(call)s.") % {
        "name": event.actor.name if event.actor else "",
        "email": event.actor.email if event.actor else "",
        "call": case.call.definition.title.read((get_language() or "sv")[:2]),
    }


def _to_be_replaced(event: Event) -> str:
    """That somebody else has to be asked, when the call wants more than there are."""
    case = Application.objects.select_related("version").get(pk=int(event.stream.partition(":")[2]))
    lacking = to_replace(case)
    text = ngettext("Ersätt %(n)d bedömare efter jäv.", "Ersätt %(n)d bedömare efter jäv.", lacking) % {"n": lacking}
    return text if lacking else ""


def _asked(event: Event) -> str:
    """Who asks, and for which authority."""
    place = PoolPlace.objects.select_related("authority").get(pk=event.data["id"])
    return _("%(name)s (%(email)s) frågar om du vill bedöma ansökningar för %(authority)s.") % {
        "name": event.actor.name if event.actor else "",
        "email": event.actor.email if event.actor else "",
        "authority": place.authority.read_name(),
    }


def _changed(event: Event) -> str:
    """What a version changes, and which answers no longer count. Nothing when a first version is published."""
    number, before = event.data["version"], event.data.get("from", event.data["version"] - 1)
    found = CallVersion.objects.filter(call=event.data["id"], number__in=(before or 0, number)).select_related("text")
    versions = {version.number: version.definition for version in found}
    if len(versions) < 2:
        return ""
    old, new = versions[before], versions[number]
    told = changes(old, new)
    asked = {q.id: q.label.read((get_language() or "sv")[:2]) for q in old.questions()}
    lost = dict.fromkeys(asked[change.question] for change in told if change.question in asked)
    lines = [new.title.read((get_language() or "sv")[:2]) + ":", *(change.text for change in told[:MOST_CHANGES])]
    if (rest := len(told) - MOST_CHANGES) > 0:
        lines.append(ngettext("%(n)d ändring till.", "%(n)d ändringar till.", rest) % {"n": rest})
    gone = {q.label.read((get_language() or "sv")[:2]) for q in old.questions() if new.question(q.id) is None}
    if again := [label for label in lost if label not in gone]:
        lines.append(_("Svar på det här behöver skrivas om: %(questions)s") % {"questions": " ".join(again)})
    if away := [label for label in lost if label in gone]:
        lines.append(_("Svaren på det här följer inte med längre: %(questions)s") % {"questions": " ".join(away)})
    return " ".join(lines)


def _moved(event: Event) -> str:
    call = Call.objects.select_related("version").get(pk=event.data["id"])
    return _("%(call)s: sista tid är nu %(new)s. Tidigare tid, %(old)s, gäller inte.") % {
        "call": call.definition.title.read((get_language() or "sv")[:2]),
        "new": _time(event, "due"),
        "old": _time(event, "from"),
    }


def _panel(event: Event) -> str:
    """Which call the panel meets about, and when. Nothing of the applications."""
    meeting = Meeting.objects.select_related("call__version").get(pk=event.data["id"])
    return _("%(call)s: panelen träffas %(when)s. Pröva om du är jävig före mötet.") % {
        "call": meeting.call.definition.title.read((get_language() or "sv")[:2]),
        "when": when(meeting.starts_at, "full"),
    }


def _time(event: Event, key: str) -> str:
    return when(datetime.fromisoformat(event.data[key]), "full")


def called(notice: Notice) -> str:
    """The case by number and title. Who judges it is told the number alone: what it is called is for the page, which knows
    whether it is still theirs."""
    if notice.case is None:
        return ""
    number = notice.case.number or ""
    recipients = NOTICES.get(notice.kind, ())
    if recipients == (Recipient.REVIEWER,):
        return number
    mixed = Recipient.REVIEWER in recipients or Recipient.ASSESSORS in recipients
    if mixed and Assignment.objects.filter(application=notice.case, reviewer=notice.person_id).exists():
        return number
    return f"{number} {notice.case.title}"


def place(notice: Notice) -> str:
    """The address to go to, or nothing when it follows from the noun as usual."""
    match notice.kind:
        case "log_incident" | "publish_version":
            return reverse("my_cases")
        case "asked_member" | "invite_again":
            return reverse("act", args=["join_case", notice.event.data["id"]])
        case "asked_reviewer" | "invite_reviewer_again":
            return reverse("act", args=["join_pool", notice.event.data["id"]])
        case "join_pool" | "refuse_pool":
            return reverse("reviewers_pool")
        case "remove_member":
            return reverse("my_cases")
        case "join_case" | "refuse_invitation" | "change_member":
            return reverse("case_members", args=[notice.case_id])
        case "add_panel_member" | "move_meeting" | "open_meeting" | "close_meeting" | "rule_panel_conflict":
            return reverse("meeting", args=[notice.event.data["id"]])
        case "remove_panel_member":
            return reverse("review_queue")
        case "ask_extension":
            return reverse("act", args=["grant_extension", notice.event.data["extension"]])
        case "reopen_sheet":
            return reverse("review", args=[notice.event.data["id"]])
        case "comment_sheet":
            handles = notice.case is not None and notice.case.handled_by_id == notice.person_id
            return reverse("case_sheets", args=[notice.case_id]) if handles else reverse("review_queue")
        case "grant_extension" | "nudge":
            return reverse("workspace", args=[notice.case_id])
        case _:
            return ""
