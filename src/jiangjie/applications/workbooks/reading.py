"""Reads a roster (报名名册) from .xlsx or .csv into rows of cells; says plainly what cannot be read.

What the cells mean is the business of rules.roster.
"""

import csv
import html
import io
import lzma
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Protocol, cast

import python_calamine

from jiangjie.applications.rules.roster import COLUMNS, SHEET, HeaderMatch, match_header
from jiangjie.kernel.errors import BadInput, gettext_noop

RESULT_COLUMN = "校验结果"  # what a marked copy adds
SUMMARY_SHEET = "校验汇总"

_HEADER_WITHIN = 10  # rows
_HEADER_AT_LEAST = 3  # known headings make a row the header
_CHUNK = 1 << 18

_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ARCHIVE_ERRORS = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    EOFError,
    RuntimeError,  # NotImplementedError too: a way of packing that is not known
    OSError,
    ValueError,
)
_SHEET_TAG = re.compile(r"<(?:\w+:)?sheet\s[^>]*>")
_RELATION_TAG = re.compile(r"<(?:\w+:)?Relationship\s[^>]*>")
_ATTRIBUTE = re.compile(r"""([\w:]+)\s*=\s*(?:"([^"]*)"|'([^']*)')""")
_ERROR_CELL = re.compile(
    rb"""<c\b(?=[^>]*\st=["']e["'])[^>]*?\sr=["']([A-Z]{1,3})([0-9]{1,7})["'][^>]*>"""
    rb"""(?:(?!</c>).){0,2000}?<v>([^<]{1,20})</v>""",
    re.DOTALL,
)
# A cell with content right of column CZ or below row 299,999: a reader that lays out the whole
# rectangle would need gigabytes for it.
_FAR = rb"(?:[A-Z]{3}|[D-Z][A-Z])[0-9]+|[A-Z]{1,3}(?:[3-9][0-9]{5}|[0-9]{7,})"
_FAR_CELL = re.compile(rb'r="(' + _FAR + rb')"[^>/]*>')  # fast: begins with a literal
_FAR_CELL_ODDLY_WRITTEN = re.compile(rb"""r\s*=\s*["'](""" + _FAR + rb""")["'][^>/]*>""")
_OVERLAP = 4096  # more than the longest match of the two above


@dataclass(frozen=True, slots=True)
class Limits:
    file_bytes: int = 20 * 2**20
    unpacked_bytes: int = 512 * 2**20
    rows: int = 200_000


DEFAULT_LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class Part:
    """What a first look at a worksheet's XML found."""

    far_cell: str | None = None  # the first cell too far out to be read
    error_cells: Mapping[int, Mapping[int, str]] = field(default_factory=dict)  # row, column → #N/A


class Table(Protocol):
    """The cells of one sheet; may be walked again and again."""

    def __iter__(self) -> Iterator[list[object]]:
        """From the first row and column of the sheet on, all rows of one length."""


@dataclass(frozen=True, slots=True)
class Roster:
    """A roster sheet whose header is in order; its rows are not yet checked."""

    file: str  # the name, without folders
    sheet: str
    header_row: int  # as Excel counts, from 1
    header: Sequence[object]
    table: Table
    other_tables: Mapping[str, Table]  # by sheet name
    skipped_sheets: Sequence[str]  # too wide or too long to be read
    limits: Limits

    @property
    def match(self) -> HeaderMatch:
        return match_header(self.header)

    def rows(self) -> Iterator[tuple[int, list[object]]]:
        """(row as Excel counts, cells) below the header, empty rows too.

        BadInput past the limit of rows.
        """
        last = self.header_row + self.limits.rows
        for number, cells in enumerate(self.table, 1):
            if number <= self.header_row:
                continue
            if number > last and any(cells):
                raise BadInput(
                    gettext_noop("%(file)s 的工作表“%(sheet)s”超过%(limit)d行，请分成几个文件。"),
                    file=self.file,
                    sheet=self.sheet,
                    limit=self.limits.rows,
                )
            yield number, cells


