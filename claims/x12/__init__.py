"""X12 005010 in and out: `read_file` and `parse_x12` give typed transactions, `write_transactions` gives bytes."""

from claims.x12.archive import unpack
from claims.x12.reader import looks_like_x12, parse_x12, read_file
from claims.x12.segment_writer import UnwritableRecord
from claims.x12.writer import write_transactions

__all__ = ["UnwritableRecord", "looks_like_x12", "parse_x12", "read_file", "unpack", "write_transactions"]
