"""How events name the things they speak of: "planning.batch:12"."""

from django.db import models


def ref(thing: models.Model) -> str:
    return f"{thing._meta.label_lower}:{thing.pk}"
