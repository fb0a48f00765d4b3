"""What letters, tickets and lists say, printed, and as calendar entries."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from django.utils import timezone, translation
from django.utils.translation import gettext as _

from jiangjie.applications.models import Application
from jiangjie.arrangement.models import DUTY_OF, Letter, Panel, PanelCase, PanelPart, Seat
from jiangjie.documents.tables import Column, SignaturePlace, render_notice, render_table
from jiangjie.documents.tickets import Ticket, render_tickets
from jiangjie.files import services as files
from jiangjie.kernel.levels import Level
from jiangjie.planning.models import Batch

NOTES = (
    "凭准考证和有效身份证件原件入场，开考前15分钟到场。",
    "遵守考场纪律和现场安全规定，按要求穿戴劳动防护用品。",
    "发现考评人员与本人有亲属、师徒等应当回避的关系，请在考前声明。",
)


def where(panel: Panel) -> dict[str, Any]:
    """What is told of a panel: plain JSON, compared to tell who is concerned by a change."""
    booking = panel.booking
    venue = booking.room.venue if booking else None
    return {
        "panel": panel.name, "part": panel.part, "starts_at": panel.starts_at.isoformat(),
        "ends_at": panel.ends_at.isoformat(),
        "room": f"{booking.room.venue.name} {booking.room.name}" if booking else "",
        "address": venue.address if venue else "",
        "directions": venue.directions if venue else "",
    }  # fmt: skip


def when(content: Mapping[str, Any]) -> str:
    """ "2026年4月20日 09:00—11:00", in local time."""
    first = timezone.localtime(datetime.fromisoformat(content["starts_at"]))
    last = timezone.localtime(datetime.fromisoformat(content["ends_at"]))
    day = f"{first.year}年{first.month}月{first.day}日"
    end = (
        f"{last:%H:%M}"
        if first.date() == last.date()
        else f"{last.month}月{last.day}日{last:%H:%M}"
    )
    return f"{day} {first:%H:%M}—{end}"


def dispatch(letter: Letter, *, at: datetime) -> bytes:
    """派遣令 as it was sent, in Chinese whoever prints it."""
    seat, content = letter.seat, letter.content
    batch = seat.panel.batch
    with translation.override("zh-hans"):
        duty = DUTY_OF[PanelPart(content["part"])].label
        post = "组长" if content["is_chair"] else "成员"
        return render_notice(
            title="考评人员派遣令",
            reference=letter.number,
            addressee=f"{seat.expert.person.name}：",
            paragraphs=[
                f"现派遣您参加“{batch.title}”的{duty}工作，任{content['panel']}{post}。",
                f"时间：{when(content)}",
                f"地点：{content['room'] or batch.venue} {content['address']}".strip(),
                *([f"入场：{content['directions']}"] if content["directions"] else []),
                "请携带有效证卡，提前30分钟到场核验场地、设备和材料；独立评分，不作任何提示。",
                "与考生有亲属、师徒、上下级、同班组、培训等关系的，应当立即声明并回避。",
            ],
            signer=batch.org.name,
            dated=timezone.localdate(letter.sent_at),
            printed_at=at,
        )


def sign_in(
    panel: Panel, seats: Sequence[Seat], cases: Sequence[PanelCase], *, at: datetime
) -> bytes:
    """签到表 of a panel: its members first, then its candidates."""
    with translation.override("zh-hans"):
        rows = [
            (str(number), each.expert.person.name, "组长" if each.is_chair else "成员",
             each.expert.card_number or "--", "", "")
            for number, each in enumerate(seats, start=1)
        ]  # fmt: skip
        rows += [
            (str(case.place), case.application.person.name, case.application.unit_name,
             case.application.ticket or "--", "", "")
            for case in cases
        ]  # fmt: skip
        return render_table(
            title=f"{panel.name}签到表",
            subtitle=f"{panel.batch.title}　　{when(where(panel))}　　{where(panel)['room'] or panel.batch.venue}",
            columns=(
                Column("序号", None), Column("姓名", 1), Column("单位／职责", 1.8),
                Column("准考证号／证卡编号", 1.6), Column("签到时间", 1), Column("签名", 1.2),
            ),
            rows=rows,
            signatures=[SignaturePlace("组长"), SignaturePlace("质量督导人员")],
            author=panel.batch.org.name,
            printed_at=at,
        )  # fmt: skip


def room_notice(panel: Panel, cases: Sequence[PanelCase], *, at: datetime) -> bytes:
    """考场门贴: who is examined here and when. Masked numbers; it hangs on a door."""
    with translation.override("zh-hans"):
        content = where(panel)
        return render_table(
            title=f"{content['room'] or panel.batch.venue}",
            subtitle=f"{panel.batch.title}　{panel.get_part_display()}　{panel.name}　{when(content)}",
            columns=(
                Column("序号", None), Column("准考证号", 1.2), Column("姓名", 1),
                Column("证件号码", 1.6), Column("职业（工种）", 1.8), Column("等级", 1.1),
            ),
            rows=[
                (str(case.place), case.application.ticket or "--", case.application.person.name,
                 case.application.person.id_masked, _trade(case.application),
                 Level(case.application.line.level).certificate_text)
                for case in cases
            ],
            author=panel.batch.org.name,
            printed_at=at,
        )  # fmt: skip


def tickets(batch: Batch, cases: Iterable[Application], *, at: datetime) -> bytes:
    """准考证 of candidates with a ticket number, two a page; with `panel_cases` and their panels
    fetched before."""
    with translation.override("zh-hans"):
        return render_tickets(
            title="职业技能等级认定准考证",
            subtitle=f"{batch.title}　{batch.org.name}",
            tickets=[_ticket(case, batch) for case in cases],
            notes=NOTES,
            author=batch.org.name,
            printed_at=at,
        )


def _ticket(case: Application, batch: Batch) -> Ticket:
    sessions = [
        (PanelPart(each.part).label.removesuffix("组").removesuffix("考评").removesuffix("监考"),
         when(each.told), f"{each.told['room'] or batch.venue} {each.told['address']}".strip())
        for each in sorted(case.panel_cases.all(), key=lambda one: one.told.get("starts_at", ""))
        if each.told
    ]  # fmt: skip
    return Ticket(
        number=case.ticket, name=case.person.name, id_masked=case.person.id_masked,
        unit=case.unit_name, trade=_trade(case),
        level=Level(case.line.level).certificate_text,
        photo=files.read(case.photo) if case.photo else None,
        sessions=[(str(part), time, place) for part, time, place in sessions],
    )  # fmt: skip


def _trade(case: Application) -> str:
    work_type = f"（{case.line.work_type}）" if case.line.work_type else ""
    return f"{case.line.frozen['occupation_name']}{work_type}"


# ---- calendars ------------------------------------------------------------------------------


def calendar(entries: Iterable[tuple[str, Mapping[str, Any], str]], *, at: datetime) -> str:
    """An iCalendar of (unique id, what is told of a panel, title)."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Jiangjie//zh-CN", "METHOD:PUBLISH"]
    for uid, content, title in entries:
        place = " ".join(filter(None, (content["room"], content["address"])))
        lines += [
            "BEGIN:VEVENT", f"UID:{uid}@jiangjie", f"DTSTAMP:{_utc(at)}",
            f"DTSTART:{_utc(datetime.fromisoformat(content['starts_at']))}",
            f"DTEND:{_utc(datetime.fromisoformat(content['ends_at']))}",
            f"SUMMARY:{_escaped(title)}", f"LOCATION:{_escaped(place)}",
            f"DESCRIPTION:{_escaped(content['panel'])}", "END:VEVENT",
        ]  # fmt: skip
    lines.append("END:VCALENDAR")
    return "\r\n".join(folded for line in lines for folded in _folded(line)) + "\r\n"


def _utc(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _escaped(text: str) -> str:
    for mark in ("\\", ";", ","):
        text = text.replace(mark, f"\\{mark}")
    return text.replace("\n", "\\n")


def _folded(line: str) -> Iterable[str]:
    """Lines of at most 75 octets, as RFC 5545 asks, never within a character."""
    piece, size, first = "", 0, True
    for letter in line:
        width = len(letter.encode())
        if size + width > (75 if first else 74):
            yield piece if first else f" {piece}"
            piece, size, first = "", 0, False
        piece, size = piece + letter, size + width
    yield piece if first else f" {piece}"


def duty_title(letter: Letter) -> str:
    return _("%(batch)s：%(panel)s") % {
        "batch": letter.seat.panel.batch.title, "panel": letter.content["panel"],
    }  # fmt: skip
