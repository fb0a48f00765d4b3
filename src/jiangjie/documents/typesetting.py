"""Typesetting to PDF/A-2b with the packaged fonts: one compiler for the whole process."""

import json
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from threading import Lock
from typing import cast

import typst

from jiangjie.documents import fonts
from jiangjie.kernel.errors import BadInput, gettext_noop

FOLDER = Path(__file__).parent
_ONE_AT_A_TIME = Lock()


class CannotTypeset(BadInput):
    """A document that cannot be printed: a character without a glyph, an unreadable picture."""


@cache
def _compiler() -> tuple[typst.Compiler, int]:
    """The compiler and the process that it works in."""
    # Only our own fonts and those inside the pinned compiler (formulas are set in its mathematical
    # face): a sheet must look alike, and come out byte for byte alike, everywhere.
    ours = typst.Fonts(
        include_system_fonts=False,
        include_embedded_fonts=True,
        font_paths=[str(fonts.FOLDER)],
    )
    compiler = typst.Compiler(root=str(FOLDER), font_paths=ours, ignore_system_fonts=True)
    return compiler, os.getpid()


def typeset(
    template: str, data: Mapping[str, object], *, printed_at: datetime, tagged: bool = True
) -> bytes:
    """The PDF/A-2b of `data` (JSON values) set by `document-of` in `<template>.typ`.

    The same data and instant give the same bytes; `printed_at` (aware) becomes the creation date.
    The data is a string literal in a two-line source, not `sys.inputs`: other inputs would make
    the compiler forget the layout that all sheets share (40 % slower).
    A text is never read as markup. Raises CannotTypeset.
    """
    if printed_at.tzinfo is None:
        raise ValueError("printed_at must be aware")
    text = json.dumps(data, ensure_ascii=False)
    check_printable(text, also=fonts.MATHEMATICAL)
    text = text.replace("\\", "\\\\").replace('"', '\\"')
    source = f'#import "/{template}.typ": document-of\n#document-of(json(bytes("{text}")))\n'
    with _ONE_AT_A_TIME:
        compiler, home = _compiler()
        if home != os.getpid():
            # Its threads stayed behind: it would wait for them for ever.
            raise RuntimeError("the compiler does not survive a fork: start processes by spawn")
        try:
            pdf = compiler.compile(
                input=source.encode(),
                format="pdf",
                pdf_standards="a-2b",
                timestamp=printed_at.astimezone(UTC).replace(microsecond=0),
                pdf_tags=tagged,
            )
        except typst.TypstError as error:
            raise CannotTypeset(
                gettext_noop("无法排版：%(reason)s"), reason=error.message
            ) from error
    return cast(bytes, pdf)  # a list of bytes only for pictures of several pages


def check_printable(text: str, *, also: frozenset[str] = frozenset()) -> None:
    """Raises CannotTypeset when a character of `text` has no glyph of ours and is none of `also`."""
    missing = [each for each in fonts.unprintable(text) if each not in also]
    if missing:
        raise CannotTypeset(
            gettext_noop("字体中没有这些字符：%(characters)s"),
            characters="、".join(f"{letter} (U+{ord(letter):04X})" for letter in missing),
        )
