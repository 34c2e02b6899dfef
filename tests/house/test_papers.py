"""The papers say what is so: every setting, verb and word of make; and no machine's own paths or hosts."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from typing import Any, get_args

import click
from pydantic import BaseModel
from repository import ROOT, texts

from agent.cli.main import main
from agent.mapping.alerts import ROLES
from agent.mapping.load import FILES, OPTIONAL
from agent.settings import SECRETS, Settings

MACHINE_PATH = re.compile(r"(?<![\w/.~*-])/(?:work|root|home|Users)\b(?=[/\"'\s`)]|$)", re.MULTILINE)
REGISTRIES = ("pypi", "pythonhosted", "npmjs", "yarnpkg", "jfrog", "artifactory")
REGISTRY_HOST = re.compile(rf"https?://[\w.:@-]*(?:{'|'.join(REGISTRIES)})", re.IGNORECASE)
ANY_HOST = re.compile(r"https?://|--(?:extra-)?index-url|--find-links|--trusted-host| @ ")


def read(path: str) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


def variables() -> set[str]:
    """What the settings read: each field, and for a secret the name of a file that holds it."""
    fields = {f"SLI_{name.upper()}" for name in Settings.model_fields}
    return fields | {f"{name}_FILE" for name in SECRETS}


def verbs(command: click.Command = main, path: str = "sli-agent") -> Iterator[str]:
    """Each verb as it is typed: `sli-agent outbox list`."""
    if not isinstance(command, click.Group):
        yield path
        return
    for name, inner in command.commands.items():
        yield from verbs(inner, f"{path} {name}")


def keys(model: Any) -> Iterator[str]:
    """Every key an admin may write under this model, at any depth."""
    if isinstance(model, type) and issubclass(model, BaseModel):
        for name, field in model.model_fields.items():
            yield name
            yield from keys(field.annotation)
    for inner in get_args(model):
        yield from keys(inner)


def test_the_example_of_the_environment_names_exactly_the_settings() -> None:
    assert set(re.findall(r"\bSLI_[A-Z_]+\b", read(".env.example"))) == variables()


def test_the_example_of_the_environment_offers_each_setting_on_a_line_of_its_own() -> None:
    offered = re.findall(r"^(?:# )?(SLI_[A-Z_]+)=", read(".env.example"), re.MULTILINE)
    assert sorted(offered) == sorted(variables())


def test_the_example_of_the_environment_shows_the_defaults() -> None:
    offered = dict(re.findall(r"^# (SLI_[A-Z_]+)=(.+)$", read(".env.example"), re.MULTILINE))
    defaults = {
        f"SLI_{name.upper()}": str(field.default)
        for name, field in Settings.model_fields.items()
        if not field.is_required() and field.default not in {None, ""}
    }
    assert {name: offered.get(name) for name in defaults} == defaults


def test_every_verb_is_named_in_the_readme() -> None:
    assert [verb for verb in verbs() if verb not in read("README.md")] == []


def typed() -> Iterator[tuple[str, bool]]:
    """Each call of the program in the pages for its users; whether it is a whole line to type, not a verb named."""
    for page in ("README.md", *sorted(f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md"))):
        for line in read(page).splitlines():
            if re.match(r" {4,}sli-agent ", line):
                yield line.strip(), True
            else:
                yield from ((call, False) for call in re.findall(r"`(sli-agent [^`]+)`", line))


def misuse(call: str, *, whole: bool) -> str:
    """What the program would answer to this line before it did anything; "" where it would take it."""
    words = [word for word in shlex.split(call, comments=True)[1:] if word != "-h"]
    command: click.Command = main
    context = click.Context(main, info_name="sli-agent")
    try:
        while isinstance(command, click.Group):
            if not words:
                return ""
            if command.name == "score" and words[0] not in command.commands:
                words = ["list", *words]  # `score 2026-03` is short for it.
            name, found, words = command.resolve_command(context, words)
            assert found
            command = found
            context = click.Context(command, parent=context, info_name=name)
        command.parse_args(context, words)
    except click.UsageError as error:
        # A verb may be named without its arguments; and the reader has the file.
        fine = (isinstance(error, click.MissingParameter) and not whole) or "does not exist" in error.message
        return "" if fine else f"{call}: {error.format_message()}"
    return ""


def test_every_command_line_of_the_pages_is_one_that_the_program_takes() -> None:
    calls = list(typed())
    assert len([call for call, whole in calls if whole]) > 10
    assert [said for call, whole in calls if (said := misuse(call, whole=whole))] == []
    assert "No such option" in misuse("sli-agent score 2026-03 --everything", whole=True)
    assert "is not a month" in misuse("sli-agent month show PERSON March", whole=True)
    assert misuse("sli-agent month lock", whole=False) == ""


def test_every_key_of_a_mapping_is_explained() -> None:
    page = read("mappings/README.md")
    files = {**FILES, **OPTIONAL}
    wanted = {"handling_score", *ROLES, *(key for model in files.values() for key in keys(model))}
    assert [key for key in sorted(wanted) if not re.search(rf"`\[{{0,2}}{key}\b", page)] == []
    assert [name for name in files if f"## {name}.toml" not in page] == []


def test_every_word_of_make_is_named_in_contributing() -> None:
    words = re.findall(r"^([a-z-]+):.*## ", read("Makefile"), re.MULTILINE)
    assert words
    assert [word for word in words if f"make {word}" not in read("CONTRIBUTING.md")] == []


def test_no_file_names_a_path_of_one_machine() -> None:
    named = [f"{path}: {match[0]}" for path, text in texts() for match in MACHINE_PATH.finditer(text)]
    assert named == []


def test_no_file_names_a_registry() -> None:
    named = [f"{path}: {match[0]}" for path, text in texts() for match in REGISTRY_HOST.finditer(text)]
    assert named == []


def test_the_locks_name_no_host() -> None:
    locks = dict(texts("requirements"))
    assert locks
    assert [path for path, text in locks.items() if ANY_HOST.search(text)] == []


def test_paths_and_hosts_that_must_not_appear_are_recognised() -> None:
    home, host = "/" + "home", "https:" + "//pypi.example.org/simple"
    assert MACHINE_PATH.search(f"see {home}/ada/x.pem")
    assert MACHINE_PATH.search(f'Path("{home}")')
    assert not MACHINE_PATH.search(f"/lightning/o/Account{home}")
    assert REGISTRY_HOST.search(f"from {host}")
    assert ANY_HOST.search(f"x==1 @ {host}")
