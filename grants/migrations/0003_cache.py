"""The table of the cache that settings.CACHES names."""

from typing import Any

from django.core.management import call_command
from django.db import migrations


def create(apps: Any, schema_editor: Any) -> None:
    """Twice is once."""
    call_command("createcachetable", database=schema_editor.connection.alias, verbosity=0)


class Migration(migrations.Migration):
    dependencies = [("grants", "0002_kept")]
    operations = [migrations.RunPython(create, migrations.RunPython.noop)]
