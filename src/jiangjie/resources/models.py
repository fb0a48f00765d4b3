"""Experts (考评人员、专家、督导、监考), venues with rooms and equipment, what is lent to whom.

An expert is a verified person in the register of one organisation; the same person may stand in
the registers of several. When he cannot come is a matter of the person, so all of them see it.
"""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from jiangjie.files.models import Blob
from jiangjie.orgs.models import Organisation
from jiangjie.people.models import Person
from jiangjie.planning.models import Batch
from jiangjie.resources import rules


class Grade(models.TextChoices):
    ASSESSOR = rules.ASSESSOR, _("考评员")
    SENIOR = rules.SENIOR, _("高级考评员")


class Duty(models.TextChoices):
    ASSESS = "assess", _("考评")
    REVIEW = "review", _("综合评审")
    INVIGILATE = "invigilate", _("监考")
    INSIDE = "inside", _("内部质量督导")
    OUTSIDE = "outside", _("外部质量督导")


class Expert(models.Model):
    org = models.ForeignKey(Organisation, models.PROTECT, related_name="experts")
    person = models.ForeignKey(Person, models.PROTECT, related_name="expert_entries")
    duties = ArrayField(models.CharField(max_length=10, choices=Duty), verbose_name=_("承担工作"))
    employer = models.CharField(_("工作单位"), max_length=200, blank=True)
    grade = models.CharField(_("考评等级"), max_length=16, choices=Grade, blank=True)
    card_number = models.CharField(_("证卡编号"), max_length=40, blank=True, db_collation="C")
    card_from = models.DateField(_("证卡有效期起"), null=True, blank=True)
    card_until = models.DateField(_("证卡有效期止"), null=True, blank=True)  # the last day
    hired_from = models.DateField(_("聘期起"))
    hired_until = models.DateField(_("聘期止"), null=True, blank=True)  # the last day
    most_panels = models.PositiveSmallIntegerField(_("每批次最多承担的考评组"), default=4)
    note = models.CharField(_("说明"), max_length=300, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["org", "person"], name="resources_expert_once"),
            models.CheckConstraint(
                condition=Q(hired_until=None) | Q(hired_until__gte=F("hired_from")),
                name="resources_hired_in_order",
            ),
            models.CheckConstraint(
                condition=Q(card_from=None, card_until=None) | Q(card_until__gte=F("card_from")),
                name="resources_card_in_order",
            ),
        ]

    def __str__(self) -> str:
        return str(self.person)

    @property
    def card(self) -> rules.Card:
        return rules.Card(self.grade, self.card_number, self.card_from, self.card_until)

    @property
    def duty_names(self) -> list[str]:
        return [str(Duty(each).label) for each in self.duties]


class Qualification(models.Model):
    """An occupation, or one work type of it, that an expert may assess."""

    expert = models.ForeignKey(Expert, models.CASCADE, related_name="qualifications")
    occupation_code = models.CharField(_("职业编码"), max_length=12, db_collation="C")
    occupation_name = models.CharField(_("职业"), max_length=100)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["expert", "occupation_code"], name="resources_qualification_once"
            )
        ]

    def __str__(self) -> str:
        return self.occupation_name


class ExpertTraining(models.Model):
    expert = models.ForeignKey(Expert, models.CASCADE, related_name="trainings")
    programme = models.CharField(_("培训项目"), max_length=200)
    hours = models.PositiveSmallIntegerField(_("学时"))
    finished_on = models.DateField(_("结业日期"))
    passed = models.BooleanField(_("考核合格"), default=True)

    def __str__(self) -> str:
        return self.programme


class Absence(models.Model):
    """Days on which a person cannot come; told by himself or by an office for him."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="absences")
    first_day = models.DateField(_("起始日"))
    last_day = models.DateField(_("截止日"))
    reason = models.CharField(_("原因"), max_length=100, blank=True)
    told_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    told_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(last_day__gte=F("first_day")), name="resources_absence_in_order"
            )
        ]

    def __str__(self) -> str:
        return f"{self.first_day}—{self.last_day}"


class DutyPay(models.Model):
    """考评劳务: what an expert is paid for a day's duty. A slip is taken back, never changed."""

    expert = models.ForeignKey(Expert, models.PROTECT, related_name="payments")
    batch = models.ForeignKey(
        Batch, models.PROTECT, null=True, blank=True, related_name="duty_payments"
    )
    duty = models.CharField(_("承担工作"), max_length=10, choices=Duty)
    day = models.DateField(_("日期"))
    amount_fen = models.PositiveIntegerField(_("金额"))
    voucher = models.CharField(_("凭证号"), max_length=60)
    paid_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    paid_at = models.DateTimeField()
    taken_back_at = models.DateTimeField(null=True, blank=True)
    taken_back_reason = models.CharField(_("撤销原因"), max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["expert", "duty", "day"], condition=Q(taken_back_at=None),
                name="resources_paid_once_a_day",
            ),
            models.CheckConstraint(condition=Q(amount_fen__gt=0), name="resources_paid_something"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.voucher


class ExpertImport(models.Model):
    """A workbook of experts that was checked, and perhaps taken in; sealed, for it has numbers."""

    org = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    blob = models.ForeignKey(Blob, models.PROTECT, related_name="+")
    file_name = models.CharField(max_length=200)
    good = models.PositiveIntegerField()
    faults = models.JSONField()  # row, column, code, text, values
    checked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    checked_at = models.DateTimeField()
    applied_at = models.DateTimeField(null=True, blank=True)
    added = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return self.file_name


class Venue(models.Model):
    org = models.ForeignKey(Organisation, models.PROTECT, related_name="venues")
    name = models.CharField(_("名称"), max_length=100)
    address = models.CharField(_("地址"), max_length=300)
    contact = models.CharField(_("联系人和电话"), max_length=100, blank=True)
    is_accessible = models.BooleanField(_("无障碍通行"), default=False)
    directions = models.CharField(_("到达和入场说明"), max_length=300, blank=True)
    retired_on = models.DateField(_("停用日期"), null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["org", "name"], name="resources_venue_once")]

    def __str__(self) -> str:
        return self.name


