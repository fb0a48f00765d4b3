"""Checks of a roster (报名名册) row by row: what the import would refuse, cell by cell (R-19).

One mistake gives one fault: a check that needs a value which is itself at fault is not made.
Pure: cells in, typed rows and faults out. Whether a person is eligible is not asked here.
"""

import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from operator import itemgetter
from typing import Any, NamedTuple, Protocol

from jiangjie.applications.rules.roster_cells import (
    MASKS,
    lost_digits,
    read_day,
    read_held_level,
    read_name,
    read_phone,
    read_target_level,
    read_text,
    shown,
)
from jiangjie.kernel.certificate_numbers import (
    CertificateNumber,
    Scheme,
    check_number_against,
    parse_certificate_number,
)
from jiangjie.kernel.errors import BadInput, MalformedValue, RuleViolation, gettext_noop
from jiangjie.kernel.identity import BadIdNumber, IdNumber, mask_id, parse_id_number
from jiangjie.kernel.levels import Level

SHEET = "报名名册"
COLUMNS = (
    "序号",
    "姓名",
    "证件类型",
    "证件号码",
    "性别",
    "出生日期",
    "民族",
    "文化程度",
    "手机号码",
    "单位",
    "部门",
    "班组",
    "入职日期",
    "从事本职业起始日期",
    "申报职业",
    "职业编码",
    "工种",
    "申报等级",
    "申报条件",
    "原证书编号",
    "原证书职业",
    "原证书等级",
    "原证书发证日期",
    "毕业院校类型",
    "所学专业",
    "毕业日期",
    "职称等级",
    "职称取得日期",
    "考生来源",
    "备注",
)
REQUIRED_COLUMNS = (
    "姓名",
    "证件类型",
    "证件号码",
    "性别",
    "民族",
    "文化程度",
    "手机号码",
    "单位",
    "申报职业",
    "职业编码",
    "申报等级",
)
NO_WORK_TYPE = "--"  # 人社鉴发〔2021〕1号: never left empty
SAMPLE_MARK = "示例行"  # 备注 of the template's own row, which is no person

# Ways to a level without the level below it (domain: 破格, 越级, 直接认定, 竞赛, 金蓝领).
_EXCEPTIONAL = re.compile("破格|越级|直接认定|竞赛|大赛|金蓝领|贯通|退役|免试")
_LONG_NUMBER = re.compile("[0-9０-９]{11,}[0-9０-９Xx]?")
_SCHOOLING_REACHES = Level.SENIOR  # schooling alone leads no higher than 高级工

# House limits of plausibility, in years of age; no regulation is meant but for the first.
MIN_WORKING_AGE = 16  # 劳动法第十五条
MIN_OCCUPATION_AGE = 14
MIN_CERTIFICATE_AGE = 12
MIN_GRADUATION_AGE = 10

RESIDENT_ID = "居民身份证"
_NUMBERED_LIKE_RESIDENTS = frozenset({RESIDENT_ID, "港澳台居民居住证"})
_ID_TYPES = {
    "身份证": RESIDENT_ID,
    "二代身份证": RESIDENT_ID,
    "居民户口簿": "户口簿",
    "因私护照": "护照",
    "外国护照": "护照",
    "中国护照": "护照",
    "港澳居民居住证": "港澳台居民居住证",
    "台湾居民居住证": "港澳台居民居住证",
    "港澳通行证": "港澳居民来往内地通行证",
    "回乡证": "港澳居民来往内地通行证",
    "台湾通行证": "台湾居民来往大陆通行证",
    "台胞证": "台湾居民来往大陆通行证",
    "其他证件": "其他",
    **{
        name: name
        for name in (
            RESIDENT_ID,
            "户口簿",
            "护照",
            "军官证",
            "士兵证",
            "警官证",
            "港澳台居民居住证",
            "港澳居民来往内地通行证",
            "台湾居民来往大陆通行证",
            "外国人永久居留身份证",
            "其他",
        )
    },
}
_SEXES = {"男": False, "男性": False, "女": True, "女性": True}

