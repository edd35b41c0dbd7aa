from django.db import migrations

# An officer's turn carried the date of the report, acceptance or assignment that it is about (flows.due_of).
OPEN = "UPDATE workflows_task SET due = NULL WHERE finished IS NULL AND office = 'officer'"


class Migration(migrations.Migration):
    dependencies = [
        ("workflows", "0001_initial"),
    ]

    operations = [
        migrations.RunSQL(OPEN, migrations.RunSQL.noop),
    ]
