"""`cxengine plugins`: what is installed, whether it works, and the options of each plugin."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import click

from cxengine.cli.arguments import open_engine

if TYPE_CHECKING:
    from cxengine.cli.probe import Report
    from cxengine.diagnostics import Diagnostic

Offer = dict[str, Any]
"""A plugin as `cxengine.cli.probe` describes it."""


@click.command(short_help="List plugins and their health, or tell of one.")
@click.argument("name", required=False)
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")
@click.option(
    "--timeout",
    type=click.FloatRange(min=0, min_open=True),
    default=20.0,
    help="Seconds to wait for a plugin.",
)
@click.pass_context
def plugins(ctx: click.Context, name: str | None, form: str, timeout: float) -> None:
    """List plugins and whether they work, or with NAME the options of the plugins of that name.

    Of a metric all is told that the catalogue tells: formula, interval, limits, options, an example.

    Plugins that do not come with cxengine are imported in processes of their own. Exit codes: 0 all work, 1
    some do not.
    """
    from cxengine.cli.probe import look_at
    from cxengine.diagnostics import render_text

    reports = look_at(open_engine().registry, timeout)
    problems = list(_problems(reports))
    every = [offer for report in reports for offer in report["offers"]]
    offers = [offer for offer in every if name in (None, offer["name"])]
    if name and not offers:
        if problems:
            click.echo(render_text(problems), err=True)
        raise click.UsageError(_unknown(name, every), ctx)
    if form == "json":
        _print_json(offers, reports)
    elif name:
        for offer in offers:
            _print_options(offer)
    else:
        _print_list(offers)
        _print_health(reports)
    if problems:
        click.echo(render_text(problems), err=True)
    ctx.exit(1 if problems else 0)


def _problems(reports: Iterable[Report]) -> Iterator[Diagnostic]:
    from cxengine.cli.probe import duplicates
    from cxengine.diagnostics import Diagnostic

    reports = list(reports)
    for report in reports:
        for one in report["problems"]:
            yield Diagnostic(one["code"], one["message"], hint=one["hint"], severity=one["severity"])
    for first, second in duplicates(offer for report in reports for offer in report["offers"]):
        both = f"one of {first['distribution']} and one of {second['distribution']}"
        message = f'Two {first["kind"]} plugins are called "{first["name"]}": {both}.'
        hint = "Uninstall one of them, or block it with --no-plugin."
        yield Diagnostic("CX302", message, hint=hint)


def _unknown(name: str, offers: list[Offer]) -> str:
    from cxengine.diagnostics import closest

    meant = closest(name, [offer["name"] for offer in offers])
    return f"There is no plugin '{name}'." + (f" Did you mean '{meant}'?" if meant else "")


def _print_list(offers: list[Offer]) -> None:
    width = max((len(offer["name"]) for offer in offers), default=0)
    for kind in ("source", "enricher", "metric", "scoring", "grouping", "exporter"):
        of_kind = sorted((offer for offer in offers if offer["kind"] == kind), key=lambda one: one["name"])
        if of_kind:
            click.echo(f"{kind}s")
        for offer in of_kind:
            click.echo(f"  {offer['name']:<{width}}  {offer['about']}  ({offer['distribution']})")


def _print_health(reports: Iterable[Report]) -> None:
    click.echo("distributions")
    for report in reports:
        count = len(report["offers"])
        health = "has problems" if report["problems"] else "works"
        click.echo(f"  {report['distribution']}  {count} plugin{'' if count == 1 else 's'}, {health}")


def _print_options(offer: Offer) -> None:
    if "entry" in offer:
        click.echo(f"metric {offer['name']} ({offer['distribution']})\n\n{offer['entry']}")
        return
    click.echo(f"{offer['kind']} {offer['name']} ({offer['distribution']}): {offer['about']}")
    for key in offer["keys"]:
        default = "required" if key["required"] else f"default {key['default']}"
        click.echo(f"  {key['name']}: {key['type']}, {default}\n      {key['doc']}")


def _print_json(offers: list[Offer], reports: Iterable[Report]) -> None:
    import json

    listed = [{key: value for key, value in offer.items() if key != "keys"} for offer in offers]
    health = [{"name": report["distribution"], "problems": report["problems"]} for report in reports]
    click.echo(json.dumps({"plugins": listed, "distributions": health}, indent=2, ensure_ascii=False))
