"""How well the product learns, how exact and fast its artefact is, what its gate promotes."""
