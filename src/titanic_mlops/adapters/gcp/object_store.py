"""Objects of one Cloud Storage bucket; the generation is the version."""

from __future__ import annotations

import io
import os
import shutil
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import TemporaryFile
from typing import Any, BinaryIO, cast

import google_crc32c
from google.api_core import exceptions as api
from google.api_core.retry import Retry
from google.cloud.storage import Blob, Bucket, Client
from google.cloud.storage.retry import DEFAULT_RETRY

from titanic_mlops.adapters.gcp.errors import google_errors
from titanic_mlops.adapters.gcp.timing import PATIENCE_SECONDS
from titanic_mlops.adapters.limits import parts_of
from titanic_mlops.errors import Conflict, NotFound
from titanic_mlops.ports import ObjectInfo

CHUNK = 1 << 20  # bytes
_RETRYABLE = DEFAULT_RETRY._predicate  # noqa: SLF001 the client does not export it


class BucketStore:
    """Keep the object `key` under that name in `bucket`.

    A request fails after `patience` seconds of silence; retries end after as many seconds.
    """

    def __init__(self, bucket: Bucket, *, patience: float = PATIENCE_SECONDS) -> None:
        self._bucket = bucket
        self._patience = patience
        self._bounds: dict[str, Any] = {
            "retry": Retry(_RETRYABLE, timeout=patience),
            "timeout": patience,
        }

    def put(self, key: str, data: bytes | BinaryIO, *, if_version: int | None = None) -> ObjectInfo:
        """Upload `data`; it becomes visible when the upload is complete."""
        parts_of(key)
        blob = self._bucket.blob(key)
        retried: list[Exception] = []
        with google_errors(key), _rewindable(data) as (stream, size):
            try:
                blob.upload_from_file(
                    stream,
                    size=size,
                    if_generation_match=if_version,
                    checksum="crc32c",
                    retry=Retry(_RETRYABLE, timeout=self._patience, on_error=retried.append),
                    timeout=self._patience,
                )
            except api.PreconditionFailed as error:
                stored = self.stat(key)
                if retried and stored and self._is_ours(key, stream):
                    return stored  # an earlier attempt stored it, only its answer was lost
                raise _conflict(key, stored, if_version) from error
        return _info(blob)

    def get(
        self, key: str, *, unless_version: int | None = None
    ) -> tuple[bytes, ObjectInfo] | None:
        """Download the object, or nothing when `unless_version` is still its generation."""
        with google_errors(key):
            while True:
                try:
                    blob = self._bucket.get_blob(
                        key, if_generation_not_match=unless_version, **self._bounds
                    )
                except api.NotModified:
                    return None
                if blob is None:
                    raise NotFound(f"{key}: no such object in {self._bucket.name}")
                try:
                    data = self._pinned(blob).download_as_bytes(raw_download=True, **self._bounds)
                except api.NotFound:
                    continue  # replaced after get_blob: there is a newer generation
                return data, _info(blob)

    def open(self, key: str, *, version: int) -> BinaryIO:
        """Stream one generation; only a chunk at a time is in memory."""
        with google_errors(key):
            blob = self._bucket.get_blob(key, generation=version, **self._bounds)
            if blob is None:
                raise NotFound(f"{key}: version {version} is gone from {self._bucket.name}")
            stream = self._pinned(blob).open("rb", raw_download=True, **self._bounds)
        return cast("BinaryIO", _Translated(key, stream, int(blob.size)))

    def stat(self, key: str) -> ObjectInfo | None:
        """Return key, generation and size of the object, or None."""
        with google_errors(key):
            blob = self._bucket.get_blob(key, **self._bounds)
        return _info(blob) if blob else None

    def list(self, prefix: str = "") -> Iterator[ObjectInfo]:
        """Yield the objects whose name starts with `prefix`, sorted by name."""
        with google_errors(prefix):
            for blob in self._bucket.list_blobs(prefix=prefix, **self._bounds):
                yield _info(blob)

    def delete(self, key: str, *, if_version: int | None = None) -> None:
        """Remove the object; nothing happens when there is none."""
        with google_errors(key):
            try:
                self._bucket.delete_blob(key, if_generation_match=if_version, **self._bounds)
            except api.NotFound:
                return
            except api.PreconditionFailed as error:
                raise _conflict(key, self.stat(key), if_version) from error

    def uri(self, key: str) -> str:
        """Return the address that BigQuery loads from."""
        return f"gs://{self._bucket.name}/{key}"

    def _pinned(self, blob: Blob) -> Blob:
        return self._bucket.blob(blob.name, generation=blob.generation)

    def _is_ours(self, key: str, stream: BinaryIO) -> bool:
        """Return whether the stored bytes have the checksum of the stream's."""
        stream.seek(0)
        checksum = 0
        while chunk := stream.read(CHUNK):
            checksum = google_crc32c.extend(checksum, chunk)
        stored = self._bucket.get_blob(key, **self._bounds)
        return bool(stored and stored.crc32c == b64encode(checksum.to_bytes(4, "big")).decode())


def open_bucket(project: str, name: str, *, patience: float) -> BucketStore:
    """Return the store of a bucket; nothing is requested yet."""
    return BucketStore(Client(project=project).bucket(name), patience=patience)


class _Translated(io.RawIOBase):
    """A client's stream of `size` bytes; raises errors of the ports."""

    def __init__(self, key: str, stream: BinaryIO, size: int) -> None:
        self._key = key
        self._stream = stream
        self._left = size

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override] # what a read gives
        with google_errors(self._key):
            # Reading past the end would send another request, for an object that may be deleted.
            data = self._stream.read(min(len(buffer), self._left)) if self._left else b""
        buffer[: len(data)] = data
        self._left -= len(data)
        return len(data)

    def close(self) -> None:
        self._stream.close()
        super().close()


@contextmanager
def _rewindable(data: bytes | BinaryIO) -> Iterator[tuple[BinaryIO, int]]:
    """Yield the data as a stream that a retry can rewind, and its size in bytes."""
    if isinstance(data, bytes):
        yield io.BytesIO(data), len(data)
        return
    with TemporaryFile() as copy:
        shutil.copyfileobj(data, copy, CHUNK)
        size = copy.tell()
        copy.seek(0, os.SEEK_SET)
        yield cast("BinaryIO", copy), size


def _info(blob: Blob) -> ObjectInfo:
    return ObjectInfo(blob.name, int(blob.generation), int(blob.size))


def _conflict(key: str, stored: ObjectInfo | None, wanted: int | None) -> Conflict:
    found = f"version {stored.version} is stored" if stored else "nothing is stored"
    expected = f"version {wanted}" if wanted else "nothing"
    return Conflict(f"{key}: {found}, {expected} was expected; read it again, then decide")
