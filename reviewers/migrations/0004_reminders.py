from django.db import migrations, models

import grants.clock


class Migration(migrations.Migration):

    dependencies = [
        ('reviewers', '0003_places_and_declarations'),
    ]

    operations = [
        migrations.AddField(
            model_name='assignment',
            name='reminded_at',
            field=models.DateTimeField(default=grants.clock.now),
        ),
    ]
