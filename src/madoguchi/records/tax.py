"""`taxes.csv`: income, deductions and tax of one person in one fiscal year."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from msgspec import Struct

from madoguchi.records.columns import AddresseeNumber, Count, FiscalYear, OptionalText, SignedYen, Yen, described


class TaxStatus(StrEnum):
    """What the tax system knows of the person's income."""

    DECLARED = "declared"
    UNDECLARED = "undeclared"
    """未申告: nothing can be certified."""
    DEPENDANT_UNDECLARED = "dependant_undeclared"
    """未申告, but declared as someone's dependant in this ward's own tax data: tax 0, ＊ in every income field."""
    UNDER_CORRECTION = "under_correction"
    """更正中: nothing may be certified until the correction is entered."""
    PROPERTY_ONLY = "property_only"
    """家屋敷課税 (地方税法第294条第1項第2号): 均等割 alone, for a house or an office of somebody who lives elsewhere.
    The income is the other municipality's to certify."""


class SpouseKind(StrEnum):
    """配偶者 of the declaration."""

    GENERAL = "general"
    """控除対象配偶者 (一般)."""
    ELDERLY = "elderly"
    """老人控除対象配偶者: 70 or older."""
    SAME_LIVELIHOOD = "same_livelihood"
    """同一生計配偶者 (控除対象配偶者を除く): the person's own income is over 10 million yen."""


class Disability(StrEnum):
    """障害者 (本人該当)."""

    ORDINARY = "ordinary"
    SPECIAL = "special"


class Widowhood(StrEnum):
    """寡婦・寡夫・ひとり親 (本人該当)."""

    WIDOW = "widow"
    """寡婦."""
    SPECIAL_WIDOW = "special_widow"
    """特別寡婦, until fiscal year 2020."""
    WIDOWER = "widower"
    """寡夫, until fiscal year 2020."""
    SINGLE_PARENT = "single_parent"
    """ひとり親, from fiscal year 2021."""


