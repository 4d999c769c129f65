"""The queue's SQL: one table, one statement for each verb."""

SCHEMA = """
CREATE TABLE IF NOT EXISTS messages (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    topic TEXT NOT NULL,
    data BLOB NOT NULL,
    attributes TEXT NOT NULL,
    published REAL NOT NULL,
    visible REAL NOT NULL,
    attempt INTEGER NOT NULL DEFAULT 0,
    receipt TEXT,
    reason TEXT NOT NULL DEFAULT '',
    dead INTEGER NOT NULL DEFAULT 0
)
"""
# `visible` counts seconds since the machine started, which no clock set back can change. A value
# further ahead than the longest lease is from before a restart: its message is pending.
_DUE = "(visible <= :now OR visible > :now + :longest)"
INDEX = "CREATE INDEX IF NOT EXISTS waiting ON messages (dead, visible, seq)"
# An expired lease counts as a delivery: the message may have killed its worker.
MAKE_DEAD_LETTERS = f"""
UPDATE messages SET dead = 1, receipt = NULL,
    reason = 'delivery ' || attempt || ' was never acknowledged: the worker died or took too long'
        || CASE reason WHEN '' THEN '' ELSE '; before that: ' || reason END
WHERE dead = 0 AND attempt >= :deliveries AND {_DUE}
"""
LEASED = f"SELECT receipt FROM messages WHERE dead = 0 AND receipt IS NOT NULL AND NOT {_DUE}"
EXPIRE_LEASE = "UPDATE messages SET visible = 0 WHERE receipt = ?"
RELEASE = """
UPDATE messages SET attempt = attempt - 1, receipt = NULL, visible = ?
WHERE id = ? AND receipt = ?
"""
LEASE = f"""
UPDATE messages SET attempt = attempt + 1, receipt = :receipt, visible = :until
WHERE seq IN (
    SELECT seq FROM messages
    WHERE dead = 0 AND {_DUE}
      AND (:topics IS NULL OR topic IN (SELECT value FROM json_each(:topics)))
    ORDER BY seq LIMIT :most
)
RETURNING seq, id, topic, data, attributes, published, attempt, receipt
"""
ACKNOWLEDGE = """
DELETE FROM messages
WHERE receipt = :receipt AND id IN (SELECT value FROM json_each(:ids))
"""
REFUSE = """
UPDATE messages SET visible = :visible, receipt = NULL, reason = :reason,
    dead = attempt >= :deliveries
WHERE id = :id AND receipt = :receipt
"""
# A leased message counts: its holder may have died.
PENDING = f"SELECT 1 FROM messages WHERE {_DUE} OR receipt IS NOT NULL LIMIT 1"
DEPTH = """
SELECT count(*) FROM messages
WHERE dead = 0 AND (:topics IS NULL OR topic IN (SELECT value FROM json_each(:topics)))
"""
PENDING_BY_TOPIC = """
SELECT topic, count(*), min(published) FROM messages WHERE dead = 0 GROUP BY topic ORDER BY topic
"""
COUNT_DEAD = "SELECT count(*) FROM messages WHERE dead = 1"
DEAD = """
SELECT id, topic, data, attributes, published, attempt, reason
FROM messages WHERE dead = 1 ORDER BY seq
"""
