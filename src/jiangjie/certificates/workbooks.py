"""What the national query system is told of a batch: a workbook and the photographs, zipped.

No official template was found in a source; the columns are our working set [R].
"""

import io
import zipfile
from collections.abc import Sequence

from jiangjie.certificates.models import Certificate
from jiangjie.files import services as files
from jiangjie.kernel.levels import Level
from jiangjie.results.models import Mark, Part
from jiangjie.web.spreadsheets import Cell, spreadsheet

COLUMNS = (
    "姓名", "证件类型", "证件号码", "性别", "出生日期", "民族", "文化程度", "手机", "单位", "考生来源",
    "职业名称", "职业编码", "工种/职业方向", "等级", "申报条件", "准考证号", "批次", "理论成绩",
    "技能成绩", "综合成绩", "评定结果", "证书编号", "发证日期", "照片文件名",
)  # fmt: skip
SOURCE = "企业"  # 考生来源: a company evaluates its own people
NOTE = "列的设置依据公开查询结果项目和省级规范整理推定，未见官方上传模板；上传前请与人社部门提供的模板核对。"


def package(rows: Sequence[tuple[Certificate, str]], *, title: str) -> bytes:
    """A zip: one workbook, and each photograph under its certificate's number.

    `rows`: certificates as of queries.for_upload, each with the identity number in clear.
    """
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as box:
        sheet = spreadsheet("", COLUMNS, [_row(each, number) for each, number in rows])
        box.writestr(f"{title}.xlsx", sheet.content)
        box.writestr("说明.txt", NOTE)
        for certificate, _number in rows:
            photo = certificate.application.photo
            if photo is not None:
                box.writestr(f"照片/{_photo_name(certificate)}", files.read(photo))
    return content.getvalue()


def _row(certificate: Certificate, id_number: str) -> tuple[Cell, ...]:
    person, case = certificate.person, certificate.application
    marks = {mark.part: mark for mark in case.marks.all()}
    sex = "" if person.is_female is None else "女" if person.is_female else "男"
    return (
        person.name, person.id_type, id_number, sex, person.birth_date, person.nation,
        person.schooling, person.phone, case.unit_name, SOURCE, certificate.occupation_name,
        certificate.occupation_code, certificate.work_type or "--",
        Level(certificate.level).certificate_text, case.clause, case.ticket,
        certificate.batch.title, _score(marks.get(Part.THEORY)), _score(marks.get(Part.PRACTICAL)),
        _score(marks.get(Part.REVIEW)), "合格", certificate.number, certificate.issued_on,
        _photo_name(certificate) if case.photo_id else "",
    )  # fmt: skip


def _score(mark: Mark | None) -> float | None:
    return None if mark is None or mark.hundredths is None else mark.hundredths / 100


def _photo_name(certificate: Certificate) -> str:
    photo = certificate.application.photo
    suffix = "png" if photo is not None and photo.media_type == "image/png" else "jpg"
    return f"{certificate.number}.{suffix}"
