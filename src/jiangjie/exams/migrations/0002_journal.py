"""The journal of answers: stored in one round trip, and never changed."""

from django.db import migrations

# One statement for the web server, several for the database: the seat is locked first, so the
# second sees whether the room has been closed, or put back before the bell, meanwhile. What is
# returned stands in the table with this very signature, stored now or before.
STORE = """
CREATE FUNCTION exams_store(
    a_seat bigint, a_at timestamptz, a_sessions smallint[], a_sequences int[], a_units smallint[],
    a_values text[], a_made bigint[], a_seconds int[], a_signatures bytea[], a_late boolean[],
    a_answered int, a_unsent int, a_hidden boolean, a_times_hidden int
) RETURNS TABLE (session smallint, sequence int) LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM exams_seat seat WHERE seat.id = a_seat FOR KEY SHARE;
    IF EXISTS (
        SELECT 1 FROM exams_seat seat JOIN exams_sitting sitting ON sitting.id = seat.sitting_id
        WHERE seat.id = a_seat AND (sitting.closed_at IS NOT NULL OR seat.started_at IS NULL)
    ) THEN
        RETURN;
    END IF;
    UPDATE exams_presence presence
    SET seen_at = a_at, answered = a_answered, unsent = a_unsent, is_hidden = a_hidden,
        times_hidden = a_times_hidden
    WHERE presence.seat_id = a_seat;
    IF cardinality(a_sequences) = 0 THEN
        RETURN;
    END IF;
    INSERT INTO exams_answer (
        seat_id, session, sequence, unit, value, made_ms, seconds, signature, received_at,
        is_late_arrival
    )
    SELECT a_seat, one.session, one.sequence, one.unit, one.value, one.made, one.seconds,
           one.signature, a_at, one.late
    FROM unnest(
        a_sessions, a_sequences, a_units, a_values, a_made, a_seconds, a_signatures, a_late
    ) AS one (session, sequence, unit, value, made, seconds, signature, late)
    ON CONFLICT ON CONSTRAINT exams_save_once DO NOTHING;
    RETURN QUERY
    SELECT answer.session, answer.sequence
    FROM unnest(a_sessions, a_sequences, a_signatures) AS one (session, sequence, signature)
    JOIN exams_answer answer
      ON answer.seat_id = a_seat AND answer.session = one.session
     AND answer.sequence = one.sequence AND answer.signature = one.signature;
END
$$;
CREATE FUNCTION exams_keep() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are never changed', TG_TABLE_NAME;
END
$$;
CREATE TRIGGER exams_answer_guard BEFORE UPDATE OR DELETE ON exams_answer
    FOR EACH ROW EXECUTE FUNCTION exams_keep();
CREATE TRIGGER exams_incident_guard BEFORE UPDATE OR DELETE ON exams_incident
    FOR EACH ROW EXECUTE FUNCTION exams_keep();
ALTER TABLE exams_presence SET (fillfactor = 40);
"""
UNDO = """
DROP TRIGGER exams_incident_guard ON exams_incident;
DROP TRIGGER exams_answer_guard ON exams_answer;
DROP FUNCTION exams_keep();
DROP FUNCTION exams_store(
    bigint, timestamptz, smallint[], int[], smallint[], text[], bigint[], int[], bytea[],
    boolean[], int, int, boolean, int
);
"""


class Migration(migrations.Migration):
    dependencies = [("exams", "0001_initial")]

    operations = [migrations.RunSQL(STORE, UNDO)]
