"""A stored file as an answer; the calling view has decided that the reader may have it."""

from typing import cast

from django.http import FileResponse, HttpResponse

from jiangjie.files import services
from jiangjie.files.models import Blob

# What a browser shows without running anything of ours; all else is only ever downloaded.
SHOWN = frozenset({"application/pdf", "image/png", "image/jpeg"})


def download(blob: Blob, file_name: str, *, inline: bool = False) -> HttpResponse:
    """The file under a readable name; `inline` shows it in the browser where that is safe."""
    answer = FileResponse(
        services.open_blob(blob),
        as_attachment=not (inline and blob.media_type in SHOWN),
        filename=file_name,
        content_type=blob.media_type,  # else Django guesses it from the name
        headers={
            "Content-Length": str(blob.size),
            "Cache-Control": "private, no-cache",
            "ETag": f'"{blob.digest}"',
            "X-Content-Type-Options": "nosniff",
        },
    )
    # Views, and what wraps them, say HttpResponse; a streamed one shares all they use of it.
    return cast(HttpResponse, answer)
