"""Fields of forms in OpenDocument texts: controls that are drawn, and what LibreOffice takes over of Word's fields."""

from __future__ import annotations

from engines.containers.ooxml import Element, attribute, descendants, local_name, xml_number

CHECKED, UNCHECKED = "☒", "☐"
BOXES = frozenset(("checkbox", "radio"))
TYPED = frozenset(("text", "textarea", "formatted-text", "number", "date", "time", "combobox"))
CHOSEN = ("current-selected", "selected")


def controls_of(content: Element) -> dict[str, str]:
    """What the controls of the forms of a document show, by their ids (OpenDocument 1.3 part 3, 13)."""
    shown: dict[str, str] = {}
    for form in content.iter("{*}form"):
        for one in form:
            shown[attribute(one, "id")] = control_text(one, local_name(one))
    return shown


def control_text(element: Element, kind: str) -> str:
    """What a control shows: a box, ticked or not, and its label; what was chosen from a list; what was written."""
    if kind in BOXES:
        state = (
            attribute(element, "current-state") or attribute(element, "state") or attribute(element, "current-selected")
        )
        mark = CHECKED if state in ("checked", "true") else UNCHECKED
        return f"{mark} {attribute(element, 'label')}".strip()
    if kind == "listbox":
        options = descendants(element, "option")
        return ", ".join(attribute(one, "label") for one in options if is_chosen(one))
    return attribute(element, "current-value") or attribute(element, "value") if kind in TYPED else ""


def is_chosen(option: Element) -> bool:
    """Whether an entry of a list is chosen: now, or else from the beginning."""
    states = [state for key in CHOSEN if (state := attribute(option, key))]
    return states[:1] == ["true"]


def field_text(element: Element) -> str:
    """What a field (`field:fieldmark`) shows that is a box to tick or a list to choose from; empty of others."""
    kind = attribute(element, "type").rpartition(".")[2]
    values = [(attribute(one, "name"), attribute(one, "value")) for one in descendants(element, "param")]
    if kind == "FORMCHECKBOX":
        return CHECKED if ("Checkbox_Checked", "true") in values else UNCHECKED
    if kind != "FORMDROPDOWN":
        return ""
    entries = [value for name, value in values if name == "Dropdown_ListEntry"]
    place = next((int(xml_number(value)) for name, value in values if name == "Dropdown_Selected"), 0)
    return entries[place] if 0 <= place < len(entries) else ""
