import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "__first__"),
        ("exams", "0002_journal"),
        ("planning", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Round",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("title", models.CharField(max_length=100, verbose_name="阅卷轮次")),
                (
                    "limit_percent",
                    models.PositiveSmallIntegerField(verbose_name="允许误差（占题目分值的百分比）"),
                ),
                (
                    "third",
                    models.CharField(
                        choices=[
                            ("nearest", "取最接近的两个分数的平均分"),
                            ("mean", "取三个分数的平均分"),
                            ("third", "以第三人的评分为准"),
                        ],
                        max_length=8,
                        verbose_name="第三人评分后",
                    ),
                ),
                (
                    "bars_own_unit",
                    models.BooleanField(default=False, verbose_name="阅卷人回避本单位考生"),
                ),
                ("opened_at", models.DateTimeField(verbose_name="建立时间")),
                ("closed_at", models.DateTimeField(blank=True, null=True, verbose_name="合分时间")),
                ("digest", models.CharField(blank=True, db_collation="C", max_length=64)),
                (
                    "checked_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="复核合分时间"),
                ),
                (
                    "released_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="发布时间"),
                ),
                (
                    "recheck_until",
                    models.DateField(blank=True, null=True, verbose_name="复核申请截止"),
                ),
                (
                    "batch",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="marking_rounds",
                        to="planning.batch",
                    ),
                ),
                (
                    "checked_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "closed_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "opened_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "released_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("limit_percent__lte", 100)),
                        name="marking_limit_is_a_share",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("closed_at", None), ("digest", "")),
                            models.Q(
                                ("closed_at__isnull", False),
                                models.Q(("digest", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="marking_closed_with_a_digest",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("checked_by", None),
                            models.Q(
                                ("closed_by__isnull", False),
                                models.Q(("checked_by", models.F("closed_by")), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="marking_sums_take_two",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("released_at", None),
                            models.Q(
                                ("checked_at__isnull", False), ("recheck_until__isnull", False)
                            ),
                            _connector="OR",
                        ),
                        name="marking_released_when_checked",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Question",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("unit", models.PositiveSmallIntegerField(verbose_name="题号")),
                ("item", models.CharField(db_collation="C", max_length=80)),
                ("part", models.PositiveSmallIntegerField(default=0)),
                ("points", models.PositiveIntegerField(verbose_name="分值")),
                (
                    "paper",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="exams.paper",
                    ),
                ),
                (
                    "round",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="questions",
                        to="marking.round",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("round", "item", "part", "points"), name="marking_question_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Script",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveIntegerField(verbose_name="密号")),
                ("marks", models.JSONField(default=dict)),
                (
                    "earned",
                    models.PositiveIntegerField(blank=True, null=True, verbose_name="卷面得分"),
                ),
                ("possible", models.PositiveIntegerField(verbose_name="卷面满分")),
                (
                    "score",
                    models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="成绩"),
                ),
                (
                    "round",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="scripts",
                        to="marking.round",
                    ),
                ),
                (
                    "sheet",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="script",
                        to="exams.sheet",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("round", "number"), name="marking_number_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("earned", None), ("score", None)),
                            models.Q(
                                ("earned__isnull", False),
                                ("earned__lte", models.F("possible")),
                                ("score__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="marking_summed_as_a_whole",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Response",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("unit", models.PositiveSmallIntegerField()),
                (
                    "question",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="responses",
                        to="marking.question",
                    ),
                ),
                (
                    "script",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="responses",
                        to="marking.script",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("script", "unit"), name="marking_response_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="Recheck",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("reason", models.CharField(max_length=500, verbose_name="申请理由")),
                ("asked_at", models.DateTimeField(verbose_name="申请时间")),
                ("answer_by", models.DateField(verbose_name="答复期限")),
                (
                    "outcome",
                    models.CharField(
                        blank=True,
                        choices=[("kept", "维持"), ("corrected", "更正")],
                        max_length=10,
                        verbose_name="复核结论",
                    ),
                ),
                (
                    "settled_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="答复时间"),
                ),
                ("before", models.PositiveSmallIntegerField()),
                (
                    "asked_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "script",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="recheck",
                        to="marking.script",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("outcome", ""), ("settled_at", None)),
                            models.Q(
                                models.Q(("outcome", ""), _negated=True),
                                ("settled_at__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="marking_recheck_settled_as_a_whole",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Share",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("place", models.PositiveSmallIntegerField(verbose_name="第几阅卷人")),
                ("signed_at", models.DateTimeField(blank=True, null=True, verbose_name="签字时间")),
                ("digest", models.CharField(blank=True, db_collation="C", max_length=64)),
                (
                    "marker",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="marking_shares",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "question",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="shares",
                        to="marking.question",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("digest", ""), ("signed_at", None)),
                            models.Q(
                                ("signed_at__isnull", False),
                                models.Q(("digest", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="marking_signed_with_a_digest",
                    ),
                    models.UniqueConstraint(
                        fields=("question", "place"), name="marking_place_once"
                    ),
                    models.UniqueConstraint(
                        fields=("question", "marker"), name="marking_marker_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("place__in", [1, 2, 3])), name="marking_three_places"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Slip",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("unit", models.PositiveSmallIntegerField(verbose_name="题号")),
                ("before", models.PositiveIntegerField(verbose_name="原得分")),
                ("after", models.PositiveIntegerField(verbose_name="更正为")),
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
                    "recheck",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="slips",
                        to="marking.recheck",
                    ),
                ),
                (
                    "script",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="slips",
                        to="marking.script",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("decided_at", None)),
                        fields=("script",),
                        name="marking_one_open_slip",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("decided_by", None),
                            models.Q(("decided_by", models.F("asked_by")), _negated=True),
                            _connector="OR",
                        ),
                        name="marking_slip_takes_two",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Check",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("is_in_order", models.BooleanField(verbose_name="核对无误")),
                ("note", models.CharField(max_length=500, verbose_name="复核意见")),
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
                    "recheck",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="checks",
                        to="marking.recheck",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("recheck", "by"), name="marking_checks_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="GivenMark",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("place", models.PositiveSmallIntegerField()),
                ("points", models.PositiveIntegerField(verbose_name="得分")),
                ("at", models.DateTimeField()),
                (
                    "marker",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "response",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="given",
                        to="marking.response",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("response", "place"), name="marking_given_once"
                    ),
                    models.UniqueConstraint(
                        fields=("response", "marker"), name="marking_different_markers"
                    ),
                ],
            },
        ),
    ]
