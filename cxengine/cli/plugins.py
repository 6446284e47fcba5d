"""`cxengine plugins`: what is installed, and the options of each plugin."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from cxengine.plugin import Offer, Registry


@click.command(short_help="List plugins, or the options of one.")
@click.argument("name", required=False)
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")
@click.pass_context
def plugins(ctx: click.Context, name: str | None, form: str) -> None:
    """List plugins, or with NAME the options of the plugins of that name."""
    from cxengine.diagnostics import render_text
    from cxengine.engine import Engine

    registry = Engine().registry
    offers = [offer for offer in registry.offers if name in (None, offer.name)]
    if name and not offers:
        raise click.UsageError(_unknown(name, registry), ctx)
    if form == "json":
        _print_json(offers)
    elif name:
        for offer in offers:
            _print_options(offer)
    else:
        _print_list(offers)
    if registry.problems:
        click.echo(render_text(registry.problems), err=True)
    ctx.exit(1 if registry.problems else 0)


def _unknown(name: str, registry: Registry) -> str:
    from cxengine.diagnostics import closest

    meant = closest(name, [offer.name for offer in registry.offers])
    return f"There is no plugin '{name}'." + (f" Did you mean '{meant}'?" if meant else "")


def _print_list(offers: list[Offer]) -> None:
    width = max((len(offer.name) for offer in offers), default=0)
    kinds = dict.fromkeys(offer.kind for offer in offers)
    for kind in kinds:
        click.echo(f"{kind}s")
        for offer in offers:
            if offer.kind == kind:
                click.echo(f"  {offer.name:<{width}}  {_summary(offer.plugin)}  ({offer.distribution})")


def _print_options(offer: Offer) -> None:
    from cxengine.project.reference import keys

    click.echo(f"{offer.kind} {offer.name} ({offer.distribution}): {_summary(offer.plugin)}")
    for key in keys(offer.plugin.Options):
        default = "required" if key.required else f"default {key.default}"
        click.echo(f"  {key.name}: {key.type}, {default}\n      {key.doc}")


def _print_json(offers: list[Offer]) -> None:
    import json

    from cxengine.project.schema import of_class

    listed = []
    for offer in offers:
        definitions: dict[str, dict[str, object]] = {}
        options = of_class(offer.plugin.Options, definitions)
        entry = {"kind": offer.kind, "name": offer.name, "distribution": offer.distribution}
        listed.append(
            {**entry, "about": _summary(offer.plugin), "options": {**options, "$defs": definitions}}
        )
    click.echo(json.dumps({"plugins": listed}, indent=2, ensure_ascii=False))


def _summary(plugin: type) -> str:
    return (plugin.__doc__ or "").strip().split("\n", maxsplit=1)[0]
