"""The platform on one machine: a directory, DuckDB, a durable queue in SQLite."""
