"""The step about attachments: one file for each thing that the call asks for; and handing files out again."""

from dataclasses import dataclass
from http import HTTPStatus

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from grants import clock
from grants.applications import pdf
from grants.applications.access import WORKING, case_grants, with_files_for
from grants.applications.blind import reads_blind
from grants.applications.checklist import FILES
from grants.applications.models import Application, Attachment
from grants.applications.pages.room import LARGEST_KEY, Room, page_language
from grants.applications.scanning import scan
from grants.cleaning import clean_line
from grants.models import StoredFile
from grants.organisations.models import Person
from grants.programmes.questions import AttachmentRule

MEGABYTE = 1024 * 1024
UNFIT = HTTPStatus.UNPROCESSABLE_ENTITY
LONGEST_NAME = 120
UNFIT_IN_NAMES = str.maketrans({c: "-" for c in '/\\:*?"<>|'})


@dataclass(frozen=True)
class Slot:
    """One file that the call asks for, and what has been given."""

    rule: AttachmentRule
    title: str
    spoken: str
    help: str
    attachment: Attachment | None
    size: int | None
    fault: str


@dataclass(frozen=True)
class Upload:
    """A file that was sent: what it holds, and why it cannot be kept, if so."""

    name: str
    content: bytes
    pages: int
    fault: str = ""


Uploads = dict[str, Upload]


def show(
    request: HttpRequest, room: Room, faults: dict[str, str] | None = None, status: int = HTTPStatus.OK
) -> HttpResponse:
    """The page of the attachments."""
    faults, language = faults or {}, page_language()
    given = {a.rule: a for a in room.found.attachments}
    sizes = dict(StoredFile.objects.filter(pk__in=[a.file_id for a in given.values()]).values_list("sha256", "size"))
    slots = [
        Slot(
            rule,
            rule.title.read(language),
            rule.title.spoken(language),
            rule.help.read(language) if rule.help else "",
            given.get(rule.id),
            sizes.get(given[rule.id].file_id) if rule.id in given else None,
            faults.get(rule.id, ""),
        )
        for rule in room.definition.files
    ]
    errors = [{"text": text, "url": f"#file-{rule}"} for rule, text in faults.items()]
    context = {"room": room, "slots": slots, "errors": errors}
    return render(request, "applications/files.html", context, status=status)


def examine(request: HttpRequest, room: Room) -> Uploads:
    """What was sent for the files that the call asks for, read through. Done before the application is locked, for it
    takes its time."""
    sent = {rule: request.FILES.get(f"file-{rule.id}") for rule in room.definition.files}
    return {f"file-{r.id}": _examined(file, r) for r, file in sent.items() if isinstance(file, UploadedFile)}


def _examined(file: "UploadedFile[bytes]", rule: AttachmentRule) -> Upload:
    name, size = file.name or "", file.size or 0
    if size > rule.max_megabytes * MEGABYTE:
        text = _("Filen är %(size)s MB. Den får vara högst %(limit)d MB. Spara bilderna i den med lägre upplösning.")
        megabytes = f"{size / MEGABYTE:.1f}".replace(".", ",")
        return Upload(name, b"", 0, text % {"size": megabytes, "limit": rule.max_megabytes})
    content = file.read()
    try:
        pages = pdf.pages_of(content)
        scan(content)
    except pdf.Unfit as unfit:
        return Upload(name, content, 0, str(unfit))
    if pages > rule.max_pages:
        text = _("Filen har %(n)d sidor. Den får ha högst %(most)d.")
        return Upload(name, content, pages, text % {"n": pages, "most": rule.max_pages})
    return Upload(name, content, pages)


def save(request: HttpRequest, room: Room, uploads: Uploads) -> HttpResponse:
    """Keep every file that was sent, then remove one, go on or stay. Called under the lock on the application."""
    data, faults, last = request.POST, dict[str, str](), ""
    rules = {rule.id: rule for rule in room.definition.files}
    if any(data[name] not in rules for name in ("keep", "remove") if name in data):
        raise Http404
    for rule in rules.values():
        upload = uploads.get(f"file-{rule.id}")
        if upload is None or rule.id == data.get("remove"):
            continue
        if upload.fault:
            faults[rule.id] = upload.fault
        else:
            _keep(request, room, rule, upload)
            last = rule.id
    if (asked := data.get("keep")) and f"file-{asked}" not in uploads:
        faults[asked] = _("Välj en fil först.")
    if faults:
        room.forget()
        return show(request, room, faults, UNFIT)
    if removed := data.get("remove"):
        Attachment.objects.filter(application=room.application, rule=removed).delete()
        title = rules[removed].title.read(page_language())
        messages.success(request, _("Filen till %(title)s är borttagen.") % {"title": title})
    room.forget()
    onward = room.next_step if data.get("go") == "next" else None
    return redirect(onward.url if onward else room.url(FILES, f"file-{removed or last}" if removed or last else ""))


def _keep(request: HttpRequest, room: Room, rule: AttachmentRule, upload: Upload) -> None:
    Attachment.objects.update_or_create(
        application=room.application,
        rule=rule.id,
        defaults={
            "file": StoredFile.keep(upload.content, "application/pdf"),
            "name": safe_name(upload.name, rule),
            "pages": upload.pages,
            "uploaded_by": room.person,
            "uploaded_at": clock.now(),
        },
    )
    messages.success(request, _("Filen till %(title)s är sparad.") % {"title": rule.title.read(page_language())})


def safe_name(name: str, rule: AttachmentRule) -> str:
    """The name of a file as it is shown and handed out: one line, no path, and what it says it is."""
    bare = clean_line(name.replace("\\", "/").rpartition("/")[2]).translate(UNFIT_IN_NAMES).lstrip(".")
    stem = bare[:-4] if bare.lower().endswith(".pdf") else bare
    return f"{stem[:LONGEST_NAME].strip() or rule.id}.pdf"


@login_required
@require_GET
def attachment(request: HttpRequest, pk: int) -> HttpResponse:
    """A file of an application as it is now."""
    rows = Attachment.objects.filter(pk=pk) if pk <= LARGEST_KEY else Attachment.objects.none()
    found = rows.first()
    if found is None:
        raise Http404
    return case_file(request, found.application_id, found.file_id)


@login_required
@require_GET
def case_file(request: HttpRequest, pk: int, sha256: str) -> HttpResponse:
    """A file of an application, by its hash: one that was submitted for whoever may read the application or weighs it at
    a panel's table, one that is only in the draft for those who work in it."""
    assert isinstance(request.user, Person)
    if pk > LARGEST_KEY:
        raise Http404
    rows = with_files_for(request.user).select_related("version")
    application = rows.filter(pk=pk).first()
    if application is None or reads_blind(request.user, application):
        raise Http404
    name = _name_in(application, sha256, request.user)
    stored = StoredFile.objects.filter(pk=sha256).first() if name else None
    if stored is None or name is None:
        raise Http404
    response = HttpResponse(bytes(stored.content), content_type=stored.media_type)
    response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response


def _name_in(application: Application, sha256: str, person: Person) -> str | None:
    """The file's name if it belongs to the application and this person may have it."""
    if case_grants(person, WORKING).filter(content_object=application).exists():
        now = Attachment.objects.filter(application=application, file_id=sha256).values_list("name", flat=True).first()
        if now is not None:
            return now
    for content in application.submissions.order_by("-n").values_list("content__attachments", flat=True):
        for item in content or ():
            if item["sha256"] == sha256:
                return str(item["name"])
    return None
