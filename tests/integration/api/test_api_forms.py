"""Forms with files as different clients write them."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient
from support.databases import whichever_database

FILES = "/api/v1/beta/files"
PURPOSE = b'--x\r\nContent-Disposition: form-data; name="purpose"\r\n\r\nparse\r\n'


def send(client: FlaskClient, body: bytes, boundary: str = "x") -> Any:
    return client.post(FILES, data=body, content_type=f"multipart/form-data; boundary={boundary}")


def part(disposition: str, content: bytes = b"content") -> bytes:
    return b"--x\r\nContent-Disposition: form-data; %s\r\n\r\n%s\r\n--x--\r\n" % (disposition.encode(), content)


@pytest.mark.parametrize(
    ("disposition", "name"),
    [
        ('name="file"; filename="a.pdf"', "a.pdf"),
        ("name=file; filename=a.pdf", "a.pdf"),
        ('filename="a.pdf"; name="file"', "a.pdf"),
        ('name="file"; filename="Übung 1.pdf"', "Übung 1.pdf"),
        ("name=\"file\"; filename*=UTF-8''%C3%9Cbung%201.pdf", "Übung 1.pdf"),
        ('name="file"; filename="a.pdf"; filename*=UTF-8\'\'a.pdf', "a.pdf"),
        ('name="file"; filename="a%22b.pdf"', 'a"b.pdf'),
        ('name="file"; filename="a\\"b.pdf"', 'a"b.pdf'),
        ('name="file"; filename="C:\\\\fakepath\\\\a.pdf"', "a.pdf"),
        ('name="file"; filename="../../a.pdf"', "a.pdf"),
        ('name="file"; filename=""', "upload"),
    ],
)
def test_the_name_of_a_file_is_read_however_it_is_spelt(client: FlaskClient, disposition: str, name: str) -> None:
    answer = send(client, PURPOSE + part(disposition))
    assert answer.status_code == 201, answer.text
    assert answer.json["name"] == name


@whichever_database
@pytest.mark.parametrize("size", [0, 1, 65_536, 499_000, 600_000])
def test_every_byte_arrives_even_what_looks_like_the_beginning_of_a_boundary(client: FlaskClient, size: int) -> None:
    content = (b"\r\n--\r\n-x--x\r" * (size // 12 + 1))[:size]
    file = send(client, PURPOSE + part('name="file"; filename="a"', content)).json
    link = client.get(f"{FILES}/{file['id']}/content").json["url"].removeprefix("http://localhost")
    with client.get(link) as answer:
        assert answer.data == content


def test_a_part_may_lack_the_empty_line_before_a_body_that_it_has_not(client: FlaskClient) -> None:
    empty = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\n'
    assert send(client, empty + b"\r\n" + PURPOSE + b"--x--\r\n").status_code == 201


def test_lines_may_end_as_they_do_on_unix(client: FlaskClient) -> None:
    body = PURPOSE + part('name="file"; filename="a.pdf"')
    assert send(client, body.replace(b"\r\n", b"\n")).status_code == 201


def test_text_before_and_behind_the_parts_does_not_count(client: FlaskClient) -> None:
    body = b"preamble\r\n" + PURPOSE + part('name="file"; filename="a.pdf"') + b"epilogue"
    assert send(client, body).status_code == 201


@whichever_database
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"--x--\r\n",
        b"no parts at all",
        PURPOSE + b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nno end',
        PURPOSE + b"--x\r\nno header\r\n\r\n\r\n--x--\r\n",
        PURPOSE + b'--x\r\nContent-Disposition: form-data; name="file"; filename="\xff"\r\n\r\na\r\n--x--\r\n',
        PURPOSE + part('name="file"'),
    ],
)
def test_a_form_that_is_none_or_has_no_file_is_refused(client: FlaskClient, body: bytes) -> None:
    answer = send(client, body)
    assert answer.status_code == 422
    assert {one["type"] for one in answer.json["detail"]} == {"missing"}
    assert client.get(FILES).json["items"] == []


def test_a_form_without_a_boundary_is_refused(client: FlaskClient) -> None:
    answer = client.post(FILES, data=PURPOSE, content_type="multipart/form-data")
    assert answer.status_code == 422


@pytest.mark.parametrize(
    "body",
    [
        PURPOSE * 1001 + b"--x--\r\n",
        b'--x\r\nContent-Disposition: form-data; name="purpose"\r\n\r\n' + b"a" * 500_001 + b"\r\n--x--\r\n",
    ],
    ids=["parts", "field"],
)
def test_a_form_beyond_what_is_read_of_one_is_too_large(client: FlaskClient, body: bytes) -> None:
    assert send(client, body).status_code == 413


def test_a_field_is_read_in_the_encoding_that_it_names(client: FlaskClient) -> None:
    external = (
        b'--x\r\nContent-Disposition: form-data; name="external_file_id"\r\n'
        b"Content-Type: text/plain; charset=ISO-8859-1\r\n\r\n\xdcbung\r\n"
    )
    answer = send(client, PURPOSE + external + part('name="file"; filename="a.pdf"'))
    assert answer.json["external_file_id"] == "Übung"
