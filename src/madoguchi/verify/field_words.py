"""What the values of a certificate are called in words, for whoever is told that one of them differs."""

from __future__ import annotations

import re
from typing import Final

from madoguchi.verify.page.contract import Words

_TABLE: Final = """
certificate_number|証明書番号|certificate number
issued_on|発行日|date of issue
authority|発行者|issuing authority
title|表題|title
year_title|年度|fiscal year
seal_text|印影|seal
name|氏名|name
alias|通称|alias
birth_date|生年月日|date of birth
sex|性別|sex
address|住所|address
address_on_assessment_date|賦課期日の住所|address on the assessment date
remarks|備考|remarks
paper_number|用紙番号|paper number
employment_revenue|給与収入|employment revenue
employment_income|給与所得|employment income
income_adjustment|所得金額調整控除|income adjustment
pension_revenue|公的年金等収入|pension revenue
pension_income|公的年金等所得|pension income
misc_business_income|業務の雑所得|miscellaneous business income
misc_other_income|その他の雑所得|other miscellaneous income
business_income|営業等所得|business income
agriculture_income|農業所得|agricultural income
real_estate_income|不動産所得|real estate income
interest_income|利子所得|interest income
dividend_income|配当所得|dividend income
transfer_occasional_income|総合譲渡・一時所得|transfer and occasional income
short_transfer_income|短期譲渡所得|short-term transfer income
long_transfer_income|長期譲渡所得|long-term transfer income
unlisted_shares_income|一般株式等の所得|income from unlisted shares
listed_shares_income|上場株式等の所得|income from listed shares
listed_dividends_income|上場株式等の配当所得|dividends of listed shares
futures_income|先物取引所得|income from futures
forestry_income|山林所得|forestry income
retirement_income|退職所得|retirement income
family_employee_deduction|専従者控除|deduction for family employees
total_income|総所得金額等|total income
loss_carried_over|繰越損失額|losses carried over
gross_income|合計所得金額|gross income
deduction_casualty|雑損控除|casualty deduction
deduction_medical|医療費控除|medical deduction
deduction_social_insurance|社会保険料控除|social insurance deduction
deduction_small_enterprise|小規模企業共済等掛金控除|small enterprise mutual aid deduction
deduction_life_insurance|生命保険料控除|life insurance deduction
deduction_earthquake|地震保険料控除|earthquake insurance deduction
deduction_disability|障害者控除|disability deduction
deduction_widow|寡婦・ひとり親控除|widow or single parent deduction
deduction_student|勤労学生控除|working student deduction
deduction_spouse|配偶者控除|spouse deduction
deduction_spouse_special|配偶者特別控除|special spouse deduction
deduction_dependants|扶養控除|deduction for dependants
deduction_specific_relatives|特定親族特別控除|deduction for specific relatives
deduction_basic|基礎控除|basic deduction
deduction_total|所得控除合計|total deductions
tax_base|課税標準額|tax base
tax_base_separate|分離課税の課税標準額|separate tax base
adjustment_credit|調整控除|adjustment credit
dividend_credit|配当控除|dividend credit
housing_credit|住宅借入金等特別税額控除|housing credit
donation_credit|寄附金税額控除|donation credit
foreign_credit|外国税額控除|foreign tax credit
levy_at_source_credit|配当割・株式等譲渡所得割の控除|credit for tax levied at source
fixed_sum_reduction|定額減税|fixed sum reduction
remission|減免額|remission
income_levy_ward|区民税所得割|income levy of the ward
income_levy_metropolitan|都民税所得割|income levy of the metropolis
per_capita_ward|区民税均等割|per capita levy of the ward
per_capita_metropolitan|都民税均等割|per capita levy of the metropolis
forest_tax|森林環境税|forest environment tax
annual_tax|年税額|tax of the year
dependants_specific|特定扶養親族の数|specific dependants
dependants_elderly|老人扶養親族の数|elderly dependants
dependants_elderly_cohabiting|同居老親等の数|elderly dependants living together
dependants_general|その他の扶養親族の数|general dependants
dependants_under_16|16歳未満扶養親族の数|dependants under 16
specific_relatives|特定親族の数|specific relatives
disabled_ordinary|障害者の数|dependants with a disability
disabled_special|特別障害者の数|dependants with a special disability
disabled_special_cohabiting|同居特別障害者の数|dependants with a special disability living together
spouse_general|控除対象配偶者|spouse
spouse_elderly|老人控除対象配偶者|elderly spouse
spouse_same_livelihood|同一生計配偶者|spouse of one livelihood
own_disability|本人の障害|own disability
own_widowhood|本人の寡婦・ひとり親|own widowhood
own_student|本人の勤労学生|own studies
own_minor|本人の未成年|own minority
taxes|税目|taxes
paid|納付済額|paid
overdue|未納額|overdue
upcoming|納期未到来額|not yet due
"""
_WORDS: Final = {
    code: Words(ja=ja, en=en) for code, ja, en in (line.split("|") for line in _TABLE.strip().splitlines())
}
_WAYS: Final = {
    "ordinary": Words(ja="普通徴収", en="ordinary collection"),
    "special": Words(ja="特別徴収", en="special collection"),
    "pension": Words(ja="年金特別徴収", en="collection from the pension"),
}
_PARTS: Final = {
    "label": Words(ja="期別", en="instalment"),
    "due_date": Words(ja="納期限", en="due date"),
    "amount": Words(ja="税額", en="amount"),
    **{part: _WORDS[part] for part in ("paid", "overdue", "upcoming")},
}
_ROW: Final = re.compile(r"row(\d\d)_(\w+)")
_NOWHERE: Final = Words(ja="欄の外", en="outside of the values")


def field_words(field: str | None) -> Words:
    """The name of a value; None is a place that belongs to none. A field of another kind keeps its code."""
    if field is None:
        return _NOWHERE
    if field in _WORDS:
        return _WORDS[field]
    if row := _ROW.fullmatch(field):
        part, line = _PARTS[row[2]], int(row[1])
        return Words(ja=f"{line}行目の{part.ja}", en=f"{part.en}, row {line}")
    way, _, part_name = field.partition("_")
    if way in _WAYS and part_name in _PARTS:
        return Words(ja=f"{_WAYS[way].ja}の{_PARTS[part_name].ja}", en=f"{_PARTS[part_name].en}, {_WAYS[way].en}")
    return Words(ja=field, en=field)
