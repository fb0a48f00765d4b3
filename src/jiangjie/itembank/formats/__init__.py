"""Items in and out: Excel, Word, Moodle XML, GIFT, QTI 2.1 and 3.0. Bytes and values, no Django.

Every writer says what the format could not carry, every reader what it could not take.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from jiangjie.itembank.formats import excel, gift, moodle, qti, word
from jiangjie.itembank.formats.exchange import Figures, ItemDraft, Reading, Written
from jiangjie.kernel.errors import gettext_noop


@dataclass(frozen=True, slots=True)
class Format:
    name: str
    label: str  # gettext source
    suffixes: tuple[str, ...]  # of files it reads
    read: Callable[[bytes], Reading]  # BadInput for a file that is none of this format
    write: Callable[[Sequence[ItemDraft], Figures, str], Written]  # items, pictures, title


FORMATS: Mapping[str, Format] = {
    each.name: each
    for each in (
        Format("excel", gettext_noop("Excel（题库列）"), (".xlsx",), excel.read, excel.write_bank),
        Format(
            "excel-paper",
            gettext_noop("Excel（试卷列）"),
            (".xlsx",),
            excel.read,
            excel.write_paper,
        ),
        Format("word", gettext_noop("Word 模板"), (".docx",), word.read, word.write),
        Format("moodle", "Moodle XML", (".xml",), moodle.read, moodle.write),
        Format("gift", "GIFT", (".txt", ".gift"), gift.read, gift.write),
        Format("qti21", "QTI 2.1", (".zip", ".xml"), qti.read, qti.write_21),
        Format("qti30", "QTI 3.0", (".zip", ".xml"), qti.read, qti.write_30),
    )
}
