"""What can go wrong with the document. Nothing here ever carries a value: a cause names the field only."""

from __future__ import annotations

from typing import Final

from madoguchi.errors import PublicReason, Text, problem

_ASK: Final = Text(
    "この証明書はコンビニエンスストアでは交付できません。お住まいの区の窓口にお問い合わせください。",
    "This certificate cannot be issued here. Please ask your ward office.",
)
_LATER: Final = Text(
    "ただいま証明書を交付できません。時間をおいてもう一度お試しください。",
    "Certificates cannot be issued right now. Please try again later.",
)

GLYPH_MISSING: Final = problem(
    "certificate.glyph_missing",
    status=409,
    public_reason=PublicReason.ASK_YOUR_WARD,
    resident=_ASK,
    clerk=Text(
        "証明書用フォントで正確に表示できない文字（異体字を含む）があるため、交付しませんでした。窓口で交付してください。",
        "A character or variant cannot be drawn exactly with the certificate's fonts. Issue at the counter.",
    ),
    engineer="The (character, selector) pair is in no font's cmap; the cause names the field.",
)
TEXT_TOO_LONG: Final = problem(
    "certificate.text_too_long",
    status=409,
    public_reason=PublicReason.ASK_YOUR_WARD,
    resident=_ASK,
    clerk=Text(
        "文字が枠に収まらない項目があるため、交付しませんでした。窓口で交付してください。",
        "A value does not fit its box at the smallest permitted size. Issue at the counter.",
    ),
    engineer="Shrinking to the stated minimum and wrapping were not enough; the cause names the field.",
)
TEXT_UNPRINTABLE: Final = problem(
    "certificate.text_unprintable",
    status=409,
    public_reason=PublicReason.ASK_YOUR_WARD,
    resident=_ASK,
    clerk=Text(
        "制御文字など印字できない文字を含む項目があるため、交付しませんでした。登録内容を確認してください。",
        "A value holds control or invisible characters. Check what is registered.",
    ),
    engineer="A control, format or private-use character, or a stray selector; the cause names the field.",
)
PAYMENT_OF_EXEMPT_YEAR: Final = problem(
    "certificate.payment_of_exempt_year",
    status=409,
    public_reason=PublicReason.ASK_YOUR_WARD,
    resident=_ASK,
    clerk=Text(
        "非課税の年度のため、納税証明書は交付できません。",
        "The year is exempt by assessment: there is no tax payment certificate for it.",
    ),
    engineer="payment_facts was called for a year that is 非課税 by assessment (減免 to 0 is not).",
)
FACTS_INCONSISTENT: Final = problem(
    "certificate.facts_inconsistent",
    status=500,
    public_reason=PublicReason.TRY_LATER,
    resident=_LATER,
    clerk=Text(
        "証明書の記載内容と登録内容に矛盾があるため、作成を中止しました。",
        "What was to be printed contradicts itself; nothing was made.",
    ),
    engineer="Rows of different people or years, missing or unknown fields, sheets that do not match the page count.",
)
LAYOUT_INVALID: Final = problem(
    "certificate.layout_invalid",
    status=500,
    public_reason=PublicReason.TRY_LATER,
    resident=_LATER,
    clerk=Text("証明書の様式データに誤りがあります。", "The layout data of the certificate is wrong."),
    engineer="A layout file with an unknown key, a box off the page or an overlap; the cause names the place.",
)
FONT_UNUSABLE: Final = problem(
    "certificate.font_unusable",
    status=500,
    public_reason=PublicReason.TRY_LATER,
    resident=_LATER,
    clerk=Text("証明書用のフォントを読み込めません。", "The certificate's font cannot be loaded."),
    engineer="The font file is missing, has no Unicode cmap, or is not the family that the composer loaded.",
)
COMPOSING_FAILED: Final = problem(
    "certificate.composing_failed",
    status=500,
    public_reason=PublicReason.TRY_LATER,
    resident=_LATER,
    clerk=Text("証明書を作成できませんでした。", "The certificate could not be made."),
    engineer="The typesetter failed. Its message is withheld, because it may quote a value.",
)
PAGE_UNREADABLE: Final = problem(
    "certificate.page_unreadable",
    status=500,
    public_reason=PublicReason.TRY_LATER,
    resident=_LATER,
    clerk=Text(
        "作成した証明書を読み返した結果、様式と一致しませんでした。交付を中止しました。",
        "The finished page does not read back as its layout; it was not issued.",
    ),
    engineer=(
        "Something on a page that is not on the reader's list: text outside its box, a glyph that is not the "
        "character's, an operator or object that could hide or bend something, wrong labels, an unreadable front code. "
        "The cause names the part or field. `font: a glyph is not the character's` on every page means that composer "
        "and clerk have other fonts."
    ),
)
PDF_UNREADABLE: Final = problem(
    "certificate.pdf_unreadable",
    status=422,
    public_reason=PublicReason.TRY_LATER,
    resident=_LATER,
    clerk=Text("証明書のPDFを読み取れません。", "The certificate's PDF cannot be read."),
    engineer="Not a PDF, damaged, encrypted, too large, or a page structure outside what is digested.",
)
