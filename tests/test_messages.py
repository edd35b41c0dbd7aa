"""The English catalogue: what is collected, what is refused, and that nothing in the product lacks its translation."""

import re
from pathlib import Path

import polib
import pytest
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import CommandError
from django.utils import translation
from django.utils.translation import ngettext

from workflows.management.commands import messages

CATALOGUE = Path("locale") / "en" / "LC_MESSAGES" / "django.po"


def python(source):
    return [(m.context, m.text, m.many) for m in messages.in_python(source, "a.py")]


def template(source):
    return [(m.context, m.text, m.many) for m in messages.in_template(source, "a.html")]


@pytest.fixture
def tree(tmp_path, settings):
    """A small product with one text in a module and one in a template."""
    settings.BASE_DIR, settings.LOCALE_PATHS = tmp_path, [tmp_path / "locale"]
    (tmp_path / "grants").mkdir()
    (tmp_path / "templates").mkdir()
    module = tmp_path / "grants" / "a.py"
    module.write_text("from django.utils.translation import gettext as _\n_('Hej %(name)s')\n", "utf-8")
    (tmp_path / "templates" / "a.html").write_text('{% translate "Spara" %}', "utf-8")
    return tmp_path


def fill(tree, **texts):
    catalogue = polib.pofile(str(tree / CATALOGUE))
    for entry in catalogue:
        entry.msgstr = texts.get(entry.msgid.split()[0], entry.msgstr)
    catalogue.save()


def test_modules_are_read_under_the_names_that_they_import():
    found = python(
        "from django.utils import translation\n"
        "from django.utils.translation import gettext as _, gettext_lazy as _l, ngettext, pgettext, npgettext_lazy\n"
        "from elsewhere import gettext\n"
        "a = _('ett ' 'två'); b = _l('tre')\n"
        "c = ngettext('%(n)d dag', '%(n)d dagar', 3) % {'n': 3}\n"
        "d = pgettext('i bokföring', 'bokfört'); e = npgettext_lazy('k', 'en', 'flera', 'n')\n"
        "f = translation.gettext('fyra')\n"
        "_('')\n"
    )
    assert found == [
        ("", "ett två", ""),
        ("", "tre", ""),
        ("", "%(n)d dag", "%(n)d dagar"),
        ("i bokföring", "bokfört", ""),
        ("k", "en", "flera"),
        ("", "fyra", ""),
        ("", "", ""),
    ]


def test_a_function_of_another_library_is_not_ours():
    assert python("from gettext import gettext as _\n_('nej')\nprint('nej')") == []


@pytest.mark.parametrize("text", ["name", "f'Hej {name}'", "'Hej ' + name"])
def test_a_text_that_is_put_together_is_refused(text):
    with pytest.raises(CommandError, match=r"a\.py, line 2: a text to translate must be written out"):
        python(f"from django.utils.translation import gettext as _\n_({text})")


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ('{% translate "Spara" %}', [("", "Spara", "")]),
        ("{% translate 'Spara' context 'knapp' as label %}", [("knapp", "Spara", "")]),
        ('{% translate "Högst 30 %" %}', [("", "Högst 30 %%", "")]),
        ('{{ title|default:_("Utan titel") }}{{ _("Ja") }}', [("", "Utan titel", ""), ("", "Ja", "")]),
        ('{% include "a.html" with a=_("Ett (1)") b=_("Två") %}', [("", "Ett (1)", ""), ("", "Två", "")]),
        ("{% blocktranslate %}Hej {{ name }}{% endblocktranslate %}", [("", "Hej %(name)s", "")]),
        ("{% blocktranslate trimmed %}\n  Ett\n  två\n{% endblocktranslate %}", [("", "Ett två", "")]),
        (
            '{% blocktranslate count n=total trimmed context "k" %}\n{{ n }} dag\n{% plural %}\n{{ n }} dagar\n'
            "{% endblocktranslate %}",
            [("k", "%(n)s dag", "%(n)s dagar")],
        ),
        ('{# {% translate "Nej" %} #}{% comment %}{% translate "Nej" %}{% endcomment %}<p>_(text)</p>', []),
    ],
)
def test_templates_are_read_as_django_reads_them(source, found):
    assert template(source) == found


def test_two_plurals_of_one_text_are_refused(tree):
    (tree / "templates" / "b.html").write_text(
        "{% blocktranslate count n=a %}en{% plural %}två{% endblocktranslate %}"
        "{% blocktranslate count n=a %}en{% plural %}flera{% endblocktranslate %}",
        "utf-8",
    )
    with pytest.raises(CommandError, match="another plural"):
        call_command("messages")


