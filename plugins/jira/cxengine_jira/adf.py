"""The Atlassian Document Format: what descriptions are written in, and the plain text of one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

Node = Mapping[str, Any]
_BLOCKS = frozenset({"paragraph", "heading", "listItem", "codeBlock", "blockquote", "tableRow", "rule"})


def document(*blocks: Node) -> Node:
    """A whole document."""
    return {"type": "doc", "version": 1, "content": list(blocks)}


def paragraph(text: str, *marks: str) -> Node:
    """Some text; an empty paragraph where there is none, because ADF knows no empty text."""
    lines = [line for line in text.splitlines() if line.strip()]
    content: list[Node] = []
    for number, line in enumerate(lines):
        content += [{"type": "hardBreak"}] if number else []
        marked = {"marks": [{"type": mark} for mark in marks]} if marks else {}
        content.append({"type": "text", "text": line, **marked})
    return {"type": "paragraph", "content": content}


def heading(text: str, level: int = 3) -> Node:
    """A heading."""
    return {"type": "heading", "attrs": {"level": level}, "content": [{"type": "text", "text": text}]}


def bullets(texts: Iterable[str]) -> Node:
    """A list; give it at least one text."""
    items = [{"type": "listItem", "content": [paragraph(text)]} for text in texts]
    return {"type": "bulletList", "content": items}


def plain(node: Any) -> str:
    """The text of a document, a line a block: what a person reads, without what editors add to the nodes."""
    return "\n".join(line for line in (part.strip() for part in _text(node).split("\n")) if line)


def _text(node: Any) -> str:
    if not isinstance(node, Mapping):
        return ""
    kind = node.get("type")
    if kind == "text":
        return str(node.get("text", ""))
    if kind == "hardBreak":
        return "\n"
    attributes = node.get("attrs")
    if kind in ("mention", "emoji", "status", "date", "inlineCard") and isinstance(attributes, Mapping):
        return str(
            next((attributes[k] for k in ("text", "shortName", "timestamp", "url") if k in attributes), "")
        )
    content = node.get("content")
    inner = "".join(_text(child) for child in content) if isinstance(content, list) else ""
    return f"{inner}\n" if kind in _BLOCKS else inner
