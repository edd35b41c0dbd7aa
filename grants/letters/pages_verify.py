"""Anybody may ask whether a letter is one that was sent from here. Nothing of what is asked is kept."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _l
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from .register import SentLetters
from .verdicts import WORDS
from .verify import LARGEST, verify


class LetterForm(forms.Form):
    """The file. Whatever it is called and says that it is, the bytes decide."""

    file = forms.FileField(
        label=_l("Brevet som PDF"),
        allow_empty_file=False,
        error_messages={
            "required": _l("Välj filen med brevet."),
            "missing": _l("Välj filen med brevet."),
            "invalid": _l("Välj filen med brevet."),
            "empty": _l("Filen är tom. Välj filen med brevet."),
        },
    )


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def verify_letter(request: HttpRequest, code: str = "") -> HttpResponse:
    """Shows what is known of the letter with the code, if there is one, and the verdict on a file."""
    register = SentLetters()
    letter = register.by_code(code) if code else None
    context: dict[str, Any] = {"code": code, "letter": letter, "form": None, "megabytes": LARGEST // 1024**2}
    status = 404 if code and letter is None else 200
    if request.method == "POST":
        form = LetterForm(request.POST, request.FILES)
        if not form.is_valid():
            return render(request, "letters/verify.html", context | {"form": form}, status=422)
        verdict = verify(form.cleaned_data["file"].read(LARGEST + 1), register)
        context |= {"verdict": verdict, "words": WORDS[verdict.finding]}
        context["is_another"] = bool(letter and verdict.letter and letter.sha256 != verdict.letter.sha256)
        status = 200
    return render(request, "letters/verify.html", context, status=status)
