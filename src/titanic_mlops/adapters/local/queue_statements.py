"""What the queue says to SQLite: one table, a statement for each verb."""

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
# A lease that ran out was a delivery: the message may have killed its worker.
BURY = """
UPDATE messages SET dead = 1, receipt = NULL,
    reason = 'delivery ' || attempt || ' was never answered: the worker died or took too long'
        || CASE reason WHEN '' THEN '' ELSE '; before that: ' || reason END
WHERE dead = 0 AND attempt >= :deliveries AND visible <= :now
"""
LEASED = "SELECT receipt FROM messages WHERE dead = 0 AND receipt IS NOT NULL AND visible > ?"
FREE = "UPDATE messages SET visible = ? WHERE receipt = ?"
GIVE_BACK = """
UPDATE messages SET attempt = attempt - 1, receipt = NULL, visible = published
WHERE id = ? AND receipt = ?
"""
LEASE = """
UPDATE messages SET attempt = attempt + 1, receipt = :receipt, visible = :until
WHERE seq IN (
    SELECT seq FROM messages
    WHERE dead = 0 AND visible <= :now
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
# A lease that is out counts as well: its holder may have died.
WAITING = "SELECT 1 FROM messages WHERE visible <= :now OR receipt IS NOT NULL LIMIT 1"
DEPTH = """
SELECT count(*) FROM messages
WHERE dead = 0 AND (:topics IS NULL OR topic IN (SELECT value FROM json_each(:topics)))
"""
DEAD = """
SELECT id, topic, data, attributes, published, attempt, reason
FROM messages WHERE dead = 1 ORDER BY seq
"""
