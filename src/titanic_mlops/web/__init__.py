"""The HTTP service: one route table, one raw ASGI application, the pages for browsers."""
