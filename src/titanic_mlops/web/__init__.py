"""The HTTP contract as one raw ASGI application, and the page that a browser gets."""
