"""The results as tables for people."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

Row = Mapping[str, Any]


def spread(values: Mapping[str, float], digits: int = 3, scale: float = 1.0) -> str:
    """Median [q10, q90]."""
    median, low, high = (f"{values[key] * scale:,.{digits}g}" for key in ("median", "q10", "q90"))
    return f"{_plain(median)} [{_plain(low)}, {_plain(high)}]"


def _plain(text: str) -> str:
    """4.5e+04 as 45,000: rates are read more easily without exponents."""
    return f"{float(text.replace(',', '')):,.0f}" if "e+" in text else text


def table(console: Console, title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print one table, its first column to the left and the others to the right."""
    console.print(f"\n{title}", highlight=False)
    made = Table()
    for place, column in enumerate(columns):
        made.add_column(column, justify="left" if place == 0 else "right")
    for row in rows:
        made.add_row(*row)
    console.print(made)


def races(console: Console, section: Mapping[str, Any]) -> None:
    """Every race of a case."""
    reference, differences = section["reference"], section["rates_differ_by"]
    console.print(f"\n[bold]{section['title']}[/bold]")
    console.print(
        "right-hand sides agree: " + ", ".join(f"{key} {value:.1e}" for key, value in differences.items())
    )
    console.print(
        f"reference: {reference['reference']}; p95 difference {reference['p95_difference']:.1e} to {reference['checked_by']}"
    )
    absent = [(name, "not installed", *[""] * 4) for name in section["missing"]]
    for title, rows in section["races"].items():
        table(
            console,
            f"{title}, p95 error at most {section['target']:g}, one core",
            ("contender", "packets", "tolerance", "p95 error", "trajectories/s", "wavepacket is faster by"),
            [*(_race_row(row, section["target"]) for row in rows), *absent],
        )


def _race_row(row: Row, target: float) -> tuple[str, ...]:
    missed = " (target missed)" if row["p95_error"] > target else ""
    return (
        row["contender"],
        f"{row['packets_per_call']}",
        f"{row['tolerance']:.1e}",
        f"{row['p95_error']:.1e}{missed}",
        spread(row["trajectories_per_second"]),
        spread(row["ours_over_this"]),
    )


def whole(console: Console, section: Mapping[str, Any]) -> None:
    """Whole runs."""
    if "skipped" in section:
        console.print(f"whole runs: {section['skipped']}")
        return
    rows = [
        (
            title,
            *(spread(found["seconds"][name]) for name in ("wavepacket", "peer")),
            spread(found["faster_by"]),
            f"{found['currents_differ_by']:.1e}",
        )
        for title, found in section["races"].items()
    ]
    title = f"whole runs of problem (a), {section['packets']} packets, {section['saves']} saves, one core"
    peer = f"{section['peer']}, numpy, h5py: s"
    table(console, title, ("", "wavepacket: s", peer, "faster by", "currents differ by"), rows)


def lookup(console: Console, found: Mapping[str, Any]) -> None:
    """The cost of one table lookup."""
    console.print(
        f"lookup in the {found['grid']}³ table ({found['megabytes']:.0f} MB), ns per point: along one trajectory "
        f"{spread(found['along_one_trajectory'])}, packets all over the zone {spread(found['along_trajectories'])}, "
        f"anywhere {spread(found['everywhere'])}"
    )


def costs(console: Console, section: Mapping[str, Any]) -> None:
    """Nanoseconds of each band source."""
    rows = [
        (row["source"], spread(row["geometry"]), spread(row["right_hand_side"])) for row in section["rows"]
    ]
    table(console, "ns per packet, one core", ("band source", "geometry", "right-hand side"), rows)
    console.print(
        f"peak of fused multiply-adds, one core: {section['peak_gflops']:.1f} GFLOP/s; the first row uses "
        f"{section['share_of_peak']:.1%} of it ({section['operations']} operations, counted by hand)"
    )
    whole = section["integration"]
    console.print(
        f"whole integration of problem (a), 201 saves: {whole['operations']:,.0f} operations a trajectory, "
        f"{spread(whole['share_of_peak'], scale=100)} % of the peak"
    )


