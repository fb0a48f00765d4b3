import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Organisation",
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
                        choices=[
                            ("bureau", "人社部门"),
                            ("evaluator", "评价机构"),
                            ("employer", "用人单位"),
                            ("alliance", "联评体"),
                        ],
                        max_length=10,
                        verbose_name="类别",
                    ),
                ),
                ("name", models.CharField(max_length=200, unique=True, verbose_name="名称")),
                (
                    "uscc",
                    models.CharField(
                        blank=True, db_collation="C", max_length=18, verbose_name="统一社会信用代码"
                    ),
                ),
                ("region", models.CharField(max_length=6, verbose_name="所在地行政区划代码")),
                ("address", models.CharField(blank=True, max_length=300, verbose_name="地址")),
                (
                    "contact_phone",
                    models.CharField(blank=True, max_length=40, verbose_name="监督电话"),
                ),
                ("is_demo", models.BooleanField(default=False, verbose_name="虚构")),
                (
                    "parent",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="units",
                        to="orgs.organisation",
                        verbose_name="上级单位",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("uscc", ""), _negated=True),
                        fields=("uscc",),
                        name="orgs_uscc_is_unique",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("parent", models.F("id")), _negated=True),
                        name="orgs_not_its_own_parent",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Filing",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "草稿"),
                            ("submitted", "待审核"),
                            ("returned", "退回修改"),
                            ("filed", "已备案"),
                            ("replaced", "已被变更备案替代"),
                            ("revoked", "已撤销"),
                        ],
                        default="draft",
                        max_length=10,
                    ),
                ),
                ("code", models.CharField(blank=True, max_length=40, verbose_name="备案码")),
                (
                    "prefix",
                    models.CharField(
                        blank=True, db_collation="C", max_length=13, verbose_name="证书编号前缀"
                    ),
                ),
                ("valid_from", models.DateField(blank=True, null=True, verbose_name="有效期起")),
                ("valid_until", models.DateField(blank=True, null=True, verbose_name="有效期止")),
                ("note", models.TextField(blank=True, verbose_name="说明")),
                ("answer", models.TextField(blank=True, verbose_name="审核意见")),
                ("made_at", models.DateTimeField()),
                ("submitted_at", models.DateTimeField(blank=True, null=True)),
                ("decided_at", models.DateTimeField(blank=True, null=True)),
                (
                    "bureau",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="filings_received",
                        to="orgs.organisation",
                    ),
                ),
                (
                    "org",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="filings",
                        to="orgs.organisation",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "filed"), _negated=True),
                            models.Q(
                                models.Q(("code", ""), _negated=True),
                                models.Q(("prefix", ""), _negated=True),
                                ("valid_from__isnull", False),
                                ("valid_until__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="orgs_filed_is_complete",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state__in", ["draft", "submitted", "returned"])),
                        fields=("org",),
                        name="orgs_one_open_filing",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state", "filed")),
                        fields=("org",),
                        name="orgs_one_filing_in_force",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("valid_until__isnull", True),
                            ("valid_until__gte", models.F("valid_from")),
                            _connector="OR",
                        ),
                        name="orgs_filing_ends_after_it_starts",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state", "filed")),
                        fields=("prefix",),
                        name="orgs_filed_prefix_is_unique",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="FilingScope",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "occupation_code",
                    models.CharField(db_collation="C", max_length=12, verbose_name="职业编码"),
                ),
                ("occupation_name", models.CharField(max_length=100, verbose_name="职业名称")),
                ("work_type", models.CharField(blank=True, max_length=100, verbose_name="工种")),
                (
                    "levels",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.PositiveSmallIntegerField(),
                        size=None,
                        verbose_name="等级",
                    ),
                ),
                (
                    "filing",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="scopes",
                        to="orgs.filing",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("filing", "occupation_code", "work_type"),
                        name="orgs_scope_line_once",
                    )
                ],
            },
        ),
    ]
