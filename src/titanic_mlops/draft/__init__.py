"""From the facts of a table to the text of its declaration.

`facts` are what was measured of a file; `dates`, `date_order`, `scales` and `sets` know forms of
values, `names` makes names from headers, `ranges` bounds with head-room; `roles` guesses keys and
personal columns, `guess` what one column is, `target` what is predicted; `table` combines them to a
draft, whose text `layout` and `source` write. Nothing here reads a file.
"""

from __future__ import annotations