_OTHER_NAMES = {
    "姓名": ("名字", "考生姓名", "职工姓名"),
    "证件类型": ("证件种类", "证件类别"),
    "证件号码": ("身份证号", "身份证号码", "公民身份号码", "证件号", "身份证"),
    "文化程度": ("学历", "受教育程度"),
    "手机号码": ("手机", "手机号", "联系电话", "联系方式", "电话", "移动电话"),
    "单位": ("工作单位", "所在单位", "单位名称", "公司", "企业名称"),
    "申报职业": ("职业", "职业名称", "申报职业名称"),
    "职业编码": ("职业代码", "编码", "职业编号"),
    "申报等级": ("等级", "级别", "申报级别", "职业技能等级"),
}


# Columns whose values hardly repeat stand last: what the others' cells mean is remembered.
_UNIQUE_FIELDS = ("姓名", "证件号码", "手机号码", "原证书编号")
_FIELDS = (
    *(column for column in COLUMNS[1:] if column not in _UNIQUE_FIELDS),
    *_UNIQUE_FIELDS,
)
_PLACES = {column: place for place, column in enumerate(_FIELDS)}
_ORDER = {column: place for place, column in enumerate(COLUMNS)}
_COLUMN_OF_CONTRADICTION = {
    "certificate_year_contradicts_date": "原证书发证日期",
    "certificate_level_contradicts": "原证书等级",
}

_REQUIRED = gettext_noop("必填项不能为空。")
_NAME_MISSING = gettext_noop("姓名不能为空。")
_UNDER_AGE = gettext_noop("未满16周岁，请核对出生日期。")
_NOT_HAN = gettext_noop("持居民身份证的人员，姓名应为汉字。")
_ID_AS_NUMBER = gettext_noop("证件号码是数值格式，末几位可能已丢失，请把单元格设为文本后重新填写。")
_DUPLICATE = gettext_noop("证件号码与第%(first)d行相同，同一人只能填报一行。")
_DUPLICATE_OF_NUMBER = gettext_noop(
    "证件号码与第%(first)d行相同；号码是数值格式，末几位可能已丢失，请设为文本后重新填写。"
)
_SEX_CONTRADICTS = gettext_noop("性别与证件号码第17位不符。")
_BIRTH_CONTRADICTS = gettext_noop("出生日期与证件号码第7至14位不符。")
_CODE_CONTRADICTS = gettext_noop("该职业编码是“%(name)s”，与申报职业不符。")
_BEFORE_AGE = gettext_noop("该日期时本人未满%(years)d周岁，请核对。")
_CERTIFICATE_INCOMPLETE = gettext_noop("填了原证书，其编号、职业、等级和发证日期就都要填写。")
_UNKNOWN_OCCUPATION = gettext_noop("职业分类大典中没有这个职业名称。")
_SKIPS_LADDER = gettext_noop(
    "原证书为%(held)s，越级申报须在“申报条件”或“备注”中写明所依据的条件（如破格、直接认定）。"
)
_NOT_ABOVE = gettext_noop("已持有本职业%(held)s证书，申报等级应高于它。")


