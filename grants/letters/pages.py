"""A call to take away: as a sheet to print, and as the file that it is made from."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from grants.letters.call_sheet import render_call
from grants.letters.data import Language
from grants.letters.sender import sender
from grants.programmes.pages_standing import visible_call
from grants.templatetags.call_texts import reading_language


@require_safe
def call_sheet(request: HttpRequest, slug: str) -> HttpResponse:
    """The call as a PDF, in the language of the reader."""
    call = visible_call(slug).call
    language: Language = "en" if reading_language() == "en" else "sv"
    pdf = render_call(call, sender(call.programme.authority, language), language, example=settings.DEMO)
    return _file(pdf.content, "application/pdf", f"{slug}.pdf")


@require_safe
def call_source(request: HttpRequest, slug: str) -> HttpResponse:
    """The published file, as it was read."""
    version = visible_call(slug).call.version
    assert version is not None
    return _file(version.text.source.encode(), "application/yaml; charset=utf-8", f"{slug}.yaml")


def _file(content: bytes, media_type: str, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type=media_type)
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name) or ""
    return response
