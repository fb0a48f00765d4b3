import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "__first__"),
        ("files", "0001_initial"),
        ("orgs", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Definition",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.CharField(max_length=40)),
                ("version", models.PositiveSmallIntegerField()),
                ("title", models.CharField(max_length=200, verbose_name="名称")),
                ("body", models.JSONField()),
                ("digest", models.CharField(db_collation="C", max_length=64)),
                ("made_at", models.DateTimeField()),
                ("activated_at", models.DateTimeField(blank=True, null=True)),
                (
                    "made_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "org",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="orgs.organisation",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("org", "code", "version"),
                        name="procedures_definition_version_once",
                        nulls_distinct=False,
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Run",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("opened_at", models.DateTimeField()),
                (
                    "definition",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="runs",
                        to="procedures.definition",
                    ),
                ),
                (
                    "org",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, to="orgs.organisation"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="SignOff",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("step", models.CharField(max_length=10)),
                ("layer", models.PositiveSmallIntegerField(verbose_name="评审层次")),
                ("subject", models.CharField(blank=True, db_collation="C", max_length=80)),
                ("round", models.PositiveSmallIntegerField(default=1)),
                (
                    "choice",
                    models.CharField(
                        choices=[("pass", "同意"), ("return", "退回修改"), ("reject", "不同意")],
                        max_length=6,
                        verbose_name="意见",
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=500, verbose_name="理由")),
                ("at", models.DateTimeField()),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="sign_offs",
                        to="procedures.run",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["run", "by"], name="procedures__run_id_8b7f4f_idx")
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("run", "step", "layer", "subject", "round"),
                        name="procedures_signed_once_a_layer",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("layer__range", (1, 3))), name="procedures_three_layers"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="StepRecord",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("step", models.CharField(max_length=10)),
                ("is_skipped", models.BooleanField(default=False, verbose_name="不适用")),
                ("note", models.CharField(blank=True, max_length=1000, verbose_name="记录")),
                ("evidence_kind", models.CharField(blank=True, max_length=60, verbose_name="材料")),
                ("file_name", models.CharField(blank=True, max_length=200)),
                ("at", models.DateTimeField()),
                (
                    "blob",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="files.blob",
                    ),
                ),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="records",
                        to="procedures.run",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["run", "step"], name="procedures__run_id_953fb4_idx")
                ],
            },
        ),
    ]
