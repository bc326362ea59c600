"""Documents that are text at heart: a web page, a mail, data, notes, a letter and a small e-book."""

from __future__ import annotations

import email.policy
import io
import textwrap
import zipfile
from email.message import EmailMessage

DATA = """\
date;model;speed_mps;drag_n;water_c
2026-03-05;Skarv 520;2,0;9,5;7,1
2026-03-05;Skarv 520;3,0;21,0;7,1
2026-03-05;Skarv 520;4,0;38,0;7,2
2026-03-12;Tern 470;2,0;9,5;7,4
2026-03-12;Tern 470;3,0;24,5;7,4
2026-03-12;Tern 470;4,0;47,0;7,4
2026-03-19;"Plywood boat, 1974";2,0;10,0;7,9
2026-03-19;"Plywood boat, 1974";3,0;22,5;7,9
2026-03-19;"Plywood boat, 1974";4,0;41,0;8,0
"""


def text(content: str) -> bytes:
    """Text without the indentation of its source."""
    return textwrap.dedent(content).lstrip("\n").encode()


def data() -> bytes:
    return DATA.encode()


def page() -> bytes:
    return text("""
        <!DOCTYPE html>
        <html lang="en">
        <head><meta charset="utf-8"><title>Tern 470 – Norrvik Kayaks</title>
        <style>nav a { margin-right: 1em } .hint { display: none }</style></head>
        <body>
        <nav><a href="https://norrvik.example/">Home</a> <a href="https://norrvik.example/boats">Boats</a></nav>
        <main>
        <h1>Tern 470</h1>
        <p>A short, patient kayak for bays, rivers and <em>the roof of a small car</em>.
           See also the <a href="https://norrvik.example/boats/skarv">Skarv 520</a>.</p>
        <h2>What comes with it</h2>
        <ul>
          <li>Two hatches
            <ul><li>front: 24 cm</li><li>rear: 44 × 26 cm</li></ul>
          </li>
          <li>Seat with five positions</li>
          <li>Deck lines that <strong>shine in the dark</strong></li>
        </ul>
        <h2>Measures</h2>
        <table>
          <caption>All sizes of the Tern</caption>
          <thead><tr><th rowspan="2">Version</th><th colspan="2">Size (cm)</th><th rowspan="2">Price (SEK)</th></tr>
                 <tr><th>Length</th><th>Width</th></tr></thead>
          <tbody>
            <tr><td>Tern 470</td><td>470</td><td>60</td><td>14 500</td></tr>
            <tr><td>Tern 430 Junior</td><td>430</td><td>56</td><td>11 900</td></tr>
          </tbody>
        </table>
        <p>Questions? Write to <a href="mailto:yard@norrvik.example">yard@norrvik.example</a>.</p>
        </main>
        <footer>Norrvik Kayaks AB, Hamngatan 4, 571 00 Norrvik</footer>
        </body>
        </html>
        """)


def mail() -> bytes:
    message = EmailMessage(policy=email.policy.SMTP.clone(max_line_length=98))
    message["From"] = "Storholmen Sea School <office@storholmen.example>"
    message["To"] = "Norrvik Kayaks <yard@norrvik.example>"
    message["Subject"] = "Scratches on two of the boats"
    message["Date"] = "Wed, 22 Apr 2026 08:41:00 +0200"
    message["Message-ID"] = "<20260422-0841@storholmen.example>"
    message.set_content(
        "Good morning,\n\nthank you for the delivery. Two of the four Skarv 520 have scratches under the bow; see the "
        "attached list.\n\nCan you polish them before 1 May? We open on the second.\n\nKind regards\nThe office\n"
    )
    message.add_alternative(
        "<html><body><p>Good morning,</p><p>thank you for the delivery. <b>Two of the four Skarv 520</b> have scratches "
        "under the bow; see the attached list.</p><p>Can you polish them before 1 May? We open on the second.</p>"
        "<p>Kind regards<br>The office</p></body></html>",
        subtype="html",
    )
    message.add_attachment("hull,place\n520-311,bow left\n520-314,bow right\n", subtype="csv", filename="scratches.csv")
    message.set_boundary("norrvik-outer")
    inner = message.get_payload(0)
    inner.set_boundary("norrvik-inner")
    return message.as_bytes()


