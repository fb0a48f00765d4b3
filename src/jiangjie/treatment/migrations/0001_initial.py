import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "__first__"),
        ("certificates", "0001_initial"),
        ("files", "0001_initial"),
        ("orgs", "0001_initial"),
        ("people", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="AllowanceRule",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("level", models.PositiveSmallIntegerField(verbose_name="等级")),
                ("monthly_fen", models.PositiveIntegerField(verbose_name="月津贴（分）")),
                ("first_month", models.DateField(verbose_name="起始月")),
                ("last_month", models.DateField(blank=True, null=True, verbose_name="终止月")),
                ("basis", models.CharField(max_length=200, verbose_name="依据文件")),
                ("funding", models.CharField(blank=True, max_length=100, verbose_name="资金来源")),
                (
                    "org",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="allowance_rules",
                        to="orgs.organisation",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("org", "level", "first_month"), name="treatment_rule_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("last_month", None),
                            ("last_month__gte", models.F("first_month")),
                            _connector="OR",
                        ),
                        name="treatment_rule_ends_after_it_starts",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("monthly_fen__gt", 0)),
                        name="treatment_rule_pays_something",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Entitlement",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("level", models.PositiveSmallIntegerField(verbose_name="等级")),
                ("post", models.CharField(blank=True, max_length=100, verbose_name="聘任岗位")),
                ("document", models.CharField(blank=True, max_length=200, verbose_name="聘任文件")),
                ("appointed_on", models.DateField(verbose_name="聘任日期")),
                ("first_month", models.DateField(verbose_name="起算月")),
                ("last_month", models.DateField(blank=True, null=True, verbose_name="终止月")),
                (
                    "end_reason",
                    models.CharField(blank=True, max_length=200, verbose_name="终止原因"),
                ),
                ("made_at", models.DateTimeField()),
                (
                    "certificate",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="entitlement",
                        to="certificates.certificate",
                    ),
                ),
                (
                    "made_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "org",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="entitlements",
                        to="orgs.organisation",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="entitlements",
                        to="people.person",
                    ),
                ),
                (
                    "rule",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="entitlements",
                        to="treatment.allowancerule",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("last_month", None)),
                        fields=("person", "org"),
                        name="treatment_one_open_entitlement",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("last_month", None),
                            models.Q(("end_reason", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="treatment_ends_with_a_reason",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Payment",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("month", models.DateField(verbose_name="所属月份")),
                ("fen", models.PositiveIntegerField(verbose_name="金额（分）")),
                ("paid_on", models.DateField(verbose_name="发放日期")),
                ("voucher", models.CharField(max_length=60, verbose_name="凭证号")),
                ("recorded_at", models.DateTimeField()),
                (
                    "entitlement",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="payments",
                        to="treatment.entitlement",
                    ),
                ),
                (
                    "org",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="payments",
                        to="orgs.organisation",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="payments",
                        to="people.person",
                    ),
                ),
                (
                    "proof",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="files.blob",
                    ),
                ),
                (
                    "recorded_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["org", "month"], name="treatment_p_org_id_4096df_idx")
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("person", "org", "month"), name="treatment_a_month_is_paid_once"
                    )
                ],
            },
        ),
    ]