class RoomKind(models.TextChoices):
    THEORY = "theory", _("理论考场")
    PRACTICAL = "practical", _("实操工位")
    REVIEW = "review", _("评审答辩室")


class Room(models.Model):
    """A theory room with seats, a practical station with what it passes an hour, or a review room."""

    venue = models.ForeignKey(Venue, models.PROTECT, related_name="rooms")
    kind = models.CharField(_("类别"), max_length=10, choices=RoomKind)
    name = models.CharField(_("名称"), max_length=60)
    seats = models.PositiveSmallIntegerField(_("座位数"), default=0)  # of a theory room
    per_hour = models.PositiveSmallIntegerField(_("每小时可考人数"), default=0)  # of a station
    occupation_code = models.CharField(_("职业编码"), max_length=12, blank=True, db_collation="C")
    work_type = models.CharField(_("职业或工种"), max_length=100, blank=True)
    is_accessible = models.BooleanField(_("无障碍"), default=False)
    retired_on = models.DateField(_("停用日期"), null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["venue", "name"], name="resources_room_once"),
            models.CheckConstraint(
                condition=~Q(kind="theory") | Q(seats__gt=0), name="resources_theory_room_has_seats"
            ),
            models.CheckConstraint(
                condition=~Q(kind="practical") | Q(per_hour__gt=0) & ~Q(work_type=""),
                name="resources_station_has_a_rate",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.venue} {self.name}"


class BookingKind(models.TextChoices):
    USE = "use", _("使用")
    CLOSED = "closed", _("停用")


class Booking(models.Model):
    """A span in which a room is taken, or closed. No two of a room share a moment: the database
    itself refuses it (migration 0002)."""

    room = models.ForeignKey(Room, models.PROTECT, related_name="bookings")
    kind = models.CharField(max_length=6, choices=BookingKind, default=BookingKind.USE)
    starts_at = models.DateTimeField(_("开始"))
    ends_at = models.DateTimeField(_("结束"))
    org = models.ForeignKey(Organisation, models.PROTECT, related_name="+")  # who booked it
    batch = models.ForeignKey(Batch, models.PROTECT, null=True, blank=True, related_name="bookings")
    purpose = models.CharField(_("用途"), max_length=200)
    booked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    booked_at = models.DateTimeField()
    cancelled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")), name="resources_booking_in_order"
            )
        ]
        indexes = [models.Index(fields=["room", "starts_at"])]

    def __str__(self) -> str:
        return self.purpose


class Equipment(models.Model):
    venue = models.ForeignKey(Venue, models.PROTECT, related_name="equipment")
    room = models.ForeignKey(
        Room, models.PROTECT, null=True, blank=True, related_name="equipment",
        verbose_name=_("所在考场或工位"),
    )  # fmt: skip
    name = models.CharField(_("设备名称"), max_length=100)
    serial = models.CharField(_("型号和编号"), max_length=100, blank=True)
    quantity = models.PositiveSmallIntegerField(_("数量"), default=1)
    inspected_on = models.DateField(_("最近检验"), null=True, blank=True)
    inspect_by = models.DateField(_("下次检验"), null=True, blank=True)  # None: none is due
    retired_on = models.DateField(_("停用日期"), null=True, blank=True)

    def __str__(self) -> str:
        return self.name


class Loan(models.Model):
    """One expert or one venue lent to an alliance (联评共享), for a term and with consent.

    An expert consents himself; partners see nothing before. `note` are the terms in words.
    """

    alliance = models.ForeignKey(Organisation, models.PROTECT, related_name="loans")
    expert = models.ForeignKey(Expert, models.PROTECT, null=True, blank=True, related_name="loans")
    venue = models.ForeignKey(Venue, models.PROTECT, null=True, blank=True, related_name="loans")
    first_day = models.DateField(_("自"))
    last_day = models.DateField(_("至"))
    note = models.CharField(_("条件"), max_length=300, blank=True)
    offered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    offered_at = models.DateTimeField()
    consented_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(expert=None) ^ Q(venue=None), name="resources_one_thing_is_lent"
            ),
            models.CheckConstraint(
                condition=Q(last_day__gte=F("first_day")), name="resources_loan_in_order"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.expert or self.venue} → {self.alliance}"
