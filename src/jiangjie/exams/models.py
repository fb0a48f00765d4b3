"""Theory sittings (理论考试场次): rooms, seats, machines, the journal of answers, what happened."""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from jiangjie.applications.models import Application
from jiangjie.exams.rules.sitting import Timing
from jiangjie.files.models import Blob
from jiangjie.planning.models import Batch, BatchLine


class BrowserPolicy(models.TextChoices):
    ANY = "any", _("普通浏览器")
    LOCKED = "seb", _("只用Safe Exam Browser")


class PartialPolicy(models.TextChoices):
    """As `rules.marking.Partial`."""

    NONE = "none", _("多选、少选、错选均不得分")
    HALF = "half", _("少选得一半，错选不得分")
    SHARE = "share", _("少选按选对的比例得分，错选不得分")


class Place(models.TextChoices):
    """Where a sitting is run, seen from this installation (docs/decisions/0012-room-node.md)."""

    HERE = "here", _("本系统")
    AWAY = "away", _("考场节点")  # packed for a room node, which runs it
    NODE = "node", _("本节点")  # this is the room node
    SPARE = "spare", _("备用节点")  # this is the node that follows another and may take over


class Sitting(models.Model):
    """One theory examination of a batch in one room. It begins with the bell, ends when closed."""

    batch = models.ForeignKey(Batch, models.PROTECT, related_name="sittings")
    title = models.CharField(_("场次名称"), max_length=100)
    room = models.CharField(_("考场"), max_length=100)
    planned_at = models.DateTimeField(_("计划开考时间"))
    minutes = models.PositiveSmallIntegerField(_("考试时间（分钟）"))
    late_minutes = models.PositiveSmallIntegerField(_("开考后多少分钟禁止入场"), default=30)
    earliest_minutes = models.PositiveSmallIntegerField(_("开考后多少分钟可以交卷"), default=30)
    browser = models.CharField(
        _("考试用浏览器"), max_length=4, choices=BrowserPolicy, default=BrowserPolicy.ANY
    )
    partial = models.CharField(
        _("多选题计分"), max_length=5, choices=PartialPolicy, default=PartialPolicy.NONE
    )
    mix_items = models.BooleanField(_("题目乱序"), default=True)
    mix_options = models.BooleanField(_("选项乱序"), default=True)
    place = models.CharField(_("组织地点"), max_length=5, choices=Place, default=Place.HERE)
    # Machine sessions opened here have higher numbers; rises with a take-over, so that two nodes
    # never give the same one.
    session_floor = models.PositiveSmallIntegerField(default=0)
    # Shown in the room only: whoever signs in is in the room.
    room_code = models.CharField(_("考场口令"), max_length=8, db_collation="C")
    invigilators = models.ManyToManyField(
        settings.AUTH_USER_MODEL, verbose_name=_("监考员"), related_name="sittings", blank=True
    )
    arranged_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    arranged_at = models.DateTimeField()
    bell_at = models.DateTimeField(_("开考时间"), null=True, blank=True)
    bell_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    extended_minutes = models.PositiveSmallIntegerField(_("全场延长（分钟）"), default=0)
    closed_at = models.DateTimeField(_("收卷时间"), null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["room_code"], condition=Q(closed_at=None), name="exams_room_code_once"
            ),
            models.CheckConstraint(
                condition=Q(closed_at=None) | Q(bell_at__isnull=False, closed_at__gt=F("bell_at")),
                name="exams_closed_after_the_bell",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} {self.room}"

    @property
    def is_run_here(self) -> bool:
        """Open, and neither with a room node nor followed only."""
        return self.closed_at is None and self.place in (Place.HERE, Place.NODE)