def read_roster(source: Path | bytes, *, file: str = "", limits: Limits = DEFAULT_LIMITS) -> Roster:
    """The roster in a workbook: its sheet 报名名册, or its only sheet.

    `file` is the name for messages; a path has its own. BadInput names the file and what is
    wrong: not a workbook, password, macros, too large, no such sheet, header or columns.
    """
    if isinstance(source, Path):
        file = file or source.name
        try:
            if source.stat().st_size > limits.file_bytes:
                raise _too_large(file, limits.file_bytes)
            content = source.read_bytes()
        except OSError as error:
            raise BadInput(
                gettext_noop("无法读取文件 %(file)s：%(reason)s。"),
                file=file,
                reason=error.strerror or type(error).__name__,
            ) from None
    else:
        content = source
    if len(content) > limits.file_bytes:
        raise _too_large(file, limits.file_bytes)
    if content.startswith(_ZIP):
        return _read_workbook(content, file, limits)
    if content.startswith(_OLE):
        raise _ole(content, file)
    if PurePosixPath(file).suffix.lower() in (".csv", ".txt", ".tsv"):
        return _read_csv(content, file, limits)
    raise BadInput(gettext_noop("%(file)s 不是 .xlsx 工作簿或 .csv 文件。"), file=file)


def _too_large(file: str, limit: int) -> BadInput:
    return BadInput(
        gettext_noop("%(file)s 超过%(limit)d MB，请分成几个文件。"),
        file=file,
        limit=limit // 2**20,
    )


def _damaged(file: str) -> BadInput:
    return BadInput(gettext_noop("%(file)s 不是完好的 .xlsx 工作簿，无法打开。"), file=file)


def _ole(content: bytes, file: str) -> BadInput:
    """Excel puts both its old format and a workbook under a password into an OLE container."""
    if "EncryptedPackage".encode("utf-16-le") in content:
        return _password(file)
    return BadInput(
        gettext_noop("%(file)s 是旧版格式（.xls），请另存为 .xlsx 后再上传。"), file=file
    )


def _password(file: str) -> BadInput:
    return BadInput(gettext_noop("%(file)s 设有打开密码，请取消密码后再上传。"), file=file)


def _read_workbook(content: bytes, file: str, limits: Limits) -> Roster:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = _look_through(archive, file, limits)
            part_of_sheet = _parts_by_sheet(archive)
    except _ARCHIVE_ERRORS:
        raise _damaged(file) from None
    book = _open(content, file)
    names = [
        sheet.name
        for sheet in book.sheets_metadata
        if sheet.typ == python_calamine.SheetTypeEnum.WorkSheet
    ]
    tables: dict[str, Table] = {}
    skipped = []
    for name in names:
        part = parts.get(part_of_sheet.get(name, ""), Part())
        if part.far_cell:
            skipped.append(name)
        tables[name] = _WorkbookTable(book, name, file, part)
    name = _choose(names, file)
    far = parts.get(part_of_sheet.get(name, ""), Part()).far_cell
    if far:
        raise BadInput(
            gettext_noop(
                "%(file)s 的工作表“%(sheet)s”在单元格%(cell)s处还有内容，超出可读范围；"
                "请删除名册以外的内容（名册最多%(limit)d行）。"
            ),
            file=file,
            sheet=name,
            cell=far,
            limit=limits.rows,
        )
    table = tables[name]
    header_row, header = _find_header(table, file, name)
    return Roster(
        file=file,
        sheet=name,
        header_row=header_row,
        header=header,
        table=table,
        other_tables={
            other: tables[other] for other in names if other != name and other not in skipped
        },
        skipped_sheets=skipped,
        limits=limits,
    )


