"""`manage.py messages`: keep the English catalogue in step with the Swedish texts of the code and the templates.

The Swedish text is its own key, so only English needs a catalogue. It takes neither xgettext nor msgfmt."""

import ast
import re
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polib
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation.template import templatize

PACKAGES = ("config", "grants", "reviewers", "workflows")
TEMPLATES = "templates"
HEADER = {
    "Project-Id-Version": "Anslag",
    "Language": "en",
    "MIME-Version": "1.0",
    "Content-Type": "text/plain; charset=utf-8",
    "Content-Transfer-Encoding": "8bit",
    "Plural-Forms": "nplurals=2; plural=(n != 1);",
}
# What each of gettext's functions is given: C a context, 1 the text, 2 the text of many.
ARGUMENTS = {"gettext": "1", "ngettext": "12", "pgettext": "C1", "npgettext": "C12"}
_MARKED = re.compile(r"(?<!\w)(?:_|n?p?gettext)\(")
_PLACE = re.compile(r"%\(\w+\)[-0-9.]*[a-z]|%[sdif]\b|\{\w*\}")
_TAG = re.compile(r"</?[a-z]\w*")

Key = tuple[str, str]  # context and text


@dataclass
class Message:
    """A text that people read, and where it stands."""

    context: str
    text: str
    many: str = ""
    files: list[str] = field(default_factory=list)

    @property
    def key(self) -> Key:
        """What a catalogue finds it by."""
        return self.context, self.text


def in_python(source: str, file: str) -> Iterator[Message]:
    """The texts that a module gives to gettext, under whatever names it has imported its functions."""
    tree = ast.parse(source)
    names = {
        alias.asname or alias.name: alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "django.utils.translation"
        for alias in node.names
    }
    for node in sorted((n for n in ast.walk(tree) if isinstance(n, ast.Call)), key=lambda n: (n.lineno, n.col_offset)):
        called = node.func
        if isinstance(called, ast.Attribute) and isinstance(called.value, ast.Name):
            name = called.attr if names.get(called.value.id, called.value.id) == "translation" else ""
        else:
            name = names.get(called.id, "") if isinstance(called, ast.Name) else ""
        shape = ARGUMENTS.get(name.removesuffix("_lazy").removesuffix("_noop"))
        if shape:
            yield _message(node, shape, file)


def in_template(source: str, file: str) -> Iterator[Message]:
    """The texts of {% translate %}, {% blocktranslate %} and _("…") in a template, keyed as Django looks them up."""
    marked = templatize(source, origin=file)
    for found in _MARKED.finditer(marked):
        call = _first_call(marked[found.start() :], file)
        name = call.func.id if isinstance(call.func, ast.Name) else ""
        yield _message(call, ARGUMENTS.get(name, "1"), file)


def _first_call(text: str, file: str) -> ast.Call:
    """The call that the text begins with; what stands between its parentheses are literals."""
    for end in (i + 1 for i, letter in enumerate(text) if letter == ")"):
        try:
            expression = ast.parse(text[:end], mode="eval").body
        except SyntaxError:
            continue
        if isinstance(expression, ast.Call):
            return expression
    raise CommandError(f"{file}: cannot read {text[:60]!r}.")


def _message(call: ast.Call, shape: str, file: str) -> Message:
    """A call's arguments as a message."""
    parts = {"C": "", "1": "", "2": ""}
    for kind, argument in zip(shape, call.args, strict=False):
        if not isinstance(argument, ast.Constant) or not isinstance(argument.value, str):
            raise CommandError(f"{file}, line {argument.lineno}: a text to translate must be written out on the spot.")
        parts[kind] = argument.value
    return Message(parts["C"], parts["1"], parts["2"], [file])


def extract(root: Path) -> dict[Key, Message]:
    """Every text below a folder, in the order of files and lines."""
    found: dict[Key, Message] = {}
    python = [path for package in PACKAGES for path in (root / package).rglob("*.py") if "migrations" not in path.parts]
    templates = [path for path in (root / TEMPLATES).rglob("*") if path.is_file()]
    for path in sorted(python) + sorted(templates):
        file, source = path.relative_to(root).as_posix(), path.read_text("utf-8")
        for message in (in_python if path.suffix == ".py" else in_template)(source, file):
            known = found.setdefault(message.key, message)
            if known.many and message.many and known.many != message.many:
                raise CommandError(f"{file}: {message.text!r} has another plural in {known.files[0]}.")
            known.many = known.many or message.many
            if file not in known.files:
                known.files.append(file)
    found.pop(("", ""), None)  # the empty text is the catalogue's own header
    return found


