import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "__first__"),
        ("files", "0001_initial"),
        ("orgs", "0002_attachments_and_alliances"),
        ("people", "0001_initial"),
        ("planning", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Room",
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
                            ("theory", "理论考场"),
                            ("practical", "实操工位"),
                            ("review", "评审答辩室"),
                        ],
                        max_length=10,
                        verbose_name="类别",
                    ),
                ),
                ("name", models.CharField(max_length=60, verbose_name="名称")),
                ("seats", models.PositiveSmallIntegerField(default=0, verbose_name="座位数")),
                (
                    "per_hour",
                    models.PositiveSmallIntegerField(default=0, verbose_name="每小时可考人数"),
                ),
                (
                    "occupation_code",
                    models.CharField(
                        blank=True, db_collation="C", max_length=12, verbose_name="职业编码"
                    ),
                ),
                (
                    "work_type",
                    models.CharField(blank=True, max_length=100, verbose_name="职业或工种"),
                ),
                ("is_accessible", models.BooleanField(default=False, verbose_name="无障碍")),
                ("retired_on", models.DateField(blank=True, null=True, verbose_name="停用日期")),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kind", "theory"), _negated=True),
                            ("seats__gt", 0),
                            _connector="OR",
                        ),
                        name="resources_theory_room_has_seats",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kind", "practical"), _negated=True),
                            models.Q(
                                ("per_hour__gt", 0), models.Q(("work_type", ""), _negated=True)
                            ),
                            _connector="OR",
                        ),
                        name="resources_station_has_a_rate",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Expert",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "duties",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[
                                ("assess", "考评"),
                                ("review", "综合评审"),
                                ("invigilate", "监考"),
                                ("inside", "内部质量督导"),
                                ("outside", "外部质量督导"),
                            ],
                            max_length=10,
                        ),
                        size=None,
                        verbose_name="承担工作",
                    ),
                ),
                ("employer", models.CharField(blank=True, max_length=200, verbose_name="工作单位")),
                (
                    "grade",
                    models.CharField(
                        blank=True,
                        choices=[("assessor", "考评员"), ("senior_assessor", "高级考评员")],
                        max_length=16,
                        verbose_name="考评等级",
                    ),
                ),
                (
                    "card_number",
                    models.CharField(
                        blank=True, db_collation="C", max_length=40, verbose_name="证卡编号"
                    ),
                ),
                ("card_from", models.DateField(blank=True, null=True, verbose_name="证卡有效期起")),
                (
                    "card_until",
                    models.DateField(blank=True, null=True, verbose_name="证卡有效期止"),
                ),
                ("hired_from", models.DateField(verbose_name="聘期起")),
                ("hired_until", models.DateField(blank=True, null=True, verbose_name="聘期止")),
                (
                    "most_panels",
                    models.PositiveSmallIntegerField(
                        default=4, verbose_name="每批次最多承担的考评组"
                    ),
                ),
                ("note", models.CharField(blank=True, max_length=300, verbose_name="说明")),
                (
                    "org",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="experts",
                        to="orgs.organisation",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="expert_entries",
                        to="people.person",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("org", "person"), name="resources_expert_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("hired_until", None),
                            ("hired_until__gte", models.F("hired_from")),
                            _connector="OR",
                        ),
                        name="resources_hired_in_order",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("card_from", None), ("card_until", None)),
                            ("card_until__gte", models.F("card_from")),
                            _connector="OR",
                        ),
                        name="resources_card_in_order",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="DutyPay",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "duty",
                    models.CharField(
                        choices=[
                            ("assess", "考评"),
                            ("review", "综合评审"),
                            ("invigilate", "监考"),
                            ("inside", "内部质量督导"),
                            ("outside", "外部质量督导"),
                        ],
                        max_length=10,
                        verbose_name="承担工作",
                    ),
                ),
                ("day", models.DateField(verbose_name="日期")),
                ("amount_fen", models.PositiveIntegerField(verbose_name="金额")),
                ("voucher", models.CharField(max_length=60, verbose_name="凭证号")),
                ("paid_at", models.DateTimeField()),
                ("taken_back_at", models.DateTimeField(blank=True, null=True)),
                (
                    "taken_back_reason",
                    models.CharField(blank=True, max_length=200, verbose_name="撤销原因"),
                ),
                (
                    "batch",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="duty_payments",
                        to="planning.batch",
                    ),
                ),
                (
                    "paid_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "expert",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="payments",
                        to="resources.expert",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("taken_back_at", None)),
                        fields=("expert", "duty", "day"),
                        name="resources_paid_once_a_day",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("amount_fen__gt", 0)), name="resources_paid_something"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ExpertImport",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("file_name", models.CharField(max_length=200)),
                ("good", models.PositiveIntegerField()),
                ("faults", models.JSONField()),
                ("checked_at", models.DateTimeField()),
                ("applied_at", models.DateTimeField(blank=True, null=True)),
                ("added", models.PositiveIntegerField(default=0)),
                ("changed", models.PositiveIntegerField(default=0)),
                (
                    "blob",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="files.blob",
                    ),
                ),
                (
                    "checked_by",
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
                        related_name="+",
                        to="orgs.organisation",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ExpertTraining",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("programme", models.CharField(max_length=200, verbose_name="培训项目")),
                ("hours", models.PositiveSmallIntegerField(verbose_name="学时")),
                ("finished_on", models.DateField(verbose_name="结业日期")),
                ("passed", models.BooleanField(default=True, verbose_name="考核合格")),
                (
                    "expert",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="trainings",
                        to="resources.expert",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Qualification",
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
                ("occupation_name", models.CharField(max_length=100, verbose_name="职业")),
                (
                    "expert",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="qualifications",
                        to="resources.expert",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("expert", "occupation_code"), name="resources_qualification_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Booking",
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
                        choices=[("use", "使用"), ("closed", "停用")], default="use", max_length=6
                    ),
                ),
                ("starts_at", models.DateTimeField(verbose_name="开始")),
                ("ends_at", models.DateTimeField(verbose_name="结束")),
                ("purpose", models.CharField(max_length=200, verbose_name="用途")),
                ("booked_at", models.DateTimeField()),
                ("cancelled_at", models.DateTimeField(blank=True, null=True)),
                (
                    "batch",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="bookings",
                        to="planning.batch",
                    ),
                ),
                (
                    "booked_by",
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
                        related_name="+",
                        to="orgs.organisation",
                    ),
                ),
                (
                    "room",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="bookings",
                        to="resources.room",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        fields=["room", "starts_at"], name="resources_b_room_id_770d40_idx"
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("ends_at__gt", models.F("starts_at"))),
                        name="resources_booking_in_order",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Venue",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=100, verbose_name="名称")),
                ("address", models.CharField(max_length=300, verbose_name="地址")),
                (
                    "contact",
                    models.CharField(blank=True, max_length=100, verbose_name="联系人和电话"),
                ),
                ("is_accessible", models.BooleanField(default=False, verbose_name="无障碍通行")),
                (
                    "directions",
                    models.CharField(blank=True, max_length=300, verbose_name="到达和入场说明"),
                ),
                ("retired_on", models.DateField(blank=True, null=True, verbose_name="停用日期")),
                (
                    "org",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="venues",
                        to="orgs.organisation",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("org", "name"), name="resources_venue_once")
                ],
            },
        ),
        migrations.AddField(
            model_name="room",
            name="venue",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="rooms",
                to="resources.venue",
            ),
        ),
        migrations.CreateModel(
            name="Loan",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("first_day", models.DateField(verbose_name="自")),
                ("last_day", models.DateField(verbose_name="至")),
                ("note", models.CharField(blank=True, max_length=300, verbose_name="条件")),
                ("offered_at", models.DateTimeField()),
                ("consented_at", models.DateTimeField(blank=True, null=True)),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                (
                    "alliance",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="loans",
                        to="orgs.organisation",
                    ),
                ),
                (
                    "expert",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="loans",
                        to="resources.expert",
                    ),
                ),
                (
                    "offered_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "venue",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="loans",
                        to="resources.venue",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("expert", None), ("venue", None), _connector="XOR"),
                        name="resources_one_thing_is_lent",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("last_day__gte", models.F("first_day"))),
                        name="resources_loan_in_order",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Equipment",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=100, verbose_name="设备名称")),
                ("serial", models.CharField(blank=True, max_length=100, verbose_name="型号和编号")),
                ("quantity", models.PositiveSmallIntegerField(default=1, verbose_name="数量")),
                ("inspected_on", models.DateField(blank=True, null=True, verbose_name="最近检验")),
                ("inspect_by", models.DateField(blank=True, null=True, verbose_name="下次检验")),
                ("retired_on", models.DateField(blank=True, null=True, verbose_name="停用日期")),
                (
                    "room",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="equipment",
                        to="resources.room",
                        verbose_name="所在考场或工位",
                    ),
                ),
                (
                    "venue",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="equipment",
                        to="resources.venue",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Absence",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("first_day", models.DateField(verbose_name="起始日")),
                ("last_day", models.DateField(verbose_name="截止日")),
                ("reason", models.CharField(blank=True, max_length=100, verbose_name="原因")),
                ("told_at", models.DateTimeField()),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="absences",
                        to="people.person",
                    ),
                ),
                (
                    "told_by",
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
                        condition=models.Q(("last_day__gte", models.F("first_day"))),
                        name="resources_absence_in_order",
                    )
                ],
            },
        ),
        migrations.AddConstraint(
            model_name="room",
            constraint=models.UniqueConstraint(
                fields=("venue", "name"), name="resources_room_once"
            ),
        ),
    ]
