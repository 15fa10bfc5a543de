"""Runs kept in a folder: nothing lost, nothing half-visible, the same numbers as one run."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import textwrap
import threading
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from rimland.cli import app
from rimland.engine import run
from rimland.engine.folder import locked
from rimland.engine.shards import cut, part_size, read_shard, share
from rimland.engine.store import merge_runs, open_run, run_stored
from rimland.errors import Cancelled, RunError
from rimland.program.build import ProgramBuilder, add, when
from rimland.program.codec import load_program, program_from_json, program_to_json, save_program
from rimland.program.model import Hold, Program, Switch

DRAWS, FUTURES = 3, 40
ASKED = {"futures": FUTURES, "seed": 7, "horizon_days": 200.0, "grid_days": [50.0, 200.0]}
PARTS = 9  # of at most 15 futures, three pieces of each draw
SMALL = {**ASKED, "part_futures": 15}


def ferry(busy: float = -2.3) -> Program:
    b = ProgramBuilder("ferry")
    b.variable("queue", 0, 6, 0)
    b.variable("trips", 0, 1000, 0)
    b.transition("arrive", b.exponential("a", busy), [add("queue", 1)], [when("queue", 0, 5)])
    leave = [add("queue", -1), add("trips", 1)]
    b.transition("leave", b.lognormal("l", 1.5, 0.6), leave, [when("queue", 1, 6)])
    b.observer("waiting", "integral", "queue")
    b.observer("full", "first", "queue", lo=6)
    b.observer("events", "level", "trips")  # the name of a column of the store itself
    return b.build({})


PROGRAM = ferry()
THETA = np.repeat(PROGRAM.default_theta(), DRAWS, axis=0) * [[1.0], [0.9], [1.1]]


@pytest.fixture(scope="module")
def whole():
    return run(PROGRAM, THETA, **ASKED)


def keep(folder, **options):
    return run_stored(options.pop("program", PROGRAM), THETA, folder, **{**SMALL, **options})


def stop_after(folder, parts, **options):
    """Begin a run and stop it, as by Ctrl-C, in the middle of the part after so many."""

    def step(_done, _total):
        if len(list(folder.rglob("part-*.parquet"))) >= parts:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        keep(folder, progress=step, **options)


# --- the same numbers --------------------------------------------------------------------------


@pytest.mark.parametrize("part_futures", [None, 1, 15, 40, 79, 80, 10_000])
def test_a_run_kept_in_parts_of_any_size_has_the_digest_and_values_of_one_run(
    tmp_path, whole, part_futures
):
    kept = keep(tmp_path / "run", part_futures=part_futures)
    assert kept.complete
    assert kept.digest() == whole.digest()
    assert open_run(tmp_path / "run") == kept
    assert np.array_equal(kept.events(), whole.events)
    for name in whole.observers:
        assert np.array_equal(kept.of(name), whole.of(name))


def test_the_table_has_a_row_a_future_in_index_order_and_an_array_an_observer(tmp_path, whole):
    table = keep(tmp_path / "run").scan()
    rows = table.collect()
    assert rows.columns == ["draw", "future", "events", "observer:events", "full", "waiting"]
    assert rows["draw"].to_list() == [d for d in range(DRAWS) for _ in range(FUTURES)]
    assert rows["future"].to_list() == [*range(FUTURES)] * DRAWS
    by_draw = table.group_by("draw").agg(pl.col("waiting").arr.last().mean()).sort("draw").collect()
    expected = whole.of("waiting")[:, :, -1].mean(axis=1)
    np.testing.assert_allclose(by_draw["waiting"].to_numpy(), expected, rtol=1e-12)


def test_shards_merged_have_the_digest_of_one_run(tmp_path, whole):
    folders = [tmp_path / f"shard-{i}" for i in (1, 2, 3, 4)]
    for i, folder in enumerate(folders, 1):
        kept = run_stored(PROGRAM, THETA, folder, **ASKED, shard=(i, 4))
        assert kept.finished
        assert not kept.complete
        with pytest.raises(RunError, match=f"holds shard {i} of 4; merge all of them first"):
            kept.digest()
    merged = merge_runs(reversed(folders), tmp_path / "whole")
    assert merged.complete
    assert merged.digest() == whole.digest()
    assert merge_runs(folders, tmp_path / "whole") == merged
    assert keep(tmp_path / "whole", part_futures=None) == merged, "it is the run, made already"


def test_a_reordered_program_file_goes_on_with_the_run_of_the_other(tmp_path, whole):
    save_program(PROGRAM, tmp_path / "ferry.json")
    data = program_to_json(PROGRAM)
    turned = {k: list(reversed(v)) if isinstance(v, list) else v for k, v in data.items()}
    other = program_from_json(turned)
    assert [p.name for p in other.parameters] != [p.name for p in PROGRAM.parameters]
    where = [[p.name for p in PROGRAM.parameters].index(p.name) for p in other.parameters]
    stop_after(tmp_path / "run", 4, program=load_program(tmp_path / "ferry.json"))
    kept = run_stored(other, THETA[:, where], tmp_path / "run", **SMALL)
    assert kept.digest() == whole.digest()


def test_values_that_are_infinite_or_no_number_keep_every_bit(tmp_path, whole):
    assert np.isinf(whole.of("full")).any()
    kept = keep(tmp_path / "run")
    assert kept.of("full").tobytes() == whole.of("full").tobytes()


# --- interruptions -----------------------------------------------------------------------------


def test_a_stopped_run_is_told_to_be_unfinished_and_goes_on_where_it_stopped(tmp_path, whole):
    folder = tmp_path / "run"
    stop_after(folder, 4)
    begun = open_run(folder)
    assert not begun.complete
    assert len(begun.kept) == 4
    assert not (folder / "parts").exists(), "a reader of parts/ sees a whole run or none"
    for ask in (begun.scan, begun.digest, lambda: begun.of("full"), begun.events):
        with pytest.raises(RunError, match=f"is unfinished: 4 of {PARTS} parts are there"):
            ask()
    times = {path.name: path.stat().st_mtime_ns for path in folder.rglob("part-*")}
    told = []
    kept = keep(folder, part_futures=None, progress=lambda *step: told.append(step))
    assert kept.digest() == whole.digest()
    assert told[0][0] >= 4 * 13
    assert told[-1] == (DRAWS * FUTURES, DRAWS * FUTURES)
    assert {n: (folder / "parts" / n).stat().st_mtime_ns for n in times} == times
    assert {path.name for path in folder.iterdir()} == {"manifest.json", "parts", "run.lock"}


def test_a_cancelled_run_says_what_is_kept(tmp_path, whole):
    cancel = threading.Event()
    with pytest.raises(Cancelled, match=r"\d parts are safe there, and the same call goes on"):
        keep(tmp_path / "run", progress=lambda *_: cancel.set(), cancel=cancel)
    assert keep(tmp_path / "run").digest() == whole.digest()


def test_a_run_that_is_there_is_not_made_again(tmp_path):
    made = keep(tmp_path / "run")
    told = []
    assert keep(tmp_path / "run", progress=lambda *step: told.append(step)) == made
    assert told == []


KILLED = """
    import os, signal, sys
    from pathlib import Path

    sys.path.insert(0, {tests!r})
    from rimland.engine import warm_up
    from rimland.engine.store import open_run, run_stored
    from rimland.errors import RunError
    import test_engine_store as t

    warm_up()
    root = Path(sys.argv[1])

    def child(work):
        # The table library is first used in children, as its threads do not survive a fork.
        pid = os.fork()
        if not pid:
            try:
                work()
                os._exit(0)
            except BaseException as error:
                print(type(error).__name__, error, flush=True)
                os._exit(1)
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])

    def dies(folder, step):
        # Killed just before its step-th touch of a file in the folder, or flush of one.
        touches = [0]
        def touch():
            touches[0] += 1
            if touches[0] == step:
                os.kill(os.getpid(), signal.SIGKILL)
        def hook(event, args):
            if event in ("open", "os.rename", "os.remove", "os.mkdir", "os.truncate"):
                if str(folder) in str(args[0]):
                    touch()
        def flush(number, real=os.fsync):
            touch()
            real(number)
        sys.addaudithook(hook)
        os.fsync = flush
        t.keep(folder)
        (root / "touches").write_text(str(touches[0]))

    def look(folder, wanted):
        try:
            found = open_run(folder)
        except RunError as error:
            assert "holds no run" in str(error), error
            return
        assert found.finished == (folder / "manifest.json").exists()
        if found.finished:
            assert found.digest() == wanted
        else:
            assert not (folder / "parts").exists() or len(found.kept) == t.PARTS

    def again(folder, wanted):
        assert t.keep(folder).digest() == wanted

    def dies_by_the_clock(folder, seconds):
        signal.setitimer(signal.ITIMER_REAL, seconds)  # whose signal kills unless it is caught
        t.keep(folder)

    assert child(lambda: dies(root / "all", -1)) == 0
    last = int((root / "touches").read_text())
    kills = 0
    for step in [0, *range(1, last - 8, last // 9), *range(last - 8, last + 1)]:
        folder = root / f"run-{{step}}"
        if step:
            code = child(lambda: dies(folder, step))
            kills += code == -signal.SIGKILL
            assert code in (0, -signal.SIGKILL), code
        else:  # one run killed over and over, a little later each time
            for later in range(10, 300, 20):
                code = child(lambda: dies(folder, later))
                if code == 0:
                    break
                kills += 1
                assert code == -signal.SIGKILL, code
                assert child(lambda: look(folder, sys.argv[2])) == 0
            assert code == 0
        assert child(lambda: look(folder, sys.argv[2])) == 0
        assert child(lambda: again(folder, sys.argv[2])) == 0
    folder = root / "by the clock"
    for seconds in (0.01, 0.02, 0.03, 0.05, 0.08):
        code = child(lambda: dies_by_the_clock(folder, seconds))
        kills += code == -signal.SIGALRM
        assert code in (0, -signal.SIGALRM), code
        assert child(lambda: look(folder, sys.argv[2])) == 0
    assert child(lambda: again(folder, sys.argv[2])) == 0
    print("kills", kills)
"""


def other_process(script: str, *arguments: object) -> str:
    text = textwrap.dedent(script).format(tests=str(Path(__file__).parent))
    made = subprocess.run(
        [sys.executable, "-c", text, *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=300,  # it takes 15 seconds, and a machine may be busy
        check=False,
    )
    assert made.returncode == 0, made.stdout + made.stderr
    return made.stdout


def test_a_run_killed_at_any_instant_is_never_taken_for_a_whole_one_and_goes_on(tmp_path, whole):
    said = other_process(KILLED, tmp_path, whole.digest())
    assert int(said.split()[-1]) >= 20


KILLED_BY_CHANCE = """
    import os, random, shutil, signal, sys, time
    from pathlib import Path

    sys.path.insert(0, {tests!r})
    from rimland.engine import warm_up
    from rimland.engine.store import open_run, run_stored
    from rimland.errors import RunError
    import test_engine_store as t

    warm_up()
    root, small, large = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
    theta, asked = t.larger(4, 60)
    fresh = lambda folder: t.keep(folder)
    extended = lambda folder: run_stored(t.PROGRAM, theta, folder, **asked)

    def begin(work, folder):
        # Returns once the child is about to work.
        reader, writer = os.pipe()
        pid = os.fork()
        if not pid:
            try:
                os.write(writer, b"!")
                work(folder)
                os._exit(0)
            except BaseException as error:
                print(type(error).__name__, error, flush=True)
                os._exit(1)
        os.read(reader, 1)
        os.close(reader), os.close(writer)
        return pid

    def end(pid):
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])

    def look_and_go_on(folder):
        try:
            found = open_run(folder)
        except RunError as error:
            assert "holds no run" in str(error) and work is fresh, error
        else:
            assert found.finished == (folder / "manifest.json").exists()
            if work is extended:  # the smaller run or the larger, and never less than the smaller
                assert found.finished and found.digest() in (small, large)
            elif found.finished:
                assert found.digest() == small
        assert work(folder).digest() == (small if work is fresh else large)
        there = set(path.name for path in folder.iterdir())
        assert there == set(("manifest.json", "parts", "run.lock")), there

    assert end(begin(fresh, root / "small")) == 0
    lasts = dict()
    for work in (fresh, extended):
        folder = root / f"undisturbed-{{len(lasts)}}"
        if work is extended:
            shutil.copytree(root / "small", folder)
        began = time.perf_counter()
        assert end(begin(work, folder)) == 0
        lasts[work] = time.perf_counter() - began
    chance, kills, tried = random.Random(25), 0, 0
    while kills < 50:
        tried += 1
        assert tried <= 150, kills
        work = (fresh, extended)[tried % 2]
        folder = root / f"run-{{tried}}"
        if work is extended:
            shutil.copytree(root / "small", folder)
        pid = begin(work, folder)
        time.sleep(chance.uniform(0.0, lasts[work]))
        os.kill(pid, signal.SIGKILL)
        code = end(pid)
        assert code in (0, -signal.SIGKILL), code
        kills += code != 0
        assert end(begin(look_and_go_on, folder)) == 0
        shutil.rmtree(folder)
    print("kills", kills)
