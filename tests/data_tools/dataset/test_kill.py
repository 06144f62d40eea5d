"""A build that is killed at any moment and started again gives the bytes of one that was not, and leaves nothing."""

import subprocess
import sys
import time
from pathlib import Path

from data_tools.randomness import keyed_generator
from tests.data_tools.dataset.builds import contents, scene, scene_video
from tests.data_tools.pictures import CLASSES, encode, noise, write
from tests.data_tools.sources.videos import write_labels

ROOT = Path(__file__).parents[3]


class Build:
    """A build by command line, undisturbed once, so that its time and its result are known."""

    def __init__(self, folder: Path, source: str, *options: str) -> None:
        self.folder = folder
        self.options = (source, "--cache", "64x64", *options)
        self.offered = {item.name for item in folder.iterdir()}
        process = self.start("undisturbed")
        started = time.monotonic()
        assert process.wait(300) == 0
        self.works_s = time.monotonic() - started
        self.expected = contents(folder / "undisturbed")

    def start(self, name: str) -> subprocess.Popen[bytes]:
        """Start it and wait until it works: a kill while Python loads its modules would prove nothing.

        With --overwrite, because the kill may come between the result's appearance and the process's end.
        """
        command = [sys.executable, "-m", "pipeline.cli.main", "data", "build", *self.options, "--overwrite"]
        command += ["--workers", "2", "--out", str(self.folder / name)]
        left = set(self.folder.glob(f".{name}.new-*"))
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while not set(self.folder.glob(f".{name}.new-*")) - left and process.poll() is None:
            time.sleep(0.002)
        return process

    def killed(self, name: str, after_s: float) -> bool:
        """Start it and kill it after a while; False when it has ended well before."""
        process = self.start(name)
        try:
            assert process.wait(after_s) == 0
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            return True
        return False

    def survives(self, kills: int, key: str) -> None:
        """Kill builds at moments spread over the time that one takes; each goes on until it is done."""
        draw = keyed_generator("tests", "kill", key)
        results = 1
        for share in (draw.permutation(kills) + draw.random(kills)) / kills:
            # One that went on from others' work ends sooner, and so does one on a machine that has become quiet.
            moment = share * self.works_s
            while not self.killed(f"out{results}", moment):
                self.check(f"out{results}")
                results += 1
                moment *= 0.8
        assert self.start(f"out{results}").wait(300) == 0
        self.check(f"out{results}")
        names = {"undisturbed", *(f"out{number}" for number in range(1, results + 1))}
        assert {item.name for item in self.folder.iterdir()} == self.offered | names

    def check(self, name: str) -> None:
        found = contents(self.folder / name)
        assert found.keys() == self.expected.keys()
        assert [path for path, data in found.items() if data != self.expected[path]] == []


def roads(root: Path) -> Path:
    """Write 600 pictures, some of them copies and some of them damaged."""
    for index in range(600):
        label = CLASSES[index % 3]
        data = encode(noise("kill", index, height=96, width=128), ".jpg")
        if index % 50 == 7:
            data = encode(scene("kill", index % 100), ".jpg", (1, 50 + index // 20))
        write(root / label / f"{label}_{index // 30}" / f"{index:03d}.jpg", data[:-9] if index % 70 == 3 else data)
    return root


def test_build_of_folders_killed_at_ten_moments(tmp_path: Path):
    build = Build(tmp_path, str(roads(tmp_path / "roads")))
    assert {"dataset.json", "cache.csv", "cache/shard-000004.tar"} <= build.expected.keys()
    assert len(build.expected["near_duplicates.csv"].splitlines()) > 5
    assert len(build.expected["issues.csv"].splitlines()) > 10
    build.survives(10, "folders")


def test_build_of_videos_killed_at_three_moments(tmp_path: Path):
    for name in ("one", "two", "three"):
        scene_video(tmp_path / "drives" / f"{name}.avi", 60, 10)
        write_labels(tmp_path / "drives" / f"{name}.labels.csv", (0, 2, "dry"), (2, 4, "wet"), (4, 6, "snow"))
    build = Build(tmp_path, str(tmp_path / "drives"), "--set", "data.source.fps=10")
    assert len([path for path in build.expected if path.endswith(".jpg")]) == 180
    build.survives(3, "videos")
