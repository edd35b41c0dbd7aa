"""One assignment: declare, wait, read and score side by side, or look back at one's own sheet.

The page is the reviewer's own. The application's content is shown only while the grant `review_case` stands, which
follows the assignment and the case: it is not enough that the page once showed it.
"""

from collections.abc import Mapping
from typing import Any, cast

from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from grants import clock
from grants.applications import access, blind, preview
from grants.applications.models import CaseMember, Submission
from grants.cleaning import clean_line
from grants.organisations.models import Person
from grants.templatetags.writing import when
from reviewers import scoring, sheets
from reviewers.comments import SheetComment
from reviewers.declaring import GONE
from reviewers.forms import SheetForm
from reviewers.lodged import LodgedSheet
from reviewers.models import Assignment, AssignmentState, ScoreSheet
from reviewers.pages.queue import progress
from reviewers.places import has_accepted_terms
from reviewers.reading import in_words, read_sheet

S = AssignmentState
WRONG, CONFLICT = 400, 409


def _language() -> str:
    return (get_language() or "sv")[:2]


def _assignment(request: HttpRequest, pk: int, *, lock: bool = False) -> Any:
    """The person's own Assignment with what every page of it reads; `may_read` says whether the grant stands.

    `lock` takes its row, as every change of its state does; the sheet is then read after the lock, never beside it.
    """
    person = cast(Person, request.user)
    grant = access.case_grants(person, ["review_case"]).filter(content_object=OuterRef("application_id"))
    rows = Assignment.objects.select_related("application__version", "reviewer").annotate(may_read=Exists(grant))
    rows = rows.select_for_update(of=("self",), no_key=True) if lock else rows.select_related("sheet")
    found = rows.filter(pk=pk, reviewer=person).first()
    if found is None:
        raise Http404
    return found


def _content(assignment: Assignment) -> dict[str, Any]:
    """The submission that stands, as the reviewer may read it, with its number and the address of its files."""
    standing = Submission.objects.filter(application=assignment.application_id).order_by("-n").first()
    if standing is None:
        raise Http404
    content = blind.as_read(standing.content, assignment.application.definition, assignment.application_id)
    return {**content, "application": assignment.application_id, "n": standing.n}


@login_required
@require_safe
def review(request: HttpRequest, pk: int) -> HttpResponse:
    """The assignment as it stands."""
    assignment = _assignment(request, pk)
    if assignment.state == S.OFFERED:
        return _offered(request, assignment)
    if assignment.state == S.CLEARED and assignment.may_read:
        if assignment.first_read_at is None and request.method == "GET":
            Assignment.objects.filter(pk=assignment.pk, first_read_at=None).update(first_read_at=clock.now())
        return _score(request, assignment)
    return _look_back(request, assignment)


def _common(assignment: Assignment) -> dict[str, Any]:
    application = assignment.application
    return {
        "assignment": assignment,
        "application": application,
        "definition": application.definition,
        "is_blind": blind.is_blind(application.definition),
    }


def _offered_blind(request: HttpRequest, assignment: Assignment) -> HttpResponse:
    """The number alone: who applies is asked about in the call's whole list."""
    definition = assignment.application.definition
    person = cast(Person, request.user)
    context = _common(assignment) | {
        "sections": len(definition.sections),
        "years": definition.the_review.conflict_years,
        "terms_left": not has_accepted_terms(person, assignment.application.call_id, definition.review),
        "progress": progress(person, assignment),
    }
    return render(request, "reviewers/offered_blind.html", context)


