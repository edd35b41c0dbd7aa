"""`manage.py seal`: which seal letters get, tried once; `--make FILE` makes a self-signed one for trials."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from grants.letters import seal
from grants.letters.seal_keys import SealError, make_key_file


class Command(BaseCommand):
    """Prints whose the seal is and how long it is valid. Exit code 1 when it cannot be used."""

    help = "Open the seal's key, or make a key file whose certificate nobody trusts by itself."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--make", type=Path, metavar="FILE", help="write a new key and a self-signed certificate")
        parser.add_argument("--name", default="Självsignerad stämpel", help="whom its certificate names")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["make"]:
            if options["make"].exists():
                raise CommandError(f"{options['make']} exists, and is left as it is.")
            make_key_file(options["make"], options["name"])
            self.stdout.write(f"Written: {options['make']}, for its owner only.")
            return
        try:
            certificate = seal.current().certificate
        except SealError as error:
            raise CommandError(str(error)) from None
        self.stdout.write(
            f"{certificate.subject.human_friendly}\nissued by {certificate.issuer.human_friendly}\n"
            f"valid {certificate.not_valid_before:%Y-%m-%d} to {certificate.not_valid_after:%Y-%m-%d}\n"
            f"SHA-256 {certificate.sha256_fingerprint}"
        )
