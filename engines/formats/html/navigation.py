"""What of a web page leads around it instead of saying something: menus, paths of pages, page headers and footers."""

from __future__ import annotations

from selectolax.lexbor import LexborNode

TAGS = frozenset(("nav", "header", "footer", "aside"))
ROLES = frozenset(("navigation", "banner", "contentinfo", "complementary", "menu", "menubar"))
NAMES = ("menu", "nav", "navbar", "navigation", "breadcrumb", "breadcrumbs", "pagination")
"""Classes and ids of navigation, alone or as the last word of one, such as `main-menu`."""
ENDINGS = tuple(f"{mark}{name}" for name in NAMES for mark in "-_")
BLOCKS = frozenset(("div", "ul", "ol", "section", "table", "menu", "p", "span"))
"""Elements whose class is looked at."""


def is_navigation(node: LexborNode) -> bool:
    """Whether an element is navigation, by its kind, its role or its class."""
    tag, attributes = node.tag or "", node.attributes
    if tag in TAGS or attributes.get("role") in ROLES:
        return True
    if tag not in BLOCKS:
        return False
    words = f"{attributes.get('class') or ''} {attributes.get('id') or ''} {attributes.get('aria-label') or ''}".lower()
    return any(word in NAMES or word.endswith(ENDINGS) for word in words.split())
