"""The verbs for newcomers: demo and sandbox."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import click

from agent import app, settings
from agent.cli import output, passes
from agent.clock import ShiftedClock, SystemClock, chance
from agent.daemon import Daemon
from agent.errors import AgentError, ConfigurationError
from agent.loop import Agent

try:
    from agent.sandbox.world import World, populate, world
except ImportError:  # The `sandbox` extra is not installed: a production machine needs no sandbox.
    World = None  # type: ignore[assignment,misc]

OVERLAP = timedelta(minutes=11)
"""A little more than the span every poll reads again: afterwards a quiet org is quiet."""
MARKER = ".demo"
STATE = click.option(
    "--state-dir",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("state/demo"),
    show_default=True,
    help="Where the demo keeps its state and the mails. Emptied at each start.",
)
MAPPINGS = click.option(
    "--mappings",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("mappings/sandbox"),
    show_default=True,
    help="The mapping of the sandbox org.",
)
SIZE = click.option("--size", default=300, show_default=True, help="Interventions in the sandbox org.")
PORT = click.IntRange(0, 65_535)
SEED = click.option("--seed", default=7, show_default=True, help="Another number, another fictional company.")


@click.command()
@click.option("--once", is_flag=True, help="One full pass and a quiet second one, then exit.")
@click.option("--json", "as_json", is_flag=True, help="With --once: print the counts as one JSON object.")
@click.option("--stay", is_flag=True, help="Keep the org and the mail pages up at the end, until Ctrl-C.")
@SIZE
@SEED
@STATE
@MAPPINGS
def demo(  # noqa: PLR0913, PLR0917  # one argument for each option
    once: bool, as_json: bool, stay: bool, size: int, seed: int, state_dir: Path, mappings: Path
) -> None:
    """The main job on your own machine: a sandbox org, a mail sink and the agent together."""
    clock = ShiftedClock()
    with _small_world(clock, size, seed, state_dir, mappings) as (here, agent):
        if once:
            found = _two_passes(agent, clock)
            output.as_json(found) if as_json else _show_both(found)
            return
        from agent.cli.story import tell  # noqa: PLC0415  # the sandbox is there: its world has just been built

        tell(here, agent, clock, state_dir)
        if stay:
            _wait_for_the_end(f"\nThe mails as pages: {here.server.base_url}/mail   (Ctrl-C ends)")


@contextmanager
def _small_world(
    clock: ShiftedClock, size: int, seed: int, state_dir: Path, mappings: Path
) -> Iterator[tuple[Any, Agent]]:
    """A world and an agent in it, with an empty state."""
    _require_sandbox()
    _empty(state_dir)
    click.echo(f"Filling a sandbox org with {size} SLIs ...", err=True)
    with _plainly():
        seeded = populate(clock.now(), size=size, seed_number=seed)
    with world(seeded, clock, chance(seed), mail_directory=state_dir / "mail") as here:
        environ = {**here.settings, "SLI_STATE_DIR": str(state_dir), "SLI_MAPPINGS": str(mappings)}
        with app.agent(settings.load(environ, Path("/nonexistent")), clock, rng=chance(seed)) as agent:
            yield here, agent


def _two_passes(agent: Agent, clock: ShiftedClock) -> dict[str, Any]:
    """The first pass's counts, and under `second_pass` those of a pass after the overlap has passed."""
    with output.progress(clock, "reading ...") as show:
        first = agent.run_pass(
            clock, watch=lambda: show(passes.so_far(agent.work, clock.now())), wait=Daemon(clock).wait
        )
    clock.advance(OVERLAP)
    second = agent.run_pass(clock)
    if agent.trouble:
        raise AgentError(agent.trouble.text)
    return {**first, "second_pass": second}


def _show_both(found: Mapping[str, Any]) -> None:
    click.echo("The first pass")
    passes.tally(found)
    click.echo("Eleven minutes later")
    passes.tally(found["second_pass"])


@contextmanager
def _plainly() -> Iterator[None]:
    """A size that is too small or a port that is taken is said in a sentence."""
    try:
        yield
    except (OSError, ValueError) as error:
        raise ConfigurationError([getattr(error, "strerror", None) or f"{error}."]) from error


def _require_sandbox() -> None:
    if World is None:
        raise ConfigurationError(
            ["The sandbox is not installed. Install it with: pip install 'sli-agent[sandbox]'"]
        )


def _empty(state_dir: Path) -> None:
    """Begin anew, but never over a state that is not the demo's own."""
    if state_dir.exists() and any(state_dir.iterdir()) and not (state_dir / MARKER).exists():
        raise ConfigurationError(
            [
                f"{state_dir}: holds something that is not the demo's. Give the demo a folder of its own: --state-dir"
            ]
        )
    shutil.rmtree(state_dir, ignore_errors=True)
    (state_dir / "mail").mkdir(parents=True)
    (state_dir / MARKER).touch()


@click.command()
@click.option(
    "--port", type=PORT, default=8765, show_default=True, help="Port of the org; 0 takes a free one."
)
@click.option(
    "--smtp-port",
    type=PORT,
    default=8025,
    show_default=True,
    help="Port of the mail sink; 0 takes a free one.",
)
@click.option("--tls", is_flag=True, help="Serve https with a certificate made for this run.")
@SIZE
@SEED
def sandbox(port: int, smtp_port: int, tls: bool, size: int, seed: int) -> None:
    """The local org and mail sink alone; prints the settings that point the agent at it."""
    _require_sandbox()
    clock = SystemClock()
    click.echo(f"Filling a sandbox org with {size} SLIs ...", err=True)
    with ExitStack() as until_the_end:
        with _plainly():
            seeded = populate(clock.now(), size=size, seed_number=seed)
            started = world(seeded, clock, chance(seed), ports=(port, smtp_port), tls=tls)
            here = until_the_end.enter_context(started)
        for name, value in _settings_to_print(here).items():
            click.echo(f"export {name}={value}")
        click.echo(f"# mails: {here.server.base_url}/mail   faults: {here.server.base_url}/sandbox/faults")
        _wait_for_the_end("Running until Ctrl-C.")


def _settings_to_print(here: Any) -> Mapping[str, str]:
    extra = {"SLI_MAPPINGS": "mappings/sandbox", "SLI_STATE_DIR": "state/sandbox"}
    trust = {"REQUESTS_CA_BUNDLE": str(here.server.ca_file)} if here.server.ca_file else {}
    return {**here.settings, **extra, **trust}


def _wait_for_the_end(words: str) -> None:
    """Say that it runs, once it can be told to stop, and wait for that."""
    daemon = Daemon(SystemClock())
    with daemon.listening():
        click.echo(words, err=True)
        while not daemon.stopped():
            daemon.wait(3600)
