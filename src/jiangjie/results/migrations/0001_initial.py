import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "__first__"),
        ("applications", "0001_initial"),
        ("files", "0001_initial"),
        ("planning", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Mark",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "part",
                    models.CharField(
                        choices=[
                            ("probation", "转正定级考核"),
                            ("theory", "理论知识考试"),
                            ("practical", "操作技能考核"),
                            ("review", "综合评审"),
                            ("dossier", "业绩评审"),
                            ("defence", "现场答辩"),
                            ("vote", "委员表决"),
                        ],
                        max_length=10,
                        verbose_name="科目",
                    ),
                ),
                (
                    "hundredths",
                    models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="成绩"),
                ),
                (
                    "ayes",
                    models.PositiveSmallIntegerField(
                        blank=True, null=True, verbose_name="同意票数"
                    ),
                ),
                (
                    "voters",
                    models.PositiveSmallIntegerField(
                        blank=True, null=True, verbose_name="到会委员数"
                    ),
                ),
                ("is_good", models.BooleanField(blank=True, null=True, verbose_name="合格")),
                ("is_absent", models.BooleanField(default=False, verbose_name="缺考")),
                ("settled_at", models.DateTimeField()),
                (
                    "application",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="marks",
                        to="applications.application",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("application", "part"), name="results_mark_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("ayes", None),
                                ("hundredths", None),
                                ("is_absent", True),
                                ("is_good", None),
                                ("voters", None),
                            ),
                            models.Q(
                                ("ayes", None),
                                ("is_absent", False),
                                ("is_good", None),
                                ("voters", None),
                                ("hundredths__isnull", False),
                                ("hundredths__lte", 10000),
                            ),
                            models.Q(
                                ("hundredths", None),
                                ("is_absent", False),
                                ("is_good", None),
                                ("ayes__isnull", False),
                                ("ayes__lte", models.F("voters")),
                                ("voters__gt", 0),
                                ("voters__isnull", False),
                            ),
                            models.Q(
                                ("ayes", None),
                                ("hundredths", None),
                                ("is_absent", False),
                                ("is_good__isnull", False),
                                ("voters", None),
                            ),
                            _connector="OR",
                        ),
                        name="results_mark_one_value",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Correction",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("before", models.CharField(max_length=10, verbose_name="原成绩")),
                ("after", models.CharField(max_length=10, verbose_name="更正为")),
                ("reason", models.CharField(max_length=500, verbose_name="更正理由")),
                ("asked_at", models.DateTimeField()),
                ("decided_at", models.DateTimeField(blank=True, null=True)),
                ("is_accepted", models.BooleanField(null=True)),
                (
                    "asked_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "decided_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "mark",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="corrections",
                        to="results.mark",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("decided_at", None)),
                        fields=("mark",),
                        name="results_one_open_correction",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ScoreEntry",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "part",
                    models.CharField(
                        choices=[
                            ("probation", "转正定级考核"),
                            ("theory", "理论知识考试"),
                            ("practical", "操作技能考核"),
                            ("review", "综合评审"),
                            ("dossier", "业绩评审"),
                            ("defence", "现场答辩"),
                            ("vote", "委员表决"),
                        ],
                        max_length=10,
                        verbose_name="科目",
                    ),
                ),
                (
                    "hundredths",
                    models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="成绩"),
                ),
                (
                    "ayes",
                    models.PositiveSmallIntegerField(
                        blank=True, null=True, verbose_name="同意票数"
                    ),
                ),
                (
                    "voters",
                    models.PositiveSmallIntegerField(
                        blank=True, null=True, verbose_name="到会委员数"
                    ),
                ),
                ("is_good", models.BooleanField(blank=True, null=True, verbose_name="合格")),
                ("is_absent", models.BooleanField(default=False, verbose_name="缺考")),
                ("entry", models.PositiveSmallIntegerField()),
                ("at", models.DateTimeField()),
                (
                    "application",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="score_entries",
                        to="applications.application",
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
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("application", "part", "entry"), name="results_entry_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("ayes", None),
                                ("hundredths", None),
                                ("is_absent", True),
                                ("is_good", None),
                                ("voters", None),
                            ),
                            models.Q(
                                ("ayes", None),
                                ("is_absent", False),
                                ("is_good", None),
                                ("voters", None),
                                ("hundredths__isnull", False),
                                ("hundredths__lte", 10000),
                            ),
                            models.Q(
                                ("hundredths", None),
                                ("is_absent", False),
                                ("is_good", None),
                                ("ayes__isnull", False),
                                ("ayes__lte", models.F("voters")),
                                ("voters__gt", 0),
                                ("voters__isnull", False),
                            ),
                            models.Q(
                                ("ayes", None),
                                ("hundredths", None),
                                ("is_absent", False),
                                ("is_good__isnull", False),
                                ("voters", None),
                            ),
                            _connector="OR",
                        ),
                        name="results_entry_one_value",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("entry__in", [1, 2])), name="results_entry_1_or_2"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ScoreSheet",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "part",
                    models.CharField(
                        choices=[
                            ("probation", "转正定级考核"),
                            ("theory", "理论知识考试"),
                            ("practical", "操作技能考核"),
                            ("review", "综合评审"),
                            ("dossier", "业绩评审"),
                            ("defence", "现场答辩"),
                            ("vote", "委员表决"),
                        ],
                        max_length=10,
                    ),
                ),
                ("entry", models.PositiveSmallIntegerField()),
                ("file_name", models.CharField(max_length=200)),
                ("good", models.PositiveIntegerField()),
                ("faults", models.JSONField()),
                ("at", models.DateTimeField()),
                ("applied_at", models.DateTimeField(blank=True, null=True)),
                (
                    "batch",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="score_sheets",
                        to="planning.batch",
                    ),
                ),
                (
                    "blob",
                    models.ForeignKey(
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
            ],
        ),
        migrations.CreateModel(
            name="Decision",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "outcome",
                    models.CharField(
                        choices=[("passed", "合格"), ("failed", "不合格"), ("absent", "缺考")],
                        max_length=8,
                        verbose_name="评定结果",
                    ),
                ),
                ("inputs", models.JSONField()),
                ("explanation", models.JSONField()),
                ("decided_at", models.DateTimeField()),
                (
                    "application",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="decision",
                        to="applications.application",
                    ),
                ),
                (
                    "batch",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="decisions",
                        to="planning.batch",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["batch", "outcome"], name="results_dec_batch_i_72d165_idx")
                ],
            },
        ),
    ]
