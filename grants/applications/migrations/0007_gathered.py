"""The cut-off that gathers an application, also of those that were submitted before there was a place for it."""

from datetime import datetime
from typing import Any

from django.db import migrations, models


def gather(apps: Any, schema_editor: Any) -> None:
    """As grants/applications/gathering.py has it, by the version that each first submission answers."""
    Application = apps.get_model("applications", "Application")
    Submission = apps.get_model("applications", "Submission")
    versions = apps.get_model("programmes", "CallVersion").objects.exclude(text__content__window__cutoffs=[])
    for pk, window in versions.values_list("pk", "text__content__window"):
        closes = window["closes"] and datetime.fromisoformat(window["closes"])
        cutoffs = [datetime.fromisoformat(moment) for moment in window["cutoffs"]]
        first = Submission.objects.filter(version=pk, n=1).values_list("application_id", "arrived_at")
        for case, arrived in first.iterator(500):
            ahead = (moment for moment in cutoffs if arrived < moment and (not closes or moment < closes))
            if (gathered := next(ahead, None)) is not None:
                Application.objects.filter(pk=case).update(gathered_at=gathered)


class Migration(migrations.Migration):

    dependencies = [
        ('applications', '0006_members'),
        ('programmes', '0003_incident'),
    ]

    operations = [
        migrations.AddField(
            model_name='application',
            name='gathered_at',
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.RunPython(gather, migrations.RunPython.noop),
    ]
