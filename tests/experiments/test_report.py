"""Means, deviations and differences of rows made by hand, and their pages."""

import dataclasses
import statistics

import pytest

from keras_stunet.experiments import make_jobs
from keras_stunet.experiments import report
from keras_stunet.experiments import write_report
from keras_stunet.experiments.config import CONFIGS
from keras_stunet.experiments.jobs import KEY
from keras_stunet.experiments.report import comparison
from keras_stunet.experiments.rows import COLUMNS
from keras_stunet.experiments.rows import put_row
from keras_stunet.experiments.summary import Score
from keras_stunet.experiments.summary import metrics_of
from keras_stunet.experiments.summary import summarise

M = "pemsd7/m"


def made(job, status="done", **scores):
    row = dict.fromkeys(COLUMNS, "") | {"status": status}
    row |= dict(zip(KEY, job.key, strict=True))
    return job.key, row | scores


@pytest.fixture
def rows():
    """Table 2 under `direct20`: ST-UNet whole, others in parts."""
    jobs = {}
    for job in make_jobs("table2", "direct20"):
        jobs.setdefault(job.name, []).append(job)
    found = [
        made(job, mae_15min=mae, rmse_60min="7")
        for job, mae in zip(
            jobs["st_unet"], ["2.0", "2.2", "2.4", "2.1", "2.3"], strict=True
        )
    ]
    found += [made(job, mae_15min="2.5") for job in jobs["t_unet"][:2]]
    found.append(made(jobs["t_unet"][2], "diverged", message="nan | nan"))
    found.append(made(jobs["gcgru"][0], "out of memory"))
    # Of another budget, protocol or data set: never in the same cell.
    other = made(jobs["s_unet"][0], mae_15min="9")[1]
    for name in ("budget", "protocol", "dataset", "precision"):
        row = {**other, name: "other"}
        found.append((f"{name}", row))
    full = make_jobs("table2", "full")[1]
    found.append(made(full, mae_15min="9"))
    half = make_jobs("table2", "direct20", precision="mixed_bfloat16")[0]
    found.append(made(half, mae_15min="9"))
    # Of a recipe that the record no longer has.
    former = dataclasses.replace(half, budget="direct8")
    found.append(made(former, mae_15min="9"))
    return dict(found)


def test_means_and_deviations_are_those_of_the_seeds(rows):
    systems = {s.title: s for s in summarise("table2", M, "direct20", rows)}
    assert list(systems) == ["GCGRU", "T-UNet", "S-UNet", "ST-UNet"]
    score = systems["ST-UNet"].ours["mae", 15]
    values = [2.0, 2.2, 2.4, 2.1, 2.3]
    assert score == Score(
        pytest.approx(2.2), pytest.approx(0.025**0.5), 5
    )  # by hand: squares 0.04 0 0.04 0.01 0.01, over 4
    assert score.sd == pytest.approx(statistics.stdev(values))
    assert systems["ST-UNet"].ours["rmse", 60] == Score(7.0, 0.0, 5)
    assert ("mape", 30) not in systems["ST-UNet"].ours
    assert systems["ST-UNet"].published["mae", 15] == Score(2.248, 0.004, None)
    assert systems["T-UNet"].ours["mae", 15] == Score(2.5, 0.0, 2)
    assert systems["T-UNet"].failed == {"diverged": 1}
    assert systems["S-UNet"].ours == {} == systems["GCGRU"].ours


def test_a_page_says_paper_ours_and_difference(rows):
    text = comparison("table2", M, "direct20", rows)
    assert text.startswith("# Table 2 on pemsd7/m, budget direct20, float32\n")
    assert "`direct20`: direct head, 20 epochs. Protocol `days`." in text
    part = text.partition("## MAE at 15 min")[2].partition("##")[0]
    assert part.strip().splitlines()[2:] == [
        "| GCGRU | 2.292 ± 0.007 | 1 out of memory, 4 queued | - |",
        "| T-UNet | 2.266 ± 0.005 | 2.500 ± 0.000 (2 of 5 seeds, 1 diverged)"
        " | +10.3 |",
        "| S-UNet | 2.272 ± 0.004 | queued | - |",
        "| ST-UNet | 2.248 ± 0.004 | 2.200 ± 0.158 (5 seeds) | -2.1 |",
    ]
    runs = text.partition("## Runs")[2]
    assert runs.count("| ST-UNet |") == 5 and "nan / nan" in runs
    assert "| GCGRU | 0 | out of memory |" in runs
    assert comparison("table2", M, "full", rows).count("(1 of 5 seeds)") == 1


def test_a_single_seed_has_no_deviation_and_fitted_systems_no_budget():
    job = make_jobs("table4", only=["historical_average"])[0]
    rows = dict([made(job, mae_15min="4.6", mape_15min="12")])
    for budget in ("full", "direct8"):
        text = comparison("table4", "pemsd7/l", budget, rows)
        assert "| HA | 4.60 | 4.600 (1 seed) | +0.0 |" in text
        assert "| HA | 12.50 | 12.000 (1 seed) | -4.0 |" in text