def _look_through(archive: zipfile.ZipFile, file: str, limits: Limits) -> dict[str, Part]:
    """Unpack every XML part once, within the limit, and note what is special in worksheets.

    The sizes that an archive declares may be false, so what comes out is counted.
    """
    members = archive.infolist()
    names = {member.filename for member in members}
    if "mimetype" in names or "[Content_Types].xml" not in names:
        raise BadInput(gettext_noop("%(file)s 不是 .xlsx 工作簿或 .csv 文件。"), file=file)
    if any(name.lower().endswith("vbaproject.bin") for name in names):
        raise BadInput(
            gettext_noop("%(file)s 含有宏，请另存为不含宏的 .xlsx 后再上传。"), file=file
        )
    if any(name.lower().endswith("workbook.bin") for name in names):
        raise BadInput(
            gettext_noop("%(file)s 是二进制格式（.xlsb），请另存为 .xlsx 后再上传。"), file=file
        )
    if any(member.flag_bits & 1 for member in members):
        raise _password(file)
    parts = {}
    unpacked = 0
    for member in members:
        if not member.filename.lower().endswith((".xml", ".rels")):
            continue
        is_sheet = "/worksheets/" in member.filename and "/_rels/" not in member.filename
        far_cell = None
        error_cells: dict[int, dict[int, str]] = {}
        with archive.open(member) as stream:
            rest = b""
            while chunk := stream.read(_CHUNK):
                unpacked += len(chunk)
                if unpacked > limits.unpacked_bytes:
                    raise BadInput(
                        gettext_noop("%(file)s 解压后超过%(limit)d MB，不予读取。"),
                        file=file,
                        limit=limits.unpacked_bytes // 2**20,
                    )
                if is_sheet:
                    window = rest + chunk
                    far_cell = far_cell or _far_cell(window)
                    if b'"e"' in window or (b"'" in window and b"'e'" in window):
                        for cell in _ERROR_CELL.finditer(window):
                            columns = error_cells.setdefault(int(cell[2]), {})
                            columns[_column_index(cell[1])] = cell[3].decode(errors="replace")
                    rest = window[-_OVERLAP:]
        if is_sheet:
            parts[member.filename] = Part(far_cell=far_cell, error_cells=error_cells)
    return parts


def _far_cell(xml: bytes) -> str | None:
    is_odd = b"'" in xml or b" =" in xml or b"= " in xml or b"\n" in xml or b"\t" in xml
    found = (_FAR_CELL_ODDLY_WRITTEN if is_odd else _FAR_CELL).search(xml)
    return found[1].decode() if found else None


def _column_index(letters: bytes) -> int:
    index = 0
    for letter in letters:
        index = index * 26 + letter - 64
    return index - 1


def _parts_by_sheet(archive: zipfile.ZipFile) -> dict[str, str]:
    """Sheet name → name of its part in the archive."""
    try:
        book = archive.read("xl/workbook.xml").decode("utf-8", errors="replace")
        links = archive.read("xl/_rels/workbook.xml.rels").decode("utf-8", errors="replace")
    except KeyError:
        return {}
    targets = {
        relation["Id"]: str(PurePosixPath("/xl") / relation["Target"]).removeprefix("/")
        for relation in map(_attributes, _RELATION_TAG.findall(links))
        if "Id" in relation and "Target" in relation
    }
    return {
        sheet["name"]: targets.get(identifier, "")
        for sheet in map(_attributes, _SHEET_TAG.findall(book))
        for key, identifier in sheet.items()
        if key.endswith(":id") and "name" in sheet
    }


def _attributes(tag: str) -> dict[str, str]:
    return {
        name: html.unescape(double or single) for name, double, single in _ATTRIBUTE.findall(tag)
    }


def _open(content: bytes, file: str) -> python_calamine.CalamineWorkbook:
    try:
        return python_calamine.load_workbook(io.BytesIO(content))
    except python_calamine.PasswordError:
        raise _password(file) from None
    except BaseException as error:  # noqa: BLE001 -- see _as_damage
        raise _as_damage(error, file) from None


def _as_damage(error: BaseException, file: str) -> BaseException:
    """A panic of the reader's Rust code comes as a BaseException of a class nobody can import."""
    if isinstance(error, Exception) or type(error).__name__ == "PanicException":
        return _damaged(file)
    return error