class Paper(models.Model):
    """One form (A卷, B卷) in a sitting, encrypted at rest: the whole, and what candidates get."""

    sitting = models.ForeignKey(Sitting, models.PROTECT, related_name="papers")
    # None: for everybody in the room.
    line = models.ForeignKey(
        BatchLine, models.PROTECT, null=True, blank=True, related_name="+"
    )  # fmt: skip
    code = models.CharField(_("卷别"), max_length=40, db_collation="C")
    title = models.CharField(_("试卷"), max_length=200)
    digest = models.CharField(max_length=64, db_collation="C")  # of the whole paper with its keys
    sealed = models.BinaryField()  # AES-GCM under the installation's key, nonce first
    # Without keys, AES-GCM under `package_key`, nonce first: fetched before the bell.
    package = models.BinaryField()
    package_key = models.BinaryField()  # sealed like the paper; candidates get it at the bell
    units = models.PositiveSmallIntegerField(_("题数"))
    points = models.PositiveIntegerField(_("满分"))  # hundredths
    loaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    loaded_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["sitting", "line", "code"], name="exams_form_once", nulls_distinct=False
            ),
        ]

    def __str__(self) -> str:
        return self.code


class Seat(models.Model):
    """A candidate's place in a sitting, and how far he has come."""

    sitting = models.ForeignKey(Sitting, models.PROTECT, related_name="seats")
    number = models.PositiveSmallIntegerField(_("座位号"))
    application = models.ForeignKey(Application, models.PROTECT, related_name="seats")
    paper = models.ForeignKey(
        Paper, models.PROTECT, null=True, blank=True, related_name="seats"
    )  # fmt: skip
    seed = models.CharField(max_length=32, db_collation="C")  # of rules.shuffle; hexadecimal
    # What `seed` gives for `paper` (rules.package.order), ready for the moment of the bell.
    order = models.JSONField(default=dict)
    extra_minutes = models.PositiveSmallIntegerField(_("合理便利加时（分钟）"), default=0)
    extra_reason = models.CharField(_("加时理由"), max_length=200, blank=True)
    restored_minutes = models.PositiveSmallIntegerField(_("补时（分钟）"), default=0)
    checked_in_at = models.DateTimeField(_("核验时间"), null=True, blank=True)
    checked_in_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    # The machine session in force; 0 before the first sign-in.
    session = models.PositiveSmallIntegerField(default=0)
    may_move = models.BooleanField(default=False)  # the next sign-in may be on another machine
    wrong_tries = models.PositiveSmallIntegerField(default=0)  # of signing in, since it last worked
    started_at = models.DateTimeField(_("开始作答"), null=True, blank=True)
    handed_in_at = models.DateTimeField(_("交卷时间"), null=True, blank=True)
    # None: the candidate himself.
    handed_in_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    hand_in_reason = models.CharField(_("收卷原因"), max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["sitting", "number"], name="exams_seat_number_once"),
            models.UniqueConstraint(
                fields=["sitting", "application"], name="exams_candidate_once_a_sitting"
            ),
        ]

    def __str__(self) -> str:
        return str(self.number)

    def timing(self, sitting: Sitting) -> Timing | None:
        """None before the bell."""
        if sitting.bell_at is None:
            return None
        return Timing(
            bell_at=sitting.bell_at,
            minutes=sitting.minutes,
            extended=sitting.extended_minutes,
            extra=self.extra_minutes,
            restored=self.restored_minutes,
        )

    def ends_at(self, sitting: Sitting) -> datetime | None:
        timing = self.timing(sitting)
        return timing.ends_at if timing else None


class MachineSession(models.Model):
    """A seat at one machine; the next session ends it."""

    seat = models.ForeignKey(Seat, models.PROTECT, related_name="sessions")
    number = models.PositiveSmallIntegerField()
    address = models.GenericIPAddressField(_("机器地址"), null=True)
    agent = models.CharField(_("浏览器"), max_length=300, blank=True)
    opened_at = models.DateTimeField()
    replaced_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["seat", "number"], name="exams_session_number_once"),
        ]

    def __str__(self) -> str:
        return f"{self.seat_id}/{self.number}"


