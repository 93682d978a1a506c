"""Lists of pairs as the official code reads them, and pairs drawn where there is no list."""

from pathlib import Path

import pytest
from PIL import Image

from fomm_lite.data.folders import Split
from fomm_lite.data.pairs_list import PairsList, draw_pairs, read_pairs_list
from fomm_lite.errors import InputError


class TestPairsList:
    @pytest.fixture
    def data(self, tmp_path: Path) -> Path:
        for name in ("test/a#1.png", "test/b#1.png", "test/c#1/0.png", "train/d#1.png"):
            path = tmp_path / "data" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.new("L", (16, 8)).save(path)
        return tmp_path / "data"

    @staticmethod
    def read(data: Path, text: str, split: Split | None = "test") -> PairsList:
        path = data.parent / "pairs.csv"
        path.write_text(text, encoding="utf-8")
        return read_pairs_list(path, data, split)

    def test_official_columns_in_any_order_and_others_passed_over(self, data: Path) -> None:
        found = self.read(data, "distance,driving,source,frame\n0.1,a#1.png,b#1.png,0\n0.2,b#1.png,b#1.png,3\n")
        assert [(source.name, driving.name) for source, driving in found.pairs] == [
            ("b#1.png", "a#1.png"), ("b#1.png", "b#1.png")
        ]  # fmt: skip
        assert found.missing == ()

    def test_a_list_of_videos_serves_their_frames(self, data: Path) -> None:
        found = self.read(data, "\ufeffsource,driving\r\nc#1.mp4,a#1\r\n")
        assert found.pairs == ((data / "test" / "c#1", data / "test" / "a#1.png"),)

    def test_pairs_of_clips_that_are_not_there_are_left_out_and_named_once(self, data: Path) -> None:
        text = "source,driving\na#1.png,d#1.png\nx.mp4,d#1.png\na#1.png,b#1.png\n"
        assert self.read(data, text).missing == ("d#1.png", "x.mp4")
        assert len(self.read(data, text).pairs) == 1
        assert len(self.read(data, text, None).pairs) == 2

    @pytest.mark.parametrize(
        "text",
        [
            "source;driving\na#1.png;b#1.png\n",
            "Source, Driving\na#1.png, b#1.png\n",
            " driving\tsource \nb#1.png\ta#1.png\n",
            "source,driving\nA#1.PNG,B#1\n\n",
            '"source";"driving"\n"a#1.png";"b#1.png"\n',
            "source|driving\na#1.png|b#1.png\n",
            "sep=;\nsource;driving\na#1.png;b#1.png\n",
            "\n\nsource,driving\na#1.png,b#1.png\n",
            "source,driving\ntest/a#1.png,D:\\clips\\b#1.png\n",
        ],
    )
    def test_semicolons_blanks_and_capitals(self, data: Path, text: str) -> None:
        assert self.read(data, text).pairs == ((data / "test" / "a#1.png", data / "test" / "b#1.png"),)

    @pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le"])
    def test_what_spreadsheets_call_unicode_text(self, data: Path, encoding: str) -> None:
        mark = "\ufeff" if encoding == "utf-16-le" else ""
        text = f"{mark}source\tdriving\r\na#1.png\tb#1.png\r\n"
        (data.parent / "pairs.csv").write_bytes(text.encode(encoding))
        found = read_pairs_list(data.parent / "pairs.csv", data, "test")
        assert found.pairs == ((data / "test" / "a#1.png", data / "test" / "b#1.png"),)

    @pytest.mark.parametrize(
        ("content", "said"),
        [
            (b"PK\3\4" + bytes(80), "a spreadsheet's own file"),
            (b"\xef\xbb\xbf\n<!DOCTYPE html><html>", "a web page, not a list"),
            ("source,driving\nj\u00f6rg.mp4,b#1.png\n".encode("cp1252"), "in an unknown encoding.*export it as UTF-8"),
            (b"\xff\xfes\0o", "in an unknown encoding"),
        ],
    )
    def test_what_is_no_list_is_told(self, data: Path, content: bytes, said: str) -> None:
        (data.parent / "pairs.csv").write_bytes(content)
        with pytest.raises(InputError, match=said):
            read_pairs_list(data.parent / "pairs.csv", data, "test")

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("from,to\na#1.png,b#1.png\n", "the columns from, to"),
            ("", "the columns none"),
            ("source,driving\na#1.png\n", "line 2 .* with a gap"),
            ("source,driving\n", "with 0 pairs"),
            ("source,driving\nx.mp4,y.mp4\n", r"with 1 pairs, none of clips in .* \(no x.mp4\)"),
        ],
    )
    def test_bad_lists_are_told(self, data: Path, text: str, said: str) -> None:
        with pytest.raises(InputError, match=said):
            self.read(data, text)

    def test_unreadable_lists_are_told(self, data: Path) -> None:
        with pytest.raises(InputError, match="a CSV file"):
            read_pairs_list(data / "nowhere.csv", data)
        with pytest.raises(InputError, match="UTF-8"):
            read_pairs_list(data / "test" / "a#1.png", data)

    def test_drawn_pairs_are_distinct_repeatable_and_from_everywhere(self) -> None:
        paths = [Path(str(number)) for number in range(6)]
        drawn = draw_pairs(paths, 20).pairs
        assert len(set(drawn)) == 20
        assert draw_pairs(paths, 20).pairs == drawn != draw_pairs(paths, 20, seed=1).pairs
        assert set(draw_pairs(paths, 100).pairs) == {(source, driving) for source in paths for driving in paths}