"""


def test_a_run_killed_at_50_random_instants_shows_nothing_by_halves_and_goes_on_to_the_same_digest(
    tmp_path, whole
):
    theta, asked = larger(4, 60)
    large = run(PROGRAM, theta, **{key: asked[key] for key in ASKED}).digest()
    assert other_process(KILLED_BY_CHANCE, tmp_path, whole.digest(), large).split()[-1] == "50"


# --- more of the same run ----------------------------------------------------------------------


def larger(draws: int, futures: int):
    """Return theta and sizes of a run that has the usual one in its corner."""
    theta = np.concatenate([THETA, np.repeat(THETA[:1], draws - DRAWS, axis=0) * 1.05])
    return theta, {**SMALL, "futures": futures}


@pytest.mark.parametrize(
    ("draws", "futures", "part_futures"),
    [
        (3, 41, 5),
        (3, 95, 15),
        (5, 40, 15),
        (4, 60, 15),
        (4, 60, 40),
        (5, 40, 80),
        (3, 41, 80),
        (5, 41, 10_000),
    ],
)
def test_more_draws_or_futures_of_a_finished_run_give_the_digest_of_a_fresh_one_and_run_only_those(
    tmp_path, draws, futures, part_futures, monkeypatch
):
    from rimland.engine import store

    keep(tmp_path / "run", part_futures=part_futures)
    made = []

    def counted(*arguments, **options):
        futures = run(*arguments, **options)
        made.append(futures.events.size)
        return futures

    monkeypatch.setattr(store, "run", counted)
    theta, asked = larger(draws, futures)
    told = []
    step = {"progress": lambda *done: told.append(done)}
    kept = run_stored(PROGRAM, theta, tmp_path / "run", **asked, **step)
    options = {key: asked[key] for key in ASKED}
    assert kept.digest() == run(PROGRAM, theta, **options).digest()
    assert sum(made) == draws * futures - DRAWS * FUTURES, "what was there is not run again"
    assert told == sorted(told)
    assert told[-1] == (draws * futures, draws * futures)
    assert kept.head["part_futures"] == part_futures
    assert {path.name for path in kept.folder.iterdir()} == {"manifest.json", "parts", "run.lock"}
    assert open_run(kept.folder) == kept
    table = kept.scan().select("draw", "future").collect()
    assert table.rows() == [(d, f) for d in range(draws) for f in range(futures)]
    fresh = run_stored(
        PROGRAM, theta, tmp_path / "fresh", **{**asked, "part_futures": part_futures}
    )
    assert kept.head == fresh.head


def test_a_run_that_is_being_extended_stays_what_it_was_until_the_larger_one_is_there(
    tmp_path, whole
):
    folder = tmp_path / "run"
    keep(folder)
    theta, asked = larger(4, 60)

    def stop(done, _total):
        assert open_run(folder).digest() == whole.digest()
        assert keep(folder).digest() == whole.digest(), "asked for as it was, it is there"
        if len(list((folder / "unfinished").glob("part-*"))) >= 9:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_stored(PROGRAM, theta, folder, **asked, progress=stop)
    assert open_run(folder).digest() == whole.digest()
    again, other = larger(4, 61)
    with pytest.raises(RunError, match="is being extended to 4 draws and 60 futures a draw, not"):
        run_stored(PROGRAM, again, folder, **other)
    times = {p.name: p.stat().st_mtime_ns for p in (folder / "unfinished").iterdir()}
    kept = run_stored(PROGRAM, theta, folder, **asked)
    options = {key: asked[key] for key in ASKED}
    assert kept.digest() == run(PROGRAM, theta, **options).digest()
    assert (
        times.items()
        <= {p.name: p.stat().st_mtime_ns for p in (folder / "parts").iterdir()}.items()
    )


def test_a_torn_part_is_no_obstacle_to_extending_a_run(tmp_path):
    folder = keep(tmp_path / "run").folder
    turned(folder / "parts" / "part-000004.parquet")
    theta, asked = larger(4, 60)
    options = {key: asked[key] for key in ASKED}
    kept = run_stored(PROGRAM, theta, folder, **asked)
    assert kept.digest() == run(PROGRAM, theta, **options).digest()


def test_what_cannot_be_extended_is_told(tmp_path):
    theta, asked = larger(4, 60)
    stop_after(tmp_path / "begun", 2)
    keep(tmp_path / "shard", shard=(1, 2))
    keep(tmp_path / "run")
    other = theta * np.array([[1.0], [1.0], [1.2], [1.0]])
    for name, numbers, options, says in [
        ("begun", theta, {}, "an unfinished run of 3 draws and 40 futures a draw, not of 4 draws"),
        ("shard", theta, {"shard": (1, 2)}, "and a shard cannot be extended; merge all of them"),
        ("run", other, {}, r"its theta \(digest\) is"),
        ("run", theta, {"futures": 20}, "its draws is 3, not 4"),
        ("run", theta, {"seed": 8}, "its seed is 7, not 8"),
    ]:
        with pytest.raises(RunError, match=says):
            run_stored(PROGRAM, numbers, tmp_path / name, **{**asked, **options})


# --- what goes wrong ---------------------------------------------------------------------------


@contextlib.contextmanager
def powerless(folder: Path):
    """Make the folder read-only, and this process nobody where read-only does not bind it."""
    folder.chmod(0o555)
    root = os.geteuid() == 0
    if root:
        os.seteuid(65534)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)
        folder.chmod(0o755)


def test_a_folder_that_is_read_only_is_told_and_keeps_what_is_in_it(whole):
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        folder = Path(name) / "run"
        with powerless(Path(name)), pytest.raises(RunError, match="it may not be written to"):
            keep(folder)
        assert not folder.exists()
        stop_after(folder, 2)
        with powerless(folder), pytest.raises(RunError, match="it may not be written to"):
            keep(folder)
        assert keep(folder).digest() == whole.digest()
        with powerless(folder):
            assert keep(folder).digest() == whole.digest(), "nothing has to be written"


FULL = """
    import resource, sys
    from pathlib import Path

    sys.path.insert(0, {tests!r})
    from rimland.engine import warm_up
    from rimland.errors import RunError
    import test_engine_store as t

    warm_up()
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), resource.RLIM_INFINITY))
    try:
        t.keep(Path(sys.argv[1]))
    except RunError as error:
        print(error)