class Presence(models.Model):
    """The last sign of life of a seat's machine. Overwritten again and again; no record."""

    seat = models.OneToOneField(Seat, models.CASCADE, primary_key=True, related_name="presence")
    seen_at = models.DateTimeField(null=True)
    answered = models.PositiveSmallIntegerField(default=0)
    unsent = models.PositiveIntegerField(default=0)  # saves that the machine still holds
    is_hidden = models.BooleanField(default=False)  # another window lies over the paper
    times_hidden = models.PositiveSmallIntegerField(default=0)

    def __str__(self) -> str:
        return str(self.seat_id)


class Answer(models.Model):
    """One save in the journal of answers (rules.saving). Never changed, never deleted."""

    seat = models.ForeignKey(Seat, models.PROTECT, related_name="answers", db_index=False)
    session = models.PositiveSmallIntegerField()
    sequence = models.PositiveIntegerField()
    unit = models.PositiveSmallIntegerField()
    value = models.TextField()  # as the candidate saw it
    made_ms = models.BigIntegerField()
    seconds = models.PositiveIntegerField()
    signature = models.BinaryField()
    received_at = models.DateTimeField()
    is_late_arrival = models.BooleanField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["seat", "session", "sequence"], name="exams_save_once"
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.seat_id}/{self.session}/{self.sequence}"


class Sheet(models.Model):
    """The answer sheet (答题卡) as it stood when the room was closed, and the machine's marks."""

    seat = models.OneToOneField(Seat, models.PROTECT, related_name="sheet")
    # By unit: {"3": {"answer": "AC", "shown": "BD", "seconds": 41, "saves": 2, "made_ms": …}};
    # "answer" in the bank's letters.
    answers = models.JSONField()
    marks = models.JSONField()  # by unit, hundredths; only what the machine marks
    objective = models.PositiveIntegerField(_("客观题得分"))  # hundredths
    possible = models.PositiveIntegerField(_("客观题满分"))  # hundredths
    for_people = models.JSONField()  # units that people mark
    late_arrivals = models.PositiveIntegerField(_("补传答案"), default=0)
    digest = models.CharField(max_length=64, db_collation="C")  # of answers and marks
    made_at = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.seat_id)


class IncidentKind(models.TextChoices):
    NOTE = "note", _("情况说明")
    LATE = "late", _("迟到")
    LEAVE = "leave", _("暂离考场")
    BACK = "back", _("返回考场")
    MACHINE = "machine", _("机器故障")
    NETWORK = "network", _("网络中断")
    POWER = "power", _("断电")
    MISCONDUCT = "misconduct", _("违纪")
    ILLNESS = "illness", _("身体不适")


class Incident(models.Model):
    """A line of the room's record (考场情况记录); never changed."""

    sitting = models.ForeignKey(Sitting, models.PROTECT, related_name="incidents")
    seat = models.ForeignKey(  # None: the whole room
        Seat, models.PROTECT, null=True, blank=True, related_name="incidents"
    )
    kind = models.CharField(_("事项"), max_length=10, choices=IncidentKind)
    text = models.CharField(_("情况"), max_length=500, blank=True)
    at = models.DateTimeField(_("时间"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.text}"


class RoomPackage(models.Model):
    """A sitting packed for a room node. On the node: the package it was loaded from."""

    sitting = models.ForeignKey(Sitting, models.PROTECT, related_name="packages")
    uid = models.CharField(_("考场包编号"), max_length=32, unique=True, db_collation="C")
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    followed_at = models.DateTimeField(null=True, blank=True)  # a spare: the last it has heard

    def __str__(self) -> str:
        return self.uid


class RoomReturn(models.Model):
    """A results file of a node that the centre has taken in."""

    package = models.ForeignKey(RoomPackage, models.PROTECT, related_name="returns")
    blob = models.ForeignKey(Blob, models.PROTECT, related_name="+")
    answers = models.PositiveIntegerField(_("答案"))  # in the file
    fresh = models.PositiveIntegerField(_("新增答案"))  # of them not known before
    is_closed = models.BooleanField(_("已收卷"))  # the node had closed the room
    taken_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    taken_at = models.DateTimeField()

    class Meta:
        ordering = ["taken_at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["package", "blob"], name="exams_return_once"),
        ]

    def __str__(self) -> str:
        return self.blob_id
