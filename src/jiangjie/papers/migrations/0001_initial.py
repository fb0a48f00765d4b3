import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "__first__"),
        ("applications", "0002_intake"),
        ("itembank", "0001_initial"),
        ("orgs", "0002_attachments_and_alliances"),
        ("planning", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Paper",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("form", models.CharField(max_length=4, verbose_name="卷别")),
                ("is_spare", models.BooleanField(default=False, verbose_name="备用卷")),
                (
                    "code",
                    models.CharField(
                        db_collation="C", max_length=60, unique=True, verbose_name="试卷编号"
                    ),
                ),
                ("content", models.BinaryField()),
                ("digest", models.CharField(db_collation="C", max_length=64)),
                ("questions", models.PositiveSmallIntegerField(verbose_name="题数")),
                ("points", models.PositiveIntegerField(verbose_name="总分")),
            ],
        ),
        migrations.CreateModel(
            name="Blueprint",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("title", models.CharField(max_length=200, verbose_name="名称")),
                ("minutes", models.PositiveSmallIntegerField(verbose_name="考试时间（分钟）")),
                ("shape", models.JSONField(verbose_name="题型")),
                ("forms", models.PositiveSmallIntegerField(default=2, verbose_name="正卷套数")),
                ("spares", models.PositiveSmallIntegerField(default=1, verbose_name="备用卷套数")),
                (
                    "overlap",
                    models.PositiveSmallIntegerField(
                        default=0, verbose_name="任意两套至多相同的题数"
                    ),
                ),
                (
                    "by_weight",
                    models.BooleanField(default=True, verbose_name="按细目表的鉴定比重分配题数"),
                ),
                (
                    "aim",
                    models.CharField(
                        choices=[("difficulty", "各套难度相当"), ("information", "各套测量最准")],
                        default="difficulty",
                        max_length=12,
                        verbose_name="目标",
                    ),
                ),
                (
                    "difficulty",
                    models.PositiveSmallIntegerField(
                        default=65, verbose_name="平均难度（预计得分率%）"
                    ),
                ),
                (
                    "spread",
                    models.PositiveSmallIntegerField(
                        default=12, verbose_name="难度的离散（标准差%）"
                    ),
                ),
                (
                    "max_uses",
                    models.PositiveSmallIntegerField(
                        blank=True, null=True, verbose_name="只用至多使用过几次的题"
                    ),
                ),
                (
                    "rest_days",
                    models.PositiveSmallIntegerField(
                        default=0, verbose_name="多少天内用过的题不用"
                    ),
                ),
                ("rules", models.JSONField(blank=True, default=dict, verbose_name="其他要求")),
                ("made_at", models.DateTimeField()),
                ("changed_at", models.DateTimeField()),
                (
                    "batch",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="blueprints",
                        to="planning.batch",
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
                        related_name="blueprints",
                        to="orgs.organisation",
                    ),
                ),
                (
                    "table",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="blueprints",
                        to="itembank.elementtable",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("forms__range", (1, 20)),
                            ("spares__lte", 5),
                            ("minutes__gt", 0),
                            ("difficulty__range", (1, 99)),
                        ),
                        name="papers_blueprint_possible",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="AssemblyRun",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("problem", models.BinaryField(null=True)),
                ("digest", models.CharField(db_collation="C", max_length=64)),
                ("items", models.PositiveIntegerField()),
                ("asked_at", models.DateTimeField()),
                ("started_at", models.DateTimeField(blank=True, null=True)),
                ("phase", models.CharField(blank=True, max_length=10)),
                ("found", models.BinaryField(null=True)),
                ("objective", models.FloatField(blank=True, null=True)),
                ("bound", models.FloatField(blank=True, null=True)),
                ("conflict", models.JSONField(blank=True, default=list)),
                ("comparison", models.JSONField(blank=True, default=dict)),
                ("cancelled_at", models.DateTimeField(blank=True, null=True)),
                ("finished_at", models.DateTimeField(blank=True, null=True)),
                ("error", models.CharField(blank=True, max_length=500)),
                (
                    "asked_by",
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
                        related_name="assembly_runs",
                        to="planning.batch",
                    ),
                ),
                (
                    "blueprint",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="runs",
                        to="papers.blueprint",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="KeyHolder",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("place", models.PositiveSmallIntegerField()),
                ("role", models.CharField(max_length=12)),
                ("public", models.BinaryField(null=True)),
                ("drawn_at", models.DateTimeField(blank=True, null=True)),
                (
                    "user",
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
                        condition=models.Q(("place__range", (1, 2))), name="papers_two_holders"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Opening",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("place", models.CharField(max_length=200, verbose_name="启封地点")),
                ("envelope", models.CharField(max_length=200, verbose_name="封口检查")),
                (
                    "reason",
                    models.CharField(blank=True, max_length=300, verbose_name="启用备用卷的原因"),
                ),
                ("prepared_at", models.DateTimeField()),
                ("opened_at", models.DateTimeField(blank=True, null=True)),
                (
                    "first_witness",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="applications.application",
                    ),
                ),
                (
                    "prepared_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "second_witness",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="applications.application",
                    ),
                ),
                (
                    "paper",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="opening",
                        to="papers.paper",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("first_witness", models.F("second_witness")), _negated=True
                        ),
                        name="papers_two_witnesses",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="KeyShare",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("sealed", models.BinaryField()),
                ("turned", models.BinaryField(null=True)),
                ("turned_at", models.DateTimeField(blank=True, null=True)),
                (
                    "holder",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="shares",
                        to="papers.keyholder",
                    ),
                ),
                (
                    "paper",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="shares",
                        to="papers.paper",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("paper", "holder"), name="papers_share_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="Handover",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("copies", models.PositiveIntegerField(verbose_name="份数")),
                ("envelope", models.CharField(max_length=60, verbose_name="封袋编号")),
                ("place", models.CharField(max_length=200, verbose_name="交接地点")),
                ("note", models.CharField(blank=True, max_length=300, verbose_name="备注")),
                ("given_at", models.DateTimeField()),
                ("taken_at", models.DateTimeField(blank=True, null=True)),
                (
                    "giver",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "taker",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "paper",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="handovers",
                        to="papers.paper",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("giver", models.F("taker")), _negated=True),
                        name="papers_two_hands",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("copies__gt", 0)), name="papers_some_copies"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="PaperSet",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("title", models.CharField(max_length=200, verbose_name="名称")),
                ("minutes", models.PositiveSmallIntegerField(verbose_name="考试时间（分钟）")),
                ("made_at", models.DateTimeField()),
                ("opens_at", models.DateTimeField(blank=True, null=True, verbose_name="启封时间")),
                ("sealed_at", models.DateTimeField(blank=True, null=True)),
                ("withdrawn_at", models.DateTimeField(blank=True, null=True)),
                (
                    "withdrawn_reason",
                    models.CharField(blank=True, max_length=300, verbose_name="作废原因"),
                ),
                (
                    "batch",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="paper_sets",
                        to="planning.batch",
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
                    "run",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="paper_set",
                        to="papers.assemblyrun",
                    ),
                ),
                (
                    "sealed_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "withdrawn_by",
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
                        condition=models.Q(
                            ("sealed_at", None),
                            models.Q(("opens_at__isnull", False), ("sealed_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="papers_sealed_with_a_time",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("withdrawn_at", None),
                            models.Q(("withdrawn_reason", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="papers_withdrawn_with_a_reason",
                    ),
                ],
            },
        ),
        migrations.AddField(
            model_name="paper",
            name="set",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="papers",
                to="papers.paperset",
            ),
        ),
        migrations.AddField(
            model_name="keyholder",
            name="set",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="holders",
                to="papers.paperset",
            ),
        ),
        migrations.CreateModel(
            name="Proof",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("asked_at", models.DateTimeField()),
                (
                    "choice",
                    models.CharField(
                        blank=True,
                        choices=[("pass", "校对无误"), ("return", "有问题，退回")],
                        max_length=6,
                    ),
                ),
                ("opinion", models.TextField(blank=True, verbose_name="校对意见")),
                ("faulty", models.JSONField(blank=True, default=list)),
                ("decided_at", models.DateTimeField(blank=True, null=True)),
                (
                    "expert",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "set",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="proofs",
                        to="papers.paperset",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("set", "expert"), name="papers_proof_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("choice", ""), ("decided_at", None)),
                            models.Q(
                                models.Q(("choice", ""), _negated=True),
                                models.Q(("decided_at", None), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="papers_proof_decided_with_a_choice",
                    ),
                ],
            },
        ),
        migrations.AddConstraint(
            model_name="paper",
            constraint=models.UniqueConstraint(fields=("set", "form"), name="papers_form_once"),
        ),
        migrations.AddConstraint(
            model_name="keyholder",
            constraint=models.UniqueConstraint(
                fields=("set", "place"), name="papers_holder_place_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="keyholder",
            constraint=models.UniqueConstraint(
                fields=("set", "user"), name="papers_two_different_holders"
            ),
        ),
    ]