def scaling(console: Console, section: Mapping[str, Any]) -> None:
    """One thread against two."""
    if "skipped" in section:
        console.print(f"scaling: {section['skipped']}")
        return
    rows = [
        (
            name,
            *(
                spread(found[key])
                for key in ("one_thread_per_second", "two_threads_per_second", "two_over_one")
            ),
        )
        for name, found in section.items()
    ]
    table(
        console,
        "threads over blocks, problem (a), 201 saves",
        ("", "1 thread, 1/s", "2 threads, 1/s", "2 over 1"),
        rows,
    )


def disk(console: Console, section: Mapping[str, Any]) -> None:
    """The stored run."""
    rows = [
        (name.replace("_", " "), spread(values), spread(section["processor_seconds"][name]))
        for name, values in section["seconds"].items()
    ]
    title = f"{section['packets']} packets, 201 saves, {section['megabytes']:.0f} MB, {section['threads']} threads"
    table(console, title, ("", "s", "s of all processors"), rows)
    console.print(
        f"slower of integration and raw write over run: {spread(section['slower_of_both_over_run'])}, "
        f"in processor time {spread(section['integration_over_run_in_processor_seconds'])}; "
        f"run {spread(section['run_megabytes_per_second'])} MB/s, raw {spread(section['raw_megabytes_per_second'])} MB/s"
    )
    found = section["checksums"]
    console.print(
        f"checksums, s per GB: fletcher32 {spread(found['fletcher32_seconds_per_gigabyte'])}, "
        f"SHA-256 {spread(found['sha256_seconds_per_gigabyte'])} "
        f"(fletcher32 by HDF5 itself, not used: {spread(found['fletcher32_of_hdf5_seconds_per_gigabyte'])})"
    )


def startup(console: Console, section: Mapping[str, Any]) -> None:
    """Commands in fresh processes."""
    rows = [(name.replace("_", " "), spread(values)) for name, values in section.items()]
    table(console, "fresh processes", ("command", "s"), rows)


def response(console: Console, section: Mapping[str, Any]) -> None:
    """Hall conductivity of a metal: errors and seconds."""
    reference = section["reference"]
    console.print(
        f"\nreference: {reference['points']} points in {reference['how']}, "
        f"rms {reference['size']:.3g} ± {reference['uncertainty']:.2g} S/cm; two cores of WannierBerri: "
        f"{section['two_cores_of_peer']}"
    )
    rows = [_response_row(row) for row in section["rows"]]
    rows += [(f"{name}: not installed", *[""] * 4) for name in section["missing"]]
    columns = (
        "contender",
        "s",
        "rms error (S/cm)",
        "stated (S/cm)",
        "true below stated; largest of true/stated",
    )
    table(console, "anomalous Hall conductivity, 18 bands, 9 chemical potentials, two cores", columns, rows)
    if section["same_mesh_differs_by"] is not None:
        console.print(
            f"on one mesh both agree within {section['same_mesh_differs_by']:.1e} of the largest number"
        )
    for row in section["equal_error"]:
        console.print(f"{row['peer']}: {row['ours']} errs no more and is faster by {row['faster_by']:.3g}")


def _response_row(row: Row) -> tuple[str, ...]:
    stated, covered = "", ""
    if "covered" in row:
        stated = f"{row['rms_stated']:.3g}"
        covered = f"{100 * row['covered']:.0f} %; {row['worst_error_over_stated']:.2f}"
    return row["contender"], spread(row["seconds"]), f"{row['rms_error']:.3g}", stated, covered


def goals(console: Console, rows: Sequence[Row]) -> None:
    """Wanted and measured."""
    lines = [
        (
            row["goal"],
            f"{row['wanted']:g}{row['unit']}",
            f"{row['measured']:.3g}{row['unit']}",
            "met" if row["met"] else "missed",
        )
        for row in rows
    ]
    table(console, "goals", ("", "wanted", "measured", ""), lines)
