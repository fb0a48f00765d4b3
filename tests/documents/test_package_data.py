"""The files that come with the package are the ones that their papers describe."""

import hashlib
import re

import pytest

from jiangjie.documents import fonts, ornament


def test_the_vendored_files_are_the_ones_listed() -> None:
    papers = (fonts.FOLDER / "VENDORED.md").read_text(encoding="utf-8")
    listed = dict(re.findall(r"^\| `([^`]+)` .*`([0-9a-f]{64})` \|$", papers, re.MULTILINE))
    found = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in fonts.FOLDER.iterdir()
        if path.name != "VENDORED.md"
    }
    assert found == listed
    assert sum(path.stat().st_size for path in fonts.FOLDER.iterdir()) < 30_000_000


def test_both_weights_print_the_same_characters() -> None:
    assert fonts.characters(fonts.REGULAR) == fonts.characters(fonts.SEMIBOLD)


def test_every_character_of_the_basic_block_and_extension_a_has_a_glyph() -> None:
    codes = [*range(0x3400, 0x4DC0), *range(0x4E00, 0xA000)]
    assert fonts.unprintable("".join(map(chr, codes))) == []


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        ("王䶮㙍", []),
        ("买买提·吐尔逊", []),
        ("𰻝王😀𰻝", ["😀", "𰻝"]),
        ("a\nb", []),
        ("a\tb", ["\t"]),
    ],
)
def test_unprintable(text: str, missing: list[str]) -> None:
    assert fonts.unprintable(text) == missing


def test_the_ornament_is_the_one_that_the_code_draws() -> None:
    assert ornament.FILE.read_text(encoding="utf-8") == ornament.drawing()
