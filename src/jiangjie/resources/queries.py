"""Reads: experts, venues, bookings, and who may see them."""

from collections.abc import Collection, Mapping
from datetime import date, datetime, time, timedelta

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone

from jiangjie.accounts.acting import Acting
from jiangjie.accounts.models import Role, User
from jiangjie.kernel.clauses import Clause, Confidence
from jiangjie.orgs.models import AllianceMember, Organisation
from jiangjie.orgs.queries import officers_filed_orgs
from jiangjie.policy.packs import Pack
from jiangjie.resources import rules
from jiangjie.resources.models import (
    Absence,
    Booking,
    DutyPay,
    Equipment,
    Expert,
    ExpertImport,
    Loan,
    Qualification,
    Room,
    Venue,
)

READERS = (Role.OFFICE, Role.COMMITTEE, Role.SUPERVISOR, Role.ADMIN, Role.OFFICER)
KEEPERS = (Role.OFFICE, Role.OFFICER)  # each of the register of his own organisation
DUE_WITHIN = timedelta(days=30)  # house decision: an inspection is announced so long before


def running_loans(org: Organisation, on: date) -> QuerySet[Loan]:
    """What others lend on a day to an alliance of which this organisation then is a member, and
    to which the owner still belongs."""
    joined = _memberships(on).filter(org=org).values("alliance")
    running = Loan.objects.filter(
        alliance__in=joined, first_day__lte=on, last_day__gte=on, ended_at=None,
        consented_at__isnull=False,
    )  # fmt: skip
    stays = _memberships(on).filter(alliance=OuterRef("alliance"))
    return running.filter(
        Q(expert__isnull=False) & Exists(stays.filter(org=OuterRef("expert__org")))
        | Q(venue__isnull=False) & Exists(stays.filter(org=OuterRef("venue__org")))
    )


def _memberships(on: date) -> QuerySet[AllianceMember]:
    return AllianceMember.objects.filter(Q(until=None) | Q(until__gte=on), since__lte=on)


def experts_visible_to(acting: Acting, today: date) -> QuerySet[Expert]:
    """Own register; what is lent to one's alliance today; for an officer the registers of those
    filed at his bureau."""
    found = Expert.objects.select_related("person__user", "org").order_by("person__name", "pk")
    if acting.org is None or not acting.has(*READERS):
        return found.none()
    seen = Q(org=acting.org) | Q(pk__in=running_loans(acting.org, today).values("expert"))
    if acting.has(Role.OFFICER):
        seen |= Q(org__in=officers_filed_orgs(acting.org))
    return found.filter(seen)


def serving(experts: QuerySet[Expert], on: date) -> QuerySet[Expert]:
    """Those in their term of hiring on a day."""
    return experts.filter(Q(hired_until=None) | Q(hired_until__gte=on), hired_from__lte=on)


def with_qualifications(experts: QuerySet[Expert]) -> QuerySet[Expert]:
    return experts.prefetch_related("qualifications")


def entries_of(user: User) -> QuerySet[Expert]:
    """The registers in which the person behind an account stands."""
    return (
        Expert.objects.filter(person__user=user)
        .select_related("org", "person")
        .order_by("org", "pk")
    )


def absences_of(people: Collection[int], *, since: date) -> dict[int, list[Absence]]:
    """By person, those that end on or after a day. One query."""
    found: dict[int, list[Absence]] = {}
    for each in (
        Absence.objects.filter(person__in=people, last_day__gte=since)
        .select_related("told_by")
        .order_by("first_day", "pk")
    ):
        found.setdefault(each.person_id, []).append(each)
    return found


def loans_of(user: User) -> QuerySet[Loan]:
    """What is or was to be lent of oneself."""
    return (
        Loan.objects.filter(expert__person__user=user)
        .select_related("alliance", "expert__org", "expert__person")
        .order_by("-pk")
    )


def loans_kept_by(acting: Acting) -> QuerySet[Loan]:
    """Those of one's own organisation."""
    found = Loan.objects.select_related("alliance", "expert__org", "expert__person", "venue__org")
    return found.filter(Q(expert__org=acting.org) | Q(venue__org=acting.org))


def alliances_of(org: Organisation, on: date) -> QuerySet[Organisation]:
    return Organisation.objects.filter(pk__in=_memberships(on).filter(org=org).values("alliance"))


def payments_visible_to(acting: Acting) -> QuerySet[DutyPay]:
    """Of one's own register: partners and the bureau do not see what an expert is paid."""
    return DutyPay.objects.filter(expert__org=acting.org).select_related("expert__person", "batch")


def imports_visible_to(acting: Acting) -> QuerySet[ExpertImport]:
    return ExpertImport.objects.filter(org=acting.org).select_related("checked_by", "blob")


# ---- venues ---------------------------------------------------------------------------------


def venues_visible_to(acting: Acting, today: date) -> QuerySet[Venue]:
    """As the experts: own, lent ones, for an officer those of the filed."""
    found = Venue.objects.select_related("org").order_by("name", "pk")
    if acting.org is None or not acting.has(*READERS):
        return found.none()
    seen = Q(org=acting.org) | Q(pk__in=running_loans(acting.org, today).values("venue"))
    if acting.has(Role.OFFICER):
        seen |= Q(org__in=officers_filed_orgs(acting.org))
    return found.filter(seen)


