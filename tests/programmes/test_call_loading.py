"""Loading: all or nothing, twice the same is nothing, a change is a new version."""

import threading
from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import override_settings

from grants.organisations.models import Municipality
from grants.programmes import loading, reading
from grants.programmes.models import Authority, Call, CallVersion, DefinitionText, Programme

from .files import ROOT

FIXTURES = ROOT / "fixtures"
STARTA = (FIXTURES / "calls" / "starta-2022.yaml").read_text("utf-8")
CHANGED = STARTA.replace("closes: 2022-09-14 14:00", "closes: 2022-09-21 14:00")


def run(*paths: Path) -> list[str]:
    """What the command prints."""
    out = StringIO()
    call_command("load_calls", *(str(path) for path in paths), stdout=out)
    return out.getvalue().splitlines()


def counts() -> list[int]:
    """How many rows there are of each kind."""
    models = (Municipality, Authority, Programme, Call, CallVersion, DefinitionText)
    return [model._default_manager.count() for model in models]


@pytest.fixture
def starta(db: None) -> Call:
    """Starta 2022, loaded."""
    loading.load([FIXTURES / "programmes", FIXTURES / "calls" / "starta-2022.yaml"])
    return Call.objects.get()


@pytest.mark.django_db
def test_everything_is_loaded_once() -> None:
    assert run() == [
        "municipalities: 290, 290 new or changed",
        "innovationsmyndigheten: created",
        "kraftsamling-ai: created",
        "gemensamma-2023: created, version 1",
        "starta-2022: created, version 1",
        "starta-2023: created, version 1",
        "uppskalning-2023: created, version 1",
    ]
    before = counts()
    assert before == [290, 1, 1, 4, 4, 4]
    assert run() == [
        "municipalities: 290, unchanged",
        "innovationsmyndigheten: unchanged",
        "kraftsamling-ai: unchanged",
        "gemensamma-2023: unchanged, version 1",
        "starta-2022: unchanged, version 1",
        "starta-2023: unchanged, version 1",
        "uppskalning-2023: unchanged, version 1",
    ]
    assert counts() == before


def test_the_call_follows_its_window(starta: Call) -> None:
    assert starta.number == "2022-00880" and starta.programme.slug == "kraftsamling-ai"
    window = starta.definition.window
    assert (starta.announced_at, starta.opens_at, starta.closes_at) == (window.announced, window.opens, window.closes)
    assert starta.version is not None and starta.version.text.source == STARTA


def test_a_change_is_a_new_version_and_the_old_one_stays(starta: Call) -> None:
    first = starta.version
    version = loading.publish(starta, CHANGED)
    assert version is not None and version.number == 2 and starta.version == version
    assert starta.closes_at == version.definition.window.closes
    assert first is not None and first.definition.window.closes != version.definition.window.closes
    assert loading.publish(starta, CHANGED) is None
    assert starta.versions.count() == 2


def test_going_back_publishes_the_earlier_version(starta: Call) -> None:
    loading.publish(starta, CHANGED)
    version = loading.publish(starta, STARTA)
    assert version is not None and version.number == 1
    assert starta.version == version and starta.versions.count() == 2
    later = loading.publish(starta, CHANGED.replace("22-09-21", "22-09-28"))
    assert later is not None and later.number == 3


def test_comments_and_layout_are_no_change(starta: Call) -> None:
    assert loading.publish(starta, "# a comment\n" + STARTA.replace("\nneed_owners: 1", "")) is None


def test_a_text_of_another_call_is_refused(starta: Call) -> None:
    other = (FIXTURES / "calls" / "starta-2023.yaml").read_text("utf-8")
    with pytest.raises(loading.LoadingError, match="defines another call, starta-2023"):
        loading.publish(starta, other)
    assert starta.versions.count() == 1


def test_one_fault_and_nothing_is_loaded(db: None, tmp_path: Path) -> None:
    (tmp_path / "good.yaml").write_text(STARTA, "utf-8")
    (tmp_path / "bad.yaml").write_text(STARTA.replace("max_share: 80", "max_share: 800"), "utf-8")
    with pytest.raises(CommandError) as refused:
        run(FIXTURES / "programmes", FIXTURES / "municipalities.csv", tmp_path)
    assert "Nothing was loaded." in str(refused.value)
    assert "bad.yaml, line" in str(refused.value) and "budget.max_share: should be" in str(refused.value)
    assert refused.value.returncode == 1
    assert counts() == [0] * 6


