"""The catalog page for a guest, beside bare Flask with one SELECT and a page of the same size."""

import urllib.request
from urllib.parse import quote

from bench import client, stage
from bench.figures import Figure

PAGES = {"catalog page, signed out": "/catalog", "catalog search, signed out": f"/catalog?q={quote('议事')}"}


def measure() -> list[Figure]:
    """Requests per second, 8 at a time."""
    from bench.floors import page_file

    figures = []
    with stage.http_server() as address:
        for number, (name, path) in enumerate(PAGES.items()):
            with urllib.request.urlopen(f"http://{address[0]}:{address[1]}{path}") as answer:
                page_file(f"catalog-{number}").write_bytes(answer.read())
            ours, floor = client.alternate(
                address, client.request("GET", path), client.request("GET", f"/floor/list/catalog-{number}")
            )
            figures.append(Figure("catalog", name, ours, "requests/s", floor=floor, goal=0.5))
    return figures
