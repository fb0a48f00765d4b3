import hashlib
import re
from pathlib import Path

from django.contrib.staticfiles.management.commands.collectstatic import Command
from django.core.management import call_command
from django.test import override_settings

import jiangjie.web

VENDOR = Path(jiangjie.web.__file__).parent / "static" / "vendor"


def test_every_file_is_what_its_line_says() -> None:
    listed = dict(
        re.findall(
            r"^\| `([^`]+)` .*`([0-9a-f]{64})` \|$",
            (VENDOR / "VENDORED.md").read_text(),
            re.MULTILINE,
        )
    )
    there = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in VENDOR.iterdir()
        if path.suffix in {".css", ".js", ".svg"}
    }
    assert listed == there


def test_static_files_can_be_collected_under_hashed_names(tmp_path: Path) -> None:
    """Fails when a vendored file names another, e.g. a source map, that is not shipped."""
    storage = {"BACKEND": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"}
    with override_settings(STATIC_ROOT=str(tmp_path), STORAGES={"staticfiles": storage}):
        call_command(Command(), interactive=False, verbosity=0)
    assert len(list(tmp_path.glob("web/app.*.css"))) == 1
