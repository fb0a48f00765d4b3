"""The database itself keeps the ledger append-only, and queues new events for the tree."""

from django.db import migrations

TABLES = ("ledger_event", "ledger_leaf", "ledger_node", "ledger_checkpoint")

FUNCTIONS = """
CREATE FUNCTION ledger_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'restrict_violation';
END
$$;

CREATE FUNCTION ledger_queue_events() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO ledger_pending (event_id) SELECT id FROM fresh;
    RETURN NULL;
END
$$;

CREATE TRIGGER ledger_event_queue AFTER INSERT ON ledger_event
    REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_queue_events();
"""

# By row as well as by statement: an UPDATE that meets no row is refused too, and a rule or a
# later trigger that turns one statement into row changes elsewhere still meets the row trigger.
GUARDS = """
CREATE TRIGGER {table}_row_guard BEFORE UPDATE OR DELETE ON {table}
    FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER {table}_guard BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();
"""

UNDO = """
DROP TRIGGER ledger_event_queue ON ledger_event;
DROP FUNCTION ledger_refuse_change() CASCADE;
DROP FUNCTION ledger_queue_events();
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0001_initial")]

    operations = [
        migrations.RunSQL(
            FUNCTIONS + "".join(GUARDS.format(table=table) for table in TABLES), UNDO
        ),
    ]