class _WorkbookTable:
    """A sheet of a workbook, parsed when it is first walked."""

    def __init__(
        self, book: python_calamine.CalamineWorkbook, name: str, file: str, part: Part
    ) -> None:
        self._book, self._name, self._file, self._part = book, name, file, part
        self._sheet: python_calamine.CalamineSheet | None = None

    def __iter__(self) -> Iterator[list[object]]:
        try:
            if self._sheet is None:
                self._sheet = self._book.get_sheet_by_name(self._name)
            rows = cast("Iterator[list[object]]", self._sheet.iter_rows())
            start = self._sheet.start
        except BaseException as error:  # noqa: BLE001 -- see _as_damage
            raise _as_damage(error, self._file) from None
        blanks: list[object] = [""] * (start[1] if start else 0)
        errors = self._part.error_cells
        if not blanks and not errors:
            return rows
        return self._patched(rows, blanks)

    def _patched(
        self, rows: Iterator[list[object]], blanks: list[object]
    ) -> Iterator[list[object]]:
        """With the columns before the first cell, and #N/A where the reader gives nothing."""
        for number, row in enumerate(rows, 1):
            cells = [*blanks, *row]
            for column, error in self._part.error_cells.get(number, {}).items():
                if column < len(cells):
                    cells[column] = error
            yield cells


def _choose(names: list[str], file: str) -> str:
    for name in names:
        if name.strip() == SHEET:
            return name
    own = [name for name in names if name != SUMMARY_SHEET]  # a marked copy may come back
    if len(own) == 1:
        return own[0]
    raise BadInput(
        gettext_noop("%(file)s 中没有工作表“%(sheet)s”，只有：%(found)s。"),
        file=file,
        sheet=SHEET,
        found="、".join(names),
    )


def _find_header(table: Table, file: str, sheet: str) -> tuple[int, list[object]]:
    best: tuple[int, int, list[object]] = (0, 0, [])
    for number, cells in enumerate(table, 1):
        if number > _HEADER_WITHIN:
            break
        known = len(match_header(cells).columns)
        if known > best[0]:
            best = (known, number, cells)
    known, number, header = best
    if known < _HEADER_AT_LEAST:
        raise BadInput(
            gettext_noop(
                "%(file)s 的工作表“%(sheet)s”前%(rows)d行中没有找到表头行，表头应有：%(columns)s……"
            ),
            file=file,
            sheet=sheet,
            rows=_HEADER_WITHIN,
            columns="、".join(COLUMNS[1:5]),
        )
    try:
        match_header(header).check()
    except BadInput as error:
        raise BadInput(
            gettext_noop("%(file)s 的工作表“%(sheet)s”第%(row)d行：%(reason)s"),
            file=file,
            sheet=sheet,
            row=number,
            reason=str(error),
        ) from None
    return number, header


def _read_csv(content: bytes, file: str, limits: Limits) -> Roster:
    text = _decode(content, file)
    first = text.partition("\n")[0]
    delimiter = max(",\t;", key=first.count)
    lines: list[list[object]] = []
    try:
        lines.extend(
            [_plain(cell) for cell in line]
            for line in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        )
    except csv.Error as error:
        raise BadInput(
            gettext_noop("%(file)s 第%(row)d行不是有效的 CSV：%(reason)s。"),
            file=file,
            row=len(lines) + 1,
            reason=str(error),
        ) from None
    width = max(map(len, lines), default=0)
    for cells in lines:
        cells += [""] * (width - len(cells))
    header_row, header = _find_header(lines, file, SHEET)
    return Roster(
        file=file,
        sheet=SHEET,
        header_row=header_row,
        header=header,
        table=lines,
        other_tables={},
        skipped_sheets=(),
        limits=limits,
    )


def _decode(content: bytes, file: str) -> str:
    encodings = ["utf-8-sig", "gb18030"]
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ["utf-16"]
    for encoding in encodings:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise BadInput(
        gettext_noop("%(file)s 的文字编码无法识别，请存为 UTF-8 或 GB18030。"), file=file
    )


def _plain(cell: str) -> object:
    """Without what people put around a number to keep Excel off it: ="3702…" or a leading '."""
    if cell.startswith('="') and cell.endswith('"') and len(cell) > 2:
        return cell[2:-1]
    return cell.removeprefix("'")