def test_a_page_is_of_one_precision_with_fitted_systems_on_each():
    half = "mixed_bfloat16"
    only = ["fnn", "arima"]
    fnn, arima = make_jobs("table1", "full", M, only, 1)[::-1]
    found = [made(fnn, mae_15min="3"), made(arima, mae_15min="5")]
    (other,) = make_jobs("table1", "full", M, ["fnn"], 1, half)
    rows = dict([*found, made(other, mae_15min="4")])
    assert len(rows) == 3
    for precision, score in (("float32", 3), (half, 4)):
        text = comparison("table1", M, "full", rows, precision)
        assert text.startswith(f"# Table 1 on {M}, budget full, {precision}\n")
        assert f"| FNN | 2.39 | {score}.000 (1 of 3 seeds) |" in text
        assert "| ARIMA | 5.55 | 5.000 (1 seed) |" in text
        assert text.count("| FNN | 0 | done |") == 1


def test_rows_of_another_recipe_are_counted_and_not_shown():
    (job,) = make_jobs("table1", "full", M, ["fnn"], 1)
    key, row = made(job, mae_15min="3")
    rows = {key: row}
    for seed in "01":
        old = row | {"recipe": "0badbeef", "seed": seed, "mae_15min": "9"}
        rows[tuple(old[name] for name in KEY)] = old
    text = comparison("table1", M, "full", rows)
    assert (
        "| FNN | 2.39 | 3.000 (1 of 3 seeds) |" in text
        and "9.0"
        not in (text.partition("## Notes")[0].partition("at 30 min")[0])
    )
    assert "- FNN: 2 more in the file of results, of another recipe" in text
    assert text.count("another recipe") == 1


def test_a_page_says_time_an_epoch_and_memory():
    job, other = make_jobs("table4", "direct20", only=["dcrnn"], seeds=2)
    first = made(job, seconds="90", epochs="8", peak_mb="1234")
    fitted = made(other, seconds="3", epochs="0")
    text = comparison("table4", "pemsd7/l", "direct20", dict([first, fitted]))
    runs = text.partition("## Runs")[2].strip().splitlines()
    names, _, trained, at_once = (
        [cell.strip() for cell in line.strip("|").split("|")] for line in runs
    )
    trained, at_once = (
        dict(zip(names, x, strict=True)) for x in (trained, at_once)
    )
    assert (trained["s/epoch"], trained["peak_mb"]) == ("11.2", "1234")
    assert (at_once["s/epoch"], at_once["peak_mb"]) == ("", "")


def test_a_page_says_why_a_run_has_no_row():
    first, second, third = make_jobs("table4", only=["dcrnn"], seeds=3)
    states = {first: "done", second: "no data", third: "stopped"}
    rows = dict([made(first, mae_15min="3")])
    text = comparison("table4", "pemsd7/l", "full", rows, states=states)
    cells = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in text.partition("## Runs")[2].splitlines()
        if line.startswith("| DCRNN")
    ]
    assert [each[:3] for each in cells] == [
        ["DCRNN", "0", "done"],
        ["DCRNN", "1", "no data"],
        ["DCRNN", "2", "stopped"],
    ]
    assert "keras-stunet datasets build pemsd7/l" in cells[1][-1]
    assert set(cells[2][3:]) == {""}


def test_a_page_says_that_a_budget_compresses_the_schedule():
    said = "Fewer epochs compress the schedule"
    assert said in comparison("table1", M, "direct8", {})
    assert said not in comparison("table1", M, "full", {})


def test_other_data_than_the_papers_have_no_paper_beside_them():
    job = make_jobs("table1", "tiny", only=["fnn"])[0]
    rows = dict([made(job, mae_15min="3")])
    text = comparison("table1", "freeway", "tiny", rows)
    assert "| FNN | - | 3.000 (1 of 3 seeds) | - |" in text
    assert "2.39" not in text and "None yet" not in text
    assert "None yet." in comparison("table1", "freeway", "tiny", {})


def test_a_table_is_about_its_own_metrics():
    assert metrics_of("table3") == ["rmse"]
    assert metrics_of("table1") == ["mae", "mape", "rmse"]
    text = comparison("table3", M, "full", {})
    assert text.count("\n## RMSE at") == 3 and "## MAE" not in text


