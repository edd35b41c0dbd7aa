"""`manage.py verify_letter FILE`: is this a letter that was issued here?"""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from grants.letters.register import SentLetters
from grants.letters.verdicts import WORDS
from grants.letters.verify import LARGEST, verify


class Command(BaseCommand):
    """Says what the file is, as the public page does. Exit code 0 only for the issued file, unchanged."""

    help = "Compare a PDF with the letters that have been sent. Nothing of it is kept."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with options["file"].open("rb") as file:
                verdict = verify(file.read(LARGEST + 1), SentLetters())
        except OSError as error:
            raise CommandError(f"{options['file']} cannot be read: {error.strerror}.") from None
        words, letter = WORDS[verdict.finding], verdict.letter
        self.stdout.write(f"{verdict.finding}: {words.title}. {words.text}")
        if letter is not None:
            replaced = f", replaced {letter.replaced_at:%Y-%m-%d}" if letter.replaced_at else ""
            self.stdout.write(
                f"{letter.authority}, {letter.number}, {letter.kind}, version {letter.version} ({letter.language}), "
                f"decided {letter.decided_at:%Y-%m-%d}, sent {letter.sent_at:%Y-%m-%d}{replaced}"
            )
        if not verdict.is_genuine:
            raise SystemExit(1)
