import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "__first__"),
        ("applications", "0002_intake"),
        ("files", "0001_initial"),
        ("planning", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Seat",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveSmallIntegerField(verbose_name="座位号")),
                ("seed", models.CharField(db_collation="C", max_length=32)),
                ("order", models.JSONField(default=dict)),
                (
                    "extra_minutes",
                    models.PositiveSmallIntegerField(
                        default=0, verbose_name="合理便利加时（分钟）"
                    ),
                ),
                (
                    "extra_reason",
                    models.CharField(blank=True, max_length=200, verbose_name="加时理由"),
                ),
                (
                    "restored_minutes",
                    models.PositiveSmallIntegerField(default=0, verbose_name="补时（分钟）"),
                ),
                (
                    "checked_in_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="核验时间"),
                ),
                ("session", models.PositiveSmallIntegerField(default=0)),
                ("may_move", models.BooleanField(default=False)),
                ("wrong_tries", models.PositiveSmallIntegerField(default=0)),
                (
                    "started_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="开始作答"),
                ),
                (
                    "handed_in_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="交卷时间"),
                ),
                (
                    "hand_in_reason",
                    models.CharField(blank=True, max_length=200, verbose_name="收卷原因"),
                ),
                (
                    "application",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="seats",
                        to="applications.application",
                    ),
                ),
                (
                    "checked_in_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "handed_in_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Paper",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.CharField(db_collation="C", max_length=40, verbose_name="卷别")),
                ("title", models.CharField(max_length=200, verbose_name="试卷")),
                ("digest", models.CharField(db_collation="C", max_length=64)),
                ("sealed", models.BinaryField()),
                ("package", models.BinaryField()),
                ("package_key", models.BinaryField()),
                ("units", models.PositiveSmallIntegerField(verbose_name="题数")),
                ("points", models.PositiveIntegerField(verbose_name="满分")),
                ("loaded_at", models.DateTimeField()),
                (
                    "line",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="planning.batchline",
                    ),
                ),
                (
                    "loaded_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Presence",
            fields=[
                (
                    "seat",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="presence",
                        serialize=False,
                        to="exams.seat",
                    ),
                ),
                ("seen_at", models.DateTimeField(null=True)),
                ("answered", models.PositiveSmallIntegerField(default=0)),
                ("unsent", models.PositiveIntegerField(default=0)),
                ("is_hidden", models.BooleanField(default=False)),
                ("times_hidden", models.PositiveSmallIntegerField(default=0)),
            ],
        ),
        migrations.AddField(
            model_name="seat",
            name="paper",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="seats",
                to="exams.paper",
            ),
        ),
        migrations.CreateModel(
            name="Sheet",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("answers", models.JSONField()),
                ("marks", models.JSONField()),
                ("objective", models.PositiveIntegerField(verbose_name="客观题得分")),
                ("possible", models.PositiveIntegerField(verbose_name="客观题满分")),
                ("for_people", models.JSONField()),
                ("late_arrivals", models.PositiveIntegerField(default=0, verbose_name="补传答案")),
                ("digest", models.CharField(db_collation="C", max_length=64)),
                ("made_at", models.DateTimeField()),
                (
                    "seat",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="sheet",
                        to="exams.seat",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Sitting",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("title", models.CharField(max_length=100, verbose_name="场次名称")),
                ("room", models.CharField(max_length=100, verbose_name="考场")),
                ("planned_at", models.DateTimeField(verbose_name="计划开考时间")),
                ("minutes", models.PositiveSmallIntegerField(verbose_name="考试时间（分钟）")),
                (
                    "late_minutes",
                    models.PositiveSmallIntegerField(
                        default=30, verbose_name="开考后多少分钟禁止入场"
                    ),
                ),
                (
                    "earliest_minutes",
                    models.PositiveSmallIntegerField(
                        default=30, verbose_name="开考后多少分钟可以交卷"
                    ),
                ),
                (
                    "browser",
                    models.CharField(
                        choices=[("any", "普通浏览器"), ("seb", "只用Safe Exam Browser")],
                        default="any",
                        max_length=4,
                        verbose_name="考试用浏览器",
                    ),
                ),
                (
                    "partial",
                    models.CharField(
                        choices=[
                            ("none", "多选、少选、错选均不得分"),
                            ("half", "少选得一半，错选不得分"),
                            ("share", "少选按选对的比例得分，错选不得分"),
                        ],
                        default="none",
                        max_length=5,
                        verbose_name="多选题计分",
                    ),
                ),
                ("mix_items", models.BooleanField(default=True, verbose_name="题目乱序")),
                ("mix_options", models.BooleanField(default=True, verbose_name="选项乱序")),
                (
                    "room_code",
                    models.CharField(db_collation="C", max_length=8, verbose_name="考场口令"),
                ),
                ("arranged_at", models.DateTimeField()),
                ("bell_at", models.DateTimeField(blank=True, null=True, verbose_name="开考时间")),
                (
                    "extended_minutes",
                    models.PositiveSmallIntegerField(default=0, verbose_name="全场延长（分钟）"),
                ),
                ("closed_at", models.DateTimeField(blank=True, null=True, verbose_name="收卷时间")),
                (
                    "arranged_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "batch",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="sittings",
                        to="planning.batch",
                    ),
                ),
                (
                    "bell_by",
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
                    "invigilators",
                    models.ManyToManyField(
                        blank=True,
                        related_name="sittings",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="监考员",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("closed_at", None)),
                        fields=("room_code",),
                        name="exams_room_code_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("closed_at", None),
                            models.Q(
                                ("bell_at__isnull", False), ("closed_at__gt", models.F("bell_at"))
                            ),
                            _connector="OR",
                        ),
                        name="exams_closed_after_the_bell",
                    ),
                ],
            },
        ),
        migrations.AddField(
            model_name="seat",
            name="sitting",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="seats",
                to="exams.sitting",
            ),
        ),
        migrations.AddField(
            model_name="paper",
            name="sitting",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="papers",
                to="exams.sitting",
            ),
        ),
        migrations.CreateModel(
            name="Incident",
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
                            ("note", "情况说明"),
                            ("late", "迟到"),
                            ("leave", "暂离考场"),
                            ("back", "返回考场"),
                            ("machine", "机器故障"),
                            ("network", "网络中断"),
                            ("power", "断电"),
                            ("misconduct", "违纪"),
                            ("illness", "身体不适"),
                        ],
                        max_length=10,
                        verbose_name="事项",
                    ),
                ),
                ("text", models.CharField(blank=True, max_length=500, verbose_name="情况")),
                ("at", models.DateTimeField(verbose_name="时间")),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "seat",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="incidents",
                        to="exams.seat",
                    ),
                ),
                (
                    "sitting",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="incidents",
                        to="exams.sitting",
                    ),
                ),
            ],
            options={
                "ordering": ["at", "pk"],
            },
        ),
        migrations.CreateModel(
            name="MachineSession",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveSmallIntegerField()),
                ("address", models.GenericIPAddressField(null=True, verbose_name="机器地址")),
                ("agent", models.CharField(blank=True, max_length=300, verbose_name="浏览器")),
                ("opened_at", models.DateTimeField()),
                ("replaced_at", models.DateTimeField(blank=True, null=True)),
                (
                    "seat",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="sessions",
                        to="exams.seat",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("seat", "number"), name="exams_session_number_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Answer",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("session", models.PositiveSmallIntegerField()),
                ("sequence", models.PositiveIntegerField()),
                ("unit", models.PositiveSmallIntegerField()),
                ("value", models.TextField()),
                ("made_ms", models.BigIntegerField()),
                ("seconds", models.PositiveIntegerField()),
                ("signature", models.BinaryField()),
                ("received_at", models.DateTimeField()),
                ("is_late_arrival", models.BooleanField()),
                (
                    "seat",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="answers",
                        to="exams.seat",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("seat", "session", "sequence"), name="exams_save_once"
                    )
                ],
            },
        ),
        migrations.AddConstraint(
            model_name="seat",
            constraint=models.UniqueConstraint(
                fields=("sitting", "number"), name="exams_seat_number_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="seat",
            constraint=models.UniqueConstraint(
                fields=("sitting", "application"), name="exams_candidate_once_a_sitting"
            ),
        ),
        migrations.AddConstraint(
            model_name="paper",
            constraint=models.UniqueConstraint(
                fields=("sitting", "line", "code"), name="exams_form_once", nulls_distinct=False
            ),
        ),
        migrations.AddField(
            model_name="sitting",
            name="place",
            field=models.CharField(
                choices=[
                    ("here", "本系统"),
                    ("away", "考场节点"),
                    ("node", "本节点"),
                    ("spare", "备用节点"),
                ],
                default="here",
                max_length=5,
                verbose_name="组织地点",
            ),
        ),
        migrations.AddField(
            model_name="sitting",
            name="session_floor",
            field=models.PositiveSmallIntegerField(default=0),
        ),
        migrations.CreateModel(
            name="RoomPackage",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "uid",
                    models.CharField(
                        db_collation="C", max_length=32, unique=True, verbose_name="考场包编号"
                    ),
                ),
                ("made_at", models.DateTimeField()),
                ("withdrawn_at", models.DateTimeField(blank=True, null=True)),
                ("followed_at", models.DateTimeField(blank=True, null=True)),
                (
                    "made_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "sitting",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="packages",
                        to="exams.sitting",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="RoomReturn",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("answers", models.PositiveIntegerField(verbose_name="答案")),
                ("fresh", models.PositiveIntegerField(verbose_name="新增答案")),
                ("is_closed", models.BooleanField(verbose_name="已收卷")),
                ("taken_at", models.DateTimeField()),
                (
                    "blob",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="files.blob",
                    ),
                ),
                (
                    "package",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="returns",
                        to="exams.roompackage",
                    ),
                ),
                (
                    "taken_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["taken_at", "pk"],
                "constraints": [
                    models.UniqueConstraint(fields=("package", "blob"), name="exams_return_once")
                ],
            },
        ),
    ]