def test_pages_and_figures_are_written(rows, tmp_path):
    results, out = tmp_path / "rows.csv", tmp_path / "out"
    for row in rows.values():
        put_row(results, row)
    texts = write_report("table2", [M], "direct20", results, out)
    path = out / "table2_pemsd7_m_direct20_float32.md"
    assert texts == {path: path.read_text().removesuffix("\n")}
    assert texts[path] == comparison("table2", M, "direct20", rows)
    assert {file.suffix for file in out.iterdir()} == {".md", ".png", ".svg"}
    svg = (out / "table2_pemsd7_m_direct20_float32.svg").read_text()
    assert "ST-UNet" in svg and "budget direct20, float32" in svg


def test_without_scores_or_matplotlib_there_is_the_page(tmp_path, monkeypatch):
    results = tmp_path / "none.csv"
    write_report("table1", ["freeway"], "tiny", results, tmp_path)
    names = [file.name for file in tmp_path.iterdir()]
    assert names == ["table1_freeway_tiny_float32.md"]

    def missing(*_, **__):
        raise ImportError("Pictures need matplotlib")

    monkeypatch.setattr(report, "plot_comparison", missing)
    with pytest.warns(UserWarning, match="No figure.* need matplotlib"):
        texts = write_report("table4", ["pemsd7/l"], "full", results, tmp_path)
    assert [path.name for path in texts] == ["table4_pemsd7_l_full_float32.md"]


def test_a_page_lists_what_other_trainings_came_to(rows):
    page = comparison("table2", M, "direct20", rows)
    _, _, others = page.partition("\n## Other trainings on record\n\n")
    # The rows of another budget and precision, of those made above.
    assert others.splitlines() == [
        "MAE / MAPE % / RMSE; compare within one budget and precision only. "
        "Pages of their own: `--budget direct20 --precision mixed_bfloat16`, "
        "`--budget full --precision float32`.",
        "",
        "| system | budget | precision | seeds | 15 min | 30 min | 60 min |",
        "| --- | --- | --- | --- | --- | --- | --- |",
        "| GCGRU | direct20 | mixed_bfloat16 | 1 of 5 | 9.000 / - / - | "
        "- / - / - | - / - / - |",
        "| T-UNet | full | float32 | 1 of 5 | 9.000 / - / - | - / - / - | "
        "- / - / - |",
    ]
    full = comparison("table2", M, "full", rows)
    line = "| ST-UNet | direct20 | float32 | 5 of 5 | 2.200 ± 0.158 / - / - |"
    assert line in full and "| - / - / 7.000 ± 0.000 |" in full
    assert "`--budget full" not in full and "| full |" not in full
    nothing = comparison("table2", M, "full", {})
    assert "Other trainings" not in nothing


def test_fitted_systems_are_on_each_page_and_no_other_training():
    (arima,) = make_jobs("table1", "full", M, ["arima"])
    (fnn,) = make_jobs("table1", "direct8", M, ["fnn"], 1)
    rows = dict([made(arima, mae_15min="5"), made(fnn, mae_15min="3")])
    page = comparison("table1", M, "full", rows)
    others = page.partition("## Other trainings on record")[2]
    assert "| FNN | direct8 | float32 |" in others and "ARIMA" not in others


def test_the_same_run_stands_in_two_tables():
    # Table 3's direct copy is Table 2's ST-UNet.
    (job,) = make_jobs("table2", "direct8", M, ["st_unet"], 1)
    rows = dict([made(job, rmse_15min="4.25", val_mae="3.21")])
    page = comparison("table3", M, "direct8", rows)
    assert "| direct copy | 3.994 ± 0.005 | 4.250 (1 of 5 seeds) |" in page
    names, _, run = page.partition("## Runs\n\n")[2].splitlines()
    cells = dict(zip(names.split(" | "), run.split(" | "), strict=True))
    assert cells["val_mae"] == "3.21"
    # Not so one of another budget, seed or recipe, or without scores.
    for change in (
        {"budget": "direct20"},
        {"seed": "1"},
        {"recipe": "0badbeef"},
        {"precision": "mixed_bfloat16"},
        {"status": "diverged"},
    ):
        row = rows[job.key] | change
        other = {tuple(row[name] for name in KEY): row}
        summary = summarise("table3", M, "direct8", other)
        assert [system.rows for system in summary[:1]] == (
            [[row]] if change == {"seed": "1"} else [[]]
        )


def test_data_of_ones_own_have_a_figure_without_a_unit(tmp_path):
    shipped = (CONFIGS / "table1/pemsd7_m/fnn.toml").read_text()
    recipe, results = tmp_path / "mine.toml", tmp_path / "rows.csv"
    recipe.write_text(shipped.replace('"pemsd7/m"', '"our roads"'))
    job = make_jobs(str(recipe))[0]
    put_row(results, made(job, mae_15min="3", mape_15min="7")[1])
    out = tmp_path / "out"
    (path,) = write_report(str(recipe), ["our roads"], "full", results, out)
    assert path.name == "mine_our roads_full_float32.md"
    svg = path.with_suffix(".svg").read_text()
    assert ">MAE<" in svg and "mph" not in svg