def read(path: Path) -> polib.POFile:
    """The catalogue, empty when there is none."""
    return polib.pofile(str(path), encoding="utf-8") if path.exists() else polib.POFile()


def _key(entry: polib.POEntry) -> Key:
    return entry.msgctxt or "", entry.msgid


def merged(catalogue: polib.POFile, messages: dict[Key, Message]) -> polib.POFile:
    """A catalogue of exactly these texts with the translations that are known; what is gone is marked, and last."""
    known = {_key(entry): entry for entry in catalogue}
    result = polib.POFile(wrapwidth=110)
    result.metadata = dict(HEADER)
    for key, message in messages.items():
        old = known.pop(key, None)
        entry = polib.POEntry(msgctxt=message.context or None, msgid=message.text, msgid_plural=message.many)
        entry.occurrences = [(file, "") for file in message.files]  # no line numbers: they change with every edit
        entry.tcomment = old.tcomment if old else ""
        entry.flags = ["python-format"] if "%(" in message.text + message.many else []
        if message.many:
            plural = dict(old.msgstr_plural) if old else {}
            entry.msgstr_plural = {0: plural.get(0, ""), 1: plural.get(1, "")}
        else:
            entry.msgstr = old.msgstr if old else ""
        result.append(entry)
    for entry in sorted(known.values(), key=_key):
        entry.obsolete, entry.occurrences = True, []
        if entry.translated() or any(entry.msgstr_plural.values()) or entry.msgstr:
            result.append(entry)
    return result


def faults(catalogue: polib.POFile, messages: dict[Key, Message]) -> list[str]:
    """What keeps the catalogue from being whole, one line each."""
    known = {_key(entry): entry for entry in catalogue if not entry.obsolete}
    lines = [f"no longer in use: {text!r}" for _context, text in known.keys() - messages.keys()]
    for key, message in messages.items():
        entry = known.get(key)
        given = [] if entry is None else _translations(entry, message)
        if not given or not all(text.strip() for text in given):
            lines.append(f"not translated: {message.text!r} ({message.files[0]})")
        elif not _same_places(message, given):
            lines.append(f"placeholders or tags differ: {message.text!r} ({message.files[0]})")
    return sorted(lines)


def _translations(entry: polib.POEntry, message: Message) -> list[str]:
    """One text, or one and many."""
    if message.many:
        return [entry.msgstr_plural.get(0, ""), entry.msgstr_plural.get(1, "")]
    return [entry.msgstr or ""]


def _places(text: str) -> Counter[str]:
    """The placeholders and tags of a text."""
    bare = text.replace("%%", "")
    return Counter(match.group() for match in _PLACE.finditer(bare)) + Counter(_TAG.findall(bare))


def _same_places(message: Message, given: list[str]) -> bool:
    """A translation has the placeholders of its text. The text of one thing may leave out the number."""
    if not message.many:
        return _places(message.text) == _places(given[0])
    return _places(message.many) == _places(given[1]) and not _places(given[0]).keys() - _places(message.many).keys()


def write_if_changed(path: Path, content: bytes) -> bool:
    """Write the file unless it already says so."""
    if path.exists() and path.read_bytes() == content:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return True


class Command(BaseCommand):
    """Without a flag it brings the catalogue up to date; `--check` judges it, `--compile` makes what Django reads."""

    requires_system_checks = []
    help = "Collect, check or compile the English translations (locale/en/LC_MESSAGES)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        group = parser.add_mutually_exclusive_group()
        group.add_argument("--check", action="store_true", help="exit with 1 when a translation is missing or wrong")
        group.add_argument("--compile", action="store_true", help="write django.mo from django.po")

    def handle(self, *args: Any, **options: Any) -> None:
        folder = Path(settings.LOCALE_PATHS[0]) / "en" / "LC_MESSAGES"
        catalogue = read(folder / "django.po")
        if options["compile"]:
            written = write_if_changed(folder / "django.mo", catalogue.to_binary())
            self.stdout.write("django.mo: " + ("written" if written else "up to date"))
            return
        messages = extract(Path(settings.BASE_DIR))
        if options["check"]:
            found = faults(catalogue, messages)
            if found:
                raise CommandError("\n".join([*found, f"{len(found)} faults in {len(messages)} texts."]))
            self.stdout.write(f"{len(messages)} texts, all translated")
            return
        result = merged(catalogue, messages)
        write_if_changed(folder / "django.po", f"{result}".rstrip("\n").encode() + b"\n")
        left = sum(line.startswith("not translated") for line in faults(result, messages))
        self.stdout.write(f"{len(messages)} texts, {left} without translation")