class Named(Protocol):
    """An occupation, as far as a roster needs to know it."""

    @property
    def name(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one cell. `message` is ready to read; `text` and `values` to translate."""

    row: int  # as Excel counts, from 1
    column: str  # the heading
    column_letter: str  # "" where the sheet has no such column
    code: str
    text: str  # gettext source with %(name)s places for `values`
    values: Mapping[str, object]
    value_masked: str

    @property
    def message(self) -> str:
        return self.text % self.values


class PreviousCertificate(NamedTuple):
    """原证书."""

    number: str
    occupation: str  # as written on it
    level: Level
    issued: date


class RosterRow(NamedTuple):  # made by the hundred thousand: four times as fast as a dataclass
    """A row without fault. Text that was not given is ""."""

    row: int  # as Excel counts, from 1
    name: str
    id_type: str
    id_number: str  # in clear: encrypt before it is stored
    is_female: bool
    birth_date: date
    nation: str
    schooling: str
    phone: str
    employer: str
    department: str
    team: str
    hired: date | None
    occupation_since: date | None
    occupation: str
    occupation_code: str
    work_type: str  # "--" where the occupation has none
    target_level: Level
    clause_hint: str
    certificate: PreviousCertificate | None
    school_type: str
    major: str
    graduated: date | None
    title_grade: str
    title_granted: date | None
    source: str
    remark: str

    def __repr__(self) -> str:
        return f"RosterRow(row={self.row})"  # no personal data in logs


@dataclass(frozen=True, slots=True)
class RosterCheck:
    rows: int
    good: Sequence[RosterRow]
    faults: Sequence[Fault]  # by row, then as the columns stand in COLUMNS


@dataclass(frozen=True, slots=True)
class HeaderMatch:
    columns: Mapping[str, int]  # heading → index in a row, from 0
    missing: Sequence[str]
    repeated: Sequence[str]
    near: Mapping[str, str]  # missing heading → a heading of the sheet that may be meant

    def check(self) -> None:
        """BadInput unless every required column is there, once."""
        if self.missing:
            raise BadInput(
                gettext_noop("表头缺少必填列：%(columns)s。"),
                columns="、".join(
                    f"{name}（是否为“{self.near[name]}”？）" if name in self.near else name
                    for name in self.missing
                ),
            )
        if self.repeated:
            raise BadInput(
                gettext_noop("表头中有重复的列：%(columns)s。"), columns="、".join(self.repeated)
            )


def heading(cell: object) -> str:
    """A heading without blanks, star and brackets: "* 姓名（必填）" → "姓名"."""
    folded = unicodedata.normalize("NFKC", str(cell))
    return re.sub(r"\([^)]*\)|[\s*:]", "", folded)


def match_header(header: Sequence[object]) -> HeaderMatch:
    columns: dict[str, int] = {}
    repeated, others = [], []
    for index, name in enumerate(map(heading, header)):
        if name not in COLUMNS:
            others.append(name)
        elif name in columns:
            repeated.append(f"{name}（{column_letter(columns[name])}、{column_letter(index)}）")
        else:
            columns[name] = index
    missing = [name for name in REQUIRED_COLUMNS if name not in columns]
    near = {}
    for name in missing:
        known = [other for other in _OTHER_NAMES.get(name, ()) if other in others]
        if close := known or get_close_matches(name, filter(None, others), n=1, cutoff=0.5):
            near[name] = close[0]
    return HeaderMatch(columns=columns, missing=missing, repeated=repeated, near=near)


def column_letter(index: int) -> str:
    """0 → "A", 26 → "AA"."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def check_rows(
    header: Sequence[object],
    rows: Iterable[tuple[int, Sequence[object]]],
    *,
    as_of: date,
    occupations: Mapping[str, Named],
) -> RosterCheck:
    """Every row of a roster, read and checked. Rows without content are passed over.

    `rows` are (row number as Excel counts, cells below `header`). `as_of` is the day by which
    "in the future" is judged. `occupations` are those known, by code.
    BadInput if a required column is missing or a known one is there twice.
    """
    match = match_header(header)
    match.check()
    rules = _Rules(match.columns, as_of=as_of, occupations=occupations)
    good: list[RosterRow] = []
    faults: list[Fault] = []
    count = 0
    for number, cells in rows:
        found = rules.check(number, cells)
        if found is None:
            continue
        count += 1
        if isinstance(found, RosterRow):
            good.append(found)
        else:
            faults += found
    return RosterCheck(rows=count, good=good, faults=faults)


