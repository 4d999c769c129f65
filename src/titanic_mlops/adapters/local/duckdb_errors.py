"""Errors of DuckDB as errors of the ports: one table."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from titanic_mlops.errors import Busy, Conflict, NotFound, PortError, Rejected, Unavailable

Mapped = type[PortError]

# The first pattern found in the message decides: only the message distinguishes a missing
# table from an existing one.
DUCKDB: dict[str, tuple[tuple[str, Mapped], ...]] = {
    "CatalogException": (
        (r"^Catalog Error: (Table|View) with name .* does not exist", NotFound),
        (r"already exists", Conflict),
        (r"", Rejected),
    ),
    # A damaged Parquet page surfaces as a bare Error.
    "Error": ((r"", Rejected),),
    "BinderException": ((r"", Rejected),),
    "ConnectionException": ((r"", Unavailable),),
    "ConstraintException": ((r"", Rejected),),
    "ConversionException": ((r"", Rejected),),
    "DatabaseError": ((r"", Rejected),),
    "DataError": ((r"", Rejected),),
    "DependencyException": ((r"", Rejected),),
    "FatalException": ((r"", Unavailable),),
    "HTTPException": ((r"", Unavailable),),
    "IntegrityError": ((r"", Rejected),),
    "InternalError": ((r"", Unavailable),),
    "InternalException": ((r"", Unavailable),),
    "InterruptException": ((r"", Unavailable),),
    "InvalidInputException": ((r"attached in read-only mode", Unavailable), (r"", Rejected)),
    "InvalidTypeException": ((r"", Rejected),),
    "IOException": (
        (r"Could not set lock on file|being used by another process", Busy),
        (r"", Unavailable),
    ),
    "NotImplementedException": ((r"", Rejected),),
    "NotSupportedError": ((r"", Rejected),),
    "OperationalError": ((r"", Unavailable),),
    "OutOfMemoryException": ((r"", Unavailable),),
    "OutOfRangeException": ((r"", Rejected),),
    "ParserException": ((r"", Rejected),),
    "PermissionException": ((r"", Unavailable),),
    "ProgrammingError": ((r"", Rejected),),
    "ResourceInUseException": ((r"", Unavailable),),
    "SequenceException": ((r"", Rejected),),
    "SerializationException": ((r"", Unavailable),),
    "SyntaxException": ((r"", Rejected),),
    "TransactionException": ((r"", Unavailable),),
    "TypeMismatchException": ((r"", Rejected),),
}


@contextmanager
def duckdb_errors(where: Path | str) -> Iterator[None]:
    """Raise an error of DuckDB about `where` as an error of the ports."""
    try:
        yield
    except duckdb.Error as error:
        rows = DUCKDB.get(type(error).__name__, ((r"", Unavailable),))
        kind = next(kind for pattern, kind in rows if re.search(pattern, str(error)))
        # Later lines quote the statement, and single quotes a value: either may be personal.
        sentence = re.sub(r"'[^']*'", "'…'", str(error).splitlines()[0])
        raise kind(f"{where}: {sentence}") from error
