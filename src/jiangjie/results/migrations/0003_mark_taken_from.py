from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("results", "0002_handover"),
    ]

    operations = [
        migrations.AddField(
            model_name="mark",
            name="taken_from",
            field=models.CharField(blank=True, db_collation="C", default="", max_length=60),
        ),
    ]
