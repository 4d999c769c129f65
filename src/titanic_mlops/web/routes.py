"""The route table: it feeds the router, `Allow`, the links and the OpenAPI document.

A new route is one entry here, its handler, and the operation of that name in
`derive/operations.py`.
"""

from __future__ import annotations

from titanic_mlops.web import information
from titanic_mlops.web.predict import predict
from titanic_mlops.web.router import Route

ROUTES = (
    Route("GET", "/", information.about, "about"),
    Route("POST", "/", predict, "predict"),
    Route("GET", "/health", information.health, "health"),
    Route("GET", "/ready", information.ready, "ready"),
    Route("GET", "/version", information.version, "version"),
    Route("GET", "/openapi.json", information.openapi, "openapi"),
)