def with_room_counts(venues: QuerySet[Venue], today: date) -> QuerySet[Venue]:
    """Each with `theory`, `practical`, `review` and `due` (pieces of equipment)."""
    running = Q(rooms__retired_on=None)
    return venues.annotate(
        theory=Count("rooms", filter=running & Q(rooms__kind="theory"), distinct=True),
        practical=Count("rooms", filter=running & Q(rooms__kind="practical"), distinct=True),
        review=Count("rooms", filter=running & Q(rooms__kind="review"), distinct=True),
        due=Count(
            "equipment",
            filter=Q(equipment__retired_on=None, equipment__inspect_by__lte=today + DUE_WITHIN),
            distinct=True,
        ),
    )


def rooms_open_to(acting: Acting, today: date) -> QuerySet[Room]:
    """Rooms that one's organisation may book: its own and lent ones."""
    if acting.org is None:
        return Room.objects.none()
    lent = running_loans(acting.org, today).values("venue")
    return (
        Room.objects.filter(
            Q(venue__org=acting.org) | Q(venue__in=lent), retired_on=None, venue__retired_on=None
        )
        .select_related("venue__org")
        .order_by("venue__name", "kind", "name")
    )


def bookings_between(venue: Venue, first: datetime, last: datetime) -> QuerySet[Booking]:
    return (
        Booking.objects.filter(
            room__venue=venue, cancelled_at=None, starts_at__lt=last, ends_at__gt=first
        )
        .select_related("room", "org", "batch")
        .order_by("starts_at", "pk")
    )


def bookings_cancellable_by(acting: Acting) -> QuerySet[Booking]:
    """One's own, and those of others in one's own venues."""
    own = Q(org=acting.org) | Q(room__venue__org=acting.org)
    return Booking.objects.filter(own, cancelled_at=None).select_related("room__venue")


def week_of(venue: Venue, monday: date) -> list[tuple[Room, list[tuple[date, list[Booking]]]]]:
    """Each room with the bookings of the seven days. Two queries."""
    days = [monday + timedelta(days=n) for n in range(7)]
    first, last = day_start(days[0]), day_start(days[-1] + timedelta(days=1))
    taken: dict[tuple[int, date], list[Booking]] = {}
    for each in bookings_between(venue, first, last):
        for day in days:
            if each.starts_at < day_start(day + timedelta(days=1)) and each.ends_at > day_start(
                day
            ):
                taken.setdefault((each.room_id, day), []).append(each)
    rooms = Room.objects.filter(venue=venue, retired_on=None).order_by("kind", "name")
    return [(room, [(day, taken.get((room.pk, day), [])) for day in days]) for room in rooms]


def day_start(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def equipment_visible_to(acting: Acting, today: date) -> QuerySet[Equipment]:
    """Of the venues one may see, what is due first on top."""
    return (
        Equipment.objects.filter(
            venue__in=venues_visible_to(acting, today).order_by(), retired_on=None
        )
        .select_related("venue__org", "room")
        .order_by(F("inspect_by").asc(nulls_last=True), "pk")
    )


def equipment_due(acting: Acting, today: date) -> QuerySet[Equipment]:
    """Own equipment whose inspection is overdue or due within 30 days."""
    return equipment_visible_to(acting, today).filter(
        venue__org=acting.org, inspect_by__lte=today + DUE_WITHIN
    )


# ---- what the pack says -----------------------------------------------------------------------

HIRED = Clause("house", "", "", Confidence.RECONSTRUCTED)


def max_levels(pack: Pack) -> dict[str, int]:
    """How high each card assesses, by the names of rules.GRADE_NAMES."""
    stated = pack.mapping("examiner.max_level")
    return {grade: int(str(stated[grade])) for grade in rules.GRADE_NAMES if grade in stated}


def standing(
    expert: Expert, *, level: int | None, on: date, pack: Pack, absences: Collection[Absence],
    served: Mapping[int, list[bool]] | None = None,
) -> list[rules.Finding]:  # fmt: skip
    """What speaks against an expert on a day, whoever the candidates are. No query of its own.

    `level` None: no card is asked for. `served` as rules.rotation_finding, by expert.
    """
    found = [
        rules.hired_finding(expert.hired_from, expert.hired_until, on),
        rules.absence_finding([(each.first_day, each.last_day) for each in absences], on),
    ]
    if level is not None:
        grades = pack.entry("examiner.max_level").clause
        found += [
            rules.grade_finding(expert.grade, level, max_levels(pack), grades),
            rules.card_finding(expert.card, on, pack.entry("examiner.card_years").clause),
        ]
    rotation = pack.entries.get("examiner.rotation")
    if rotation is not None and served is not None:
        most = int(str(pack.mapping("examiner.rotation")["max_consecutive"]))
        found.append(
            rules.rotation_finding(served.get(expert.pk, []), most=most, clause=rotation.clause)
        )
    return [each for each in found if each is not None]


def experts_of_occupation(experts: QuerySet[Expert], code: str) -> QuerySet[Expert]:
    return experts.filter(
        pk__in=Qualification.objects.filter(occupation_code=code).values("expert")
    )
