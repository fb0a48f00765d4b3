"""No two bookings of a room share a moment.

An exclusion constraint over an integer and a time range needs the extension btree_gist, which not
every PostgreSQL has. So room and time become one range of whole numbers: the room's number in
front, the seconds behind (ten digits last until the year 2286).
"""

from django.db import migrations

SPAN = """int8range(
    room_id * 10000000000 + extract(epoch FROM starts_at AT TIME ZONE 'UTC')::bigint,
    room_id * 10000000000 + extract(epoch FROM ends_at AT TIME ZONE 'UTC')::bigint)"""


class Migration(migrations.Migration):
    dependencies = [("resources", "0001_initial")]

    operations = [
        migrations.RunSQL(
            "ALTER TABLE resources_booking ADD CONSTRAINT resources_booking_no_clash"
            f" EXCLUDE USING gist ({SPAN} WITH &&) WHERE (cancelled_at IS NULL)",
            "ALTER TABLE resources_booking DROP CONSTRAINT resources_booking_no_clash",
        )
    ]
