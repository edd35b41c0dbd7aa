"""How these tests ask for pages and steps, and count what that costs."""

from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse


def get(client: Client, name: str, *args: Any, status: int = 200, **query: str) -> str:
    response = client.get(reverse(name, args=args), query)
    assert response.status_code == status, (name, args, response.status_code)
    return response.content.decode()


def act(client: Client, command: str, pk: int, status: int = 302, **data: Any) -> Any:
    response = client.post(reverse("act", args=[command, pk]), {"key": f"key-{command}-{pk}", **data})
    assert response.status_code == status, (command, response.status_code, response.content.decode()[:3000])
    return response


def queries(client: Client, name: str, *args: Any, **query: str) -> int:
    get(client, name, *args, **query)  # what a process reads once is not counted
    with CaptureQueriesContext(connection) as captured:
        get(client, name, *args, **query)
    return len(captured)
