"""Exporters that write files: JSON, Markdown, CSV, Mermaid and the report.

Each writes the internal edition or the public one (`edition.py` says what customers may see). Modules
are imported when the engine asks for the classes, never before.
"""