def _offered(request: HttpRequest, assignment: Assignment) -> HttpResponse:
    """Whom it is about, and nothing more: title, parties and persons."""
    if blind.is_blind(assignment.application.definition):
        return _offered_blind(request, assignment)
    content = _content(assignment)
    worked = CaseMember.objects.filter(application=assignment.application_id, person__isnull=False)
    members = worked.select_related("person").order_by("since", "pk")
    people: dict[int | None, list[str]] = {}
    for member in members if not blind.is_blind(assignment.application.definition) else ():
        people.setdefault(member.party_id, []).append(member.called)
    parties: list[dict[str, Any]] = []
    for party in preview.reading(content, assignment.application.definition, _language()).parties:
        is_first = not parties  # whoever writes for the whole application writes for its coordinator
        names = [party.contact_name, party.signatory_name, party.confirmed_name]
        names += people.get(party.id, []) + (people.get(None, []) if is_first else [])
        parties.append({"line": party, "people": list(dict.fromkeys(n for n in names if n))})
    context = _common(assignment) | {
        "title": content["title"],
        "parties": parties,
        "sections": len(assignment.application.definition.sections),
        "files": len(content["attachments"]),
        "terms_left": not has_accepted_terms(
            cast(Person, request.user), assignment.application.call_id, assignment.application.definition.review
        ),
        "progress": progress(cast(Person, request.user), assignment),
    }
    return render(request, "reviewers/offered.html", context)


def _score(
    request: HttpRequest,
    assignment: Assignment,
    *,
    typed: Mapping[str, str] | None = None,
    conflicts: tuple[str, ...] = (),
    wrong: tuple[str, ...] = (),
    status: int = 200,
) -> HttpResponse:
    """The application and the score sheet side by side. `typed` is what could not be saved; it stays on the page."""
    language, definition = _language(), assignment.application.definition
    sheet = ScoreSheet.objects.filter(assignment=assignment).prefetch_related("scores").first()
    scores = sheets.scores_of(sheet)
    values = sheets.read(sheet, scores, definition)
    form = SheetForm(definition, values, language, typed or {})
    lacking = scoring.faults(sheet, scores, definition)
    content = _content(assignment)
    scales = list(form.scales())
    lodged = list(LodgedSheet.objects.filter(assignment=assignment).select_related("reopened_by"))
    own = read_sheet(assignment, definition, lodged) if lodged else None
    context = _common(assignment) | {
        "title": content["title"],
        "reading": preview.reading(content, definition, language),
        "form": form,
        "scales": scales,
        "next": next((scale for scale in scales if not scale.is_done), None),
        "resume": sheet.edited if sheet else "",
        "is_late": assignment.due < clock.now(),
        "versions": own.versions if own else (),
        "seen": form.seen(),
        "sheet": sheet,
        "weighted": scoring.weighted({s.criterion: s.value for s in scores}, definition.the_review),
        "faults": lacking,
        "stored": {field: in_words(field, values[field]) for field in conflicts},
        "errors": [
            *(
                {"text": _("Texten ändrades i en annan flik sedan sidan ritades."), "url": _anchor(f)}
                for f in conflicts
            ),
            *({"text": _("Valet finns inte i formuläret. Välj igen."), "url": _anchor(f)} for f in wrong),
        ],
        "progress": progress(cast(Person, request.user), assignment),
    }
    return render(request, "reviewers/score.html", context, status=status)


def _anchor(field: str) -> str:
    return f"#{field}"


def _look_back(request: HttpRequest, assignment: Any) -> HttpResponse:
    """No work here (any longer): why, one's own sheet, and after lodging the others' while the case is assessed."""
    lodged = assignment.state == S.LODGED
    others: list[Assignment] = []
    content, reading = None, None
    definition = assignment.application.definition
    if lodged and assignment.may_read:
        content = _content(assignment)
        reading = preview.reading(content, definition, _language())
        others = list(
            Assignment.objects.filter(application=assignment.application_id, state=S.LODGED)
            .exclude(pk=assignment.pk)
            .select_related("reviewer", "sheet")
            .prefetch_related("sheet__scores", "versions")
            .order_by("lodged_at", "pk")
        )
    standing = content["n"] if content else None
    own = read_sheet(assignment, definition, assignment.versions.select_related("reopened_by"), standing)
    read_others = [
        sheet for other in others if (sheet := read_sheet(other, definition, _newest(other), standing)) is not None
    ]
    lodged_values = [one.values for one in [*([own] if own else []), *read_others]]
    application = assignment.application_id
    context = _common(assignment) | {
        "title": _title(assignment, content),
        "own": own,
        "others": read_others,
        "comments": SheetComment.objects.filter(application=application).select_related("author") if reading else (),
        "summary": scoring.summary(lodged_values, definition.the_review) if lodged and read_others else None,
        "criteria": [(c.id, c.title.read(_language()), c.title.spoken(_language())) for c in definition.criteria],
        "reading": reading,
        "is_lodged": lodged,
        "progress": progress(cast(Person, request.user), assignment),
    }
    return render(request, "reviewers/look_back.html", context)


