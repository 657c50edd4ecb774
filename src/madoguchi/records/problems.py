"""What can be wrong with a records directory. A fault names file, line, column and reason, never the value."""

from __future__ import annotations

from dataclasses import dataclass

from madoguchi.errors import MadoguchiError, Problem, PublicReason, Text, problem

MOST_FAULTS = 50
"""How many faults one refusal lists; reading goes no further."""


def _fault(what: str, ja: str, en: str, engineer: str) -> Problem:
    """Register a fault of a handed-over file. A resident never meets it: a directory is taken whole or not at all."""
    return problem(
        f"records.{what}",
        status=422,
        public_reason=PublicReason.TRY_LATER,
        resident=Text(
            "現在ご利用いただけません。時間をおいてお試しください。", "Not available now. Please try again later."
        ),
        clerk=Text(ja, en),
        engineer=engineer,
    )


REFUSED = _fault(
    "refused",
    "受領データに誤りがあるため、全件を取り込みませんでした。",
    "The data handed over has faults; nothing of it was taken.",
    "see RecordsRefusedError.faults: file, line, column and reason of each",
)
MISSING_FILE = _fault("missing_file", "ファイルがありません。", "The file is missing.", "the directory lacks this file")
UNKNOWN_FILE = _fault(
    "unknown_file",
    "取り決めにないCSVファイルがあります。",
    "There is a CSV file that is not agreed.",
    "remove or rename it",
)
EMPTY_FILE = _fault(
    "empty_file", "見出し行がありません。", "The header line is missing.", "even a file without rows has a header"
)
ENCODING = _fault(
    "encoding", "文字コードがUTF-8ではありません。", "The text is not UTF-8.", "export as UTF-8; Shift_JIS is not read"
)
BOM = _fault("bom", "先頭にBOMがあります。", "The file starts with a byte order mark.", "export UTF-8 without BOM")
LINE_ENDING = _fault(
    "line_ending", "改行がLFではありません。", "A line does not end with LF alone.", "CR and CRLF are refused"
)
TRUNCATED = _fault(
    "truncated",
    "ファイルの末尾が改行で終わっていません（途中で切れている可能性があります）。",
    "The file does not end with a line feed and may be cut off.",
    "the last byte of every file is LF",
)
QUOTING = _fault("quoting", "引用符の使い方に誤りがあります。", "A quotation mark is misplaced.", "RFC 4180 quoting")
MISSING_COLUMN = _fault(
    "missing_column", "列が不足しています。", "A column is missing.", "the header names every column"
)
EXTRA_COLUMN = _fault(
    "extra_column", "取り決めにない列があります。", "There is a column that is not agreed.", "see docs/records.md"
)
COLUMN_ORDER = _fault(
    "column_order",
    "列の順序または重複に誤りがあります。",
    "Columns are repeated or out of order.",
    "see docs/records.md",
)
CELLS = _fault(
    "cells",
    "列の数が見出しと一致しません。",
    "The row has more or fewer cells than the header.",
    "check quoting and commas",
)
REQUIRED = _fault("required", "必須の項目が空です。", "A required item is empty.", "this column may not be empty")
FORMAT = _fault(
    "format", "項目の書式に誤りがあります。", "An item has the wrong format.", "see the column in docs/records.md"
)
NEGATIVE = _fault(
    "negative",
    "負の値は認められません。",
    "A negative value is not allowed here.",
    "only signed columns may be negative",
)
RANGE = _fault("range", "値が範囲外です。", "A value is out of range.", "see the column's limits in docs/records.md")
CHOICE = _fault(
    "choice", "取り決めにない区分値です。", "A code is not among the agreed ones.", "see the column's choices"
)
LENGTH = _fault(
    "length", "文字数が上限を超えています。", "A text is too long.", "see the column's limit in docs/records.md"
)
CHARACTER = _fault(
    "character",
    "制御文字など、印字できない文字があります。",
    "A text holds a control or other unprintable character.",
    "no control, format or surrogate code points, no blank at either end",
)
DUPLICATE = _fault(
    "duplicate", "同じキーの行が重複しています。", "Two rows have the same key.", "the key is named in docs/records.md"
)
UNKNOWN_PERSON = _fault(
    "unknown_person",
    "宛名番号が住民ファイルにありません。",
    "The addressee number is not in residents.csv.",
    "export together",
)
CONTRADICTION = _fault(
    "contradiction",
    "項目どうしが矛盾しています。",
    "Two items of the row contradict each other.",
    "see docs/records.md, row rules",
)
TOTAL = _fault(
    "total", "合計が内訳と一致しません。", "A total does not equal its parts.", "see docs/records.md, row rules"
)
SCATTERED = _fault(
    "scattered",
    "同じ方・同じ年度の期別の行が離れています。",
    "The instalments of one person and year do not stand together.",
    "in a package, rows of one addressee number and fiscal year follow each other",
)
FORMAT_VERSION = _fault(
    "format_version",
    "受渡し形式の版が異なります。",
    "The package has another format version.",
    "sender and receiver must agree on wire.feed.FORMAT_VERSION",
)
OTHER_YEAR = _fault(
    "other_year",
    "対象年度以外の行があります。",
    "There is a row of a fiscal year that the package does not cover.",
    "fiscal_years of the manifest names every year of its rows",
)
DROP_NAME = _fault(
    "drop_name",
    "受渡しディレクトリの名前が正しくありません。",
    "The package cannot have that name.",
    "a letter or digit, then up to 99 letters, digits, _ or -",
)
GAIJI = _fault(
    "gaiji",
    "外字の対応表にない文字、または「〓」があります。",
    "A character has no entry in the table of private characters, or is the mark 〓 for one that could not be written.",
    "name it in the gaiji table of the mapping (docs/operations/feed.md)",
)
RECORD_LENGTH = _fault(
    "record_length",
    "レコード長または改行が取り決めと異なります。",
    "A record has another length or line end than agreed.",
    "record_length and line_end of the mapping",
)
FRAME = _fault(
    "frame",
    "ヘッダーまたはトレーラーレコードが取り決めと異なります。",
    "A header or trailer record is not the agreed one.",
    "header and trailer of the mapping",
)
MAPPING = _fault(
    "mapping",
    "変換定義ファイルに誤りがあります。",
    "The mapping file is wrong.",
    "the cause names the key",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One fault of one file."""

    file: str
    line: int
    """From 1 (the header); 0 when the whole file is meant."""
    column: str
    """Empty when the whole line is meant. For an unknown column its position is given, not its name."""
    problem: Problem
    theirs: str = ""
    """Where an adapter found it: the column of the source, by its name or its octets."""

    def __str__(self) -> str:
        where = self.file + (f":{self.line}" if self.line else "") + (f" {self.column}" if self.column else "")
        where += f" ({self.theirs})" if self.theirs else ""
        return f"{where}: {self.problem.code} — {self.problem.clerk.ja} {self.problem.clerk.en}"


class RecordsRefusedError(MadoguchiError):
    """A records directory was refused as a whole; `faults` says why, at most `MOST_FAULTS` of them."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        shown = "; ".join(f"{each.file}:{each.line}:{each.column or '*'}:{each.problem.code}" for each in faults[:5])
        super().__init__(REFUSED, cause=f"{len(faults)} fault(s): {shown}")
        self.faults = faults
