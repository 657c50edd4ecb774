"""What an assessment starts from: one person's income of one calendar year, and the household's facts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from madoguchi.records import Disability, Sex, Widowhood


@dataclass(frozen=True, slots=True, kw_only=True)
class Relative:
    """A spouse, or a relative living on the same means (生計を一にする親族)."""

    birth_date: date
    total_income: int = 0
    """合計所得金額 in yen."""
    disability: Disability | None = None
    cohabiting: bool = True
    """Usually lives with the taxpayer."""
    ascendant: bool = False
    """直系尊属 of the taxpayer or the spouse: at 70 and living together 同居老親等."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherIncome:
    """Income beside wages and pensions, in yen after the costs of each kind; None where there is none of it."""

    misc_business: int | None = None
    """雑所得（業務）, not negative: such a loss counts as none. In the other 雑所得 until 2020."""
    misc_other: int | None = None
    business: int | None = None
    """営業等, after 事業専従者控除; a loss is negative."""
    agriculture: int | None = None
    real_estate: int | None = None
    interest: int | None = None
    dividend: int | None = None
    """総合課税 of shares; gives 配当控除."""
    transfer: int | None = None
    """総合譲渡 after its special deduction and halving; a loss is negative."""
    occasional: int | None = None
    """一時: revenue less costs, before the special deduction."""
    short_transfer: int | None = None
    """分離短期譲渡 of land and buildings; a loss is negative."""
    long_transfer: int | None = None
    unlisted_shares: int | None = None
    listed_shares: int | None = None
    listed_dividends: int | None = None
    """上場株式等の配当, declared for 申告分離課税."""
    futures: int | None = None
    forestry: int | None = None
    retirement: int | None = None
    """Not taxed in the year it was paid (現年分離 is no part of 合計所得金額)."""
    family_employees: int | None = None
    """事業専従者控除, already taken from the business's income."""
    loss_carried: int = 0
    """純損失 of the three years before, in yen."""
    shares_loss_carried: int = 0
    """上場株式等の譲渡損失 of the three years before, in yen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spending:
    """What was lost or paid in the year and may be deducted, in yen; 0 where nothing was."""

    casualty_loss: int = 0
    """Loss of property less insurance (差引損失額)."""
    disaster_cost: int = 0
    """The part of it that is 災害関連支出."""
    medical: int = 0
    """Medical costs less insurance."""
    small_enterprise: int = 0
    """小規模企業共済等掛金 (iDeCo too), deducted in full."""
    life_new: int = 0
    """Life insurance under a contract of 2012 or later."""
    life_old: int = 0
    care_new: int = 0
    """介護医療保険."""
    annuity_new: int = 0
    """個人年金保険."""
    annuity_old: int = 0
    earthquake: int = 0
    long_term_casualty: int = 0
    """旧長期損害保険."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HousingLoan:
    """What is left of the housing credit after income tax."""

    unused: int
    """Yen that income tax could not take off."""
    income_tax_base: int
    """課税総所得金額等 of income tax, yen."""
    moved_in: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Creditable:
    """What gives a credit against the income levy, in yen."""

    housing: HousingLoan | None = None
    donation: int = 0
    """Gifts to municipalities (ふるさと納税), with both the basic and the special part."""
    foreign_tax: int = 0
    """Foreign tax that income tax could not take off, within the levy's limit."""
    levied_at_source: int = 0
    """配当割・株式等譲渡所得割 that was withheld from what is declared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Declaration:
    """The facts of one person for one fiscal year (income of the calendar year before). All money in yen."""

    fiscal_year: int
    birth_date: date
    sex: Sex
    employment_revenue: int | None = None
    pension_revenue: int | None = None
    other: OtherIncome | None = None
    social_insurance: int | None = None
    """Premiums paid, deducted in full (地方税法第314条の2第1項第3号)."""
    spent: Spending | None = None
    creditable: Creditable | None = None
    spouse: Relative | None = None
    dependants: tuple[Relative, ...] = ()
    """Relatives who are claimed; those above the income limit do not count."""
    disability: Disability | None = None
    widowhood: Widowhood | None = None
    student: bool = False
    """Studies at a school of 地方税法第292条第1項 and works; whether the income allows 勤労学生 is a rule."""
    public_assistance: bool = False
    """生活扶助 received on January 1."""