def check_against_batch(
    row: RosterRow,
    lines: Collection[tuple[str, str, int]],
    *,
    column_letters: Mapping[str, str] | None = None,
) -> Fault | None:
    """Whether a batch has a line for this row: (occupation code, work type, level `ord`)."""
    if (row.occupation_code, row.work_type, row.target_level) in lines:
        return None
    same_code = [line for line in lines if line[0] == row.occupation_code]
    same_type = [line for line in same_code if line[1] == row.work_type]
    if same_type:
        column, value = "申报等级", row.target_level.certificate_text
    elif same_code:
        column, value = "工种", row.work_type
    else:
        column, value = "职业编码", row.occupation_code
    return Fault(
        row=row.row,
        column=column,
        column_letter=(column_letters or {}).get(column, ""),
        code="not_in_batch",
        text=gettext_noop("本批次不评价%(occupation)s（%(work_type)s）%(level)s。"),
        values={
            "occupation": row.occupation,
            "work_type": row.work_type,
            "level": row.target_level.certificate_text,
        },
        value_masked=value,
    )


def _full_years(earlier: date, later: date) -> int:
    years = later.year - earlier.year
    return years - ((later.month, later.day) < (earlier.month, earlier.day))


def _too_early(day: date | None, birth: date | None, years: int) -> bool:
    """Whether `day` is before the birthday of that age."""
    if day is None or birth is None or day.year - birth.year > years:
        return False
    return _full_years(birth, day) < years


def masked(column: str, cell: object) -> str:
    """A cell as a list of faults may show it.

    In any column a long run of digits may be an ID or phone number that slipped over.
    """
    text = shown(cell)
    if mask := MASKS.get(column):
        return mask(text)
    return _LONG_NUMBER.sub(lambda found: mask_id(found[0]), text)


def _cell_error(cell: object) -> MalformedValue | None:
    """What keeps a cell from being read as text at all."""
    try:
        read_text(cell)
    except MalformedValue as error:
        return error
    return None


def _is_blank(cell: object) -> bool:
    return cell is None or (isinstance(cell, str) and not cell.strip())


class _Refused:
    """A cell that its reader refused."""

    __slots__ = ("error",)

    def __init__(self, error: MalformedValue) -> None:
        self.error = error


class _Remembered(dict[object, object]):
    """What a column's reader made of each value met so far."""

    def __init__(self, read: Callable[[object], object]) -> None:
        self._read = read

    def __missing__(self, cell: object) -> object:
        value: object
        try:
            value = self._read(cell)
        except MalformedValue as error:
            value = _Refused(error)
        self[cell] = value
        return value


def _required(read: Callable[[object], object]) -> Callable[[object], object]:
    def read_required(cell: object) -> object:
        value = read(cell)
        if value is None or value == "":
            raise MalformedValue("required_cell_empty", _REQUIRED)
        return value

    return read_required


def _not_after(limit: date, code: str, text: str) -> Callable[[object], object]:
    def read_past_day(cell: object) -> date | None:
        day = read_day(cell)
        if day is not None and day > limit:
            raise MalformedValue(code, text, limit=limit)
        return day

    return read_past_day


def _one_of(meanings: Mapping[str, object], code: str, text: str) -> Callable[[object], object]:
    def read_one(cell: object) -> object:
        value = read_text(cell)
        if not value:
            return None
        try:
            return meanings[value]
        except KeyError:
            raise MalformedValue(code, text) from None

    return read_one


def _occupation_name(text: str) -> str:
    """For comparison: half-width, without blanks and the marks L (绿色), S (数字)."""
    folded = "".join(unicodedata.normalize("NFKC", text).split())
    return re.sub(r"[(]?(?:L/S|L|S)[)]?$", "", folded)


def _a_year_after(day: date) -> date:
    return date(day.year + 1, day.month, day.day if (day.month, day.day) != (2, 29) else 28)


