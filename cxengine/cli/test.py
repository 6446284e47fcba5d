"""`cxengine test`: the cases of a project, tried on its rules."""

from __future__ import annotations

from pathlib import Path

import click

from cxengine.cli.arguments import project_argument


@click.command(short_help="Try the cases in cases/*.toml on the rules.")
@project_argument
@click.option("--case", "only", multiple=True, metavar="ID", help="Only this case; may be repeated.")
@click.option("--coverage", is_flag=True, help="Report rules and conditions that no case decides both ways.")
@click.option("--mutate", is_flag=True, help="Change the rules in small ways; report what no case notices.")
@click.option("--format", "form", type=click.Choice(["text", "json", "tap", "junit"]), default="text")
@click.pass_context
def test(
    ctx: click.Context, *, project: Path, only: tuple[str, ...], coverage: bool, mutate: bool, form: str
) -> None:
    """Try the cases in cases/*.toml on the rules of a project; no evidence is needed.

    Exit codes: 0 all as expected, 1 with failures or findings, 2 unusable input.
    """
    from cxengine.cli.arguments import open_engine
    from cxengine.rules.cases import published
    from cxengine.rules.cases.coverage import coverage as covered
    from cxengine.rules.cases.mutation import mutate as mutated

    if only and (coverage or mutate):
        raise click.UsageError("--coverage and --mutate look at all cases: leave out --case.")
    engine = open_engine()
    bench = engine.bench(engine.load(project))
    _refuse_unknown(only, [str(one.case.id) for one in bench.cases])
    trials = tuple(trial for trial in bench.trials() if not only or trial.case.id in only)
    passed = not any(trial.failures for trial in trials)
    report = published.Report(
        bench,
        trials,
        coverage=covered(bench, trials) if coverage else None,
        mutation=mutated(bench) if mutate and passed else None,
        untried=mutate and not passed,
    )
    click.echo(published.FORMATS[form](report))
    ctx.exit(0 if report.clean else 1)


def _refuse_unknown(only: tuple[str, ...], known: list[str]) -> None:
    from cxengine.diagnostics import closest

    if not known:
        raise click.UsageError("The project has no cases: write [[case]] tables into cases/*.toml beside it.")
    for name in only:
        if name not in known:
            meant = closest(name, known)
            raise click.UsageError(
                f"There is no case '{name}'." + (f" Did you mean '{meant}'?" if meant else "")
            )