def _newest(assignment: Assignment) -> list[LodgedSheet]:
    """The version that stands: what a colleague lodged before is between them and the officer."""
    return sorted(assignment.versions.all(), key=lambda one: one.n)[-1:]


def _title(assignment: Assignment, content: Mapping[str, Any] | None) -> str:
    """What the application is called on the page; without identities when it is judged so."""
    if content is not None:
        return str(content["title"])
    application = assignment.application
    if assignment.state in GONE:
        return _("Ditt uppdrag")
    if not blind.is_blind(application.definition):
        return application.title
    return blind.masks([application.pk])[application.pk].text(application.title)


@login_required
@require_POST
def save_sheet(request: HttpRequest, pk: int) -> HttpResponse:
    """Save what was written: one field (JSON, as one writes) or the whole form, which may go on to lodging."""
    if "name" in request.POST:
        return _save_one(request, pk)
    typed: dict[str, str] = {}
    wrong: list[str] = []
    with transaction.atomic():
        assignment = _assignment(request, pk, lock=True)
        definition = assignment.application.definition
        for field in sheets.field_names(definition):
            if field in request.POST:
                try:
                    typed[field] = sheets.tidy(field, request.POST[field], definition)
                except ValueError:
                    wrong.append(field)
        seen = {field: clean_line(request.POST.get(f"seen-{field}", "")) for field in typed}
        saved = sheets.save(assignment, definition, typed, seen) if assignment.may_read else None
    if saved is None or not saved.is_open:
        return _closed(request, assignment, typed)
    if saved.conflicts or wrong:
        status = CONFLICT if saved.conflicts else WRONG
        return _score(request, assignment, typed=typed, conflicts=saved.conflicts, wrong=tuple(wrong), status=status)
    if request.POST.get("do") == "lodge":
        return redirect("act", "lodge", assignment.pk)
    return redirect("review", assignment.pk)


def _save_one(request: HttpRequest, pk: int) -> JsonResponse:
    """One field; `version` is the fingerprint of the text that the page was drawn with or last saved."""
    field, seen = clean_line(request.POST["name"]), clean_line(request.POST.get("version", ""))
    with transaction.atomic():
        assignment = _assignment(request, pk, lock=True)
        definition = assignment.application.definition
        if field not in sheets.field_names(definition):
            return JsonResponse({"error": "name"}, status=WRONG)
        try:
            text = sheets.tidy(field, request.POST.get("value", ""), definition)
        except ValueError:
            return JsonResponse({"error": "value"}, status=WRONG)
        saved = sheets.save(assignment, definition, {field: text}, {field: seen}) if assignment.may_read else None
    if saved is None or not saved.is_open or saved.conflicts:
        stored = in_words(field, saved.values[field]) if saved and saved.is_open else None
        html = render_to_string("reviewers/_conflict.html", {"stored": stored}, request)
        return JsonResponse({"conflict": True, "html": html}, status=CONFLICT)
    saved_at = when(saved.saved_at or clock.now(), "near")
    return JsonResponse({"saved_at": saved_at, "version": sheets.fingerprint(saved.values[field])})


def _closed(request: HttpRequest, assignment: Assignment, typed: Mapping[str, str]) -> HttpResponse:
    """The sheet cannot be written in (any longer); what was typed is given back."""
    form = SheetForm(assignment.application.definition, {}, _language(), {})
    context = {
        "text": _("Bedömningen kan inte ändras i det här läget."),
        "back": reverse("review", args=[assignment.pk]),
        "typed": [(form[field].label, text) for field, text in typed.items() if text],
    }
    return render(request, "errors/conflict.html", context, status=CONFLICT)
