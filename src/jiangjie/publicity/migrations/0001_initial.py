import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "__first__"),
        ("applications", "0001_initial"),
        ("planning", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="PublicityPeriod",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("qualification", "资格公示"), ("result", "结果公示")],
                        max_length=14,
                    ),
                ),
                ("title", models.CharField(max_length=200, verbose_name="公示事项")),
                ("first_day", models.DateField(verbose_name="公示起始日")),
                ("last_day", models.DateField(verbose_name="公示截止日")),
                ("term_days", models.PositiveSmallIntegerField(verbose_name="公示天数")),
                ("term_calendar", models.CharField(max_length=8)),
                ("term_source", models.CharField(max_length=300, verbose_name="依据")),
                ("term_confidence", models.CharField(max_length=2)),
                ("calendar", models.JSONField()),
                ("rows", models.JSONField()),
                ("digest", models.CharField(db_collation="C", max_length=64)),
                ("opened_at", models.DateTimeField()),
                ("closed_at", models.DateTimeField(blank=True, null=True)),
                (
                    "batch",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="publicity_periods",
                        to="planning.batch",
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
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("last_day__gt", models.F("first_day"))),
                        name="publicity_ends_after_it_starts",
                    ),
                    models.UniqueConstraint(fields=("batch", "kind"), name="publicity_once_a_kind"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Objection",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "receipt",
                    models.CharField(
                        db_collation="C", max_length=20, unique=True, verbose_name="受理编号"
                    ),
                ),
                ("text", models.TextField(verbose_name="异议内容")),
                ("objector", models.CharField(blank=True, max_length=100, verbose_name="姓名")),
                ("contact", models.CharField(blank=True, max_length=100, verbose_name="联系方式")),
                ("raised_at", models.DateTimeField()),
                ("answer_by_day", models.DateField(null=True, verbose_name="应答复日期")),
                (
                    "outcome",
                    models.CharField(
                        blank=True,
                        choices=[("upheld", "异议成立"), ("dismissed", "异议不成立")],
                        max_length=10,
                    ),
                ),
                ("decision", models.TextField(blank=True, verbose_name="处理决定")),
                ("settled_at", models.DateTimeField(blank=True, null=True)),
                (
                    "application",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="objections",
                        to="applications.application",
                    ),
                ),
                (
                    "handler",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "settled_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "period",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="objections",
                        to="publicity.publicityperiod",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("outcome", ""), ("settled_at", None)),
                            models.Q(
                                models.Q(("settled_at", None), _negated=True),
                                models.Q(("outcome", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="publicity_settled_with_an_outcome",
                    )
                ],
            },
        ),
    ]
