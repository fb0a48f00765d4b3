"""What holds for every template of the project."""

import re
from pathlib import Path

import pytest

import jiangjie

SOURCE = Path(jiangjie.__file__).parent
TEMPLATES = sorted(SOURCE.rglob("templates/**/*.html"))
ICONS = set(
    re.findall(r'<symbol id="([^"]+)"', (SOURCE / "web/static/vendor/icons.svg").read_text())
)
SCRIPT = re.compile(r"<script\b(?P<attributes>[^>]*)>", re.IGNORECASE)

each_template = pytest.mark.parametrize(
    "path", TEMPLATES, ids=[str(path.relative_to(SOURCE)) for path in TEMPLATES]
)


@each_template
def test_it_has_no_inline_script_or_style(path: Path) -> None:
    text = path.read_text("utf-8")
    assert (
        re.findall(r"<style\b|\sstyle\s*=|\son[a-z]+\s*=\s*[\"']|javascript:", text, re.IGNORECASE)
        == []
    )
    inline = [
        found.group(0)
        for found in SCRIPT.finditer(text)
        if "src=" not in found["attributes"] and "application/json" not in found["attributes"]
    ]
    assert inline == []


@each_template
def test_it_loads_nothing_from_elsewhere(path: Path) -> None:
    text = path.read_text("utf-8")
    assert re.findall(r"(?:src|srcset|action|<link[^>]*href)\s*=\s*[\"'](?:https?:)?//", text) == []


@each_template
def test_its_icons_are_in_the_sprite(path: Path) -> None:
    text = path.read_text("utf-8")
    named = set(re.findall(r'\bicon(?: |=)"([a-z0-9-]+)"', text))
    assert named <= ICONS


def test_the_style_sheet_loads_nothing_from_elsewhere() -> None:
    css = (SOURCE / "web/static/web/app.css").read_text("utf-8")
    assert re.findall(r"@import|url\((?!['\"]?data:)", css) == []