class TaxRecord(Struct, frozen=True, gc=False):
    """One line of the tax system. Money is whole yen; None does not apply (prints －), 0 is a true zero (prints 0)."""

    addressee_number: Annotated[AddresseeNumber, described("宛名番号")]
    fiscal_year: Annotated[
        FiscalYear, described("年度", "certifies the income of the calendar year before; unique per person")
    ]
    levied_here: Annotated[
        bool,
        described(
            "当区課税",
            "1: this ward levies for the year (address here on January 1), also when the tax is 0;"
            " 家屋敷課税 is told by `status`, whatever stands here",
        ),
    ]
    status: Annotated[TaxStatus, described("申告状況")]
    address_on_assessment_date: Annotated[
        OptionalText, described("賦課期日現在の住所", "on January 1; may be empty only when `levied_here` is 0")
    ]
    # 所得
    employment_revenue: Annotated[Yen | None, described("給与収入")]
    employment_income: Annotated[
        Yen | None, described("給与所得", "after the employment income deduction, before 所得金額調整控除")
    ]
    income_adjustment: Annotated[
        Yen | None, described("所得金額調整控除", "taken from employment income; from 2021, empty before")
    ]
    pension_revenue: Annotated[Yen | None, described("公的年金等収入")]
    pension_income: Annotated[Yen | None, described("雑所得（公的年金等）")]
    misc_business_income: Annotated[SignedYen | None, described("雑所得（業務）", "from 2021, empty before")]
    misc_other_income: Annotated[
        SignedYen | None, described("雑所得（その他）", "until 2020 every 雑所得 other than 公的年金等")
    ]
    business_income: Annotated[SignedYen | None, described("営業等所得", "a loss is negative")]
    agriculture_income: Annotated[SignedYen | None, described("農業所得", "a loss is negative")]
    real_estate_income: Annotated[SignedYen | None, described("不動産所得", "a loss is negative")]
    interest_income: Annotated[Yen | None, described("利子所得", "taxed with the other income (総合課税)")]
    dividend_income: Annotated[Yen | None, described("配当所得", "taxed with the other income (総合課税)")]
    transfer_occasional_income: Annotated[
        SignedYen | None,
        described("総合譲渡・一時所得", "after 特別控除 and halving where they apply; a loss is negative"),
    ]
    short_transfer_income: Annotated[
        SignedYen | None, described("分離短期譲渡所得", "before 特別控除; 0 where a loss counts as none")
    ]
    long_transfer_income: Annotated[
        SignedYen | None, described("分離長期譲渡所得", "before 特別控除; negative where its loss may be set off")
    ]
    unlisted_shares_income: Annotated[SignedYen | None, described("一般株式等の譲渡所得等")]
    listed_shares_income: Annotated[SignedYen | None, described("上場株式等の譲渡所得等")]
    listed_dividends_income: Annotated[
        Yen | None, described("上場株式等の配当所得等", "declared for 申告分離課税, after a loss of listed shares")
    ]
    futures_income: Annotated[SignedYen | None, described("先物取引に係る雑所得等")]
    forestry_income: Annotated[SignedYen | None, described("山林所得", "a loss is negative")]
    retirement_income: Annotated[Yen | None, described("退職所得", "without 現年分離, which is not in `total_income`")]
    family_employee_deduction: Annotated[
        Yen | None, described("事業専従者控除", "already taken from the business's income; for information")
    ]
    total_income: Annotated[SignedYen | None, described("合計所得金額", "before losses carried over")]
    loss_carried_over: Annotated[
        Yen | None, described("繰越損失", "losses of earlier years taken off this year, all kinds together")
    ]
    gross_income: Annotated[SignedYen | None, described("総所得金額等", "`total_income` less `loss_carried_over`")]
    # 所得控除
    deduction_casualty: Annotated[Yen | None, described("雑損控除")]
    deduction_medical: Annotated[Yen | None, described("医療費控除")]
    deduction_social_insurance: Annotated[Yen | None, described("社会保険料控除")]
    deduction_small_enterprise: Annotated[Yen | None, described("小規模企業共済等掛金控除")]
    deduction_life_insurance: Annotated[Yen | None, described("生命保険料控除")]
    deduction_earthquake: Annotated[Yen | None, described("地震保険料控除")]
    deduction_disability: Annotated[Yen | None, described("障害者控除", "the person's own and the dependants'")]
    deduction_widow: Annotated[Yen | None, described("寡婦・ひとり親控除", "until 2020 寡婦・特別寡婦・寡夫控除")]
    deduction_student: Annotated[Yen | None, described("勤労学生控除")]
    deduction_spouse: Annotated[Yen | None, described("配偶者控除")]
    deduction_spouse_special: Annotated[Yen | None, described("配偶者特別控除")]
    deduction_dependants: Annotated[Yen | None, described("扶養控除")]
    deduction_specific_relatives: Annotated[Yen | None, described("特定親族特別控除", "from 2026, empty before")]
    deduction_basic: Annotated[Yen | None, described("基礎控除")]
    deduction_total: Annotated[Yen | None, described("所得控除合計")]
    # 税額
    tax_base: Annotated[Yen | None, described("課税標準額（総合）", "floored to 1,000 yen")]
    tax_base_separate: Annotated[
        Yen | None, described("課税標準額（分離）", "all separately taxed kinds together, each floored to 1,000 yen")
    ]
    adjustment_credit: Annotated[Yen | None, described("調整控除", "ward and metropolitan together, as all credits")]
    dividend_credit: Annotated[Yen | None, described("配当控除")]
    housing_credit: Annotated[Yen | None, described("住宅借入金等特別税額控除")]
    donation_credit: Annotated[Yen | None, described("寄附金税額控除")]
    foreign_credit: Annotated[Yen | None, described("外国税額控除")]
    levy_at_source_credit: Annotated[
        Yen | None, described("配当割額・株式等譲渡所得割額控除", "what was taken off, without 還付 and 充当")
    ]
    fixed_sum_reduction: Annotated[
        Yen | None,
        described("定額減税", "the amount actually taken from the income levy; 2024 and 2025 only, empty elsewhere"),
    ]
    income_levy_ward: Annotated[Yen | None, described("特別区民税 所得割", "floored to 100 yen")]
    income_levy_metropolitan: Annotated[Yen | None, described("都民税 所得割", "floored to 100 yen")]
    per_capita_ward: Annotated[Yen | None, described("特別区民税 均等割")]
    per_capita_metropolitan: Annotated[Yen | None, described("都民税 均等割")]
    forest_tax: Annotated[
        Yen | None, described("森林環境税", "a national tax collected with it; from 2024, empty before")
    ]
    remission: Annotated[
        Yen | None, described("減免額", "taken off the year's tax; a year reduced to 0 by it is not 非課税")
    ]
    annual_tax: Annotated[Yen | None, described("年税額", "the sum of the levies and the forest tax less `remission`")]
    # 扶養
    spouse: Annotated[SpouseKind | None, described("配偶者区分")]
    dependants_specific: Annotated[Count | None, described("特定扶養", "19 to 22 years old")]
    dependants_elderly: Annotated[Count | None, described("老人扶養", "70 or older, 同居老親等 not counted here")]
    dependants_elderly_cohabiting: Annotated[
        Count | None, described("同居老親等", "70 or older, a parent who lives with them")
    ]
    dependants_general: Annotated[Count | None, described("一般扶養", "16 or older, none of the other kinds")]
    dependants_under_16: Annotated[Count | None, described("16歳未満扶養", "no deduction, but they count for 非課税")]
    specific_relatives: Annotated[Count | None, described("特定親族", "from 2026, empty before")]
    disabled_ordinary: Annotated[Count | None, described("障害者（普通）", "among spouse and dependants")]
    disabled_special: Annotated[Count | None, described("障害者（特別）", "living elsewhere")]
    disabled_special_cohabiting: Annotated[Count | None, described("障害者（同居特別）")]
    # 本人該当
    own_disability: Annotated[Disability | None, described("本人該当 障害者")]
    own_widowhood: Annotated[
        Widowhood | None,
        described("本人該当 寡婦・ひとり親", "特別寡婦 and 寡夫 until 2020, ひとり親 from 2021"),
    ]
    own_student: Annotated[bool, described("本人該当 勤労学生")]
    own_minor: Annotated[bool, described("本人該当 未成年者", "under 20 until 2022, under 18 from 2023, on January 1")]
    remarks: Annotated[OptionalText, described("備考", "one line, printed as it is")]

    @property
    def non_taxable(self) -> bool:
        """Whether the year is 非課税 by assessment. A tax reduced to 0 by remission (減免) is not."""
        return self.annual_tax == 0 and not self.remission
