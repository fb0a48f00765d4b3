"""Days and hours of the story."""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from jiangjie.kernel.workdays import CalendarGap, WorkCalendar

SHANGHAI = ZoneInfo("Asia/Shanghai")
ROOM = 15  # working days that terms beginning "today" may need


def at(day: date, hour: int = 9, minute: int = 0) -> datetime:
    return datetime.combine(day, time(hour, minute), SHANGHAI)


def present(today: date, calendar: WorkCalendar) -> date:
    """The day that the story takes for today.

    Terms run in working days, and a year whose holiday notice is not known is never guessed: at
    the end of the known years the story stops at the last day from which its terms can be told.
    """
    day = min(today, date(max(calendar.years), 12, 31))
    while True:
        try:
            calendar.add_workdays(day, ROOM)
        except CalendarGap:
            day = date.fromordinal(day.toordinal() - 1)
        else:
            return day
