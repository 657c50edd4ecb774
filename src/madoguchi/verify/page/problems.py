"""Problems of the verify page's HTTP face."""

from __future__ import annotations

from madoguchi.errors import PublicReason, Text, problem

UPLOAD_TOO_LARGE = problem(
    "verify.upload_too_large",
    status=413,
    public_reason=PublicReason.NOT_ACCEPTED_HERE,
    resident=Text("20MBまでのファイルを送ってください。", "Please send a file of at most 20 MB."),
    clerk=Text("送られたファイルが大きすぎます。", "The upload is too large."),
    engineer="body over UPLOAD_LIMIT",
)
BAD_UPLOAD = problem(
    "verify.bad_upload",
    status=400,
    public_reason=PublicReason.NOT_ACCEPTED_HERE,
    resident=Text(
        "写真・PDFか、コードの文字のどちらか一つを送ってください。",
        "Please send either a file or the text of a code, one of the two.",
    ),
    clerk=Text("送られたものの形が正しくありません。", "The upload has the wrong shape."),
    engineer="not exactly one of files and text, more than four files, unknown field, wrong type or malformed body",
)
NOT_A_DOCUMENT = problem(
    "verify.unsupported_type",
    status=415,
    public_reason=PublicReason.NOT_ACCEPTED_HERE,
    resident=Text(
        "PNG・JPEG・TIFFの画像か、PDFを送ってください。", "Please send a PNG, JPEG or TIFF picture, or a PDF."
    ),
    clerk=Text("扱えない種類のファイルです。", "A file of a kind that is not handled."),
    engineer="Content-Type is no form, JSON, PNG, JPEG, TIFF or PDF",
)