def notes() -> bytes:
    return text("""
        # Workshop notes

        Things that nobody remembers in March.

        ## Mixing gelcoat

        1. Warm the tin to 20 °C.
        2. Stir slowly, **no bubbles**.
        3. Add hardener:
           - 2 % above 18 °C
           - 2.5 % below

        ## Oven

        | Hull      | Temperature | Hours |
        |-----------|-------------|-------|
        | Skarv 520 | 62 °C       | 9     |
        | Tern 470  | 60 °C       | 8     |

        The log is read with:

        ```python
        hours = sum(float(line.split(";")[2]) for line in open("oven.log"))
        ```

        See the [supplier's sheet](https://gelcoat.example/sheet) for other colours.
        """)


def letter() -> bytes:
    return (
        r"""{\rtf1\ansi\ansicpg1252\deff0{\fonttbl{\f0\froman Times New Roman;}}
\f0\fs24 Norrvik Kayaks AB\line Hamngatan 4\line 571 00 Norrvik\par
\par
Storholmen Sea School\line Bryggan 1\line 572 91 Storholmen\par
\par
24 April 2026\par
\par
{\b Your two boats with scratches}\par
\par
Dear Sea School,\par
\par
thank you for your mail of 22 April. We are sorry about the scratches; they happened when the ferry braked. A colleague comes on {\b Tuesday 28 April} and polishes both hulls at your pier. It takes about two hours and costs you nothing.\par
\par
Until then the boats may be used. The scratches do not go through the gelcoat, and the guarantee of five years is not touched.\par
\par
With kind regards from the yard\par
}
"""  # noqa: E501 - a paragraph of RTF is one line
    ).encode("cp1252")


def handbook() -> bytes:
    chapters = {
        "Before you go": "<p>Look at the sky, then at the forecast, then at the sky again.</p><ul><li>Tell somebody where "
        "you paddle and when you are back.</li><li>Dress for the water, not for the air.</li></ul>",
        "On the water": "<p>Keep to the shore when the water is colder than fifteen degrees.</p><h2>If you capsize</h2>"
        "<ol><li>Stay with the boat.</li><li>Turn it upright.</li><li>Climb in from the side, belly first.</li></ol>",
        "Afterwards": "<p>Rinse the boat with fresh water, open the hatches, and hang up the spray deck.</p>",
    }
    items = "".join(
        f'<item id="c{n}" href="c{n}.xhtml" media-type="application/xhtml+xml"/>' for n in range(1, len(chapters) + 1)
    )
    spine = "".join(f'<itemref idref="c{n}"/>' for n in range(1, len(chapters) + 1))
    parts = {
        "mimetype": "application/epub+zip",
        "META-INF/container.xml": '<?xml version="1.0"?><container version="1.0" xmlns="urn:oasis:names:tc:opendocument:'
        'xmlns:container"><rootfiles><rootfile full-path="book.opf" media-type="application/oebps-package+xml"/>'
        "</rootfiles></container>",
        "book.opf": '<?xml version="1.0"?><package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="i">'
        '<metadata xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:identifier id="i">norrvik-handbook</dc:identifier>'
        "<dc:title>The small handbook of paddling</dc:title><dc:language>en</dc:language></metadata>"
        f"<manifest>{items}</manifest><spine>{spine}</spine></package>",
    }
    for number, (title, body) in enumerate(chapters.items(), 1):
        parts[f"c{number}.xhtml"] = (
            '<?xml version="1.0" encoding="utf-8"?><html xmlns="http://www.w3.org/1999/xhtml"><head>'
            f"<title>{title}</title></head><body><h1>{title}</h1>{body}</body></html>"
        )
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            part = zipfile.ZipInfo(name, (2026, 4, 14, 9, 0, 0))
            part.compress_type = zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED
            archive.writestr(part, content)
    return target.getvalue()
