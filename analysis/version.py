"""The program's version, written into every result."""

VERSION = "0.1.0"