class _Rules:
    """The checks for one sheet; remembers cell values and the ID numbers seen."""

    def __init__(
        self, columns: Mapping[str, int], *, as_of: date, occupations: Mapping[str, Named]
    ) -> None:
        self._as_of = as_of
        self._occupations = occupations
        self._names = {code: _occupation_name(known.name) for code, known in occupations.items()}
        self._known_names = frozenset(self._names.values())
        self._letters = {name: column_letter(index) for name, index in columns.items()}
        self._width = max(columns.values()) + 1
        self._complete = len(columns) == len(COLUMNS) or set(COLUMNS) - set(columns) == {"序号"}
        # A column that the sheet does not have is read from one empty cell past the row's end.
        self._pick = itemgetter(*(columns.get(name, self._width) for name in _FIELDS))
        readers = self._readers()
        self._readings = [
            _Remembered(readers.get(name, read_text)) for name in _FIELDS[: -len(_UNIQUE_FIELDS)]
        ]
        self._first_rows: dict[tuple[str, str], int] = {}

    def _readers(self) -> dict[str, Callable[[object], object]]:
        as_of = self._as_of
        future = gettext_noop("日期晚于%(limit)s，请核对。")
        return {
            "证件类型": _required(
                _one_of(_ID_TYPES, "unknown_id_type", gettext_noop("无法识别的证件类型。"))
            ),
            "性别": _required(_one_of(_SEXES, "unknown_sex", gettext_noop("性别应填“男”或“女”。"))),
            "出生日期": self._read_birth,
            "民族": _required(read_text),
            "文化程度": _required(read_text),
            "单位": _required(read_text),
            "入职日期": _not_after(as_of, "date_in_the_future", future),
            "从事本职业起始日期": _not_after(as_of, "start_in_the_future", future),
            "申报职业": _required(read_text),
            "职业编码": _required(self._read_code),
            "工种": lambda cell: read_text(cell) or NO_WORK_TYPE,
            "申报等级": _required(read_target_level),
            "原证书等级": read_held_level,
            "原证书发证日期": _not_after(as_of, "certificate_in_the_future", future),
            "毕业日期": _not_after(_a_year_after(as_of), "graduation_too_late", future),
            "职称取得日期": _not_after(as_of, "date_in_the_future", future),
        }

    def _read_birth(self, cell: object) -> date | None:
        day = read_day(cell)
        if day is not None and _too_early(self._as_of, day, MIN_WORKING_AGE):
            raise MalformedValue("under_age", _UNDER_AGE)
        return day

    def _read_code(self, cell: object) -> str:
        text = read_text(cell)
        if not text or text in self._names:
            return text
        code = re.sub("[‐-―−]", "-", unicodedata.normalize("NFKC", text))
        if code not in self._names:
            raise MalformedValue(
                "unknown_occupation_code", gettext_noop("职业分类大典中没有这个职业编码。")
            )
        return code

    def check(self, number: int, cells: Sequence[object]) -> RosterRow | list[Fault] | None:
        """The row; or its faults; or None for a row without content and the sample row."""
        if len(cells) < self._width or not self._complete:
            cells = [*cells[: self._width], *("",) * (self._width - len(cells)), ""]
        picked = self._pick(cells)
        # Of the unique fields, whose cells come last, none is read here.
        readings: list[Any] = [
            reading[cell] for reading, cell in zip(self._readings, picked, strict=False)
        ]
        row = _Row(number, picked, self._letters)
        if _Refused in map(type, readings):
            if all(map(_is_blank, cells)):
                return None
            for place, reading in enumerate(readings):
                if type(reading) is _Refused:
                    row.refuse(_FIELDS[place], reading.error)
                    readings[place] = None
        (
            id_type, is_female, birth, nation, schooling, employer, department, team, hired,
            since, occupation, code, work_type, target, hint, held_occupation, held_level, issued,
            school, major, graduated, title, titled, source, remark,
        ) = readings  # fmt: skip
        name_cell, id_cell, phone_cell, number_cell = picked[-len(_UNIQUE_FIELDS) :]
        if remark and remark.startswith(SAMPLE_MARK):
            return None

        name = self._name(row, name_cell, id_type)
        phone = self._phone(row, phone_cell)
        id_number, identity = self._identify(row, id_type, id_cell)
        if identity is not None:
            if is_female is not None and is_female != identity.is_female:
                row.fault("性别", "sex_contradicts_id", _SEX_CONTRADICTS)
            if birth is None and not row.is_refused("出生日期"):
                birth = identity.birth_date
                if _too_early(self._as_of, birth, MIN_WORKING_AGE):
                    row.fault("证件号码", "under_age", _UNDER_AGE)
            elif birth is not None and birth != identity.birth_date:
                row.fault("出生日期", "birth_contradicts_id", _BIRTH_CONTRADICTS)
                birth = None
        elif birth is None and id_type and id_type not in _NUMBERED_LIKE_RESIDENTS:
            row.require("出生日期")

        if code and occupation and self._names[code] != occupation:
            if self._names[code] != _occupation_name(occupation):
                row.fault(
                    "职业编码",
                    "code_contradicts_name",
                    _CODE_CONTRADICTS,
                    name=self._occupations[code].name,
                )
            occupation = self._occupations[code].name

        if birth is not None:
            for column, day, years in (
                ("入职日期", hired, MIN_WORKING_AGE),
                ("从事本职业起始日期", since, MIN_OCCUPATION_AGE),
                ("毕业日期", graduated, MIN_GRADUATION_AGE),
                ("职称取得日期", titled, MIN_WORKING_AGE),
            ):
                if day is not None and day.year - birth.year <= years:
                    self._check_age(row, column, day, birth, years)

        certificate = None
        if number_cell or held_occupation or held_level or issued:
            certificate = self._certificate(
                row, number_cell, held_occupation, held_level, issued, birth
            )
        held_level = held_level or (certificate and certificate.level)
        if target and held_level:
            exceptional = (
                hint
                or title
                or (school and target <= _SCHOOLING_REACHES)
                or (remark and _EXCEPTIONAL.search(remark))
            )
            if held_level < target - 1 and not exceptional:
                row.drop("certificate_level_contradicts")
                row.fault(
                    "申报等级",
                    "level_skips_ladder",
                    _SKIPS_LADDER,
                    held=held_level.certificate_text,
                )
            elif held_level >= target and held_occupation == occupation:
                row.fault(
                    "申报等级",
                    "level_not_above_certificate",
                    _NOT_ABOVE,
                    held=held_level.certificate_text,
                )

        if row.faults:
            return sorted(row.faults, key=lambda fault: _ORDER[fault.column])
        return RosterRow(
            number, name, id_type, id_number, is_female, birth, nation, schooling, phone, employer,
            department, team, hired, since, occupation, code, work_type, target, hint, certificate,
            school, major, graduated, title, titled, source, remark,
        )  # fmt: skip

    def _name(self, row: "_Row", cell: object, id_type: str | None) -> str:
        try:
            name = read_name(cell)
        except MalformedValue as error:
            row.refuse("姓名", error)
            return ""
        if not name:
            row.fault("姓名", "name_missing", _NAME_MISSING)
        elif name.isascii() and id_type == RESIDENT_ID:
            row.fault("姓名", "name_characters", _NOT_HAN)
        return name

    def _phone(self, row: "_Row", cell: object) -> str:
        try:
            phone = read_phone(cell)
        except MalformedValue as error:
            row.refuse("手机号码", error)
            return ""
        if not phone:
            row.require("手机号码")
        return phone

    def _identify(
        self, row: "_Row", id_type: str | None, cell: object
    ) -> tuple[str, IdNumber | None]:
        """The number, and what a 公民身份号码 tells if it may be held against the other cells."""
        if id_type is None:
            return "", None
        identity: IdNumber | None = None
        error: MalformedValue | None = None
        if id_type in _NUMBERED_LIKE_RESIDENTS:
            try:
                identity = parse_id_number(cell)
            except BadIdNumber as refused:
                error = refused
        if identity is not None:
            number = identity.number
        else:
            try:
                number = read_text(cell).upper()
            except MalformedValue as unreadable:
                row.refuse("证件号码", unreadable)
                return "", None
            if not number:
                row.require("证件号码")
                return "", None
            if lost_digits(cell):
                error = MalformedValue("id_as_number", _ID_AS_NUMBER)
        first = self._first_rows.setdefault((id_type, number), row.number)
        if first != row.number:
            text = _DUPLICATE_OF_NUMBER if lost_digits(cell) else _DUPLICATE
            row.fault("证件号码", "duplicate_person", text, first=first)
            return number, None
        if error is not None:
            row.refuse("证件号码", error)
        return number, identity

    def _check_age(self, row: "_Row", column: str, day: date, birth: date, years: int) -> None:
        if _too_early(day, birth, years):
            row.fault(column, "date_before_age", _BEFORE_AGE, years=years)

    def _certificate(
        self,
        row: "_Row",
        cell: object,
        occupation: str | None,
        level: Level | None,
        issued: date | None,
        birth: date | None,
    ) -> PreviousCertificate | None:
        """The certificate held; None if a part of it is at fault or its cells are blank."""
        number: CertificateNumber | None = None
        try:
            if number_cell_given := not _is_blank(cell):
                number = parse_certificate_number(cell)
        except MalformedValue as error:
            row.refuse("原证书编号", _cell_error(cell) or error)
        if not (number_cell_given or occupation or level or issued):
            return None
        if level is None and number and number.level_ord and not row.is_refused("原证书等级"):
            level = Level(number.level_ord)
        if not (number and occupation and level and issued):
            for column, value in (
                ("原证书编号", number),
                ("原证书职业", occupation),
                ("原证书等级", level),
                ("原证书发证日期", issued),
            ):
                if not value and not row.is_refused(column):
                    row.require(column, _CERTIFICATE_INCOMPLETE)
        if number is None:
            return None
        years_agree = True
        if not issued or number.year != issued.year or number.level_ord != level:
            for violation in check_number_against(number, issued=issued, level_ord=level):
                row.refuse(_COLUMN_OF_CONTRADICTION[violation.code], violation)
                years_agree &= violation.code != "certificate_year_contradicts_date"
        if issued and birth and years_agree and issued.year - birth.year <= MIN_CERTIFICATE_AGE:
            self._check_age(row, "原证书发证日期", issued, birth, MIN_CERTIFICATE_AGE)
        # Older certificates name occupations of older editions, which are not known here.
        if (
            occupation
            and occupation not in self._known_names
            and _occupation_name(occupation) not in self._known_names
            and number.scheme is Scheme.LEVEL_CERTIFICATE
        ):
            row.fault("原证书职业", "certificate_occupation_unknown", _UNKNOWN_OCCUPATION)
        if not (occupation and level and issued):
            return None
        return PreviousCertificate(number.text, occupation, level, issued)


class _Row:
    """The faults of one row as they are found."""

    __slots__ = ("_cells", "_letters", "faults", "number")

    def __init__(self, number: int, cells: tuple[object, ...], letters: Mapping[str, str]) -> None:
        self.number = number
        self.faults: list[Fault] = []
        self._cells = cells
        self._letters = letters

    def fault(self, column: str, code: str, text: str, **values: object) -> None:
        self.faults.append(
            Fault(
                row=self.number,
                column=column,
                column_letter=self._letters.get(column, ""),
                code=code,
                text=text,
                values=values,
                value_masked=masked(column, self._cells[_PLACES[column]]),
            )
        )

    def refuse(self, column: str, error: MalformedValue | RuleViolation) -> None:
        self.fault(column, error.code, error.text, **error.values)

    def require(self, column: str, text: str = "") -> None:
        self.fault(column, "required_cell_empty", text or _REQUIRED)

    def drop(self, code: str) -> None:
        self.faults = [fault for fault in self.faults if fault.code != code]

    def is_refused(self, column: str) -> bool:
        return any(fault.column == column for fault in self.faults)
