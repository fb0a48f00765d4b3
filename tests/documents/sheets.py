"""Made-up people and readers of finished PDFs."""

import io
import struct
import zlib
from datetime import UTC, date, datetime

from pypdf import PdfReader

from jiangjie.documents.certificates import CertificateDocument

AT = datetime(2026, 6, 30, 1, 2, 3, tzinfo=UTC)

WANG = CertificateDocument(
    number="Y000037000001263000001",
    holder_name="王䶮㙍",
    id_type="居民身份证",
    id_number="370200199001011234",
    occupation="起重装卸机械操作工",
    specialisation="桥式起重机司机",
    level="三级/高级工",
    organisation="甲港口集团有限公司",
    issued_on=date(2026, 6, 30),
    body="本证书由甲港口集团有限公司颁发，表明持证人具备相应技能等级水平。",
    verify_url="https://example.org/v/Y000037000001263000001",
    certificate_query_url="http://jndj.osta.org.cn",
    organisation_query_url="http://pjjg.osta.org.cn",
)


def read(pdf: bytes) -> PdfReader:
    return PdfReader(io.BytesIO(pdf), strict=True)


def text_of(pdf: bytes) -> str:
    """All text without blanks: typesetting puts thin spaces between 汉字 and figures."""
    return "".join("".join(page.extract_text().split()) for page in read(pdf).pages)


def png(width: int = 50, height: int = 70) -> bytes:
    """A plain grey picture."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">L", len(body)) + kind + body + struct.pack(">L", zlib.crc32(kind + body))
        )

    rows = (b"\0" + b"\x80\x80\x80" * width) * height
    head = struct.pack(">LLBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + parts
