"""The verb that shows the mails before anybody gets one: mail preview."""

from __future__ import annotations

from email import message_from_bytes
from email.policy import default as modern
from html import escape
from pathlib import Path

import click

from agent.cli.samples import Sample, samples

INDEX = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Mails of the SLI agent</title>
<style>
:root {{ color-scheme: light dark; }}
body {{ max-width: 44rem; margin: 0 auto; padding: 1.25rem 1rem; font: 16px/1.5 system-ui, sans-serif; }}
h1 {{ font-size: 1.35rem; line-height: 1.3; }}
li {{ margin: 0 0 1rem; overflow-wrap: anywhere; }}
</style>
</head>
<body>
<h1>Mails of the SLI agent</h1>
<p>Every kind of mail, from fictional data: nobody and no place in them exists, and nothing was sent.</p>
<ol>
{mails}
</ol>
</body>
</html>
"""
LINE = (
    '<li><b>{subject}</b><br>{kind}: <a href="{name}.html">HTML</a> · <a href="{name}.txt">text</a> · '
    '<a href="{name}.eml">as it travels</a></li>'
)


@click.group()
def mail() -> None:
    """What the mails look like."""


@mail.command()
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("state/mail-preview"),
    show_default=True,
    help="Folder for the files; made if it is not there.",
)
def preview(out: Path) -> None:
    """Write every kind of mail as .eml, .html and .txt, and an index.html: fictional data, nothing is sent."""
    out.mkdir(parents=True, exist_ok=True)
    lines = []
    for number, sample in enumerate(samples(), 1):
        name = f"{number:02}-{sample.kind.replace('_', '-')}"
        _write(sample, out / name)
        kind = sample.kind.replace("_", " ").capitalize()
        lines.append(LINE.format(subject=escape(sample.mail.subject), kind=kind, name=name))
    index = out / "index.html"
    index.write_text(INDEX.format(mails="\n".join(lines)), encoding="utf-8")
    click.echo(f"{len(lines)} mails from fictional data. Open {index}")


def _write(sample: Sample, path: Path) -> None:
    """The mail as it travels, and both of its bodies as they are read from it."""
    path.with_suffix(".eml").write_bytes(sample.mail.data)
    message = message_from_bytes(sample.mail.data, policy=modern)
    for suffix, kind in ((".html", "html"), (".txt", "plain")):
        body = message.get_body((kind,))
        if body is not None:
            text = body.get_content().replace("\r\n", "\n")
            path.with_suffix(suffix).write_text(text, encoding="utf-8", newline="\n")
