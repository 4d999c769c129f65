"""A Cloud Storage that speaks its JSON API on the loopback: what our adapter asks of it.

It keeps what the real one keeps about objects: generations, preconditions on reads, writes
and deletes, pinned reads, resumable uploads, unicode names, prefixes, pages. It proves the
requests that the client sends and what becomes of the answers; it proves nothing of IAM,
of quotas, or of what the real service does that this file's author did not know.
"""

from __future__ import annotations

import base64
import json
import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import google_crc32c
from flask import Flask, Response, abort, jsonify, request
from flask.typing import ResponseReturnValue

PAGE = 1000
JSON = {"Content-Type": "application/json"}

Finalized = Callable[[str, str, int], None]
"""Hears bucket, name and generation of every finished object."""


@dataclass(frozen=True)
class Stored:
    """One generation of one object."""

    data: bytes
    generation: int


@dataclass
class Bucket:
    """Objects by name, and, when versioned, generations that were replaced."""

    versioned: bool = False
    live: dict[str, Stored] = field(default_factory=dict)
    archived: dict[tuple[str, int], Stored] = field(default_factory=dict)


@dataclass
class Upload:
    """A resumable upload that has begun."""

    bucket: str
    name: str
    conditions: dict[str, str]
    data: bytearray = field(default_factory=bytearray)