def test_an_unknown_programme_takes_everything_back(db: None, tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(
        STARTA.replace("slug: starta-2022", "slug: z").replace("programme: k", "programme: q")
    )
    with pytest.raises(loading.LoadingError, match="programme: there is no programme qraftsamling-ai"):
        loading.load([FIXTURES, tmp_path])
    assert counts() == [0] * 6


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.yaml", b"a: \xff\n", "line 1: is not written in UTF-8"),
        ("a.yaml", b"#" * (reading.LARGEST + 1), "larger than 1024 kB"),
        ("a.txt", b"a: 1\n", "only .yaml and .csv files are loaded"),
        ("a.csv", b"kod,namn,lan\n", "the first line should be code,name,county"),
        ("a.csv", b"code,name,county\n14,Ale,Xlan\n", "line 2: '14' is not a code of four digits"),
        ("a.csv", b"code,name,county\n1440,Ale\n", "line 2: should hold a code, a name and a county"),
        ("a.csv", b"code,name,county\n1440,Ale,X\n1440,Ale,X\n", "line 3: the code 1440 occurs twice"),
        ("a.csv", b'code,name,county\n1440,"Ale,X\n', "is not a CSV file"),
        ("a.yaml", b"format: 1\nauthority: {slug: x}\nprogrammes: []\n", "authority.name: is missing"),
    ],
)
def test_files_that_cannot_be_read_are_named(tmp_path: Path, name: str, content: bytes, message: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(loading.LoadingError) as refused:
        loading.read_files([tmp_path / name])
    assert f"{name}" in str(refused.value) and message in str(refused.value)


def test_missing_files_and_empty_folders_are_named(tmp_path: Path) -> None:
    with pytest.raises(loading.LoadingError, match="cannot be read: No such file"):
        loading.read_files([tmp_path / "none.yaml"])
    with pytest.raises(loading.LoadingError, match=r"holds no \.yaml"):
        loading.read_files([tmp_path])


def test_two_files_for_one_call_are_refused(tmp_path: Path) -> None:
    (tmp_path / "again.yaml").write_text(STARTA, "utf-8")
    with pytest.raises(loading.LoadingError, match="slug: starta-2022 is also the slug of"):
        loading.read_files([FIXTURES / "calls", tmp_path])


def test_an_example_number_is_only_for_the_demo() -> None:
    with (
        override_settings(DEMO=False, TESTING=False),
        pytest.raises(loading.LoadingError, match="only accepted in the demo"),
    ):
        loading.read_files([FIXTURES / "programmes"])


def test_a_number_with_a_wrong_digit_is_refused(tmp_path: Path) -> None:
    text = (FIXTURES / "programmes" / "kraftsamling-ai.yaml").read_text("utf-8")
    (tmp_path / "a.yaml").write_text(text.replace("000000-0001", "202100-5217"), "utf-8")
    with pytest.raises(loading.LoadingError, match=r"authority\.number: 202100-5217 is not an organisation number"):
        loading.read_files([tmp_path])


@pytest.mark.django_db
def test_a_changed_authority_and_programme_are_brought_up_to_date(tmp_path: Path) -> None:
    loading.load([FIXTURES / "programmes"])
    text = (FIXTURES / "programmes" / "kraftsamling-ai.yaml").read_text("utf-8")
    (tmp_path / "a.yaml").write_text(text.replace("Exempelgatan 1", "Exempelgatan 2").replace("Joint effort", "Effort"))
    assert loading.load([tmp_path]) == ["innovationsmyndigheten: changed", "kraftsamling-ai: changed"]
    assert Authority.objects.get().details["address_lines"][0] == "Exempelgatan 2"
    assert Programme.objects.get().title_en.startswith("Effort")


@pytest.mark.django_db(transaction=True)
def test_two_at_once_make_one_version_each() -> None:
    loading.load([FIXTURES / "programmes", FIXTURES / "calls" / "starta-2022.yaml"])
    barrier, failed = threading.Barrier(4), []

    def work(text: str) -> Callable[[], None]:
        def publish() -> None:
            try:
                call = Call.objects.get()
                barrier.wait(10)
                loading.publish(call, text)
            except Exception as error:
                failed.append(error)
            finally:
                connection.close()

        return publish

    texts = [CHANGED, CHANGED, STARTA.replace("max_share: 80", "max_share: 70"), STARTA.replace("days: 10", "days: 11")]
    threads = [threading.Thread(target=work(text)) for text in texts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert failed == []
    assert sorted(CallVersion.objects.values_list("number", flat=True)) == [1, 2, 3, 4]


def test_a_published_call_is_shown_as_the_file_that_it_is(starta: Call) -> None:
    out = StringIO()
    call_command("call", "show", starta.slug, stdout=out)
    assert reading.parse_call(out.getvalue()) == starta.definition
    with pytest.raises(CommandError, match="no published call finns-inte"):
        call_command("call", "show", "finns-inte")
