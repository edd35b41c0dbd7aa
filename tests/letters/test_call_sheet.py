"""A call as a sheet and as a file: anybody may have both, and they say the same."""

import io
from datetime import timedelta

import pikepdf
import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from grants import clock
from grants.programmes import loading
from grants.programmes.models import Call
from tests.factories import World
from tests.letters.reading import text_of
from tests.letters.test_conformance import assert_conforms


def read(client: Client, name: str, slug: str) -> bytes:
    response = client.get(reverse(name, args=[slug]))
    assert response.status_code == 200
    return bytes(response.content)


@pytest.mark.django_db
@pytest.mark.parametrize("slug", ["starta-2023", "gemensamma-2023"])
def test_the_sheet_says_all_that_is_asked(client: Client, world: World, slug: str) -> None:
    call = world.call(slug)
    content = read(client, "call_sheet", slug)
    assert_conforms(content)
    text = " ".join(text_of(content).split())
    for question in call.definition.questions():
        assert question.label.sv in text
    for criterion in call.definition.review.criteria:
        assert all(" ".join(anchor.sv.split()) in text for anchor in criterion.anchors.values())
    with pikepdf.open(io.BytesIO(content)) as pdf:
        assert str(pdf.Root.Lang) == "sv-SE" or str(pdf.Root.Lang).startswith("sv")
        source = pdf.attachments[f"{slug}.yaml"].get_file().read_bytes()
    assert source == read(client, "call_source", slug)
    assert loading.parse_call(source.decode(), slug) == call.definition


@pytest.mark.django_db
def test_english_readers_get_english(client: Client, world: World) -> None:
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    text = text_of(read(client, "call_sheet", "starta-2023"))
    assert world.call("starta-2023").definition.sections[0].title.en in text


@pytest.mark.django_db
def test_a_call_that_nobody_may_see_has_neither(client: Client, world: World) -> None:
    call: Call = world.call("gemensamma-2023")
    planned = call.definition.window.planned
    assert planned is not None
    with clock.at(planned - timedelta(days=1)):
        for name in ("call_sheet", "call_source"):
            assert client.get(reverse(name, args=[call.slug])).status_code == 404
