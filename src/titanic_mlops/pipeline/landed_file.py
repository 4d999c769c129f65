"""A landed file's name, bytes and rows are checked on a local copy; no state changes here."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from shutil import copyfileobj

from titanic_mlops.errors import FileRejected
from titanic_mlops.ingestion import CheckedFile, IsErased, Source, check_file
from titanic_mlops.ledger import Entry
from titanic_mlops.pipeline import staging
from titanic_mlops.ports import ObjectInfo, Ports
from titanic_mlops.problems.base import Problem

_CHUNK = 1 << 20


def reason_to_ignore(entry: Entry) -> str:
    """Return why an object is not a table of its problem by its name, or nothing."""
    if entry.file.endswith("/"):
        return f"{entry.file} is a folder marker, not a file."
    if not entry.file.lower().endswith(".csv"):
        return f"{entry.file} does not end in .csv; only such files are tables."
    if not entry.file.startswith(f"{entry.problem}/"):
        return f"{entry.file} lies outside of {entry.problem}/, the folder of its problem."
    return ""


def download(entry: Entry, path: Path, ports: Ports, *, version: int = 0) -> str:
    """Copy exactly the generation that landed to `path`; return the sha256 of its bytes.

    Another `version` of the object is copied instead, if given.

    Raises:
        NotFound: the object was deleted or replaced.
        FileRejected: it is larger than `ports.largest_file`.
    """
    digest, size = sha256(), 0
    with (
        ports.landing.open(entry.file, version=version or entry.generation) as landed,
        path.open("wb") as copy,
    ):
        while chunk := landed.read(_CHUNK):
            size += len(chunk)
            _refuse_too_large(entry, size, ports.largest_file)
            digest.update(chunk)
            copy.write(chunk)
    return digest.hexdigest()


def copy_landed(info: ObjectInfo, path: Path, ports: Ports) -> None:
    """Copy a landed object to `path`, whatever its size.

    Raises:
        NotFound: the object was deleted or replaced.
    """
    with ports.landing.open(info.key, version=info.version) as landed, path.open("wb") as copy:
        copyfileobj(landed, copy, _CHUNK)


def check_rows(
    entry: Entry,
    path: Path,
    problem: Problem,
    ports: Ports,
    progress: Callable[[int], None] | None = None,
    *,
    is_erased: IsErased | None,
) -> CheckedFile:
    """Check the copy's rows; write one Parquet file beside it for each kind of row.

    Of records that `is_erased`, no text is written; None: no record was ever erased.
    `progress` is called with the number of bytes read so far.

    Raises:
        FileRejected: the file is not a table of this problem.
    """
    return check_file(
        path,
        problem,
        Source(entry.file, entry.file_id, entry.generation, ports.clock.now(), is_erased),
        accepted=path.with_name(staging.ACCEPTED),
        rejected=path.with_name(staging.REJECTED),
        progress=progress,
    )


def _refuse_too_large(entry: Entry, size: int, largest: int | None) -> None:
    if largest is not None and size > largest:
        detail = (
            f"{entry.file} has more than the {largest:,} bytes that fit here. Upload it in parts, "
            "each with the header."
        )
        raise FileRejected(detail, state="held", rule="too_large")