"""


@pytest.mark.parametrize("limit", ["journal", "part"])
def test_a_full_disk_is_told_and_what_was_kept_is_not_lost(tmp_path, whole, limit):
    pytest.importorskip("resource")
    folder = tmp_path / "run"
    stop_after(folder, 3, part_futures=3)
    part = max(path.stat().st_size for path in folder.rglob("part-*"))
    journal = folder / "journal.jsonl"
    if limit == "journal":
        # It outgrows a limit that no part does, and breaks off in the middle of a line.
        said = other_process(FULL, folder, max(journal.stat().st_size, part) + 250)
        assert not journal.read_bytes().endswith(b"\n")
    else:
        said = other_process(FULL, folder, journal.stat().st_size + 1)
        assert journal.stat().st_size + 1 < part
    assert "the disk, or what may be written to it, is full" in said
    assert not list(folder.rglob(".*.part"))
    begun = open_run(folder)
    assert not begun.finished
    assert len(begun.kept) >= 3
    assert keep(folder).digest() == whole.digest()


def test_a_second_process_is_refused_while_one_writes(tmp_path, whole):
    folder = tmp_path / "run"
    refused = []

    def step(_done, _total):
        with pytest.raises(RunError, match=r"another process \(process|another process \(\d+\)"):
            keep(folder)
        refused.append(True)

    # The lock is the system's and belongs to an open file: a second opening is like a process.
    assert keep(folder, progress=step).digest() == whole.digest()
    assert refused
    script = """
        import sys
        from pathlib import Path
        from rimland.engine.folder import locked
        from rimland.errors import RunError
        try:
            with locked(Path(sys.argv[1])):
                print("got it")
        except RunError as error:
            print(error)
    """
    with locked(folder):
        assert f"(process {os.getpid()}) is at work on" in other_process(script, folder)
    assert "got it" in other_process(script, folder)


def cut_short(path):
    path.write_bytes(path.read_bytes()[:-9])


def turned(path):
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


@pytest.mark.parametrize(
    ("harm", "says"),
    [
        (cut_short, r"part-000004\.parquet: [\d,]+ bytes are there of [\d,]+; make the same run"),
        (turned, r"part-000004\.parquet: its content is not what was written"),
        (Path.unlink, r"part-000004\.parquet: it is missing"),
    ],
)
@pytest.mark.parametrize("finished", [True, False])
def test_a_torn_part_is_told_by_its_name_and_made_anew(tmp_path, whole, harm, says, finished):
    folder = tmp_path / "run"
    if finished:
        keep(folder)
        harm(folder / "parts" / "part-000004.parquet")
        with pytest.raises(RunError, match=says):
            open_run(folder).digest()
    else:
        stop_after(folder, 6)
        harm(folder / "unfinished" / "part-000004.parquet")
    kept = keep(folder)
    assert kept.digest() == open_run(folder).digest() == whole.digest()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"seed": 8}, "its seed is 7, not 8"),
        ({"futures": 39}, "its futures is 40, not 39"),
        ({"branch": 1}, "its branch is 0, not 1"),
        ({"horizon_days": 201.0}, "its horizon in days is 200.0, not 201.0"),
        ({"grid_days": [200.0]}, r"its grid of days is \[50.0, 200.0\], not \[200.0\]"),
        ({"shard": (1, 2)}, r"its shard is \[1, 1\], not \[1, 2\]"),
        ({"switch": Switch(holds=(Hold("queue", 3),))}, "its switch is"),
        ({"program": ferry(-2.2)}, r"its program \(digest\) is"),
    ],
)
@pytest.mark.parametrize("finished", [True, False])
def test_a_folder_with_another_run_is_refused_and_left_as_it_is(tmp_path, change, says, finished):
    folder = tmp_path / "run"
    keep(folder) if finished else stop_after(folder, 2)
    before = {path: path.read_bytes() for path in folder.rglob("*.*") if path.is_file()}
    with pytest.raises(RunError, match=says):
        keep(folder, **change)
    assert {path: path.read_bytes() for path in folder.rglob("*.*") if path.is_file()} == before


def test_another_theta_is_another_run(tmp_path):
    stop_after(tmp_path / "run", 2)
    with pytest.raises(RunError, match=r"its theta \(digest\) is"):
        run_stored(PROGRAM, THETA * 1.01, tmp_path / "run", **SMALL)


def test_a_run_begun_by_another_version_of_the_package_is_not_gone_on_with(tmp_path, monkeypatch):
    stop_after(tmp_path / "run", 2)
    monkeypatch.setattr("rimland.engine.store.package_version", lambda: "99.0")
    with pytest.raises(RunError, match=r"its rimland version is \"[\d.]+\", not \"99.0\""):
        keep(tmp_path / "run")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"version": 2}, "is in version 2 of the format, this rimland reads version 1"),
        ({"format": "other"}, "tells of no run; expected format 'rimland-run'"),
        ({"seed": "7"}, "is damaged: 'seed' is missing or no int"),
        ({"futures": 0}, "is damaged: it has no futures"),
        ({"futures": 10**15}, "files; make them larger"),
        ({"part_futures": 0}, "a part needs at least 1 future"),
        ({"grid_days": ["x"]}, "is damaged: 'grid_days' holds something else"),
        ({"shard": [3]}, "is damaged: 'shard' is no pair"),
        ({"parts": []}, f"is damaged: it tells of 0 parts; the run has {PARTS}"),
        ({"parts": [{"number": 99}]}, "is damaged: it tells of a part that is not of this run"),
        ({"parts": None}, "is damaged: it has no list of parts"),
    ],
)
def test_a_manifest_that_makes_no_sense_here_is_told(tmp_path, change, says):
    keep(tmp_path / "run")
    manifest = tmp_path / "run" / "manifest.json"
    manifest.write_text(json.dumps({**json.loads(manifest.read_text()), **change}))
    with pytest.raises(RunError, match=says):
        open_run(tmp_path / "run")


def test_a_manifest_that_is_cut_off_is_told(tmp_path):
    keep(tmp_path / "run")
    cut_short(tmp_path / "run" / "manifest.json")
    with pytest.raises(RunError, match=r"manifest.json: is damaged: it is no JSON object"):
        open_run(tmp_path / "run")


def test_a_folder_that_is_not_for_runs_is_not_touched(tmp_path):
    (tmp_path / "letter.txt").write_text("dear")
    with pytest.raises(RunError, match=r"holds 'letter.txt'; give a new or an empty folder"):
        keep(tmp_path)
    with pytest.raises(RunError, match="is a file; a run needs a folder"):
        keep(tmp_path / "letter.txt")
    with pytest.raises(RunError, match="holds no run"):
        open_run(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]


def test_a_request_that_makes_no_sense_leaves_no_folder_behind(tmp_path):
    for change, says in [
        ({"shard": (3, 2)}, "there is no shard 3 of 2"),
        ({"shard": (1, 10)}, f"10 shards are too many: the run has {PARTS} parts"),
        ({"part_futures": 0}, "a part needs at least 1 future"),
        ({"futures": 0}, "0 futures were asked for"),
    ]:
        with pytest.raises(RunError, match=says):
            keep(tmp_path / "run", **change)
    assert not (tmp_path / "run").exists()


def test_an_unknown_observer_is_told_with_the_nearest(tmp_path):
    with pytest.raises(RunError, match=r"no observer is called 'waitng'\. Did you mean 'waiting'"):
        keep(tmp_path / "run").of("waitng")


def test_shards_that_do_not_fit_are_told_and_nothing_is_merged(tmp_path):
    into = tmp_path / "whole"
    one, two = (keep(tmp_path / f"s{i}", shard=(i, 3)).folder for i in (1, 2))
    other = keep(tmp_path / "other", shard=(3, 3), seed=9).folder
    of_2 = keep(tmp_path / "of-2", shard=(2, 2)).folder
    sized = keep(tmp_path / "sized", shard=(3, 3), part_futures=10).folder
    begun = tmp_path / "begun"
    stop_after(begun, 1, shard=(3, 3))
    for folders, says in [
        ([], "there is nothing to merge"),
        ([one, two], "of 3 shards these are missing: 3"),
        ([one, two, two], "shard 2 of 3 is in"),
        ([one, two, other], "its seed is 9, not 7"),
        ([one, of_2], "the shards do not fit"),
        ([one, two, sized], "its part_futures is 10, not 15"),
        ([one, two, begun], "is unfinished: 1 of 3 parts"),
        ([one, two, tmp_path], "holds no run"),
    ]:
        with pytest.raises(RunError, match=says):
            merge_runs(folders, into)
    assert not into.exists()


def test_a_shard_with_a_damaged_part_stops_the_merge_and_a_mended_one_lets_it_go_on(
    tmp_path, whole
):
    folders = [keep(tmp_path / f"s{i}", shard=(i, 2)).folder for i in (1, 2)]
    turned(folders[1] / "parts" / "part-000006.parquet")
    with pytest.raises(RunError, match=r"part-000006.parquet: its content is not what was written"):
        merge_runs(folders, tmp_path / "whole")
    assert not open_run(tmp_path / "whole").finished
    keep(folders[1], shard=(2, 2))
    assert merge_runs(folders, tmp_path / "whole").digest() == whole.digest()


# --- parts and shards --------------------------------------------------------------------------


def test_parts_cover_every_future_once_in_index_order_and_shards_every_part():
    for draws, futures in [(1, 1), (1, 17), (5, 1), (3, 10), (7, 4)]:
        for size in (1, 2, 3, 9, 10, 11, 25, 1000):
            parts = cut(draws, futures, size)
            seen = [
                (draw, future)
                for part in parts
                for draw in range(part.first_draw, part.first_draw + part.draws)
                for future in range(part.first_future, part.first_future + part.futures)
            ]
            assert seen == [(d, f) for d in range(draws) for f in range(futures)]
            assert max(part.count for part in parts) <= size
            for of in {1, 2, len(parts)} & set(range(1, len(parts) + 1)):
                shares = [share(parts, (i, of)) for i in range(1, of + 1)]
                assert sum(shares, ()) == parts
                assert max(map(len, shares)) - min(map(len, shares)) <= 1


def test_the_usual_size_of_a_part_bounds_its_memory_and_leaves_parts_for_every_shard():
    assert part_size(1, 10**6, 2, 1) == 20_000
    assert part_size(1, 10**6, 4000, 1) * 4000 * 8 <= 32_000_000
    for shards in (2, 3, 8):
        assert len(cut(10, 100, part_size(10, 100, 2, shards))) >= shards


@pytest.mark.parametrize("text", ["", "2", "0/3", "4/3", "a/b", "1/2/3", "-1/2"])
def test_what_is_no_shard_is_told(text):
    with pytest.raises(RunError, match="is no shard; write 2/4 for the second of four"):
        read_shard(text)


# --- the commands ------------------------------------------------------------------------------


def said(capsys, *words: object) -> dict:
    with pytest.raises(SystemExit) as left:
        app([str(word) for word in words], standalone_mode=True)
    assert not left.value.code
    return json.loads(capsys.readouterr().out)


def test_the_commands_keep_resume_shard_and_merge_a_run(tmp_path, capsys):
    file = tmp_path / "ferry.json"
    save_program(PROGRAM, file)
    ask = ("program", "run", file, "--days", 100, "--futures", 60, "--json")
    plain = said(capsys, *ask)
    kept = said(capsys, *ask, "--store", tmp_path / "run")
    assert kept["digest"] == plain["digest"]
    rows = {row["observer"]: row for row in plain["rows"]}
    assert {row["observer"]: row for row in kept["rows"]} == rows
    for i in (1, 2):
        part = said(capsys, *ask, "--store", tmp_path / "shards" / str(i), "--shard", f"{i}/2")
        assert part["shard"] == [i, 2]
    ask = ("program", "merge", tmp_path / "shards", "--json", "--into")
    for _ in range(2):
        merged = said(capsys, *ask, tmp_path / "shards" / "whole")
        assert merged["digest"] == plain["digest"]