def test_collecting_is_stable_and_has_no_line_numbers(tree, capsys):
    call_command("messages")
    first = (tree / CATALOGUE).read_text("utf-8")
    module = tree / "grants" / "a.py"
    module.write_text("\n\n" + module.read_text("utf-8"), "utf-8")
    call_command("messages")
    assert (tree / CATALOGUE).read_text("utf-8") == first
    assert "#: grants/a.py\n" in first
    assert first.count("#: ") == 2
    assert "2 texts, 2 without translation" in capsys.readouterr().out


def test_the_check_fails_until_all_is_translated(tree):
    with pytest.raises(CommandError, match="not translated: 'Spara'"):
        call_command("messages", check=True)
    call_command("messages")
    with pytest.raises(CommandError, match="not translated: 'Spara'"):
        call_command("messages", check=True)
    fill(tree, Spara="Save", Hej="Hello %(name)s")
    call_command("messages", check=True)


@pytest.mark.parametrize(
    "wrong", ["Hello", "Hello %(nam)s", "Hello %(name)ss, %(other)s", "Hello %(name)s %(name)s", "Hello <b>%(name)s"]
)
def test_the_check_fails_when_placeholders_or_tags_differ(tree, wrong):
    call_command("messages")
    fill(tree, Spara="Save", Hej=wrong)
    with pytest.raises(CommandError, match="placeholders or tags differ: 'Hej"):
        call_command("messages", check=True)


def test_the_text_of_one_may_leave_out_the_number(tree):
    (tree / "templates" / "a.html").write_text(
        "{% blocktranslate count n=a %}{{ n }} dag{% plural %}{{ n }} dagar{% endblocktranslate %}", "utf-8"
    )
    call_command("messages")
    fill(tree, Hej="Hello %(name)s")
    catalogue = polib.pofile(str(tree / CATALOGUE))
    entry = next(e for e in catalogue if e.msgid_plural)
    entry.msgstr_plural = {0: "one day", 1: "%(n)s days"}
    catalogue.save()
    call_command("messages", check=True)
    entry.msgstr_plural = {0: "one day", 1: "days"}
    catalogue.save()
    with pytest.raises(CommandError, match="placeholders"):
        call_command("messages", check=True)


def test_what_is_gone_is_marked_and_comes_back_with_its_translation(tree):
    call_command("messages")
    fill(tree, Spara="Save", Hej="Hello %(name)s")
    page = tree / "templates" / "a.html"
    page.write_text("", "utf-8")
    with pytest.raises(CommandError, match="no longer in use: 'Spara'"):
        call_command("messages", check=True)
    call_command("messages")
    assert '#~ msgid "Spara"' in (tree / CATALOGUE).read_text("utf-8")
    call_command("messages", check=True)
    page.write_text('{% translate "Spara" %}', "utf-8")
    call_command("messages")
    call_command("messages", check=True)


def test_compiling_writes_only_what_has_changed(tree):
    call_command("messages")
    fill(tree, Spara="Save", Hej="Hello %(name)s")
    call_command("messages", compile=True)
    compiled = (tree / CATALOGUE).with_suffix(".mo")
    assert [e.msgstr for e in polib.mofile(str(compiled))] == ["Hello %(name)s", "Save"]
    before = compiled.stat().st_mtime_ns
    call_command("messages", compile=True)
    assert compiled.stat().st_mtime_ns == before


def test_swedish_needs_no_catalogue_for_one_and_many():
    with translation.override("sv"):
        said = [ngettext("%(n)d ansökan", "%(n)d ansökningar", n) % {"n": n} for n in (0, 1, 2, 11, 21)]
    assert said == ["0 ansökningar", "1 ansökan", "2 ansökningar", "11 ansökningar", "21 ansökningar"]


def test_no_swedish_text_is_changed_by_a_library_of_the_same_words():
    ours = messages.extract(settings.BASE_DIR)
    with translation.override("sv"):
        changed = [text for context, text in ours if not context and translation.gettext(text) != text]
    assert changed == []


def test_everything_is_translated():
    call_command("messages", check=True)


def test_the_catalogue_is_in_english():
    swedish = re.compile(r"\b(och|att|eller|inte|ansökan|ärende|är|på)\b")
    entries = polib.pofile(str(settings.BASE_DIR / CATALOGUE))
    assert [e.msgid for e in entries if swedish.search(" ".join([e.msgstr, *e.msgstr_plural.values()]).lower())] == []