class StorageServer:
    """Buckets behind the JSON API.

    `faults` are asked before each request is served; the answers to the next
    `lose_answers` finished uploads are lost: 503 instead. While it is `down`, all is refused.
    """

    def __init__(self, finalized: Finalized = lambda *_: None) -> None:
        self.buckets: dict[str, Bucket] = {}
        self.faults: list[Callable[[], Response | None]] = []
        self.lose_answers = 0
        self.down = False
        self._finalized = finalized
        self._uploads: dict[str, Upload] = {}
        self._mutex = threading.RLock()
        self._last = 0
        self.now: Callable[[], int] = time.time_ns
        self.app = Flask("storage")
        self.app.before_request(self._fault)
        self.app.register_error_handler(404, lambda e: (_error(404, str(e)), 404))
        o = "/<bucket>/o/<path:name>"
        for prefix in ("/storage/v1/b", "/download/storage/v1/b"):
            self.app.get(prefix + o)(self.read)
        self.app.delete("/storage/v1/b" + o)(self.delete)
        self.app.get("/storage/v1/b/<bucket>/o")(self.list)
        self.app.get("/storage/v1/b/<bucket>")(self.bucket)
        self.app.post("/upload/storage/v1/b/<bucket>/o")(self.upload)
        self.app.put("/upload/resumable/<number>")(self.resume)

    def data_of(self, bucket: str, name: str) -> bytes | None:
        """Return what is stored now, as another service of Google sees it."""
        with self._mutex:
            found = self.buckets[bucket].live.get(name)
        return found.data if found else None

    def bucket(self, bucket: str) -> ResponseReturnValue:
        self._bucket(bucket)
        return jsonify({"kind": "storage#bucket", "name": bucket, "id": bucket})

    def read(self, bucket: str, name: str) -> ResponseReturnValue:
        with self._mutex:
            found = self._found(bucket, name)
        conditions = request.args
        if conditions.get("ifGenerationNotMatch") == str(found.generation):
            return Response(status=304)
        if conditions.get("ifGenerationMatch", str(found.generation)) != str(found.generation):
            return _error(412, "conditionNotMet"), 412
        if conditions.get("alt") == "media":
            return _media(found)
        return jsonify(_resource(bucket, name, found))

    def list(self, bucket: str) -> ResponseReturnValue:
        prefix, token = request.args.get("prefix", ""), request.args.get("pageToken", "")
        most = int(request.args.get("maxResults", PAGE))
        with self._mutex:
            live = self._bucket(bucket).live
            names = sorted((n for n in live if n.startswith(prefix)), key=str.encode)
            names = [name for name in names if name.encode() > base64.urlsafe_b64decode(token)]
            items = [_resource(bucket, name, live[name]) for name in names[:most]]
        page: dict[str, Any] = {"kind": "storage#objects", "items": items}
        if len(names) > most:
            page["nextPageToken"] = base64.urlsafe_b64encode(names[most - 1].encode()).decode()
        return jsonify(page)

    def delete(self, bucket: str, name: str) -> ResponseReturnValue:
        with self._mutex:
            found = self._found(bucket, name)
            wanted = request.args.get("ifGenerationMatch", str(found.generation))
            if wanted != str(found.generation):
                return _error(412, "conditionNotMet"), 412
            self._archive(bucket, name)
        return Response(status=204)

    def upload(self, bucket: str) -> ResponseReturnValue:
        self._bucket(bucket)
        conditions = request.args.to_dict()
        if request.args["uploadType"] == "resumable":
            name = conditions.get("name") or request.get_json()["name"]
            with self._mutex:
                number = str(len(self._uploads))
                self._uploads[number] = Upload(bucket, name, conditions)
            address = f"{request.host_url}upload/resumable/{number}"
            return Response(status=200, headers={"Location": address})
        described, data = _multipart()
        return self._put(bucket, described["name"], data, conditions)

    def resume(self, number: str) -> ResponseReturnValue:
        upload = self._uploads[number]
        said = re.fullmatch(r"bytes (?:(\d+)-(\d+)|\*)/(\d+|\*)", request.headers["Content-Range"])
        if said is None:
            abort(400)
        if said[1] and int(said[1]) == len(upload.data):
            upload.data += request.get_data()
        if said[3] != "*" and int(said[3]) == len(upload.data):
            return self._put(upload.bucket, upload.name, bytes(upload.data), upload.conditions)
        kept = {"Range": f"bytes=0-{len(upload.data) - 1}"} if upload.data else {}
        return Response(status=308, headers=kept)

    def _put(
        self, bucket: str, name: str, data: bytes, conditions: dict[str, str]
    ) -> ResponseReturnValue:
        with self._mutex:
            live = self._bucket(bucket).live
            stored = live[name].generation if name in live else 0
            if conditions.get("ifGenerationMatch", str(stored)) != str(stored):
                return _error(412, "conditionNotMet"), 412
            self._archive(bucket, name)
            live[name] = Stored(data, self._next_generation())
            resource = _resource(bucket, name, live[name])
        self._finalized(bucket, name, int(resource["generation"]))
        if self.lose_answers:
            self.lose_answers -= 1
            return Response(status=503)
        return jsonify(resource)

    def restart(self, now: int) -> None:
        """Hold what a server does that was made at this time, in nanoseconds; it stands still."""
        self.now = lambda: now
        self._last = 0

    def _next_generation(self) -> int:
        self._last = max(self._last + 1, self.now() // 1000)
        return self._last

    def _archive(self, bucket: str, name: str) -> None:
        kept = self._bucket(bucket)
        old = kept.live.pop(name, None)
        if old and kept.versioned:
            kept.archived[name, old.generation] = old

    def _bucket(self, bucket: str) -> Bucket:
        if bucket not in self.buckets:
            abort(404)
        return self.buckets[bucket]

    def _found(self, bucket: str, name: str) -> Stored:
        kept = self._bucket(bucket)
        wanted = request.args.get("generation")
        found = kept.live.get(name)
        if wanted and (found is None or str(found.generation) != wanted):
            found = kept.archived.get((name, int(wanted)))
        if found is None:
            abort(404)
        return found

    def _fault(self) -> Response | None:
        if self.down:  # 403, for the client asks again for minutes after a 503
            return Response('{"error": {"code": 403, "message": "away"}}', 403, JSON)
        return self.faults.pop(0)() if self.faults else None


def _multipart() -> tuple[dict[str, Any], bytes]:
    """Return the metadata and the bytes of a multipart/related upload."""
    body = request.get_data()
    boundary = request.mimetype_params["boundary"].encode()
    described, data = body.split(b"--" + boundary)[1:3]
    described = described.partition(b"\r\n\r\n")[2]
    return json.loads(described), data.partition(b"\r\n\r\n")[2].removesuffix(b"\r\n")


def _media(found: Stored) -> Response:
    said = re.fullmatch(r"bytes=(\d+)-(\d*)", request.headers.get("Range", ""))
    data, status, headers = found.data, 200, {"x-goog-generation": str(found.generation)}
    if said:
        start, end = int(said[1]), int(said[2] or len(found.data))
        if start >= len(found.data):
            return Response(status=416)
        data, status = found.data[start : end + 1], 206
        headers["Content-Range"] = f"bytes {start}-{start + len(data) - 1}/{len(found.data)}"
    headers["x-goog-hash"] = f"crc32c={_crc32c(found.data)}"
    return Response(data, status, headers, content_type="application/octet-stream")


def _resource(bucket: str, name: str, stored: Stored) -> dict[str, str]:
    return {
        "kind": "storage#object",
        "bucket": bucket,
        "name": name,
        "id": f"{bucket}/{name}/{stored.generation}",
        "generation": str(stored.generation),
        "metageneration": "1",
        "size": str(len(stored.data)),
        "crc32c": _crc32c(stored.data),
    }


def _crc32c(data: bytes) -> str:
    return base64.b64encode(google_crc32c.value(data).to_bytes(4, "big")).decode()


def _error(code: int, reason: str) -> Response:
    return jsonify({"error": {"code": code, "message": reason, "errors": [{"reason": reason}]}})
